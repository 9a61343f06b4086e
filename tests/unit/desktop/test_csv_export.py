"""The list as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io

from parrot_desktop.csv_export import rows_as_csv
from parrot_wire.session import Cost, Row
from parrot_wire.values import Kind, Status

COST = Cost(micros=840_000, priced=1, estimated=2, unpriced=3, unknown=0, credits=8.5)


def row(title: str, cost: Cost | None) -> Row:
    return Row(
        id="abc",
        short_id="ab",
        seq=1,
        kind=Kind.CHAT,
        title=title,
        owner="m1",
        status=Status.OPEN,
        source="codex",
        native_id="n",
        steps=(),
        message_count=3,
        tool_call_count=4,
        cost=cost,
        started_at="2026-11-23T09:00:00.000Z",
        last_activity_at="2026-11-23T10:00:00.000Z",
        actions=(),
    )


def read(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_column_survives() -> None:
    """Quotes, commas and line ends in a title; the owner by name; the cost to the micro-dollar with its bases."""
    title = 'Say "hi", then\nleave'
    (found,) = read(rows_as_csv([row(title, COST)], {"m1": "Sarah Chen"}, with_costs=True))
    assert (found["title"], found["owner"], found["messages"]) == (title, "Sarah Chen", "3")
    assert (found["micros"], found["credits"], found["unpriced_turns"]) == ("840000", "8.5", "3")


def test_no_cost_without_the_right() -> None:
    """There is no column, not even an empty one."""
    (found,) = read(rows_as_csv([row("a", None)], {}, with_costs=False))
    assert "micros" not in found
    assert found["owner"] == "m1"


def test_a_title_is_never_a_formula() -> None:
    """A title that a spreadsheet would compute is kept as text."""
    (found,) = read(rows_as_csv([row("=HYPERLINK(1)", None)], {}, with_costs=False))
    assert found["title"] == "'=HYPERLINK(1)"
