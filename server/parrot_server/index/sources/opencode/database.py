"""opencode's database (since 1.2): sessions, messages and parts as rows that are updated in place while answers come.

The tables have grown columns over time, so that only those are asked for that are there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index.foreign import columns, reading
from parrot_server.index.jsonl import parse_object
from parrot_server.index.loose import whole
from parrot_server.index.shelf import Mark, Shelf
from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.sources.opencode.content import saying_of
from parrot_server.index.sources.opencode.session import About, Summed, about_of, summed, tell
from parrot_server.index.whole_unit import state_of_whole

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from parrot_server.index.loose import JSON
    from parrot_server.store.local import FileState
    from parrot_wire.records import TurnRecord

_NEW_PARTS = 512
_NEW_MESSAGES = 128
_NEW_SESSIONS = 32
"""So many of the newest rows of each table are looked at after a write."""
_SESSION_COLUMNS = (
    "id",
    "parent_id",
    "title",
    "directory",
    "version",
    "time_created",
    "time_updated",
    "time_archived",
)
_MANY = 400
"""As many ids go into one statement."""


class OpencodeShelf(Shelf):
    """The sessions of one database."""

    def all_marks(self, connection: sqlite3.Connection) -> dict[str, Mark]:
        marks = {session: Mark(1, at) for session, at in _updates(connection, "session", "id", "1")}
        for table in ("message", "part"):
            for session, rows, at in _sums(connection, table):
                mark = marks.get(session)
                if mark is not None:
                    marks[session] = Mark(mark.rows + rows, max(mark.at_ms, at))
        return marks

    def new_marks(self, connection: sqlite3.Connection, known: Mapping[str, Mark]) -> dict[str, Mark]:
        newest: dict[str, int] = {}
        for table, id_column, rows in (
            ("part", "session_id", _NEW_PARTS),
            ("message", "session_id", _NEW_MESSAGES),
            ("session", "id", _NEW_SESSIONS),
        ):
            recent = f"rowid > (SELECT max(rowid) FROM {table}) - {rows}"
            for session, at in _updates(connection, table, id_column, recent):
                newest[session] = max(at, newest.get(session, 0))
        found: dict[str, Mark] = {}
        for session, at in newest.items():
            before = known.get(session)
            own = connection.execute("SELECT time_updated FROM session WHERE id = ?", (session,)).fetchone()
            if own is not None:
                rows = 1 + _count(connection, "message", session) + _count(connection, "part", session)
                found[session] = Mark(rows, max(at, whole(own[0]) or 0, before.at_ms if before is not None else 0))
        return found


class SessionReader:
    """Sums one session up, and later only the messages that were written since."""

    def __init__(self, database: Path, session: str, known: FileState | None) -> None:
        self._database = database
        self._session = session
        self._known = known
        self._messages: dict[str, Summed] = {}
        self._rows: dict[str, int] = {}
        """How many parts a message has."""

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        with reading(self._database) as connection:
            about = session_row(connection, self._session)
            since = max((message.changed_ms for message in self._messages.values()), default=None)
            turns, size = self._take(connection, since)
            if since is not None and not self._is_all_there(connection):
                since, self._messages, self._rows = None, {}, {}
                turns, size = self._take(connection, None)
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

    def _is_all_there(self, connection: sqlite3.Connection) -> bool:
        """Whether what is known is what is there: messages and parts may have been taken out."""
        messages, parts = (_count(connection, table, self._session) for table in ("message", "part"))
        return messages == len(self._messages) and parts == sum(self._rows.values())

    def _take(self, connection: sqlite3.Connection, since: int | None) -> tuple[list[TurnRecord], int]:
        """Messages that were written at ``since`` or later; turns among them, and how much was read."""
        turns: list[TurnRecord] = []
        size = 0
        wanted = None if since is None else _written_since(connection, self._session, since)
        for row in message_rows(connection, self._session, wanted):
            saying = saying_of(row.info, row.parts)
            self._messages[row.id] = summed(saying, row.changed_ms)
            self._rows[row.id] = len(row.parts)
            size += row.size
            if saying.turn is not None:
                turns.append(saying.turn)
        return turns, size


class MessageRow:
    """A message with its parts in order; each JSON holds its id."""

    def __init__(self, message_id: str, at_ms: int, changed_ms: int, data: str) -> None:
        self.id = message_id
        self.at_ms = at_ms
        self.changed_ms = changed_ms
        self.size = len(data)
        self.info: JSON = {
            "time": {"created": at_ms},
            **parse_object(data.encode("utf-8", "replace")),
            "id": message_id,
        }
        self.raw = [data]
        self.parts: list[JSON] = []

    def add(self, part_id: str, changed_ms: int, data: str) -> None:
        self.changed_ms = max(self.changed_ms, changed_ms)
        self.size += len(data)
        self.raw.append(data)
        self.parts.append({**parse_object(data.encode("utf-8", "replace")), "id": part_id})


def session_row(connection: sqlite3.Connection, session: str) -> About | None:
    there = columns(connection, "session")
    names = [name for name in _SESSION_COLUMNS if name in there]
    row = connection.execute(f"SELECT {', '.join(names)} FROM session WHERE id = ?", (session,)).fetchone()
    return about_of(dict(zip(names, row, strict=True))) if row is not None else None


def message_rows(
    connection: sqlite3.Connection, session: str, wanted: Iterable[str] | None = None
) -> Iterator[MessageRow]:
    """Messages of a session in order, or those of these ids."""
    if wanted is None:
        where, batches = "session_id = ?", [[session]]
    else:
        ids = list(wanted)
        batches = [ids[start : start + _MANY] for start in range(0, len(ids), _MANY)]
        where = ""
    for batch in batches:
        of_message = where or f"id IN ({', '.join('?' * len(batch))})"
        of_part = where or f"message_id IN ({', '.join('?' * len(batch))})"
        rows: dict[str, MessageRow] = {}
        messages = f"SELECT id, time_created, {_updated(connection, 'message')}, data FROM message WHERE {of_message}"
        with closing(connection.execute(f"{messages} ORDER BY time_created, id", batch)) as found:
            for message_id, at_ms, changed_ms, data in found:
                rows[message_id] = MessageRow(str(message_id), whole(at_ms) or 0, whole(changed_ms) or 0, _plain(data))
        parts = f"SELECT id, message_id, {_updated(connection, 'part')}, data FROM part WHERE {of_part}"
        with closing(connection.execute(f"{parts} ORDER BY id", batch)) as found:
            for part_id, message_id, changed_ms, data in found:
                row = rows.get(message_id)
                if row is not None:
                    row.add(str(part_id), whole(changed_ms) or 0, _plain(data))
        yield from rows.values()


def versions(connection: sqlite3.Connection, session: str) -> dict[str, tuple[int, int]]:
    """Messages of a session in order, and how each stands: when it was last written, and how many parts it has."""
    found: dict[str, tuple[int, int]] = {}
    statement = f"SELECT id, {_updated(connection, 'message')} FROM message WHERE session_id = ?"
    for message_id, changed_ms in connection.execute(f"{statement} ORDER BY time_created, id", (session,)):
        found[str(message_id)] = (whole(changed_ms) or 0, 0)
    statement = f"SELECT message_id, max({_updated(connection, 'part')}), count(*) FROM part WHERE session_id = ?"
    for message_id, changed_ms, parts in connection.execute(f"{statement} GROUP BY message_id", (session,)):
        known = found.get(str(message_id))
        if known is not None:
            found[str(message_id)] = (max(known[0], whole(changed_ms) or 0), int(parts))
    return found


def _written_since(connection: sqlite3.Connection, session: str, since: int) -> set[str]:
    """Ids of messages that were written, or a part of which was."""
    found: set[str] = set()
    for table, column in (("message", "id"), ("part", "message_id")):
        updated = _updated(connection, table)
        statement = f"SELECT DISTINCT {column} FROM {table} WHERE session_id = ? AND {updated} >= ?"
        found.update(str(row[0]) for row in connection.execute(statement, (session, since)))
    return found


def _updated(connection: sqlite3.Connection, table: str) -> str:
    """The column that tells when a row was written; without it only rows that come are seen."""
    there = columns(connection, table)
    return next((name for name in ("time_updated", "time_created") if name in there), "0")


def _updates(connection: sqlite3.Connection, table: str, column: str, where: str) -> Iterator[tuple[str, int]]:
    statement = f"SELECT {column}, max({_updated(connection, table)}) FROM {table} WHERE {where} GROUP BY {column}"
    for session, at in connection.execute(statement):
        yield str(session), whole(at) or 0


def _sums(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, int, int]]:
    statement = f"SELECT session_id, count(*), max({_updated(connection, table)}) FROM {table} GROUP BY session_id"
    for session, rows, at in connection.execute(statement):
        yield str(session), int(rows), whole(at) or 0


def _count(connection: sqlite3.Connection, table: str, session: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table} WHERE session_id = ?", (session,)).fetchone()
    return int(row[0])


def _plain(data: object) -> str:
    if isinstance(data, bytes):
        return data.decode("utf-8", "replace")
    return data if isinstance(data, str) else ""
