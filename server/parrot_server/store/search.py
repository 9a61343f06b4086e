"""Full text of transcripts. The index holds words, not texts: who asks for a snippet brings the text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from parrot_server.store import cursors, engines, filters, schema
from parrot_server.store.facts import decode_row
from parrot_wire.values import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from parrot_server.store.filters import RecordLock
    from parrot_server.stored import StoredRow
    from parrot_wire.query import Filter

MATCH_START, MATCH_END = "\x02", "\x03"
_LANES = ("", *(kind.value for kind in Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that matches."""

    session: StoredRow
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of matches."""

    items: tuple[Hit, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SessionTexts:
    """Texts of messages of one session, by n. ``anew``: what the session had before goes."""

    session_id: str
    texts: dict[int, str]
    anew: bool = False


def add(conn: Connection, sessions: Sequence[SessionTexts]) -> None:
    """Index texts of messages; what those messages had before is replaced.

    ``find`` shows what was added last first: add old sessions before new ones. Hundreds of messages in one call cost
    half of what as many calls cost.
    """
    anew = [one.session_id for one in sessions if one.anew]
    if anew:
        conn.execute(_FORGET_ALL, {"sessions": engines.json_array(anew)})
    for one in sessions:
        if one.texts and not one.anew:
            conn.execute(_DROP, {"session": one.session_id, "ns": engines.json_array(one.texts)})
    # SQLite's JSON ends a text at a NUL.
    texts = [text.replace("\0", " ") for one in sessions for text in one.texts.values()]
    if texts:
        keys = [(one.session_id, n) for one in sessions for n in one.texts]
        conn.exec_driver_sql(_INSERT, (engines.WORKSPACE, engines.json_array(keys)))
        last: int = conn.exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
        # One statement for all: between two statements Python would wait for its lock each time.
        conn.exec_driver_sql(_INDEX, (last - len(texts) + 1, msgspec.json.encode(texts).decode()))


def indexed_up_to(conn: Connection, session_id: str) -> int:
    """The greatest n that is indexed; 0 where none is."""
    return conn.execute(_UP_TO, {"session": session_id}).scalar() or 0


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
    """Messages that hold every word of ``text``, in sessions under the filter. The last word may be a beginning, from
    two letters on: every word that begins with one letter would be nearly every message.

    Children count as their own sessions here: a hit in a subagent names the subagent; without kinds in the filter all
    kinds are searched. Raises cursors.BadCursor.
    """
    words = _words(text)
    asked = cursors.question("search", where, lock, *words)
    place = None if cursor is None else cursors.decode(cursor, int, asked)
    narrowing = filters.narrow(where, lock)
    if not words or narrowing.is_empty:
        return Hits(items=(), next_cursor=None)
    lanes = {kind.value for kind in where.kinds} or set(_LANES)
    if not with_flows:
        lanes.discard(Kind.FLOW.value)
    shape = filters.shape_of(narrowing)
    parameters: dict[str, Any] = {
        **filters.bind(narrowing, shape),
        "lanes": engines.json_array(lanes),
        "match": " ".join(f'"{word}"' for word in words) + ("*" if len(words[-1]) > 1 else ""),
        "place": 2**62 if place is None else place,
        "limit": limit + 1,
    }
    found = conn.execute(_find_statement(shape), parameters).all()
    items = tuple(Hit(session=decode_row(row.row), n=row.n) for row in found[:limit])
    more = len(found) > limit
    return Hits(items=items, next_cursor=cursors.encode(found[limit - 1].place, asked) if more else None)


def snippet(text: str, query: str, *, around: int = 60) -> str:
    """The part of ``text`` about the first match, matches between U+0002 and U+0003, on one line."""
    plain = _without_marks(" ".join(text.split()))
    words = [re.escape(_strip_accents(word)) for word in _words(query)]
    if not words:
        return plain[: 2 * around]
    # One character of text stays one character here, so that places found in the one are places in the other.
    searched = plain.lower() if plain.isascii() else "".join(map(_plain_character, plain))
    pattern = re.compile(r"(?<![^\W_])(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")")
    first = pattern.search(searched)
    start = max(0, (first.start() if first else 0) - around)
    end = min(len(plain), (first.end() if first else 0) + 2 * around)
    pieces: list[str] = ["…" if start else ""]
    done = start
    for match in pattern.finditer(searched, start, end):
        pieces += [plain[done : match.start()], MATCH_START, plain[match.start() : match.end()], MATCH_END]
        done = match.end()
    pieces += [plain[done:end], "…" if end < len(plain) else ""]
    return "".join(pieces)


def _words(text: str) -> list[str]:
    """Words as the index's tokenizer splits them: letters and digits; all else parts them."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", _without_marks(text)).lower())


def _without_marks(text: str) -> str:
    return text.replace(MATCH_START, "").replace(MATCH_END, "")


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    return _strip_accents(character)[:1] or " "


def _strip_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_text, _session = schema.search_text, schema.session
_index = sa.table("search_index", sa.column("rowid", sa.Integer), sa.column("search_index", sa.String))
_of_session = sa.and_(_text.c.workspace_id == engines.WORKSPACE, _text.c.session_id == sa.bindparam("session"))

_DROP = sa.delete(_text).where(_of_session, engines.in_json(_text.c.n, "ns"))
DROP_ONE = sa.delete(_text).where(_of_session, _text.c.n == sa.bindparam("n"))
"""For those who delete a message: parameters ``session`` and ``n``."""
_FORGET_ALL = sa.delete(_text).where(
    _text.c.workspace_id == engines.WORKSPACE, engines.in_json(_text.c.session_id, "sessions")
)
# Places are given in order: those of one statement follow each other.
_INSERT = """
INSERT INTO search_text (workspace_id, session_id, n)
SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?2) ORDER BY key
"""
_INDEX = "INSERT INTO search_index (rowid, text) SELECT ?1 + key, value FROM json_each(?2) ORDER BY key"
_UP_TO = sa.select(sa.func.max(_text.c.n)).where(_of_session)


@lru_cache(maxsize=128)
def _find_statement(shape: filters.Shape) -> sa.Select[*tuple[Any, ...]]:
    """In the order of the index, newest document first, so that it ends when the page is full."""
    return (
        sa.select(_text.c.place, _text.c.n, _session.c.row)
        .select_from(_index)
        .join(_text, _text.c.place == _index.c.rowid)
        .join(_session, sa.and_(_session.c.workspace_id == _text.c.workspace_id, _session.c.id == _text.c.session_id))
        .where(
            _index.c.search_index.op("MATCH")(sa.bindparam("match", type_=sa.String)),
            _index.c.rowid < sa.bindparam("place", type_=sa.Integer),
            _text.c.workspace_id == engines.WORKSPACE,
            *shape.conditions(),
        )
        .order_by(_index.c.rowid.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )
