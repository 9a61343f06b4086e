"""Turns: each session's copies of responses, which of them count, and what they cost.

Tokens and cost of a response count in the one session that owns it (``ownership``), with the figures of the copy that
has the largest output. All changes of a call are gathered first, so that no order of reading shows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from parrot_server import pricing
from parrot_server.store import engines, ids, ownership, schema
from parrot_server.store.facts import CREDIT, Money, money_of
from parrot_wire import codec, times
from parrot_wire.session import Tokens, Turn
from parrot_wire.times import Timestamp
from parrot_wire.values import Basis, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from parrot_server.store.work import Entry, Work
    from parrot_wire.records import TurnRecord

CHUNK_BYTES = 4096
"""Fingerprints are appended to the last chunk until it has this size."""


class TurnFacts(msgspec.Struct, frozen=True, array_like=True):
    """One copy of a response, priced. Stored by position: append only. Credits are millionths."""

    status: Status
    basis: Basis
    micros: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    started_at: Timestamp
    at: Timestamp = ""
    """Of the record; empty for a local source, which is the only writer of its sessions."""
    ended_at: Timestamp | None = None
    model: str | None = None
    credits: int | None = None
    reason: str | None = None

    def money(self) -> Money:
        return money_of(self.micros, self.basis, self.credits)

    def to_turn(self, n: int) -> Turn:
        return Turn(
            n=n,
            status=self.status,
            basis=self.basis,
            cost=self.micros,
            tokens=Tokens(
                input=self.input,
                output=self.output,
                cache_read=self.cache_read,
                cache_write=self.cache_write,
                total=self.input + self.output + self.cache_read + self.cache_write,
            ),
            started_at=self.started_at,
            model=self.model,
            credits=None if self.credits is None else self.credits / CREDIT,
            ended_at=self.ended_at,
            reason=self.reason,
        )


encode_turn = msgspec.msgpack.Encoder().encode
decode_turn = msgspec.msgpack.Decoder(TurnFacts).decode


def price(record: TurnRecord, at: Timestamp, fallback: Timestamp) -> TurnFacts:
    """A turn as it is kept. ``fallback``: when it began, where the record does not say."""
    tokens = record.tokens
    priced = pricing.price_turn(
        record.model, tokens, record.cache_write_1h, charge_micros=record.cost, basis=record.basis
    )
    return TurnFacts(
        record.status,
        priced.basis,
        priced.micros,
        tokens.input,
        tokens.output,
        tokens.cache_read,
        tokens.cache_write,
        record.started_at or record.ended_at or fallback,
        at,
        record.ended_at,
        record.model,
        None if record.credits is None else round(record.credits * CREDIT),
        priced.reason,
    )


_Key = tuple[str, str]
"""(session id, request id) of a copy of one response."""


class _Copy:
    """One session's copy of a response: as it is stored, and as it shall be."""

    __slots__ = ("body", "counted", "figures", "old_body", "old_counted", "old_figures")

    def __init__(self, body: TurnFacts | None, old: tuple[bool, TurnFacts, TurnFacts | None] | None) -> None:
        self.old_counted, self.old_body, self.old_figures = old or (False, None, None)
        self.body = body
        self.counted = False
        self.figures: TurnFacts | None = None

    @property
    def value(self) -> TurnFacts | None:
        """What it adds to its session."""
        return (self.figures or self.body) if self.counted else None

    @property
    def old_value(self) -> TurnFacts | None:
        return (self.old_figures or self.old_body) if self.old_counted else None

    def is_changed(self) -> bool:
        return (self.body, self.counted, self.figures) != (self.old_body, self.old_counted, self.old_figures)


