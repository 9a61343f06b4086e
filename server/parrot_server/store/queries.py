"""What the reading calls ask of the store. Rows come unprojected: full costs, no actions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from parrot_server.stored import Change, StoredDetail, StoredRow
from parrot_wire.query import Filter
from parrot_wire.session import Timeline, Turn
from parrot_wire.values import Kind, RecordKind


class BadCursor(ValueError):
    """Not a cursor of ours, or one of another filter."""


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
    items: tuple[StoredRow, ...]
    next_cursor: str | None
    seq: int
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLock:
    """Rows of one record alone."""

    kind: RecordKind
    id: str


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
    raise NotImplementedError


def list_page(
    conn: Connection, where: Filter, *, limit: int, cursor: str | None = None, lock: RecordLock | None = None
) -> ListPage:
    """A page, most recently active first, ties by id descending. Raises BadCursor."""
    raise NotImplementedError


def detail(conn: Connection, session_id: str) -> StoredDetail | None:
    """A session with its children, oldest child first; None where it is unknown."""
    raise NotImplementedError


def row(conn: Connection, session_id: str) -> StoredRow | None:
    """A session's row; None where it is unknown."""
    raise NotImplementedError


def session_key(conn: Connection, session_id: str) -> SessionKey | None:
    """A session's identity; None where it is unknown."""
    raise NotImplementedError


def turns(conn: Connection, session_id: str) -> tuple[Turn, ...]:
    """The turns that the session owns, oldest first, numbered from 1."""
    raise NotImplementedError


def timeline(conn: Connection, session_id: str) -> Timeline | None:
    """Steps, checkpoints and artifacts; None where the session is unknown."""
    raise NotImplementedError


def changes_since(conn: Connection, seq: int, limit: int) -> tuple[Change, ...]:
    """Rows and tombstones with a greater seq, in seq order, each in its newest state, at most ``limit``.

    Where the answer is shorter than ``limit`` it is all there is up to the head of the same snapshot.
    """
    raise NotImplementedError
