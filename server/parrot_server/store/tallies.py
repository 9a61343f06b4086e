"""The kept counters: sums over sessions by scope, lane, owner and status, so that summaries scan nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, schema
from parrot_server.store.facts import Facts, UserState, is_ended_by_person, lane_of
from parrot_wire.values import RecordKind, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.times import Timestamp

SUMS = (
    "sessions",
    *(f"{prefix}_{name}" for prefix in ("tree", "own") for name in schema.MONEY_COLUMNS),
)

ALL = ""
"""The scope that counts every session."""
MONTH, TEN_DAYS, DAY = 7, 9, 10
"""How much of a time names a scope: ``2026-11``, ``2026-11-2`` (the 20th to the 29th), ``2026-11-22``."""

_Cell = tuple[str, str, str, str]


def scope_of(kind: RecordKind, record_id: str) -> str:
    """The scope that counts the sessions linked to a record."""
    return f"{kind}:{record_id}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time as scopes, and the ranges [from, before) at its ends that are no whole days."""

    scopes: tuple[str, ...]
    edges: tuple[tuple[Timestamp, Timestamp], ...]


def stretch(after: Timestamp, before: Timestamp) -> Stretch:
    """[after, before) as the fewest scopes."""
    first, last = _day_from(after), before[:DAY]
    if first is None or first >= last:
        return Stretch((), ((after, before),) if after < before else ())
    edges = [(after, f"{first}T00:00:00.000Z"), (f"{last}T00:00:00.000Z", before)]
    scopes: list[str] = []
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day < end:
        length, day = _longest_from(day, end)
        scopes.append(length)
    return Stretch(tuple(scopes), tuple(edge for edge in edges if edge[0] < edge[1]))


def _day_from(at: Timestamp) -> str | None:
    """The first day that begins at or after a time; None after the last day that there is."""
    day = at[:DAY]
    if at[DAY:] == "T00:00:00.000Z":
        return day
    try:
        return (date.fromisoformat(day) + _ONE_DAY).isoformat()
    except OverflowError:
        return None


def _longest_from(day: date, end: date) -> tuple[str, date]:
    """The longest scope that begins with a day and ends by ``end``, and the day after it."""
    text = day.isoformat()
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if day.day == 1 and next_month <= end:
        return _time_scope(text, MONTH), next_month
    if day.day in {1, 10, 20, 30}:
        # The month's first "ten" are nine, its last one or two, or less.
        after_ten = min(next_month, day + (_TEN_DAYS if day.day > 1 else _TEN_DAYS - _ONE_DAY))
        if after_ten <= end:
            return _time_scope(text, TEN_DAYS), after_ten
    return _time_scope(text, DAY), day + _ONE_DAY


def _time_scope(at: str, length: int) -> str:
    return f"at:{at[:length]}"


_ONE_DAY, _TEN_DAYS = timedelta(days=1), timedelta(days=10)


class Deltas:
    """Changes of counters, summed up before they are written."""

    def __init__(self) -> None:
        self._cells: dict[_Cell, list[int]] = {}

    def add(self, facts: Facts, user: UserState, *, times: int) -> None:
        """Count a session in every cell that it belongs to (or, with -1, out of it)."""
        lane = lane_of(facts)
        if not lane:
            return
        status = Status.ENDED if is_ended_by_person(facts, user) else facts.status
        sums = [1, *facts.tree.as_tuple(), *facts.own.as_tuple()]
        for scope in _scopes(facts, user):
            cell = (scope, lane, facts.owner, status.value)
            known = self._cells.get(cell)
            if known is None:
                self._cells[cell] = [times * value for value in sums]
            else:
                for index, value in enumerate(sums):
                    known[index] += times * value

    def write(self, conn: Connection) -> None:
        """Add them to what is stored."""
        changed = [(engines.WORKSPACE, *cell, *sums) for cell, sums in self._cells.items() if any(sums)]
        if changed:
            conn.exec_driver_sql(_ADD, changed)
        left = [
            {"in_scope": cell[0], "in_lane": cell[1], "of_owner": cell[2], "in_status": cell[3]}
            for cell, sums in self._cells.items()
            if sums[0] < 0
        ]
        if left:
            conn.execute(_DROP_EMPTY, left)


def _scopes(facts: Facts, user: UserState) -> list[str]:
    scopes = [ALL, *(_time_scope(facts.tree_activity, length) for length in (MONTH, TEN_DAYS, DAY))]
    links = (
        (RecordKind.PROJECT, facts.project),
        (RecordKind.INITIATIVE, user.initiative or facts.initiative),
        (RecordKind.PLAN, user.plan or facts.plan),
    )
    scopes += [scope_of(kind, link.id) for kind, link in links if link is not None]
    return scopes


_ADD = engines.driver_sql(engines.add_up(schema.tally, SUMS))
_DROP_EMPTY = sa.delete(schema.tally).where(
    schema.tally.c.workspace_id == engines.WORKSPACE,
    schema.tally.c.scope == sa.bindparam("in_scope"),
    schema.tally.c.lane == sa.bindparam("in_lane"),
    schema.tally.c.owner == sa.bindparam("of_owner"),
    schema.tally.c.status == sa.bindparam("in_status"),
    schema.tally.c.sessions == 0,
)