class TurnBook:
    """The turns of one unit of work. Gather with the first methods, then ``settle`` once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._conn: Connection = work.conn
        self._puts: dict[str, dict[_Key, TurnFacts]] = {}
        """By session id: (response id, request id) -> the newest copy given."""
        self._drops: dict[str, dict[str, Timestamp]] = {}
        """By session id: response id -> up to when copies of it go."""
        self._whole: set[str] = set()
        self._forgotten: list[tuple[str, str]] = []
        """(source, response id) of turns of sessions that were deleted."""
        self._fingerprints: dict[str, bytearray] = {}
        self._fingerprints_whole: set[str] = set()
        self._fingerprint_turns: set[str] = set()
        self._disputed: set[str] = set()
        """Sessions whose claims must be looked at again, though no turn of theirs changed."""
        self._records: dict[str, dict[bytes, int]] = {}

    # Gathering

    def put(self, entry: Entry, record: TurnRecord, at: Timestamp, fallback: Timestamp) -> None:
        """A new or changed turn. ``at`` empty: newer than all before it."""
        turn = price(record, at, fallback)
        puts = self._puts.setdefault(entry.id, {})
        key = (record.id, record.request_id or "")
        known = puts.get(key)
        if known is None or not at or known.at <= at:
            puts[key] = turn

    def replace_all(self, entry: Entry) -> None:
        """The turns put hereafter are all that the session has."""
        self._puts[entry.id] = {}
        if not entry.is_new:
            self._whole.add(entry.id)
        entry.facts.turn_models = ()
        entry.facts.newest_turn = None

    def drop(self, entry: Entry, response_id: str, at: Timestamp) -> bool:
        """Take a turn out of a session, where it is not newer."""
        drops = self._drops.setdefault(entry.id, {})
        drops[response_id] = max(at, drops.get(response_id, at))
        self._puts.setdefault(entry.id, {})
        return True

    def forget_session(self, entry: Entry) -> None:
        """The session is being deleted: others may now own what it owned."""
        if entry.marks.shares:
            self._forgotten += [(entry.source, response_id) for response_id in self._shared_responses(entry.id)]
        self._puts.pop(entry.id, None)
        self._drops.pop(entry.id, None)
        self._fingerprints.pop(entry.id, None)
        self._conn.execute(_DELETE_SESSION, {"session": entry.id})

    def add_fingerprints(self, entry: Entry, data: bytes, *, whole: bool = False) -> None:
        """Records of the session's transcript, ``ownership.RECORD_BYTES`` each."""
        if len(data) % ownership.RECORD_BYTES:
            raise ValueError(f"fingerprints of {entry.native_id}: {len(data)} bytes are not whole records")
        if whole:
            self._fingerprints[entry.id] = bytearray(data)
            self._fingerprints_whole.add(entry.id)
        elif data:
            self._fingerprints.setdefault(entry.id, bytearray()).extend(data)
        if entry.marks.shares and (whole or data):
            self._disputed.add(entry.id)

    def fingerprint_new_turns(self, entry: Entry) -> None:
        """The source tells no records: its turns' ids stand for them, where they are new."""
        self._fingerprint_turns.add(entry.id)

    def reconsider(self, entry: Entry) -> None:
        """What the session says of its origin has changed."""
        if entry.marks.shares:
            self._disputed.add(entry.id)

    # Settling

    def settle(self) -> None:
        """Decide who owns what, bring the sessions' sums up to date, and write the turns."""
        by_source: dict[str, set[str]] = {}
        for session_id in self._puts:
            entry = self._work.get(session_id)
            if entry is not None:
                responses = by_source.setdefault(entry.source, set())
                responses.update(response_id for response_id, _ in self._puts[session_id])
                responses.update(self._drops.get(session_id, ()))
        for source, response_id in self._forgotten:
            by_source.setdefault(source, set()).add(response_id)
        for session_id in self._whole:
            if (entry := self._work.get(session_id)) is not None:
                by_source.setdefault(entry.source, set()).update(self._all_responses(session_id))
        for session_id in self._disputed:
            if (entry := self._work.get(session_id)) is not None:
                by_source.setdefault(entry.source, set()).update(self._shared_responses(session_id))
        groups = {source: self._gather(source, responses) for source, responses in by_source.items()}
        self._write_fingerprints(groups)
        for group in groups.values():
            self._settle_source(group)
        self._write(groups)

    def _all_responses(self, session_id: str) -> list[str]:
        return list(self._conn.execute(_RESPONSES_OF, {"session": session_id}).scalars())

    def _shared_responses(self, session_id: str) -> list[str]:
        return list(self._conn.execute(_SHARED_OF, {"session": session_id}).scalars())

    def _gather(self, source: str, response_ids: set[str]) -> dict[str, dict[_Key, _Copy]]:
        """All copies of these responses, stored and new, by response id."""
        group: dict[str, dict[_Key, _Copy]] = {}
        parameters = {"source": source, "ids": json.dumps(list(response_ids))}
        for session_id, response_id, request_id, owned, body, figures in self._conn.execute(_COPIES, parameters):
            stored = decode_turn(body)
            old = (bool(owned), stored, None if figures is None else decode_turn(figures))
            kept = None if session_id in self._whole else stored
            group.setdefault(response_id, {})[session_id, request_id] = _Copy(kept, old)
        self._work.load({session_id for copies in group.values() for session_id, _ in copies})
        for session_id, puts in self._puts.items():
            entry = self._work.get(session_id)
            if entry is None or entry.source != source:
                continue
            for (response_id, request_id), turn in puts.items():
                copies = group.setdefault(response_id, {})
                copy = copies.get((session_id, request_id))
                if copy is None:
                    copies[session_id, request_id] = _Copy(turn, None)
                elif copy.body is None or not turn.at or copy.body.at <= turn.at:
                    copy.body = turn
            _note_models(entry, puts.values())
        for session_id, drops in self._drops.items():
            for response_id, at in drops.items():
                for (holder, _), copy in group.get(response_id, {}).items():
                    if holder == session_id and copy.body is not None and copy.body.at <= at:
                        copy.body = None
        return group

    def _settle_source(self, group: dict[str, dict[_Key, _Copy]]) -> None:
        verdicts: dict[tuple[str, ...], ownership.Verdict] = {}
        for copies in group.values():
            if len(copies) == 1:
                for copy in copies.values():
                    copy.counted = copy.body is not None
                continue
            held = {key: copy for key, copy in copies.items() if copy.body is not None}
            parts = ownership.partition_by_request({request_id for _, request_id in held})
            for part in set(parts.values()):
                self._settle_response({key: copy for key, copy in held.items() if parts[key[1]] == part}, verdicts)

    def _settle_response(
        self, copies: dict[_Key, _Copy], verdicts: dict[tuple[str, ...], ownership.Verdict]
    ) -> None:
        sessions = tuple(sorted({session_id for session_id, _ in copies}))
        owner = sessions[0]
        if len(sessions) > 1:
            verdict = verdicts.get(sessions)
            if verdict is None:
                verdict = verdicts[sessions] = self._judge(sessions)
            owner = verdict.owner
        # Of several copies within the owner the one with a request id stands for all.
        standing = copies[max(key for key in copies if key[0] == owner)]

        def fullness(key: _Key) -> tuple[int, bool, Timestamp, str]:
            body = copies[key].body
            assert body is not None  # noqa: S101  only held copies come here
            return (body.output, copies[key] is standing, body.ended_at or body.started_at, key[0])

        best = copies[max(copies, key=fullness)]
        standing.counted = True
        standing.figures = None if best is standing else best.body

    def _judge(self, sessions: tuple[str, ...]) -> ownership.Verdict:
        candidates: list[ownership.Candidate] = []
        for session_id in sessions:
            entry = self._work.get(session_id)
            if entry is None:
                raise LookupError(f"a turn of a session that is not there: {session_id}")
            entry.marks.shares = True
            copied_from = entry.facts.copied_from
            candidates.append(
                ownership.Candidate(
                    session_id,
                    entry.native_id,
                    self._records_of(session_id),
                    None if copied_from is None else ids.derive_id(entry.source, copied_from),
                )
            )
        return ownership.judge(candidates)

    def _records_of(self, session_id: str) -> dict[bytes, int]:
        records = self._records.get(session_id)
        if records is None:
            chunks = self._conn.execute(_CHUNKS_OF, {"session": session_id}).scalars()
            records = self._records[session_id] = ownership.unpack_fingerprints(chunks)
        return records

    # Writing

    def _write_fingerprints(self, groups: Mapping[str, dict[str, dict[_Key, _Copy]]]) -> None:
        for session_id in self._fingerprint_turns:
            if (entry := self._work.get(session_id)) is None:
                continue
            group = groups.get(entry.source, {})
            new = [
                (ownership.fingerprint(f"turn:{response_id}"), times.to_ms(turn.started_at))
                for (response_id, request_id), turn in self._puts.get(session_id, {}).items()
                if group[response_id][session_id, request_id].old_body is None
            ]
            self.add_fingerprints(entry, ownership.pack_fingerprints(new))
        rows: list[tuple[object, ...]] = []
        for session_id, data in self._fingerprints.items():
            if (entry := self._work.get(session_id)) is None:
                continue
            chunk, before = 0, b""
            if not entry.is_new:
                if session_id in self._fingerprints_whole:
                    self._conn.execute(_DELETE_CHUNKS, {"session": session_id})
                else:
                    last = self._conn.execute(_LAST_CHUNK, {"session": session_id}).first()
                    if last is not None:
                        chunk, before = (last[0], last[1]) if len(last[1]) < CHUNK_BYTES else (last[0] + 1, b"")
            if data:
                rows.append((engines.WORKSPACE, session_id, chunk, before + bytes(data)))
        if rows:
            self._conn.exec_driver_sql(_PUT_CHUNK, rows)

    def _write(self, groups: Mapping[str, dict[str, dict[_Key, _Copy]]]) -> None:
        puts: list[tuple[object, ...]] = []
        drops: list[dict[str, str]] = []
        told: dict[str, list[TurnFacts]] = {}
        for source, group in groups.items():
            for response_id, copies in group.items():
                for (session_id, request_id), copy in copies.items():
                    if not copy.is_changed():
                        continue
                    self._count(session_id, copy, told)
                    if copy.body is None:
                        drops.append({"session": session_id, "response": response_id, "request": request_id})
                        continue
                    puts.append(
                        (
                            engines.WORKSPACE,
                            session_id,
                            response_id,
                            request_id,
                            source,
                            int(copy.counted),
                            copy.body.started_at,
                            encode_turn(copy.body),
                            None if copy.figures is None else encode_turn(copy.figures),
                        )
                    )
        if drops:
            self._conn.execute(_DELETE_TURN, drops)
        if puts:
            self._conn.exec_driver_sql(_PUT_TURN, puts)
        for session_id, turns in told.items():
            self._tell(session_id, turns)

    def _count(self, session_id: str, copy: _Copy, told: dict[str, list[TurnFacts]]) -> None:
        old, new = copy.old_value, copy.value
        if old == new:
            return
        entry = self._work.get(session_id)
        if entry is None:
            return
        tokens = entry.facts.tokens
        for value, times in ((old, -1), (new, 1)):
            if value is None:
                continue
            self._work.add_turns(entry, value.money(), times)
            tokens.input += times * value.input
            tokens.output += times * value.output
            tokens.cache_read += times * value.cache_read
            tokens.cache_write += times * value.cache_write
        if new is not None and not entry.is_new:
            told.setdefault(session_id, []).append(new)

    def _tell(self, session_id: str, changed: list[TurnFacts]) -> None:
        """Turn events for those who watch the session; numbers are as ``all_of`` gives them."""
        entry = self._work.get(session_id)
        if entry is None:
            return
        wanted = set(changed)
        for turn in all_of(self._conn, session_id, since=min(turn.started_at for turn in changed)):
            if turn.facts in wanted:
                self._work.tell(entry, "turn", codec.encode(turn.facts.to_turn(turn.n)))


