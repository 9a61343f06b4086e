"""The kept counters: sums over sessions by scope, lane, owner and status, so that summaries scan nothing.

A scope is all sessions, those of a stretch of time (``stretches``), those linked to a record, those of a record in a
stretch of time, or those linked to two records. A stretch of time is counted without owners, too: a sum over many days
and all owners reads a row for each status, not one for each owner as well.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, schema
from parrot_server.store.facts import Facts, UserState, is_ended_by_person, lane_of
from parrot_server.store.stretches import DAY, EVER, MONTH, TEN_DAYS
from parrot_wire.values import RecordKind, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

SUMS = (
    "sessions",
    *(f"{prefix}_{name}" for prefix in ("tree", "own") for name in schema.MONEY_COLUMNS),
)

ALL = ""
"""The scope that counts every session."""
ANYONE = ""

_Cell = tuple[str, str, str, str]
_Link = tuple[RecordKind, str]
_Place = tuple[str, tuple[_Link, ...], str, str, str]
"""What decides in which cells a session counts: the day of its last activity, its links, lane, owner and status."""


def scope_of(kind: RecordKind, record_id: str, time: str = EVER) -> str:
    """The scope that counts the sessions linked to a record, in the stretch of time of that name."""
    return f"at:{time}:{kind}:{record_id}" if time else f"{kind}:{record_id}"


def scope_at(time: str) -> str:
    """The scope that counts the sessions of the stretch of time of that name."""
    return f"at:{time}" if time else ALL


def scope_of_anyone(time: str) -> str:
    """The scope that counts the sessions of a stretch of time as if they were all of one owner, `ANYONE`."""
    return f"anyone:{time}"


def scope_of_both(one: _Link, other: _Link) -> str:
    """The scope that counts the sessions linked to two records, of different kinds in the order of ``RecordKind``."""
    return f"both:{one[0]}:{one[1]}:{other[0]}:{other[1]}"


class Deltas:
    """Changes of counters, summed up before they are written."""

    def __init__(self) -> None:
        self._places: dict[_Place, list[int]] = {}

    def add(self, facts: Facts, user: UserState, *, times: int) -> None:
        """Count a session in every cell that it belongs to (or, with -1, out of it)."""
        lane = lane_of(facts)
        if not lane:
            return
        status = Status.ENDED if is_ended_by_person(facts, user) else facts.status
        place = (facts.tree_activity[:DAY], _links(facts, user), lane, facts.owner, status.value)
        sums = [1, *facts.tree.as_tuple(), *facts.own.as_tuple()]
        if times != 1:
            sums = [times * value for value in sums]
        known = self._places.get(place)
        self._places[place] = sums if known is None else list(map(add, known, sums))

    def write(self, conn: Connection) -> None:
        """Add them to what is stored."""
        cells = self._cells()
        changed = [(engines.WORKSPACE, *cell, *sums) for cell, sums in cells.items() if any(sums)]
        if changed:
            conn.exec_driver_sql(_ADD, changed)
        left = [
            {"in_scope": cell[0], "in_lane": cell[1], "of_owner": cell[2], "in_status": cell[3]}
            for cell, sums in cells.items()
            if sums[0] < 0
        ]
        if left:
            conn.execute(_DROP_EMPTY, left)

    def _cells(self) -> _Cells:
        """What is to be added. What changed nowhere but in its row has no cell here."""
        cells, times = _Cells(), _Cells()
        for (day, links, lane, owner, status), sums in self._places.items():
            if any(sums):
                times.add((day, lane, owner, status), sums)
                for scope in _scopes_of_links(day, links):
                    cells.add((scope, lane, owner, status), sums)
        for length in (DAY, TEN_DAYS, MONTH, len(EVER)):
            times = times.shortened(length)
            for (time, lane, owner, status), sums in times.items():
                cells[scope_at(time), lane, owner, status] = sums
                cells.add((scope_of_anyone(time), lane, ANYONE, status), sums)
        return cells


class _Cells(dict[_Cell, list[int]]):
    """Sums by scope (or by what makes one), lane, owner and status."""

    def add(self, cell: _Cell, sums: list[int]) -> None:
        known = self.get(cell)
        self[cell] = sums if known is None else list(map(add, known, sums))

    def shortened(self, length: int) -> _Cells:
        """The sums by the beginnings of their scopes."""
        found = _Cells()
        for (scope, lane, owner, status), sums in self.items():
            found.add((scope[:length], lane, owner, status), sums)
        return found


def _links(facts: Facts, user: UserState) -> tuple[_Link, ...]:
    """In the order of ``RecordKind``."""
    project, initiative, plan = facts.project, user.initiative or facts.initiative, user.plan or facts.plan
    if initiative is None and plan is None:
        return () if project is None else ((RecordKind.PROJECT, project.id),)
    links = ((RecordKind.PROJECT, project), (RecordKind.INITIATIVE, initiative), (RecordKind.PLAN, plan))
    return tuple((kind, link.id) for kind, link in links if link is not None)


def _scopes_of_links(day: str, links: tuple[_Link, ...]) -> list[str]:
    scopes: list[str] = []
    for at, (kind, record_id) in enumerate(links):
        scopes += [scope_of(kind, record_id, time) for time in (EVER, day[:MONTH], day[:TEN_DAYS], day)]
        scopes += [scope_of_both((kind, record_id), other) for other in links[at + 1 :]]
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
