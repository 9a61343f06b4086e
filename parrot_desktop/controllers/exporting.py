"""The list as a file: every row that it shows or would show further down, in its order, and no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.controllers.needs_source import NeedsSource
from parrot_desktop.csv_export import rows_as_csv
from parrot_desktop.domain.needs import longest_first
from parrot_wire.query import MAX_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from parrot_desktop.api.workspace import Workspace
    from parrot_wire.query import Filter
    from parrot_wire.session import Row


async def rows_under(workspace: Workspace, filter_: Filter) -> list[Row]:
    """All of them, newest first. Raises WorkspaceError."""
    rows: list[Row] = []
    cursor: str | None = None
    while True:
        page = await workspace.list_page(filter_, cursor=cursor, limit=MAX_LIMIT)
        rows.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return rows


async def rows_in_need(workspace: Workspace, *, now_ms: Callable[[], int]) -> list[Row]:
    """What needs somebody, whoever has waited longest first. Raises WorkspaceError."""
    page = await NeedsSource(workspace, now_ms=now_ms).list_page(None)
    return sorted(page.items, key=longest_first, reverse=True)


async def export_rows(rows: list[Row], path: Path, *, names: Mapping[str, str], with_costs: bool) -> None:
    """Writes the file. Raises OSError."""
    data = rows_as_csv(rows, names, with_costs=with_costs)
    await asyncio.to_thread(path.write_bytes, data)
