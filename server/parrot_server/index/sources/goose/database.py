"""Goose's database: sessions, their messages, and since schema 15 a ledger of requests.

The tables have grown columns over time, so that only those are asked for that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from parrot_server.index import wording
from parrot_server.index.foreign import columns
from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, count, obj, string, whole
from parrot_server.index.shelf import Mark, Shelf
from parrot_server.index.sources.goose.content import time_ms
from parrot_server.index.tally import micros, spread, tokens, tokens_inside, turn_id
from parrot_wire.records import TurnRecord
from parrot_wire.times import from_ms
from parrot_wire.values import Basis

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from parrot_wire.session import Tokens

_NEW_ROWS = 256
"""So many of the newest rows of each table are looked at after a write."""
_TABLES = ("messages", "usage_ledger")
_HIDDEN = "hidden"
_LOCAL_PROVIDERS = frozenset({"ollama", "ramalama", "lmstudio", "local", "llamacpp"})
_REPORTED = frozenset({"", "reported", "provider_reported"})


class GooseShelf(Shelf):
    """The sessions of one database."""

    def all_marks(self, connection: sqlite3.Connection) -> dict[str, Mark]:
        marks = _sessions(connection)
        for table in _tables(connection):
            statement = f"SELECT session_id, count(*), max(id), max(created_timestamp) FROM {table} GROUP BY session_id"
            for session, rows, newest, at in connection.execute(statement):
                _add(marks, str(session), int(rows), newest, at)
        return marks

    def new_marks(self, connection: sqlite3.Connection, known: Mapping[str, Mark]) -> dict[str, Mark]:
        # There is one short row a session.
        marks = _sessions(connection)
        newest = marks.keys() - known.keys()
        for table in _tables(connection):
            statement = (
                f"SELECT DISTINCT session_id FROM {table} WHERE id > (SELECT max(id) FROM {table}) - {_NEW_ROWS}"
            )
            newest.update(str(row[0]) for row in connection.execute(statement))
        for table in _tables(connection):
            statement = f"SELECT count(*), max(id), max(created_timestamp) FROM {table} WHERE session_id = ?"
            for session in newest:
                rows, last, at = connection.execute(statement, (session,)).fetchone()
                _add(marks, session, int(rows), last, at)
        found = {session: marks[session] for session in newest if session in marks}
        for session, mark in marks.items():
            if session not in newest and known[session].at_ms < mark.at_ms:
                found[session] = known[session]._replace(at_ms=mark.at_ms)
        return found


class Session(NamedTuple):
    """A row of ``sessions``."""

    id: str
    record: JSON
    created_ms: int
    updated_ms: int

    @property
    def is_hidden(self) -> bool:
        return self.record.get("session_type") == _HIDDEN

    @property
    def parent(self) -> str | None:
        return string(self.record.get("parent_session_id")) or None

    @property
    def title(self) -> str:
        """The name, where a person or the model gave it; what Goose puts in its place is none."""
        name = string(self.record.get("name")).strip()
        is_made_up = not self.record.get("user_set_name") and name.lower() in ("cli session", "new chat", "new session")
        return string(self.record.get("description")) if is_made_up or not name else name

    @property
    def model(self) -> str | None:
        config = obj(parse(string(self.record.get("model_config_json")).encode("utf-8", "replace")))
        return next((name for key in ("model_name", "modelName", "model") if (name := string(config.get(key)))), None)

    @property
    def is_local(self) -> bool:
        return string(self.record.get("provider_name")).lower() in _LOCAL_PROVIDERS


class Row(NamedTuple):
    """A row of ``messages``."""

    id: int
    role: str
    content: str
    metadata: str
    at_ms: int


def sessions(connection: sqlite3.Connection, only: str | None = None) -> Iterator[Session]:
    """All sessions, or the one of this id. Raises sqlite3.Error."""
    where = "" if only is None else " WHERE id = ?"
    cursor = connection.execute(f"SELECT * FROM sessions{where}", () if only is None else (only,))
    names = [column[0] for column in cursor.description]
    for row in cursor:
        record: JSON = dict(zip(names, row, strict=True))
        created = time_ms(record.get("created_at")) or 0
        yield Session(str(record.get("id")), record, created, time_ms(record.get("updated_at")) or created)


def messages(connection: sqlite3.Connection, session: str, first: int = 0, last: int = 2**62) -> Iterator[Row]:
    """Messages of a session in order, those with first <= id <= last."""
    there = columns(connection, "messages")
    metadata = "metadata_json" if "metadata_json" in there else "''"
    statement = (
        f"SELECT id, role, content_json, {metadata}, created_timestamp FROM messages"
        " WHERE session_id = ? AND id BETWEEN ? AND ? ORDER BY id"
    )
    for number, role, content, about, at in connection.execute(statement, (session, first, last)):
        yield Row(int(number), str(role or "").lower(), _plain(content), _plain(about), time_ms(at) or 0)


def turns(connection: sqlite3.Connection, session: Session, answers: Sequence[tuple[int, int]]) -> list[TurnRecord]:
    """The requests of a session. answers: id and time (ms) of the messages of the model, to which the sums are given
    where there is no ledger."""
    if columns(connection, "usage_ledger"):
        cursor = connection.execute("SELECT * FROM usage_ledger WHERE session_id = ? ORDER BY id", (session.id,))
        names = [column[0] for column in cursor.description]
        ledger = [_entry(session, dict(zip(names, row, strict=True))) for row in cursor]
        if ledger:
            return ledger
    return _shared_out(session, answers)


def _entry(session: Session, row: JSON) -> TurnRecord:
    used = _tokens(
        count(row.get("input_tokens")),
        count(row.get("output_tokens")),
        count(row.get("cache_read_tokens")),
        count(row.get("cache_write_tokens")),
        whole(row.get("total_tokens")),
    )
    charge = micros(row.get("cost")) or None
    return TurnRecord(
        id=turn_id(session.id, f"{whole(row.get('id')) or 0:09}"),
        model=string(row.get("model")) or session.model,
        tokens=used,
        cost=charge,
        basis=_basis(session, charge, string(row.get("cost_source"))),
        started_at=wording.timestamp(time_ms(row.get("created_timestamp")) or session.created_ms) or from_ms(0),
    )


def _shared_out(session: Session, answers: Sequence[tuple[int, int]]) -> list[TurnRecord]:
    """Before the ledger only the sums of a session were kept."""
    record = session.record

    def summed(kind: str) -> int:
        return count(record.get(f"accumulated_{kind}_tokens"))

    total = _tokens(
        summed("input"),
        summed("output"),
        summed("cache_read"),
        summed("cache_write"),
        whole(record.get("accumulated_total_tokens")),
    )
    charge = micros(record.get("accumulated_cost")) or 0
    shares = answers or ([(0, session.updated_ms)] if total.total or charge else [])
    found: list[TurnRecord] = []
    began_ms = 0
    for nth, ((number, at_ms), share) in enumerate(zip(shares, spread(total, len(shares)), strict=True), 1):
        own = charge - charge // len(shares) * (len(shares) - 1) if nth == len(shares) else charge // len(shares)
        began_ms = max(at_ms, began_ms + 1)
        found.append(
            TurnRecord(
                id=turn_id(session.id, f"m{number:09}"),
                model=session.model,
                tokens=share,
                cost=own if charge else None,
                basis=_basis(session, charge or None, ""),
                started_at=wording.timestamp(began_ms) or from_ms(0),
            )
        )
    return found


def _basis(session: Session, charge: int | None, source: str) -> Basis | None:
    if charge is not None:
        return None if source in _REPORTED else Basis.ESTIMATED
    return Basis.UNPRICED if session.is_local else None


def _tokens(input: int, output: int, read: int, write: int, total: int | None) -> Tokens:
    """Whether cached tokens stand beside the input or are part of it depends on the provider: the total tells."""
    if read + write and total == input + output:
        return tokens_inside(input, output, cache_read=read, cache_write=write)
    return tokens(input=input, output=output, cache_read=read, cache_write=write)


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [table for table in _TABLES if table == "messages" or columns(connection, table)]


def _sessions(connection: sqlite3.Connection) -> dict[str, Mark]:
    found: dict[str, Mark] = {}
    for session, created, updated in connection.execute("SELECT id, created_at, updated_at FROM sessions"):
        found[str(session)] = Mark(1, time_ms(updated) or time_ms(created) or 0)
    return found


def _add(marks: dict[str, Mark], session: str, rows: int, newest: Any, at: Any) -> None:
    known = marks.get(session)
    if known is not None:
        at_ms = max(known.at_ms, time_ms(at) or 0)
        marks[session] = Mark(known.rows + rows, at_ms, known.edition + (whole(newest) or 0))


def _plain(data: object) -> str:
    return data if isinstance(data, str) else ""
