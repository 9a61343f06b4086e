"""Messages of a session as rows of opencode's database, in either of the layouts that there have been.

Since 1.2 a message and each of its parts are rows of ``message`` and ``part``; opencode 2 writes a message whole into
``session_message``, and names its sessions in ``session_v2``. In a database that was brought from the one to the other
both may be there, and what is in the new one stands. The tables have grown columns over time, so that only those are
asked for that are there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from parrot_server.index.foreign import columns
from parrot_server.index.jsonl import parse_object
from parrot_server.index.loose import whole
from parrot_server.index.sources.opencode.projected import as_message
from parrot_server.index.sources.opencode.session import About, about_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from parrot_server.index.loose import JSON

SESSION_TABLES = ("session_v2", "session")
"""Where a session is looked for, the first first."""
MESSAGE_TABLES = ("message", "part", "session_message")
_SESSION_COLUMNS = (
    "id",
    "parent_id",
    "title",
    "directory",
    "version",
    "time_created",
    "time_updated",
    "time_archived",
    "fork_session_id",
)
_FORKS = 50
"""So long may a chain of forks be."""
_MANY = 400
"""As many ids go into one statement."""


class MessageRow:
    """A message with its parts in order; each JSON holds its id."""

    def __init__(self, message_id: str, changed_ms: int, info: JSON, data: str) -> None:
        self.id = message_id
        self.changed_ms = changed_ms
        self.size = len(data)
        self.info = info
        self.raw = [data]
        self.parts: list[JSON] = []
        self.part_rows = 0
        """How many rows its parts are."""

    def add(self, part_id: str, changed_ms: int, data: str) -> None:
        self.changed_ms = max(self.changed_ms, changed_ms)
        self.size += len(data)
        self.raw.append(data)
        self.parts.append({**_object(data), "id": part_id})
        self.part_rows += 1


class Rows(Protocol):
    """One layout. Raises sqlite3.Error."""

    def messages(
        self, connection: sqlite3.Connection, session: str, wanted: Iterable[str] | None = None
    ) -> Iterator[MessageRow]:
        """Messages of a session in order, or those of these ids."""
        ...

    def versions(self, connection: sqlite3.Connection, session: str) -> dict[str, tuple[int, int]]:
        """Messages of a session in order, and how each stands: when it was last written, and how many parts it has."""
        ...

    def written_since(self, connection: sqlite3.Connection, session: str, since: int) -> set[str]:
        """Ids of messages that were written, or a part of which was."""
        ...

    def counts(self, connection: sqlite3.Connection, session: str) -> tuple[int, int]:
        """How many messages a session has, and how many rows of parts."""
        ...


def rows_of(connection: sqlite3.Connection, session: str) -> Rows:
    """The layout that a session is read in."""
    there = tables(connection)
    if "session_message" not in there:
        return _IN_PARTS
    talk = "SELECT 1 FROM session_message WHERE session_id = ? AND type IN ('user', 'assistant') LIMIT 1"
    if connection.execute(talk, (session,)).fetchone() is None:
        return _IN_PARTS if "message" in there else _WHOLE
    named = "SELECT 1 FROM session_v2 WHERE id = ?"
    is_new = "session_v2" in there and connection.execute(named, (session,)).fetchone() is not None
    # Between the two opencode wrote both tables for a while, and only the older one had everything.
    return _WHOLE if is_new or "message" not in there or not count(connection, "message", session) else _IN_PARTS


def session_row(connection: sqlite3.Connection, session: str) -> About | None:
    for table in SESSION_TABLES:
        there = columns(connection, table)
        names = [name for name in _SESSION_COLUMNS if name in there]
        if names:
            row = connection.execute(f"SELECT {', '.join(names)} FROM {table} WHERE id = ?", (session,)).fetchone()
            if row is not None:
                return about_of(dict(zip(names, row, strict=True)))
    return None


def tables(connection: sqlite3.Connection) -> set[str]:
    """Those of opencode's that we know and that are there."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(name) for (name,) in found}.intersection((*SESSION_TABLES, *MESSAGE_TABLES))


def updated(connection: sqlite3.Connection, table: str) -> str:
    """The column that tells when a row was written; without it only rows that come are seen."""
    there = columns(connection, table)
    return next((name for name in ("time_updated", "time_created") if name in there), "0")


def count(connection: sqlite3.Connection, table: str, session: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table} WHERE session_id = ?", (session,)).fetchone()
    return int(row[0])


