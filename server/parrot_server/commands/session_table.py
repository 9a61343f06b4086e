"""Sessions as a table in a terminal: the anatomy of a row of the window, in text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from parrot_server.commands import captions
from parrot_wire.values import Kind, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_wire.session import Row

_KINDS = {Kind.FLOW: "flow", Kind.CHAT: "chat", Kind.TASK: "task"}


def session_table(rows: Iterable[Row], names: Mapping[str, str], *, now_ms: int | None = None) -> Table:
    """The rows as they stand; ``names`` are the members' by id. Cost is a column only where some row shows one."""
    listed = list(rows)
    now = now_ms if now_ms is not None else time.time_ns() // 1_000_000
    shows_cost = any(row.cost is not None for row in listed)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black", expand=True)
    table.add_column("id", no_wrap=True, min_width=8, style="bright_black")
    table.add_column("kind", no_wrap=True, min_width=4)
    table.add_column("title", overflow="ellipsis", no_wrap=True, ratio=1, min_width=16)
    table.add_column("owner", overflow="ellipsis", no_wrap=True, max_width=18)
    table.add_column("progress", no_wrap=True, min_width=11)
    if shows_cost:
        table.add_column("cost", overflow="ellipsis", no_wrap=True, min_width=6)
    table.add_column("status", no_wrap=True, min_width=11)
    table.add_column("active", no_wrap=True, min_width=7, justify="right")
    table.add_column("elapsed", no_wrap=True, min_width=7, justify="right", style="bright_black")
    for row in listed:
        cost = [escape(captions.cost_caption(row.cost))] if shows_cost else []
        table.add_row(
            row.short_id,
            "ask" if row.mode is Mode.ASK else _KINDS[row.kind],
            _title(row),
            escape(names.get(row.owner, row.owner)),
            captions.progress(row),
            *cost,
            status(row),
            captions.ago(row.last_activity_at, now),
            captions.elapsed(row, now),
        )
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
