"""What the reading calls ask of the store. Rows come unprojected: full costs, no actions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import attachments, cursors, engines, filters, pages, schema, turn_facts
from parrot_server.store.cursors import BadCursor
from parrot_server.store.facts import decode_facts, decode_row, to_detail
from parrot_server.store.filters import RecordLock
from parrot_server.stored import Change, StoredDetail, StoredRow, Tombstone, change_seq
from parrot_wire.session import Timeline, Turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.query import Filter
    from parrot_wire.values import Kind

__all__ = [
    "BadCursor",
    "Head",
    "ListPage",
    "RecordLock",
    "SessionKey",
    "changes_since",
    "detail",
    "head",
    "list_page",
    "row",
    "session_key",
    "timeline",
    "turns",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the workspace stands. ``floor``: no stream can resume below it (older tombstones are gone)."""

    workspace_id: str
    name: str
    spend_tracking: bool
    feed: str
    seq: int
    floor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page with where a stream takes over from it."""

    items: tuple[StoredRow, ...]
    next_cursor: str | None
    seq: int
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """What a route must know before it does anything with a session."""

    id: str
    source: str
    native_id: str
    kind: Kind
    owner: str
    token_id: str
    """The token that sent it first (``ingest.LOCAL_TOKEN`` for this machine's files)."""
    source_file: str | None


def head(conn: Connection) -> Head:
    """The workspace's name, feed and newest seq."""
    [(public_id, name, spend_tracking, feed, seq, floor)] = _HEAD.rows(conn, {})
    return Head(workspace_id=public_id, name=name, spend_tracking=bool(spend_tracking), feed=feed, seq=seq, floor=floor)


def list_page(
    conn: Connection, where: Filter, *, limit: int, cursor: str | None = None, lock: RecordLock | None = None
) -> ListPage:
    """A page, most recently active first, ties by id descending. Raises BadCursor."""
    asked, narrowing = _read(where, lock)
    place = None if cursor is None else cursors.decode(cursor, tuple[str, str], asked)
    now = head(conn)
    found = [] if narrowing.is_empty else pages.find(conn, narrowing, place, limit + 1)
    more = len(found) > limit
    items = tuple(decode_row(body) for _, _, body in found[:limit])
    next_cursor = cursors.encode((found[limit - 1][0], found[limit - 1][1]), asked) if more else None
    return ListPage(items=items, next_cursor=next_cursor, seq=now.seq, feed=now.feed)


@lru_cache(maxsize=64)
def _read(where: Filter, lock: RecordLock | None) -> tuple[str, filters.Narrowing]:
    """A filter as cursors name it, and as statements take it: a window asks for its own few again and again."""
    return cursors.question("list", where, lock), filters.narrow(where, lock)


def detail(conn: Connection, session_id: str) -> StoredDetail | None:
    """A session with its children, oldest child first; None where it is unknown."""
    found = conn.execute(_DETAIL, {"session": session_id}).first()
    if found is None:
        return None
    children = [decode_row(body) for body in conn.execute(_CHILDREN, {"session": session_id}).scalars()]
    children.sort(key=lambda child: (child.row.started_at, child.row.id))
    return to_detail(decode_row(found.row), decode_facts(found.facts), tuple(children))


def row(conn: Connection, session_id: str) -> StoredRow | None:
    """A session's row; None where it is unknown."""
    body = conn.execute(_ROW, {"session": session_id}).scalar()
    return None if body is None else decode_row(body)


def session_key(conn: Connection, session_id: str) -> SessionKey | None:
    """A session's identity; None where it is unknown."""
    found = conn.execute(_KEY, {"session": session_id}).first()
    if found is None:
        return None
    facts = decode_facts(found.facts)
    return SessionKey(
        id=session_id,
        source=found.source,
        native_id=found.native_id,
        kind=facts.kind,
        owner=facts.owner,
        token_id=facts.token_id,
        source_file=facts.source_file,
    )


def turns(conn: Connection, session_id: str) -> tuple[Turn, ...]:
    """The turns that the session owns, oldest first, numbered from 1."""
    return tuple(turn.facts.to_turn(turn.n) for turn in turn_facts.all_of(conn, session_id))


def timeline(conn: Connection, session_id: str) -> Timeline | None:
    """Steps, checkpoints and artifacts; None where the session is unknown."""
    stored = row(conn, session_id)
    if stored is None:
        return None
    return Timeline(
        steps=stored.row.steps,
        checkpoints=attachments.checkpoints_of(conn, session_id),
        artifacts=attachments.artifacts_of(conn, session_id),
    )


def changes_since(conn: Connection, seq: int, limit: int) -> tuple[Change, ...]:
    """Rows and tombstones with a greater seq, in seq order, each in its newest state, at most ``limit``.

    Where the answer is shorter than ``limit`` it is all there is up to the head of the same snapshot.
    """
    parameters = {"seq": seq, "limit": limit}
    changes: list[Change] = [decode_row(body) for body in conn.execute(_CHANGED, parameters).scalars()]
    changes += [Tombstone(seq=at, id=session_id) for at, session_id in conn.execute(_GONE, parameters)]
    changes.sort(key=change_seq)
    return tuple(changes[:limit])


_session, _facts, _workspace = schema.session, schema.session_facts, schema.workspace
_here = _session.c.workspace_id == engines.WORKSPACE
_limit = sa.bindparam("limit", type_=sa.Integer)

_HEAD = engines.Prepared(
    sa.select(
        _workspace.c.public_id,
        _workspace.c.name,
        _workspace.c.spend_tracking,
        _workspace.c.feed,
        _workspace.c.seq,
        _workspace.c.floor,
    ).where(_workspace.c.workspace_id == engines.WORKSPACE)
)
_ROW = sa.select(_session.c.row).where(_here, _session.c.id == sa.bindparam("session"))
_CHILDREN = sa.select(_session.c.row).where(_here, _session.c.parent_id == sa.bindparam("session"))
_KEY = sa.select(_facts.c.source, _facts.c.native_id, _facts.c.facts).where(
    _facts.c.workspace_id == engines.WORKSPACE, _facts.c.session_id == sa.bindparam("session")
)
_DETAIL = (
    sa.select(_session.c.row, _facts.c.facts)
    .join(_facts, sa.and_(_facts.c.workspace_id == _session.c.workspace_id, _facts.c.session_id == _session.c.id))
    .where(_here, _session.c.id == sa.bindparam("session"))
)
_CHANGED = (
    sa.select(_session.c.row).where(_here, _session.c.seq > sa.bindparam("seq")).order_by(_session.c.seq).limit(_limit)
)
_GONE = (
    sa.select(schema.tombstone.c.seq, schema.tombstone.c.session_id)
    .where(schema.tombstone.c.workspace_id == engines.WORKSPACE, schema.tombstone.c.seq > sa.bindparam("seq"))
    .order_by(schema.tombstone.c.seq)
    .limit(_limit)
)
