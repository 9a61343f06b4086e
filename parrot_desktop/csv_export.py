"""The list as CSV, for spreadsheets: RFC 4180, UTF-8 with a mark so that they see the letters right."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_wire.session import Row

_COLUMNS = (
    "id",
    "short_id",
    "kind",
    "title",
    "owner",
    "status",
    "source",
    "project",
    "initiative",
    "plan",
    "messages",
    "tool_calls",
    "started_at",
    "last_activity_at",
    "ended_at",
)
_COSTS = ("micros", "credits", "priced_turns", "estimated_turns", "unpriced_turns", "unknown_turns")


def rows_as_csv(rows: Iterable[Row], names: Mapping[str, str], *, with_costs: bool) -> bytes:
    """``names``: owners by id. Costs are micro-dollars and counts of turns by basis; without the right, no column.

    A text that a spreadsheet would take for a formula is kept from being one by a leading apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, *(_COSTS if with_costs else ())])
    for row in rows:
        line: list[object] = [
            row.id,
            row.short_id,
            row.kind,
            _harmless(row.title),
            _harmless(names.get(row.owner, row.owner)),
            row.status,
            row.source,
            _harmless(row.project.title if row.project else ""),
            _harmless(row.initiative.title if row.initiative else ""),
            _harmless(row.plan.title if row.plan else ""),
            row.message_count,
            row.tool_call_count,
            row.started_at,
            row.last_activity_at,
            row.ended_at or "",
        ]
        if with_costs:
            cost = row.cost
            line += (
                ["", "", "", "", "", ""]
                if cost is None
                else [
                    cost.micros,
                    "" if cost.credits is None else cost.credits,
                    cost.priced,
                    cost.estimated,
                    cost.unpriced,
                    cost.unknown,
                ]
            )
        writer.writerow(line)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
