"""Sessions as a table in a terminal: the anatomy of a row of the window, in text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from parrot_server.commands import captions
from parrot_wire.values import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_wire.session import Row

_COLUMNS = {
    "id": 0,
    "kind": 0,
    "title": 0,
    "owner": 90,
    "progress": 70,
    "cost": 104,
    "status": 0,
    "active": 0,
    "elapsed": 118,
}
"""The columns, each with the width of a terminal that it needs."""

_LEAST_WIDTH = {
    "id": 8,
    "kind": 4,
    "title": 16,
    "owner": 8,
    "progress": 11,
    "cost": 6,
    "status": 11,
    "active": 7,
    "elapsed": 7,
}


def session_table(rows: Iterable[Row], names: Mapping[str, str], *, width: int, now_ms: int | None = None) -> Table:
    """The rows as they stand; ``names`` are the members' by id.

    width: of the terminal, in characters: as it narrows, elapsed, cost and owner give way in this order. Cost is a
    column only where some row shows one.
    """
    listed = list(rows)
    now = now_ms if now_ms is not None else time.time_ns() // 1_000_000
    columns = [name for name in _COLUMNS if width >= _COLUMNS[name]]
    if all(row.cost is None for row in listed) and "cost" in columns:
        columns.remove("cost")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black", expand=True)
    for name in columns:
        table.add_column(
            name,
            no_wrap=True,
            overflow="ellipsis",
            style="bright_black" if name in ("id", "elapsed") else None,
            justify="right" if name in ("active", "elapsed") else "left",
            ratio=1 if name == "title" else None,
            min_width=_LEAST_WIDTH[name],
            max_width=18 if name == "owner" else None,
        )
    for row in listed:
        texts = {
            "id": row.short_id,
            "kind": "ask" if row.mode is Mode.ASK else str(row.kind),
            "title": _title(row),
            "owner": escape(names.get(row.owner, row.owner)),
            "progress": captions.progress(row),
            "cost": escape(captions.cost_caption(row.cost)),
            "status": status(row),
            "active": captions.ago(row.last_activity_at, now),
            "elapsed": captions.elapsed(row, now),
        }
        table.add_row(*(texts[name] for name in columns))
    return table


def status(row: Row) -> str:
    """The status in its colour, as rich's markup."""
    return f"[{captions.COLOURS[row.status.group]}]{row.status}[/]"


def _title(row: Row) -> str:
    reason = captions.why(row)
    return (
        f"{escape(row.title)}[{captions.COLOURS[row.status.group]}] · {escape(reason)}[/]"
        if reason
        else escape(row.title)
    )