class NumberedTurn(msgspec.Struct, frozen=True):
    """A turn and its number in the session."""

    n: int
    facts: TurnFacts


def all_of(conn: Connection, session_id: str, *, since: Timestamp = "") -> list[NumberedTurn]:
    """The turns that a session owns and that began at ``since`` or later, oldest first, numbered from 1 in all."""
    before = conn.execute(_COUNT_BEFORE, {"session": session_id, "since": since}).scalar_one() if since else 0
    rows = conn.execute(_OWNED, {"session": session_id, "since": since})
    return [
        NumberedTurn(n, decode_turn(body if figures is None else figures))
        for n, (body, figures) in enumerate(rows, before + 1)
    ]


def _note_models(entry: Entry, turns: Iterable[TurnFacts]) -> None:
    facts = entry.facts
    models = set(facts.turn_models)
    newest = facts.newest_turn
    for turn in turns:
        # <synthetic> and its like are no models.
        if turn.model and not turn.model.startswith("<"):
            models.add(turn.model)
            if newest is None or (turn.started_at, turn.model) > newest:
                newest = (turn.started_at, turn.model)
    facts.turn_models = tuple(sorted(models))
    facts.newest_turn = newest


_turn, _chunk = schema.turn, schema.fingerprint
_other = _turn.alias("other")
_of_session = sa.and_(_turn.c.workspace_id == engines.WORKSPACE, _turn.c.session_id == sa.bindparam("session"))

_COPIES = sa.select(
    _turn.c.session_id, _turn.c.response_id, _turn.c.request_id, _turn.c.owned, _turn.c.body, _turn.c.figures
).where(
    _turn.c.workspace_id == engines.WORKSPACE,
    _turn.c.source == sa.bindparam("source"),
    engines.in_json(_turn.c.response_id, "ids"),
)
_RESPONSES_OF = sa.select(_turn.c.response_id).where(_of_session)
_SHARED_OF = sa.select(_turn.c.response_id).where(
    _of_session,
    sa.exists().where(
        _other.c.workspace_id == _turn.c.workspace_id,
        _other.c.source == _turn.c.source,
        _other.c.response_id == _turn.c.response_id,
        _other.c.session_id != _turn.c.session_id,
    ),
)
_in_time = (_turn.c.started_at, _turn.c.response_id, _turn.c.request_id)
_OWNED = (
    sa.select(_turn.c.body, _turn.c.figures)
    .where(_of_session, _turn.c.owned == 1, _turn.c.started_at >= sa.bindparam("since"))
    .order_by(*_in_time)
)
_COUNT_BEFORE = sa.select(sa.func.count()).where(
    _of_session, _turn.c.owned == 1, _turn.c.started_at < sa.bindparam("since")
)
_PUT_TURN = engines.driver_sql(engines.upsert(_turn))
_DELETE_TURN = sa.delete(_turn).where(
    _of_session, _turn.c.response_id == sa.bindparam("response"), _turn.c.request_id == sa.bindparam("request")
)
_DELETE_SESSION = sa.delete(_turn).where(_of_session)
_of_chunks = sa.and_(_chunk.c.workspace_id == engines.WORKSPACE, _chunk.c.session_id == sa.bindparam("session"))
_CHUNKS_OF = sa.select(_chunk.c.data).where(_of_chunks)
_LAST_CHUNK = sa.select(_chunk.c.chunk, _chunk.c.data).where(_of_chunks).order_by(_chunk.c.chunk.desc()).limit(1)
_DELETE_CHUNKS = sa.delete(_chunk).where(_of_chunks)
_PUT_CHUNK = engines.driver_sql(engines.upsert(_chunk))
