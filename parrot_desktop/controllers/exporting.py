"""The list as a file: every row under the filter, not only those loaded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.csv_export import rows_as_csv
from parrot_wire.query import MAX_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parrot_desktop.api.workspace import Workspace
    from parrot_wire.query import Filter
    from parrot_wire.session import Row


async def export_list(
    workspace: Workspace, filter_: Filter, path: Path, *, names: Mapping[str, str], with_costs: bool
) -> int:
    """Writes the file; returns how many sessions it holds. Raises WorkspaceError, or OSError for the file."""
    rows: list[Row] = []
    cursor: str | None = None
    while True:
        page = await workspace.list_page(filter_, cursor=cursor, limit=MAX_LIMIT)
        rows.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    data = rows_as_csv(rows, names, with_costs=with_costs)
    await asyncio.to_thread(path.write_bytes, data)
    return len(rows)
