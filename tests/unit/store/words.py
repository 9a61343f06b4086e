"""Short words for what sources say, and how a whole store is compared with another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from msgspec import structs

from parrot_server.store import queries, schema
from parrot_server.store.facts import decode_row
from parrot_server.store.ids import derive_id
from parrot_server.store.local import SessionFacts
from parrot_server.store.ownership import fingerprint, pack_fingerprints
from parrot_wire import times
from parrot_wire.records import Record, SessionPatch, TurnRecord
from parrot_wire.session import Tokens
from parrot_wire.values import RecordKind, RecordType, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from parrot_server.stored import StoredDetail

START_MS = 1_790_000_000_000
SOURCE = "claude-code"


def at(seconds: float) -> str:
    """A time of the wire, so many seconds after the tests' beginning."""
    return times.from_ms(START_MS + round(seconds * 1000))


def record(
    type_: RecordType, native_id: str, body: dict[str, Any] | None = None, *, key: str, seconds: float
) -> Record:
    return Record(
        source=SOURCE,
        native_id=native_id,
        key=key,
        at=at(seconds),
        type=type_,
        body=msgspec.Raw(msgspec.json.encode(body or {})),
    )


def session(native_id: str, *, key: str = "s", seconds: float = 0, **patch: Any) -> Record:
    return record(RecordType.SESSION, native_id, patch, key=key, seconds=seconds)


def turn(native_id: str, response_id: str, *, key: str | None = None, seconds: float = 0, **body: Any) -> Record:
    body = {"id": response_id, "started_at": at(seconds), **body}
    return record(RecordType.TURN, native_id, body, key=key or f"t-{response_id}", seconds=seconds)


def message(native_id: str, n: int, text: str, *, key: str | None = None, seconds: float = 0, **body: Any) -> Record:
    body = {
        "n": n,
        "id": f"m{n}",
        "role": "user",
        "at": at(seconds),
        "parts": [{"type": "text", "text": text}],
        **body,
    }
    return record(RecordType.MESSAGE, native_id, body, key=key or f"m-{n}", seconds=seconds)


def opus(response_id: str, *, output: int = 100, seconds: float = 0, request_id: str | None = None) -> TurnRecord:
    """A turn of a model whose price is known: 5 micro-dollars a token in, 25 out."""
    return TurnRecord(
        id=response_id,
        request_id=request_id,
        model="claude-opus-4-5",
        tokens=Tokens(input=10, output=output),
        started_at=at(seconds),
    )


OPUS_MICROS = 10 * 5 + 100 * 25


def local(
    native_id: str,
    *turns: TurnRecord,
    seconds: float = 0,
    records: Sequence[tuple[str, float]] = (),
    whole: bool = True,
    copied_from: str | None = None,
    **patch: Any,
) -> SessionFacts:
    """A local file's facts. records: (identity, seconds) of its lines."""
    stated: dict[str, Any] = {
        "title": native_id,
        "status": Status.OPEN,
        "started_at": at(0),
        "last_activity_at": at(seconds),
    }
    marks = [(fingerprint(identity), START_MS + round(moment * 1000)) for identity, moment in records]
    return SessionFacts(
        source=SOURCE,
        native_id=native_id,
        patch=SessionPatch(**(stated | patch)),
        turns=turns,
        turns_whole=whole,
        fingerprints=pack_fingerprints(marks),
        fingerprints_whole=whole,
        copied_from=copied_from,
    )


def emptied(conn: Connection) -> None:
    """Leave a database as a new one, but for its seq."""
    for table in schema.metadata.sorted_tables:
        if table is not schema.workspace:
            conn.execute(sa.delete(table))


def detail(conn: Connection, native_id: str) -> StoredDetail:
    found = queries.detail(conn, derive_id(SOURCE, native_id))
    assert found is not None, native_id
    return found


def everything(conn: Connection) -> dict[str, object]:
    """All sessions with their figures and all counters, without what depends on the order of work (seq)."""
    sessions: dict[str, object] = {}
    for session_id in conn.execute(sa.select(schema.session.c.id)).scalars():
        found = queries.detail(conn, session_id)
        assert found is not None
        children = tuple(sorted(child.row.native_id for child in found.children))
        plain = structs.replace(found.detail, seq=0)
        sessions[found.detail.native_id] = (plain, found.can, children, queries.turns(conn, session_id))
    tally = {tuple(row[1:5]): tuple(row[5:]) for row in conn.execute(sa.select(schema.tally)) if any(row[5:])}
    return {"sessions": sessions, "tally": tally}


def recounted(conn: Connection) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The kept counters, counted anew from the sessions themselves."""
    cells: dict[tuple[str, ...], list[int]] = {}
    for row in conn.execute(sa.select(schema.session)):
        if not row.lane:
            continue
        stored = decode_row(row.row).row
        month, ten_days, day = (stored.last_activity_at[:length] for length in (7, 9, 10))
        scopes = ["", *(f"at:{time}" for time in (month, ten_days, day))]
        links = [f"{kind}:{link.id}" for kind in RecordKind if (link := getattr(stored, kind)) is not None]
        for link in links:
            scopes += [link, *(f"at:{time}:{link}" for time in (month, ten_days, day))]
        scopes += [f"both:{one}:{other}" for one, other in combinations(links, 2)]
        sums = [1, *(getattr(row, f"tree_{name}") for name in schema.MONEY_COLUMNS)]
        sums += [getattr(row, f"own_{name}") for name in schema.MONEY_COLUMNS]
        places = [(scope, row.owner) for scope in scopes]
        places += [(f"anyone:{time}", "") for time in ("", month, ten_days, day)]
        for scope, owner in places:
            cell = cells.setdefault((scope, row.lane, owner, row.status), [0] * len(sums))
            for index, value in enumerate(sums):
                cell[index] += value
    return {key: tuple(sums) for key, sums in cells.items() if any(sums)}
