"""Transcripts that came by ingest and live in the store. (Local transcripts are read from their files.)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa
import zstandard
from msgspec import structs

from parrot_server.store import engines, schema, search
from parrot_server.store.checks import BadField
from parrot_wire import codec
from parrot_wire.answers import Messages
from parrot_wire.session import MAX_PART_BYTES, Image, Message, Part, Text, ToolCall
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from parrot_server.store.entry import Entry
    from parrot_server.store.work import Work
    from parrot_wire.times import Timestamp

Anchor = Literal["after", "before", "around"]

COMPRESS_FROM_BYTES = 512
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SEARCHED_CHARS = 20_000
"""Of one message; what a tool printed beyond that is found by opening the session."""


def page(conn: Connection, session_id: str, *, anchor: Anchor, n: int | None, limit: int) -> Messages:
    """Messages in order of n. ``after`` n (0: the first page), ``before`` n (None: the end), or ``around`` n.

    Texts over MAX_PART_BYTES are cut and carry ``full_bytes``.
    """
    total = conn.execute(_TOTAL, {"session": session_id}).scalar_one()
    place = 2**62 if n is None else n

    def bodies_of(statement: sa.Select[bytes], at: int, most: int) -> list[bytes]:
        return list(conn.execute(statement, {"session": session_id, "n": at, "limit": most}).scalars())

    match anchor:
        case "after":
            bodies = bodies_of(_AFTER, place, limit)
        case "before":
            bodies = bodies_of(_BEFORE, place, limit)[::-1]
        case "around":
            # One less than n, so that n itself comes first of the later half; near the end there are more before it.
            later = bodies_of(_AFTER, place - 1, limit)
            earlier = bodies_of(_BEFORE, place, max(limit // 2, limit - len(later)))[::-1]
            bodies = (earlier + later)[:limit]
    unpack = _unpacker()
    return Messages(items=tuple(cut(_decode(unpack(body))) for body in bodies), total=total)


def whole(conn: Connection, session_id: str, n: int) -> Message | None:
    """One message, nothing cut; None where there is none."""
    body = raw(conn, session_id, n)
    return None if body is None else _decode(body)


def raw(conn: Connection, session_id: str, n: int) -> bytes | None:
    """One message as its source sent it: JSON in UTF-8."""
    body = conn.execute(_ONE, {"session": session_id, "n": n}).scalar()
    return None if body is None else _unpacker()(body)


def cut(message: Message) -> Message:
    """The message with each text over MAX_PART_BYTES cut, and its full length noted."""
    parts = tuple(cut_part(part) for part in message.parts)
    return message if parts == message.parts else structs.replace(message, parts=parts)


def cut_part(part: Part) -> Part:
    """A part whose text is at most MAX_PART_BYTES of UTF-8; a cut one carries ``full_bytes``."""
    if isinstance(part, Image):
        return part
    if isinstance(part, ToolCall):
        encoded = codec.encode(part.input)
        if len(encoded) <= MAX_PART_BYTES:
            return part
        return structs.replace(part, input=_cut_text(encoded), full_bytes=len(encoded))
    if len(part.text) * 4 <= MAX_PART_BYTES:
        return part
    encoded = part.text.encode("utf-8", "replace")
    if len(encoded) <= MAX_PART_BYTES:
        return part
    return structs.replace(part, text=_cut_text(encoded), full_bytes=part.full_bytes or len(encoded))


def text_of(message: Message) -> str:
    """What of a message can be searched: texts, tools' names and inputs, and what tools answered."""
    pieces: list[str] = []
    for part in message.parts:
        if isinstance(part, Image):
            continue
        if isinstance(part, ToolCall):
            pieces += [part.name, codec.encode(part.input).decode()]
        else:
            pieces.append(part.text)
    return "\n".join(pieces)[:_SEARCHED_CHARS]


@dataclass(slots=True)
class _Known:
    """What is stored of a message, or about to be."""

    n: int
    at: Timestamp
    counts: int
    tool_calls: int
    parts: int


