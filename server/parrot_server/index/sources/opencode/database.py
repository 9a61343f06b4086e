"""opencode's database (since 1.2): sessions and messages as rows that are updated in place while answers come."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index.foreign import reading
from parrot_server.index.loose import whole
from parrot_server.index.shelf import Mark, Shelf
from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.sources.opencode.content import saying_of
from parrot_server.index.sources.opencode.rows import (
    MESSAGE_TABLES,
    SESSION_TABLES,
    count,
    rows_of,
    session_row,
    tables,
    updated,
)
from parrot_server.index.sources.opencode.session import Summed, summed, tell
from parrot_server.index.whole_unit import state_of_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from parrot_server.index.sources.opencode.rows import Rows
    from parrot_server.store.local import FileState
    from parrot_wire.records import TurnRecord

_NEWEST = {"part": 512, "message": 128, "session_message": 128, "session": 32, "session_v2": 32}
"""So many of the newest rows of each table are looked at after a write."""


class OpencodeShelf(Shelf):
    """The sessions of one database."""

    def all_marks(self, connection: sqlite3.Connection) -> dict[str, Mark]:
        there = tables(connection)
        if there.isdisjoint(SESSION_TABLES):
            raise sqlite3.OperationalError(f"no such table: {SESSION_TABLES[-1]}")
        marks: dict[str, Mark] = {}
        for table in there.intersection(SESSION_TABLES):
            for session, at in _updates(connection, table, "1"):
                marks[session] = Mark(1, max(at, marks[session].at_ms if session in marks else 0))
        for table in there.intersection(MESSAGE_TABLES):
            for session, rows, at in _sums(connection, table):
                mark = marks.get(session)
                if mark is not None:
                    marks[session] = Mark(mark.rows + rows, max(mark.at_ms, at))
        return marks

    def new_marks(self, connection: sqlite3.Connection, known: Mapping[str, Mark]) -> dict[str, Mark]:
        there = tables(connection)
        newest: dict[str, int] = {}
        for table, rows in _NEWEST.items():
            if table in there:
                recent = f"rowid > (SELECT max(rowid) FROM {table}) - {rows}"
                for session, at in _updates(connection, table, recent):
                    newest[session] = max(at, newest.get(session, 0))
        found: dict[str, Mark] = {}
        for session, at in newest.items():
            about = session_row(connection, session)
            if about is not None:
                before = known.get(session)
                rows = 1 + sum(count(connection, table, session) for table in there.intersection(MESSAGE_TABLES))
                found[session] = Mark(rows, max(at, about.updated_ms, before.at_ms if before is not None else 0))
        return found


class SessionReader:
    """Sums one session up, and later only the messages that were written since."""

    def __init__(self, database: Path, session: str, known: FileState | None) -> None:
        self._database = database
        self._session = session
        self._known = known
        self._messages: dict[str, Summed] = {}
        self._rows: dict[str, int] = {}
        """How many rows the parts of a message are."""

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        with reading(self._database) as connection:
            about = session_row(connection, self._session)
            since = max((message.changed_ms for message in self._messages.values()), default=None)
            rows = rows_of(connection, self._session)
            turns, size = self._take(connection, rows, since)
            if since is not None and not self._is_all_there(connection, rows):
                since, self._messages, self._rows = None, {}, {}
                turns, size = self._take(connection, rows, None)
        had = msgspec.msgpack.decode(self._known.state, type=int) if self._known is not None else None
        total = len(self._messages)
        ordered = sorted(self._messages.items(), key=lambda each: (each[1].at_ms, each[0]))
        told = (
            tell(
                about,
                (message for _, message in ordered),
                turns,
                unit,
                source_file=str(self._database),
                whole_turns=since is None,
            )
            if about is not None
            else []
        )
        self._known = state_of_whole(
            unit,
            state=msgspec.msgpack.encode(total),
            sessions=(self._session,) if told else (),
        )
        return Reading(told=told, bytes_read=size, whole=had is None or total < had)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known

    def _is_all_there(self, connection: sqlite3.Connection, rows: Rows) -> bool:
        """Whether what is known is what is there: messages and parts may have been taken out."""
        messages, parts = rows.counts(connection, self._session)
        return messages == len(self._messages) and parts == sum(self._rows.values())

    def _take(self, connection: sqlite3.Connection, rows: Rows, since: int | None) -> tuple[list[TurnRecord], int]:
        """Messages that were written at ``since`` or later; turns among them, and how much was read."""
        turns: list[TurnRecord] = []
        size = 0
        wanted = None if since is None else rows.written_since(connection, self._session, since)
        for row in rows.messages(connection, self._session, wanted):
            saying = saying_of(row.info, row.parts)
            self._messages[row.id] = summed(saying, row.changed_ms)
            self._rows[row.id] = row.part_rows
            size += row.size
            if saying.turn is not None:
                turns.append(saying.turn)
        return turns, size


def _updates(connection: sqlite3.Connection, table: str, where: str) -> Iterator[tuple[str, int]]:
    """Sessions, and when the newest of their rows was written."""
    column = "id" if table in SESSION_TABLES else "session_id"
    statement = f"SELECT {column}, max({updated(connection, table)}) FROM {table} WHERE {where} GROUP BY {column}"
    for session, at in connection.execute(statement):
        yield str(session), whole(at) or 0


def _sums(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, int, int]]:
    statement = f"SELECT session_id, count(*), max({updated(connection, table)}) FROM {table} GROUP BY session_id"
    for session, rows, at in connection.execute(statement):
        yield str(session), int(rows), whole(at) or 0
