"""Counts and costs under a filter, from kept counters wherever the filter allows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from parrot_server.store import engines, filters, schema, tallies
from parrot_server.store.facts import Money
from parrot_wire.answers import Summary
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_server.store.filters import Narrowing, RecordLock
    from parrot_wire.query import Filter


def summary(conn: Connection, where: Filter, *, lock: RecordLock | None = None) -> Summary:
    """Counts by kind, group and owner (the last without the owner filter), and the cost, each turn counted once.

    Each count names only what there is. A row's cost is of its tree; where tasks are asked for, each session counts its
    own turns alone, since a task's cost is in its parent's tree, too.
    """
    narrowing = filters.narrow(where, lock)
    by_kind: dict[Kind, int] = {}
    by_group: dict[StatusGroup, int] = {}
    by_owner: dict[str, int] = {}
    money = Money()
    if not narrowing.is_empty:
        ask = _Tally() if _is_tallied(narrowing) else _Scan()
        own = Kind.TASK.value in narrowing.lanes
        for lane, status, sessions, *sums in ask.by_status(conn, narrowing, own=own):
            if sessions:
                kind, group = Kind(lane), Status(status).group
                by_kind[kind] = by_kind.get(kind, 0) + sessions
                by_group[group] = by_group.get(group, 0) + sessions
            money.add(Money(*sums))
        by_owner = {owner: sessions for owner, sessions in ask.by_owner(conn, narrowing) if sessions}
    return Summary(
        total=sum(by_kind.values()), by_kind=by_kind, by_group=by_group, by_owner=by_owner, cost=money.to_cost()
    )


def _is_tallied(narrowing: Narrowing) -> bool:
    """Whether the kept counters can answer: no times, no words, and one kind of record at most."""
    timed = narrowing.active_after is not None or narrowing.active_before is not None
    return not timed and not narrowing.words and len(narrowing.records) <= 1


class _Tally:
    """Summaries of the kept counters."""

    def by_status(self, conn: Connection, narrowing: Narrowing, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        prefix = "own" if own else "tree"
        statement = _tally_statement(prefix, narrowing.owners is not None, narrowing.statuses is not None)
        return [tuple(row) for row in conn.execute(statement, self._bind(narrowing))]

    def by_owner(self, conn: Connection, narrowing: Narrowing) -> list[tuple[str, int]]:
        statement = _tally_owners(narrowing.statuses is not None)
        return [(owner, sessions) for owner, sessions in conn.execute(statement, self._bind(narrowing))]

    @staticmethod
    def _bind(narrowing: Narrowing) -> dict[str, str]:
        scopes = [tallies.scope_of(kind, one) for kind, ids in narrowing.records.items() for one in ids]
        return {
            "scopes": engines.json_array(scopes if narrowing.records else [""]),
            "lanes": engines.json_array(narrowing.lanes),
            "owners": engines.json_array(narrowing.owners or ()),
            "statuses": engines.json_array(narrowing.statuses or ()),
        }


class _Scan:
    """Summaries of the sessions themselves."""

    def by_status(self, conn: Connection, narrowing: Narrowing, *, own: bool) -> list[tuple[Any, ...]]:
        """(lane, status, sessions, sums ...)"""
        shape = filters.shape_of(narrowing)
        statement = _scan_statement("own" if own else "tree", shape)
        return [tuple(row) for row in conn.execute(statement, filters.bind(narrowing, shape))]

    def by_owner(self, conn: Connection, narrowing: Narrowing) -> list[tuple[str, int]]:
        shape = filters.shape_of(narrowing, without=frozenset({"owners"}))
        statement = _scan_owners(shape)
        return [(owner, sessions) for owner, sessions in conn.execute(statement, filters.bind(narrowing, shape))]


_tally, _session = schema.tally, schema.session


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
        .where(_session.c.workspace_id == engines.WORKSPACE, *shape.conditions())
        .group_by(_session.c.lane, _session.c.status)
    )


@lru_cache(maxsize=128)
def _scan_owners(shape: filters.Shape) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(_session.c.owner, sa.func.count())
        .where(_session.c.workspace_id == engines.WORKSPACE, *shape.conditions())
        .group_by(_session.c.owner)
    )