class _InParts:
    """``message`` and ``part``."""

    def messages(
        self, connection: sqlite3.Connection, session: str, wanted: Iterable[str] | None = None
    ) -> Iterator[MessageRow]:
        for where, batch in _batches(session, wanted):
            of_message = f"{'session_id' if wanted is None else 'id'} {where}"
            of_part = f"{'session_id' if wanted is None else 'message_id'} {where}"
            rows: dict[str, MessageRow] = {}
            messages = (
                f"SELECT id, time_created, {updated(connection, 'message')}, data FROM message WHERE {of_message}"
            )
            with closing(connection.execute(f"{messages} ORDER BY time_created, id", batch)) as found:
                for message_id, at_ms, changed_ms, stored in found:
                    data = _plain(stored)
                    info = {"time": {"created": whole(at_ms) or 0}, **_object(data), "id": str(message_id)}
                    rows[message_id] = MessageRow(str(message_id), whole(changed_ms) or 0, info, data)
            parts = f"SELECT id, message_id, {updated(connection, 'part')}, data FROM part WHERE {of_part}"
            with closing(connection.execute(f"{parts} ORDER BY id", batch)) as found:
                for part_id, message_id, changed_ms, stored in found:
                    row = rows.get(message_id)
                    if row is not None:
                        row.add(str(part_id), whole(changed_ms) or 0, _plain(stored))
            yield from rows.values()

    def versions(self, connection: sqlite3.Connection, session: str) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        statement = f"SELECT id, {updated(connection, 'message')} FROM message WHERE session_id = ?"
        for message_id, changed_ms in connection.execute(f"{statement} ORDER BY time_created, id", (session,)):
            found[str(message_id)] = (whole(changed_ms) or 0, 0)
        statement = f"SELECT message_id, max({updated(connection, 'part')}), count(*) FROM part WHERE session_id = ?"
        for message_id, changed_ms, parts in connection.execute(f"{statement} GROUP BY message_id", (session,)):
            known = found.get(str(message_id))
            if known is not None:
                found[str(message_id)] = (max(known[0], whole(changed_ms) or 0), int(parts))
        return found

    def written_since(self, connection: sqlite3.Connection, session: str, since: int) -> set[str]:
        found: set[str] = set()
        for table, column in (("message", "id"), ("part", "message_id")):
            when = updated(connection, table)
            statement = f"SELECT DISTINCT {column} FROM {table} WHERE session_id = ? AND {when} >= ?"
            found.update(str(row[0]) for row in connection.execute(statement, (session, since)))
        return found

    def counts(self, connection: sqlite3.Connection, session: str) -> tuple[int, int]:
        return count(connection, "message", session), count(connection, "part", session)


class _Whole:
    """``session_message``. A fork copies its rows under other ids: ``info`` holds ``original``, too."""

    def messages(
        self, connection: sqlite3.Connection, session: str, wanted: Iterable[str] | None = None
    ) -> Iterator[MessageRow]:
        originals = _originals(connection, session)
        for where, batch in _batches(session, wanted):
            of_message = f"{'session_id' if wanted is None else 'id'} {where}"
            statement = f"SELECT id, type, time_created, {updated(connection, 'session_message')}, data"
            statement += f" FROM session_message WHERE {of_message} ORDER BY seq"
            with closing(connection.execute(statement, batch)) as found:
                for message_id, kind, at_ms, changed_ms, stored in found:
                    data = _plain(stored)
                    info, parts = as_message(str(kind), _object(data), whole(at_ms) or 0)
                    info |= {"id": str(message_id), "original": originals.get(str(message_id))}
                    row = MessageRow(str(message_id), whole(changed_ms) or 0, info, data)
                    row.parts = parts
                    yield row

    def versions(self, connection: sqlite3.Connection, session: str) -> dict[str, tuple[int, int]]:
        when = updated(connection, "session_message")
        statement = f"SELECT id, {when} FROM session_message WHERE session_id = ? ORDER BY seq"
        return {
            str(each): (whole(changed_ms) or 0, 0) for each, changed_ms in connection.execute(statement, (session,))
        }

    def written_since(self, connection: sqlite3.Connection, session: str, since: int) -> set[str]:
        when = updated(connection, "session_message")
        statement = f"SELECT id FROM session_message WHERE session_id = ? AND {when} >= ?"
        return {str(row[0]) for row in connection.execute(statement, (session, since))}

    def counts(self, connection: sqlite3.Connection, session: str) -> tuple[int, int]:
        return count(connection, "session_message", session), 0


_IN_PARTS, _WHOLE = _InParts(), _Whole()


def _originals(connection: sqlite3.Connection, session: str, depth: int = 0) -> dict[str, str]:
    """Ids of the messages that a fork took over, and their ids in the session where they were said."""
    about = session_row(connection, session) if depth < _FORKS else None
    if about is None or about.forked_from is None:
        return {}
    ids = "SELECT seq, id FROM session_message WHERE session_id = ?"
    there = dict(connection.execute(ids, (about.forked_from,)).fetchall())
    if not there:
        return {}
    before = _originals(connection, about.forked_from, depth + 1)
    found: dict[str, str] = {}
    for seq, message_id in connection.execute(ids, (session,)):
        # A copy keeps its place, and is called by it.
        if seq in there and str(message_id).endswith(f"_{seq}"):
            copied = str(there[seq])
            found[str(message_id)] = before.get(copied, copied)
    return found


def _batches(session: str, wanted: Iterable[str] | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Conditions on a column, and their values: the session, or some ids at a time."""
    if wanted is None:
        yield "= ?", [session]
        return
    ids = list(wanted)
    for start in range(0, len(ids), _MANY):
        batch = ids[start : start + _MANY]
        yield f"IN ({', '.join('?' * len(batch))})", batch


def _object(data: str) -> JSON:
    return parse_object(data.encode("utf-8", "replace"))


def _plain(data: object) -> str:
    if isinstance(data, bytes):
        return data.decode("utf-8", "replace")
    return data if isinstance(data, str) else ""
