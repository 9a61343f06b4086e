"""Counts and costs under a filter, from kept counters wherever the filter allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from parrot_server.store import engines, filters, schema, tallies
from parrot_server.store.facts import Money
from parrot_wire.answers import Summary
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from parrot_server.store.filters import Narrowing, RecordLock
    from parrot_wire.query import Filter


def summary(conn: Connection, where: Filter, *, lock: RecordLock | None = None) -> Summary:
    """Counts by kind, group and owner (the last without the owner filter), and the cost, each turn counted once.

    Each count names only what there is. A row's cost is of its tree; where tasks are asked for, each session counts its
    own turns alone, since a task's cost is in its parent's tree, too.
    """
    narrowing = filters.narrow(where, lock)
    if narrowing.is_empty:
        return _fold([], {})
    own = Kind.TASK.value in narrowing.lanes
    rows: list[tuple[Any, ...]] = []
    by_owner: dict[str, int] = {}
    for piece in narrowing.parts():
        for part in _parts(conn, piece):
            rows += part.by_status(conn, own=own)
    for piece in replace(narrowing, owners=None).parts():
        # Whoever is asked for; but of a piece that is some owners' alone, no others.
        told = narrowing.among.owners if narrowing.among is not None and piece.among is None else None
        for part in _parts(conn, piece):
            for owner, sessions in part.by_owner(conn):
                if told is None or owner in told:
                    by_owner[owner] = by_owner.get(owner, 0) + sessions
    return _fold(rows, by_owner)


def _fold(rows: list[tuple[Any, ...]], by_owner: dict[str, int]) -> Summary:
    """(lane, status, sessions, sums ...) and sessions by owner -> a summary of what there is."""
    by_kind: dict[Kind, int] = {}
    by_group: dict[StatusGroup, int] = {}
    money = Money()
    for lane, status, sessions, *sums in rows:
        kind, group = Kind(lane), Status(status).group
        by_kind[kind] = by_kind.get(kind, 0) + sessions
        by_group[group] = by_group.get(group, 0) + sessions
        money.add(Money(*sums))
    return Summary(
        total=sum(by_kind.values()), by_kind=by_kind, by_group=by_group, by_owner=by_owner, cost=money.to_cost()
    )


def _parts(conn: Connection, narrowing: Narrowing) -> list[_Tally | _Scan]:
    """Where the answer is: in the kept counters, but for ids, words, times within records, and for parts of days."""
    timed = narrowing.active_after is not None or narrowing.active_before is not None
    if narrowing.among is not None or narrowing.words or len(narrowing.records) > 1 or (timed and narrowing.records):
        return [_Scan(narrowing)]
    if narrowing.records:
        scopes = [tallies.scope_of(kind, one) for kind, ids in narrowing.records.items() for one in ids]
        return [_Tally(narrowing, scopes)]
    if not timed:
        return [_Tally(narrowing, [tallies.ALL])]
    times = [
        at
        for lane in narrowing.lanes
        for statement in (_FIRST, _LAST)
        if (at := conn.execute(statement, {"lane": lane}).scalar()) is not None
    ]
    if not times:
        return []
    # "~" sorts after every time's last letter.
    after = max(narrowing.active_after or "", min(times))
    before = min(narrowing.active_before or "~", f"{max(times)}~")
    found = tallies.stretch(after, before)
    edges = [_Scan(replace(narrowing, active_after=start, active_before=end)) for start, end in found.edges]
    return [_Tally(narrowing, found.scopes), *edges] if found.scopes else [*edges]


@dataclass(frozen=True, slots=True)
class _Tally:
    """A part of the answer from the kept counters."""

    narrowing: Narrowing
    scopes: Sequence[str]

    def by_status(self, conn: Connection, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        prefix = "own" if own else "tree"
        statement = _tally_statement(prefix, self.narrowing.owners is not None, self.narrowing.statuses is not None)
        return [tuple(row) for row in conn.execute(statement, self._bind())]

    def by_owner(self, conn: Connection) -> list[tuple[str, int]]:
        statement = _tally_owners(self.narrowing.statuses is not None)
        return [(owner, sessions) for owner, sessions in conn.execute(statement, self._bind())]

    def _bind(self) -> dict[str, str]:
        return {
            "scopes": engines.json_array(self.scopes),
            "lanes": engines.json_array(self.narrowing.lanes),
            "owners": engines.json_array(self.narrowing.owners or ()),
            "statuses": engines.json_array(self.narrowing.statuses or ()),
        }


@dataclass(frozen=True, slots=True)
class _Scan:
    """A part of the answer from the sessions themselves."""

    narrowing: Narrowing

    def by_status(self, conn: Connection, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        shape = filters.shape_of(self.narrowing)
        statement = _scan_statement("own" if own else "tree", shape)
        return [tuple(row) for row in conn.execute(statement, filters.bind(self.narrowing, shape))]

    def by_owner(self, conn: Connection) -> list[tuple[str, int]]:
        shape = filters.shape_of(self.narrowing, without=frozenset({"owners"}))
        parameters = filters.bind(self.narrowing, shape)
        return [(owner, sessions) for owner, sessions in conn.execute(_scan_owners(shape), parameters)]


_tally, _session = schema.tally, schema.session
_times = sa.select(_session.c.last_activity_at).where(
    _session.c.workspace_id == engines.WORKSPACE, _session.c.lane == sa.bindparam("lane")
)
_FIRST = _times.order_by(_session.c.last_activity_at).limit(1)
_LAST = _times.order_by(_session.c.last_activity_at.desc()).limit(1)


def _sums(table: sa.Table, prefix: str) -> list[sa.ColumnElement[int]]:
    return [sa.func.coalesce(sa.func.sum(table.c[f"{prefix}_{name}"]), 0) for name in schema.MONEY_COLUMNS]


def _tally_conditions(*, by_status: bool) -> list[sa.ColumnElement[bool]]:
    found = [
        _tally.c.workspace_id == engines.WORKSPACE,
        engines.in_json(_tally.c.scope, "scopes"),
        engines.in_json(_tally.c.lane, "lanes"),
    ]
    if by_status:
        found.append(engines.in_json(_tally.c.status, "statuses"))
    return found


@lru_cache(maxsize=16)
def _tally_statement(prefix: str, by_owner: bool, by_status: bool) -> sa.Select[*tuple[Any, ...]]:
    conditions = _tally_conditions(by_status=by_status)
    if by_owner:
        conditions.append(engines.in_json(_tally.c.owner, "owners"))
    return (
        sa.select(_tally.c.lane, _tally.c.status, sa.func.sum(_tally.c.sessions), *_sums(_tally, prefix))
        .where(*conditions)
        .group_by(_tally.c.lane, _tally.c.status)
    )


@lru_cache(maxsize=2)
def _tally_owners(by_status: bool) -> sa.Select[*tuple[Any, ...]]:
    conditions = _tally_conditions(by_status=by_status)
    return sa.select(_tally.c.owner, sa.func.sum(_tally.c.sessions)).where(*conditions).group_by(_tally.c.owner)


@lru_cache(maxsize=128)
def _scan_statement(prefix: str, shape: filters.Shape) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(_session.c.lane, _session.c.status, sa.func.count(), *_sums(_session, prefix))
        .where(_session.c.workspace_id == engines.WORKSPACE, *shape.conditions(by_record=True))
        .group_by(_session.c.lane, _session.c.status)
    )


@lru_cache(maxsize=128)
def _scan_owners(shape: filters.Shape) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(_session.c.owner, sa.func.count())
        .where(_session.c.workspace_id == engines.WORKSPACE, *shape.conditions(by_record=True))
        .group_by(_session.c.owner)
    )
