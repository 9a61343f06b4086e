"""The kept counters: sums over sessions by scope, lane, owner and status, so that summaries scan nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.store import engines, schema
from parrot_server.store.facts import Facts, UserState, is_ended_by_person, lane_of
from parrot_wire.values import RecordKind, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.session import RecordRef

SUMS = (
    "sessions",
    *(f"{prefix}_{name}" for prefix in ("tree", "own") for name in schema.MONEY_COLUMNS),
)

_Cell = tuple[str, str, str, str]


def scope_of(kind: RecordKind, record_id: str) -> str:
    """The scope that counts the sessions linked to a record; the empty scope counts all."""
    return f"{kind}:{record_id}"


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
        for scope in _scopes(facts.project, user.initiative or facts.initiative, user.plan or facts.plan):
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


def _scopes(project: RecordRef | None, initiative: RecordRef | None, plan: RecordRef | None) -> list[str]:
    scopes = [""]
    if project is not None:
        scopes.append(scope_of(RecordKind.PROJECT, project.id))
    if initiative is not None:
        scopes.append(scope_of(RecordKind.INITIATIVE, initiative.id))
    if plan is not None:
        scopes.append(scope_of(RecordKind.PLAN, plan.id))
    return scopes


_ADD = engines.driver_sql(engines.add_up(schema.tally, SUMS))
