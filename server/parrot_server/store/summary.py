"""Counts and costs under a filter, from kept counters wherever the filter allows."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from parrot_server.store import engines, filters, schema, stretches, tallies
from parrot_server.store.facts import Money
from parrot_wire.answers import Summary
from parrot_wire.values import Kind, RecordKind, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from parrot_server.store.filters import Narrowing, RecordLock
    from parrot_wire.query import Filter

_K = TypeVar("_K")


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
        total=sum(by_kind.values()),
        by_kind=_present(by_kind),
        by_group=_present(by_group),
        by_owner=_present(by_owner),
        cost=money.to_cost(),
    )


def _present(counts: dict[_K, int]) -> dict[_K, int]:
    return {key: count for key, count in counts.items() if count}


def _parts(conn: Connection, narrowing: Narrowing) -> list[_Tally | _Scan]:
    """Where the answer is: in the kept counters, but for parts of days.

    Sessions themselves are read for words and ids, for three kinds of records at once, and for two within a stretch of
    time: as many as the rarest of the records has, 4 ms a thousand where they lie far apart.
    """
    timed = narrowing.active_after is not None or narrowing.active_before is not None
    kinds = len(narrowing.records)
    if narrowing.among is not None or narrowing.words or kinds > 2 or (timed and kinds > 1):
        return [_Scan(narrowing, 1)]
    if not timed:
        return [_Tally(narrowing, {stretches.EVER: 1})]
    moments = [at for at in conn.execute(_FIRST_AND_LAST).one() if at is not None]
    if not moments:
        return []
    found = stretches.cover(
        narrowing.active_after,
        narrowing.active_before,
        first=min(moments),
        last=max(moments),
    )
    edges = [
        _Scan(replace(narrowing, active_after=start, active_before=end), times) for start, end, times in found.edges
    ]
    return [_Tally(narrowing, found.names), *edges] if found.names else [*edges]


@dataclass(frozen=True, slots=True)
class _Tally:
    """A part of the answer from the kept counters of stretches of time, each of which counts so many times."""

    narrowing: Narrowing
    stretches: dict[str, int]

    def by_status(self, conn: Connection, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        prefix = "own" if own else "tree"
        scopes = self._scopes()
        if self.narrowing.owners is None and not self.narrowing.records:
            scopes = {tallies.scope_of_anyone(name): times for name, times in self.stretches.items()}
        statement = _tally_statement(prefix, self.narrowing.owners is not None, self.narrowing.statuses is not None)
        return [tuple(row) for row in conn.execute(statement, self._bind(scopes))]

    def by_owner(self, conn: Connection) -> list[tuple[str, int]]:
        statement = _tally_owners(self.narrowing.statuses is not None)
        return [(owner, sessions) for owner, sessions in conn.execute(statement, self._bind(self._scopes()))]

    def _scopes(self) -> dict[str, int]:
        """The counters of the records that are asked for, or of all sessions; of two kinds of records only of ever."""
        records = self.narrowing.records
        links = [[(kind, one) for one in records[kind]] for kind in RecordKind if kind in records]
        found: dict[str, int] = {}
        for name, times in self.stretches.items():
            match links:
                case [ones]:
                    found |= dict.fromkeys((tallies.scope_of(*one, name) for one in ones), times)
                case [ones, others]:
                    found |= dict.fromkeys(
                        itertools.starmap(tallies.scope_of_both, itertools.product(ones, others)), times
                    )
                case _:
                    found[tallies.scope_at(name)] = times
        return found

    def _bind(self, scopes: dict[str, int]) -> dict[str, str]:
        return {
            "scopes": json.dumps(scopes),
            "lanes": engines.json_array(self.narrowing.lanes),
            "owners": engines.json_array(self.narrowing.owners or ()),
            "statuses": engines.json_array(self.narrowing.statuses or ()),
        }


@dataclass(frozen=True, slots=True)
class _Scan:
    """A part of the answer from the sessions themselves, counted so many times."""

    narrowing: Narrowing
    times: int

    def by_status(self, conn: Connection, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        shape = filters.shape_of(self.narrowing)
        statement = _scan_statement("own" if own else "tree", shape)
        rows = conn.execute(statement, filters.bind(self.narrowing, shape))
        return [(lane, status, *(self.times * value for value in sums)) for lane, status, *sums in rows]

    def by_owner(self, conn: Connection) -> list[tuple[str, int]]:
        shape = filters.shape_of(self.narrowing, without=frozenset({"owners"}))
        rows = conn.execute(_scan_owners(shape), filters.bind(self.narrowing, shape))
        return [(owner, self.times * sessions) for owner, sessions in rows]


_tally, _session = schema.tally, schema.session
_scope = engines.each_of_json("scopes")


def _end_of(lane: Kind, *, last: bool) -> sa.ScalarSelect[Any]:
    at = _session.c.last_activity_at
    of_lane = (_session.c.workspace_id == engines.WORKSPACE, _session.c.lane == lane.value)
    return sa.select(at).where(*of_lane).order_by(at.desc() if last else at).limit(1).scalar_subquery()


_FIRST_AND_LAST = sa.select(*(_end_of(lane, last=last) for lane in Kind for last in (False, True)))


def _sums(table: sa.Table, prefix: str) -> list[sa.ColumnElement[int]]:
    return [table.c[f"{prefix}_{name}"] for name in schema.MONEY_COLUMNS]


def _added_up(values: Sequence[sa.ColumnElement[int]]) -> list[sa.ColumnElement[int]]:
    return [sa.func.coalesce(sa.func.sum(value), 0) for value in values]


def _tally_conditions(*, by_status: bool) -> list[sa.ColumnElement[bool]]:
    found = [
        _tally.c.workspace_id == engines.WORKSPACE,
        _tally.c.scope == _scope.c.key,
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
        sa.select(
            _tally.c.lane,
            _tally.c.status,
            *_added_up([_scope.c.value * value for value in (_tally.c.sessions, *_sums(_tally, prefix))]),
        )
        .where(*conditions)
        .group_by(_tally.c.lane, _tally.c.status)
    )


@lru_cache(maxsize=2)
def _tally_owners(by_status: bool) -> sa.Select[*tuple[Any, ...]]:
    conditions = _tally_conditions(by_status=by_status)
    sessions = sa.func.sum(_scope.c.value * _tally.c.sessions)
    return sa.select(_tally.c.owner, sessions).where(*conditions).group_by(_tally.c.owner)


@lru_cache(maxsize=128)
def _scan_statement(prefix: str, shape: filters.Shape) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(_session.c.lane, _session.c.status, sa.func.count(), *_added_up(_sums(_session, prefix)))
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