class MessageBook:
    """The messages of one unit of work. ``prefetch`` before ``put``, then ``settle`` once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, dict[str, _Known]] = {}
        self._holders: dict[str, dict[int, str]] = {}
        self._rows: dict[tuple[str, int], tuple[object, ...]] = {}
        self._vacated: list[dict[str, object]] = []
        self._texts: dict[str, dict[int, str]] = {}
        self._compressor: zstandard.ZstdCompressor | None = None

    def prefetch(self, session_id: str, messages: Iterable[Message]) -> None:
        """Have at hand what is stored of these messages, and who holds their numbers."""
        wanted = list(messages)
        self.prefetch_ids(session_id, [message.id for message in wanted])
        self._fetch(session_id, _BY_NS, {"ns": engines.json_array(message.n for message in wanted)})

    def prefetch_ids(self, session_id: str, message_ids: Iterable[str]) -> None:
        """``prefetch`` for messages whose numbers do not matter."""
        unknown = [one for one in message_ids if one not in self._known.get(session_id, {})]
        self._fetch(session_id, _BY_IDS, {"ids": engines.json_array(unknown)})

    def _fetch(self, session_id: str, statement: sa.Select[*tuple[Any, ...]], which: dict[str, str]) -> None:
        known = self._known.setdefault(session_id, {})
        holders = self._holders.setdefault(session_id, {})
        for message_id, n, at, counts, tool_calls, parts in self._work.conn.execute(
            statement, {"session": session_id, **which}
        ):
            known.setdefault(message_id, _Known(n, at, counts, tool_calls, parts))
            holders.setdefault(n, message_id)

    def put(self, entry: Entry, message: Message, body: bytes, at: Timestamp) -> bool:
        """Take a message; False where it is older than what is there.

        body: as sent. Raises BadField where another message has its number.
        """
        known = self._known.setdefault(entry.id, {})
        holders = self._holders.setdefault(entry.id, {})
        if (holder := holders.get(message.n, message.id)) != message.id:
            raise BadField(f"n: {message.n} is the number of message {holder!r} already")
        old = known.get(message.id)
        if old is not None and at < old.at:
            return False
        new = known[message.id] = _weigh(message, at)
        holders[message.n] = message.id
        if old is not None and old.n != message.n:
            self._vacate(entry.id, old.n)
        facts = entry.facts
        facts.counted_messages += new.counts - (old.counts if old else 0)
        facts.counted_tool_calls += new.tool_calls - (old.tool_calls if old else 0)
        facts.counted_events += new.parts - (old.parts if old else 0)
        self._rows[entry.id, message.n] = (
            engines.WORKSPACE,
            entry.id,
            message.n,
            message.id,
            at,
            new.counts,
            new.tool_calls,
            new.parts,
            self._pack(body),
        )
        self._texts.setdefault(entry.id, {})[message.n] = text_of(message)
        if self._work.tells(entry):
            self._work.tell(entry, "message", codec.encode(cut(message)))
        return True

    def delete(self, entry: Entry, message_id: str, at: Timestamp) -> bool:
        """Take a message out; False where it is unknown or newer."""
        self.prefetch_ids(entry.id, [message_id])
        known = self._known[entry.id].get(message_id)
        if known is None or at < known.at:
            return False
        facts = entry.facts
        facts.counted_messages -= known.counts
        facts.counted_tool_calls -= known.tool_calls
        facts.counted_events -= known.parts
        self._vacate(entry.id, known.n)
        del self._known[entry.id][message_id]
        return True

    def forget_session(self, session_id: str) -> None:
        """The session is being deleted."""
        for gathered in (self._known, self._holders, self._texts):
            gathered.pop(session_id, None)
        self._rows = {place: row for place, row in self._rows.items() if place[0] != session_id}

    def _vacate(self, session_id: str, n: int) -> None:
        self._holders[session_id].pop(n, None)
        self._rows.pop((session_id, n), None)
        self._texts.get(session_id, {}).pop(n, None)
        self._vacated.append({"session": session_id, "n": n})

    def settle(self) -> None:
        """Write the messages and their words."""
        if self._vacated:
            self._work.conn.execute(_DELETE, self._vacated)
            self._work.conn.execute(search.DROP_ONE, self._vacated)
        if self._rows:
            self._work.conn.exec_driver_sql(_PUT, list(self._rows.values()))
        search.add(self._work.conn, [search.SessionTexts(*one) for one in self._texts.items()])

    def _pack(self, body: bytes) -> bytes:
        if len(body) < COMPRESS_FROM_BYTES:
            return body
        if self._compressor is None:
            self._compressor = zstandard.ZstdCompressor(level=3)
        packed = self._compressor.compress(body)
        return packed if len(packed) < len(body) else body


def _weigh(message: Message, at: Timestamp) -> _Known:
    """What a message adds to its session's counts: a person counts prompts and answers, not what tools say."""
    said = any(isinstance(part, Text | Image) for part in message.parts)
    counts = message.role is MessageRole.ASSISTANT or (message.role is MessageRole.USER and said)
    return _Known(
        n=message.n,
        at=at,
        counts=int(counts),
        tool_calls=sum(isinstance(part, ToolCall) for part in message.parts),
        parts=len(message.parts),
    )


def _unpacker() -> Callable[[bytes], bytes]:
    """Bodies as they were sent. (A decompressor belongs to one thread, so each call makes its own.)"""
    decompress = zstandard.ZstdDecompressor().decompress
    return lambda body: decompress(body) if body.startswith(_ZSTD_MAGIC) else body


_decode = msgspec.json.Decoder(Message).decode


def _cut_text(encoded: bytes) -> str:
    """The first MAX_PART_BYTES, less what would be half a character."""
    return encoded[:MAX_PART_BYTES].decode("utf-8", "ignore")


_table = schema.message
_of_session = sa.and_(_table.c.workspace_id == engines.WORKSPACE, _table.c.session_id == sa.bindparam("session"))
_bodies = sa.select(_table.c.body).where(_of_session)
_limit = sa.bindparam("limit", type_=sa.Integer)
_TOTAL = sa.select(sa.func.count()).select_from(_table).where(_of_session)
_AFTER = _bodies.where(_table.c.n > sa.bindparam("n")).order_by(_table.c.n).limit(_limit)
_BEFORE = _bodies.where(_table.c.n < sa.bindparam("n")).order_by(_table.c.n.desc()).limit(_limit)
_ONE = _bodies.where(_table.c.n == sa.bindparam("n"))
_weights = sa.select(
    _table.c.message_id, _table.c.n, _table.c.at, _table.c.counts, _table.c.tool_calls, _table.c.parts
).where(_of_session)
_BY_IDS = _weights.where(engines.in_json(_table.c.message_id, "ids"))
_BY_NS = _weights.where(engines.in_json(_table.c.n, "ns"))
_DELETE = sa.delete(_table).where(_of_session, _table.c.n == sa.bindparam("n"))
_PUT = engines.driver_sql(engines.upsert(_table))
