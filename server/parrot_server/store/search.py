"""Full text of transcripts. The index holds words, not texts: who asks for a snippet brings the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from parrot_server.store.queries import RecordLock
from parrot_server.stored import StoredRow
from parrot_wire.query import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    session: StoredRow
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    items: tuple[Hit, ...]
    next_cursor: str | None


def add(conn: Connection, session_id: str, texts: Iterable[tuple[int, str]]) -> None:
    """Index (n, text) of messages; what those n had before is replaced."""
    raise NotImplementedError


def forget(conn: Connection, session_id: str) -> None:
    """Drop a session's texts from the index."""
    raise NotImplementedError


def indexed_up_to(conn: Connection, session_id: str) -> int:
    """The greatest n that is indexed; 0 where none is."""
    raise NotImplementedError


def find(
    conn: Connection,
    text: str,
    where: Filter,
    *,
    limit: int,
    cursor: str | None = None,
    lock: RecordLock | None = None,
    with_flows: bool = True,
) -> Hits:
    """Messages that hold every word of ``text`` (the last one as a prefix), in sessions under the filter.

    Children count as their own sessions here: a hit in a subagent names the subagent. Raises queries.BadCursor.
    """
    raise NotImplementedError


def snippet(text: str, query: str, *, around: int = 60) -> str:
    """The part of ``text`` about the first match, matches between U+0002 and U+0003, on one line."""
    raise NotImplementedError
