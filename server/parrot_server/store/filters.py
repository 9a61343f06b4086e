"""A wire filter as conditions on ``session``: values are bound, so that one statement serves all filters of a shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from parrot_server.store import engines, schema, titles
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_wire.query import Filter

_session = schema.session
COLUMN_OF: dict[RecordKind, sa.Column[str]] = {
    RecordKind.PROJECT: _session.c.project_id,
    RecordKind.INITIATIVE: _session.c.initiative_id,
    RecordKind.PLAN: _session.c.plan_id,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLock:
    """Rows of one record alone, whatever the filter says."""

    kind: RecordKind
    id: str


@dataclass(frozen=True, slots=True)
class Among:
    """Sessions of these owners, and these sessions by id; ``is_by_id``: of the latter only those of nobody else."""

    owners: frozenset[str]
    sessions: frozenset[str]
    is_by_id: bool = False


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter with its lock, as sets of values; None where nothing narrows, empty where nothing can match."""

    lanes: frozenset[str]
    owners: frozenset[str] | None
    statuses: frozenset[str] | None
    records: dict[RecordKind, frozenset[str]]
    active_after: str | None
    active_before: str | None
    words: tuple[str, ...]
    """Folded as titles are."""
    among: Among | None = None

    def parts(self) -> Sequence[Narrowing]:
        """Narrowings that share no session and leave the same in all, each along an index: by owner, or by id."""
        if self.among is None or self.among.is_by_id:
            return [self]
        owners = self.among.owners if self.owners is None else self.among.owners & self.owners
        found: list[Narrowing] = []
        if owners:
            found.append(replace(self, owners=owners, among=None))
        if self.among.sessions:
            found.append(replace(self, among=replace(self.among, is_by_id=True)))
        return found

    @property
    def is_empty(self) -> bool:
        """Whether it is clear without looking that nothing matches."""
        return self.statuses == frozenset() or any(not ids for ids in self.records.values())


def narrow(where: Filter, lock: RecordLock | None) -> Narrowing:
    """What a filter and a lock leave. A filter on the lock's own kind of record can only narrow further."""
    records = {
        kind: ids
        for kind, ids in (
            (RecordKind.PROJECT, where.projects),
            (RecordKind.INITIATIVE, where.initiatives),
            (RecordKind.PLAN, where.plans),
        )
        if ids
    }
    if lock is not None:
        records[lock.kind] = frozenset({lock.id}) & records.get(lock.kind, frozenset({lock.id}))
    statuses = where.effective_statuses
    return Narrowing(
        lanes=frozenset(kind.value for kind in where.effective_kinds),
        owners=where.owners or None,
        statuses=None if statuses is None else frozenset(status.value for status in statuses),
        records=records,
        active_after=where.active_after,
        active_before=where.active_before,
        words=tuple(sorted({titles.fold(word) for word in where.words})),
        among=Among(where.among_owners, where.among_sessions) if where.among_owners or where.among_sessions else None,
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions a statement has; their values are bound."""

    lanes: bool = False
    owners: bool = False
    statuses: bool = False
    records: frozenset[RecordKind] = frozenset()
    active_after: bool = False
    active_before: bool = False
    words: int = 0
    among: Literal["", "both", "id"] = ""
    """Checked row by row, or read by id."""

    def conditions(self, *, by_record: bool = False) -> list[sa.ColumnElement[bool]]:
        """For ``WHERE``; parameters as ``bind`` names them.

        What is read is chosen by lane and time (or by record); owners and statuses are checked row by row.
        """
        found: list[sa.ColumnElement[bool]] = []
        if self.lanes:
            lane = engines.unindexed(_session.c.lane) if self.among == "id" else _session.c.lane
            found.append(engines.in_json(lane, "lanes"))
        if self.owners:
            found.append(engines.in_json(engines.unindexed(_session.c.owner), "owners"))
        if self.statuses:
            found.append(engines.in_json(engines.unindexed(_session.c.status), "statuses"))
        for kind in sorted(self.records):
            column = COLUMN_OF[kind]
            found.append(engines.in_json(column if by_record else engines.unindexed(column), f"{kind}s"))
        if self.active_after:
            found.append(_session.c.last_activity_at >= sa.bindparam("active_after"))
        if self.active_before:
            found.append(_session.c.last_activity_at < sa.bindparam("active_before"))
        if self.among:
            owners = engines.in_json(engines.unindexed(_session.c.owner), "among_owners")
            by_id = self.among == "id"
            sessions = engines.in_json(_session.c.id if by_id else engines.unindexed(_session.c.id), "among_sessions")
            found.append(sa.and_(sessions, sa.not_(owners)) if by_id else sa.or_(owners, sessions))
        found += [engines.contains(_session.c.title_folded, f"word_{number}") for number in range(self.words)]
        return found


def shape_of(narrowing: Narrowing, *, without: frozenset[str | RecordKind] = frozenset()) -> Shape:
    """The shape of all conditions, but those that the statement has in another form: lanes, owners, statuses, kinds."""
    return Shape(
        lanes="lanes" not in without,
        owners=narrowing.owners is not None and "owners" not in without,
        statuses=narrowing.statuses is not None and "statuses" not in without,
        records=frozenset(narrowing.records) - without,
        active_after=narrowing.active_after is not None,
        active_before=narrowing.active_before is not None,
        words=len(narrowing.words),
        among="" if narrowing.among is None else "id" if narrowing.among.is_by_id else "both",
    )


def bind(narrowing: Narrowing, shape: Shape) -> dict[str, str]:
    """The parameters of a shape's conditions."""
    parameters: dict[str, str] = {}
    if shape.lanes:
        parameters["lanes"] = json.dumps(sorted(narrowing.lanes))
    if shape.owners:
        parameters["owners"] = json.dumps(sorted(narrowing.owners or ()))
    if shape.statuses:
        parameters["statuses"] = json.dumps(sorted(narrowing.statuses or ()))
    for kind in shape.records:
        parameters[f"{kind}s"] = json.dumps(sorted(narrowing.records[kind]))
    if narrowing.active_after is not None:
        parameters["active_after"] = narrowing.active_after
    if narrowing.active_before is not None:
        parameters["active_before"] = narrowing.active_before
    if narrowing.among is not None:
        parameters["among_owners"] = json.dumps(sorted(narrowing.among.owners))
        parameters["among_sessions"] = json.dumps(sorted(narrowing.among.sessions))
    parameters |= {f"word_{number}": word for number, word in enumerate(narrowing.words)}
    return parameters
