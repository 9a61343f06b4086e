"""The statement of a list's page: a merge of arms, each of which is in the list's order along an index of its own.

An arm is one value of each of some columns (an owner and a lane, say). Which columns are best depends on how many
rows each would have to read, and the kept counters know.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from parrot_server.store import engines, filters, schema, tallies
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from parrot_server.store.filters import Narrowing

MAX_ARMS = 64
"""Up to here a list is a merge of ordered arms, one for each value; above, the values are checked row by row."""
FEW_ROWS = 2_000
"""Reading so many rows costs less than looking for a better way."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The columns whose values make the arms, and the values; ``scopes``, ... say which counters count their rows."""

    columns: tuple[str, ...]
    values: list[tuple[str, ...]]
    scopes: tuple[str, ...] = (tallies.ALL,)


def find(
    conn: Connection, narrowing: Narrowing, place: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, bytes]]:
    """(last activity, id, row) in the list's order, after ``place``."""
    parts = narrowing.parts()
    if len(parts) == 1:
        return _find(conn, parts[0], place, limit)
    found = [row for part in parts for row in _find(conn, part, place, limit)]
    found.sort(key=lambda row: row[:2], reverse=True)
    return found[:limit]


def _find(
    conn: Connection, narrowing: Narrowing, place: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, bytes]]:
    arms = _choose(conn, narrowing)
    shape = filters.shape_of(narrowing, without=frozenset(_NAME_OF_COLUMN[column] for column in arms.columns))
    parameters: dict[str, Any] = {**filters.bind(narrowing, shape), "limit": limit}
    for number, values in enumerate(arms.values):
        parameters |= {f"{column}_{number}": value for column, value in zip(arms.columns, values, strict=True)}
    if place is not None:
        parameters |= {"place_at": place[0], "place_id": place[1]}
    statement = _statement(arms.columns, len(arms.values), shape, place is not None)
    return statement.rows(conn, parameters)


def _choose(conn: Connection, narrowing: Narrowing) -> Arms:
    """The arms with the fewest rows to read."""
    ways = list(_ways(narrowing))
    if len(ways) == 1:
        return ways[0]
    best, best_rows = ways[0], _count_rows(conn, narrowing, ways[0])
    for way in ways[1:]:
        if best_rows <= FEW_ROWS:
            break
        rows = _count_rows(conn, narrowing, way)
        if rows < best_rows:
            best, best_rows = way, rows
    return best


def _ways(narrowing: Narrowing) -> Iterable[Arms]:
    """What the arms can be, those first that usually have the fewest rows."""
    if narrowing.among is not None:
        return [Arms((), [()])]
    lanes = sorted(narrowing.lanes)
    owners, statuses = sorted(narrowing.owners or ()), sorted(narrowing.statuses or ())
    found: list[Arms] = []
    for kind in (RecordKind.PLAN, RecordKind.INITIATIVE, RecordKind.PROJECT):
        if ids := sorted(narrowing.records.get(kind, ())):
            scopes = tuple(tallies.scope_of(kind, one) for one in ids)
            found.append(Arms((f"{kind}_id", "lane"), list(itertools.product(ids, lanes)), scopes))
    if owners and statuses:
        both = Arms(("owner", "lane", "status"), list(itertools.product(owners, lanes, statuses)))
        if not found and len(both.values) <= MAX_ARMS:
            return [both]
        found.append(both)
    if owners:
        found.append(Arms(("owner", "lane"), list(itertools.product(owners, lanes))))
    if statuses:
        found.append(Arms(("lane", "status"), list(itertools.product(lanes, statuses))))
    fitting = [way for way in found if len(way.values) <= MAX_ARMS]
    return fitting or [Arms(("lane",), [(lane,) for lane in lanes])]


def _count_rows(conn: Connection, narrowing: Narrowing, arms: Arms) -> int:
    """How many rows the arms have in all, by the kept counters."""
    by_owner, by_status = "owner" in arms.columns, "status" in arms.columns
    parameters = {
        "scopes": engines.json_array(arms.scopes),
        "lanes": engines.json_array(narrowing.lanes),
        "owners": engines.json_array(narrowing.owners or ()),
        "statuses": engines.json_array(narrowing.statuses or ()),
    }
    return _counting(by_owner, by_status).rows(conn, parameters)[0][0] or 0


@lru_cache(maxsize=4)
def _counting(by_owner: bool, by_status: bool) -> engines.Prepared:
    conditions = [
        _tally.c.workspace_id == engines.WORKSPACE,
        engines.in_json(_tally.c.scope, "scopes"),
        engines.in_json(_tally.c.lane, "lanes"),
    ]
    if by_owner:
        conditions.append(engines.in_json(_tally.c.owner, "owners"))
    if by_status:
        conditions.append(engines.in_json(_tally.c.status, "statuses"))
    return engines.Prepared(sa.select(sa.func.sum(_tally.c.sessions)).where(*conditions))


_NAME_OF_COLUMN: dict[str, str | RecordKind] = {
    "lane": "lanes",
    "owner": "owners",
    "status": "statuses",
    **{f"{kind}_id": kind for kind in RecordKind},
}


@lru_cache(maxsize=512)
def _statement(columns: tuple[str, ...], arms: int, shape: filters.Shape, has_place: bool) -> engines.Prepared:
    """There is no limit inside an arm: SQLite would read all of it before the merge begins."""
    selects = [_arm(columns, number, shape, has_place) for number in range(arms)]
    limit = sa.bindparam("limit", type_=sa.Integer)
    if arms == 1:
        return engines.Prepared(selects[0].limit(limit))
    merged = sa.union_all(*(sa.select(select.subquery(f"arm_{number}")) for number, select in enumerate(selects)))
    return engines.Prepared(merged.order_by(sa.desc("last_activity_at"), sa.desc("id")).limit(limit))


def _arm(columns: tuple[str, ...], number: int, shape: filters.Shape, has_place: bool) -> sa.Select[*tuple[Any, ...]]:
    select = (
        sa.select(_session.c.last_activity_at, _session.c.id, _session.c.row)
        .where(_session.c.workspace_id == engines.WORKSPACE)
        .where(*(_session.c[column] == sa.bindparam(f"{column}_{number}") for column in columns))
        .where(*shape.conditions())
    )
    if has_place:
        place = sa.tuple_(sa.bindparam("place_at"), sa.bindparam("place_id"))
        select = select.where(sa.tuple_(_session.c.last_activity_at, _session.c.id) < place)
    return select.order_by(_session.c.last_activity_at.desc(), _session.c.id.desc())


_session, _tally = schema.session, schema.tally
