"""Which turns count, and where: each session's copies of responses, brought to their owners.

Tokens and cost of a response count in the one session that owns it (``ownership``), with the figures of the copy that
has the largest output. All changes of a call are gathered first, so that no order of reading shows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, ids, ownership, schema
from parrot_server.store.facts import Money, TokenSums
from parrot_server.store.fingerprints import FingerprintBook
from parrot_server.store.turn_facts import TurnFacts, decode_turn, encode_turn, last_of, price
from parrot_wire import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from parrot_server.store.entry import Entry
    from parrot_server.store.work import Work
    from parrot_wire.records import TurnRecord
    from parrot_wire.times import Timestamp

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


class _Source:
    """The responses of one source that a call touches."""

    def __init__(self) -> None:
        self.wanted: set[str] = set()
        self.single: list[tuple[Entry, str, str, TurnFacts]] = []
        """(session, response id, request id, turn): new, and in no other session. Nearly all are."""
        self.copies: dict[str, dict[_Key, _Copy]] = {}
        """All copies, stored and new, of every other response."""


class TurnBook:
    """The turns of one unit of work. Gather with the first methods, then ``settle`` once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._conn: Connection = work.conn
        self._fingerprints = FingerprintBook(work.conn)
        self._puts: dict[str, dict[_Key, TurnFacts]] = {}
        """By session id: (response id, request id) -> the newest copy given."""
        self._drops: dict[str, dict[str, Timestamp]] = {}
        """By session id: response id -> up to when copies of it go."""
        self._whole: set[str] = set()
        self._forgotten: list[tuple[str, str]] = []
        """(source, response id) of turns of sessions that were deleted."""
        self._appended: set[str] = set()
        """Sessions with more records than before."""
        self._reconsidered: set[str] = set()
        """Sessions all whose claims must be looked at again, though no turn of theirs may have changed."""
        self._judged: dict[str, list[tuple[tuple[str, ...], int | None]]] = {}
        """By session id: the sets of sessions that were judged with it, and its first unshared record among each."""

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
        return True

    def forget_session(self, entry: Entry) -> None:
        """The session is being deleted: others may now own what it owned."""
        if entry.marks.kin:
            self._forgotten += [(entry.source, response_id) for response_id in self._responses(_SHARED_OF, entry.id)]
        self._puts.pop(entry.id, None)
        self._drops.pop(entry.id, None)
        self._fingerprints.forget(entry.id)
        self._conn.execute(_DELETE_SESSION, {"session": entry.id})

    def add_fingerprints(self, entry: Entry, data: bytes, *, whole: bool = False) -> None:
        """Records of the session's transcript, ``ownership.RECORD_BYTES`` each."""
        self._fingerprints.add(entry, data, whole=whole)
        if whole or data:
            self._appended.add(entry.id)

    def reconsider(self, entry: Entry) -> None:
        """What the session says of its origin has changed."""
        self._reconsidered.add(entry.id)

    # Settling

    def settle(self) -> None:
        """Decide who owns what, bring the sessions' sums up to date, and write the turns."""
        sources = self._sort_by_source()
        for name, source in sources.items():
            self._gather(name, source)
        self._fingerprints.write()
        self._gather_disputed(sources)
        for source in sources.values():
            _settle_source(source, self._judge)
        self._note_kin()
        self._write(sources)

    def _sort_by_source(self) -> dict[str, _Source]:
        """The sources that are touched, and the responses of which copies may be stored."""
        sources: dict[str, _Source] = {}
        for session_id in {*self._puts, *self._drops, *self._whole}:
            if (entry := self._work.get(session_id)) is None:
                continue
            source = sources.setdefault(entry.source, _Source())
            source.wanted.update(response_id for response_id, _ in self._puts.get(session_id, ()))
            source.wanted.update(self._drops.get(session_id, ()))
            if session_id in self._whole:
                source.wanted.update(self._responses(_RESPONSES_OF, session_id))
        for name, response_id in self._forgotten:
            sources.setdefault(name, _Source()).wanted.add(response_id)
        return sources

    def _responses(self, statement: sa.Select[str], session_id: str) -> list[str]:
        return list(self._conn.execute(statement, {"session": session_id}).scalars())

    def _gather(self, name: str, source: _Source) -> None:
        """Put stored and new copies side by side."""
        self._load_copies(name, source, source.wanted)
        entries = {
            session_id: entry
            for session_id in self._puts
            if (entry := self._work.get(session_id)) is not None and entry.source == name
        }
        named = Counter(response_id for session_id in entries for response_id, _ in self._puts[session_id])
        named.update(response_id for drops in self._drops.values() for response_id in drops)
        for session_id, entry in entries.items():
            puts = self._puts[session_id]
            for (response_id, request_id), turn in puts.items():
                copies = source.copies.get(response_id)
                if copies is None:
                    if named[response_id] == 1:
                        source.single.append((entry, response_id, request_id, turn))
                        continue
                    copies = source.copies[response_id] = {}
                copy = copies.get((session_id, request_id))
                if copy is None:
                    copies[session_id, request_id] = _Copy(turn, None)
                elif copy.body is None or not turn.at or copy.body.at <= turn.at:
                    copy.body = turn
            _note_models(entry, puts.values())
        for session_id, drops in self._drops.items():
            for response_id, at in drops.items():
                for (holder, _), copy in source.copies.get(response_id, {}).items():
                    if holder == session_id and copy.body is not None and copy.body.at <= at:
                        copy.body = None

    def _load_copies(self, name: str, source: _Source, response_ids: Iterable[str]) -> None:
        parameters = {"source": name, "ids": engines.json_array(response_ids)}
        for session_id, response_id, request_id, owned, body, figures in self._conn.execute(_COPIES, parameters):
            stored = decode_turn(body)
            old = (bool(owned), stored, None if figures is None else decode_turn(figures))
            kept = None if session_id in self._whole else stored
            source.copies.setdefault(response_id, {})[session_id, request_id] = _Copy(kept, old)
        self._work.load({session_id for copies in source.copies.values() for session_id, _ in copies})

    def _gather_disputed(self, sources: dict[str, _Source]) -> None:
        """A record more, and another session may be the owner of what is shared."""
        for session_id in self._appended | self._reconsidered:
            entry = self._work.get(session_id)
            if entry is None or not entry.marks.kin:
                continue
            if session_id not in self._reconsidered and self._fingerprints.are_no_news(entry):
                continue
            self._reconsidered.add(session_id)
            source = sources.setdefault(entry.source, _Source())
            shared = set(self._responses(_SHARED_OF, session_id)) - source.copies.keys()
            if shared:
                self._load_copies(entry.source, source, shared)

    def _judge(self, sessions: tuple[str, ...]) -> str:
        """The owner of what all these sessions hold."""
        candidates: list[ownership.Candidate] = []
        for session_id in sessions:
            entry = self._work.get(session_id)
            if entry is None:
                raise LookupError(f"a turn of a session that is not there: {session_id}")
            copied_from = entry.facts.copied_from
            candidates.append(
                ownership.Candidate(
                    session_id,
                    entry.native_id,
                    self._fingerprints.of(session_id),
                    None if copied_from is None else ids.derive_id(entry.source, copied_from),
                )
            )
        verdict = ownership.judge(candidates)
        for session_id, first in verdict.first_unshared.items():
            self._judged.setdefault(session_id, []).append((sessions, first))
        return verdict.owner

    def _note_kin(self) -> None:
        """Remember what was judged, for ``FingerprintBook.are_no_news``."""
        for session_id, found in self._judged.items():
            if (entry := self._work.get(session_id)) is None:
                continue
            marks = entry.marks
            kin = {one for sessions, _ in found for one in sessions} - {session_id}
            firsts = [first for _, first in found]
            if marks.kin and session_id not in self._reconsidered:
                # What was not looked at now is as it was.
                kin |= set(marks.kin)
                firsts.append(marks.settled_ms)
            marks.kin = tuple(sorted(kin))
            marks.settled_ms = None if None in firsts else max(first for first in firsts if first is not None)

    # Writing

    def _write(self, sources: dict[str, _Source]) -> None:
        rows: list[tuple[object, ...]] = []
        drops: list[dict[str, str]] = []
        sums = _Sums()
        for name, source in sources.items():
            for entry, response_id, request_id, turn in source.single:
                sums.count(entry.id, None, turn)
                rows.append(_to_row(name, entry.id, response_id, request_id, turn, owned=True))
            for response_id, copies in source.copies.items():
                for (session_id, request_id), copy in copies.items():
                    if not copy.is_changed():
                        continue
                    sums.count(session_id, copy.old_value, copy.value)
                    if copy.body is None:
                        drops.append({"session": session_id, "response": response_id, "request": request_id})
                    else:
                        row = _to_row(
                            name,
                            session_id,
                            response_id,
                            request_id,
                            copy.body,
                            owned=copy.counted,
                            figures=copy.figures,
                        )
                        rows.append(row)
        for session_id, (money, tokens) in sums.of_session.items():
            if (entry := self._work.get(session_id)) is not None:
                self._work.add_turns(entry, money, tokens)
        if drops:
            self._conn.execute(_DELETE_TURN, drops)
        if rows:
            self._conn.exec_driver_sql(_PUT_TURN, rows)
        for session_id, turns in sums.changed.items():
            self._tell(session_id, turns)

    def _tell(self, session_id: str, changed: list[TurnFacts]) -> None:
        """Turn events for those who watch the session; numbers are as ``turn_facts.all_of`` gives them."""
        entry = self._work.get(session_id)
        if entry is None or not self._work.tells(entry):
            return
        wanted = set(changed)
        since = min(turn.started_at for turn in changed)
        for turn in last_of(self._conn, session_id, since, total=entry.facts.own.turns):
            if turn.facts in wanted:
                self._work.tell(entry, "turn", codec.encode(turn.facts.to_turn(turn.n)))


class _Sums:
    """What the turns of a call add to their sessions."""

    def __init__(self) -> None:
        self.of_session: dict[str, tuple[Money, TokenSums]] = {}
        self.changed: dict[str, list[TurnFacts]] = {}

    def count(self, session_id: str, old: TurnFacts | None, new: TurnFacts | None) -> None:
        if old == new:
            return
        known = self.of_session.get(session_id)
        if known is None:
            known = self.of_session[session_id] = (Money(), TokenSums())
        if old is not None:
            old.add_to(*known, -1)
        if new is not None:
            new.add_to(*known, 1)
            self.changed.setdefault(session_id, []).append(new)


def _settle_source(source: _Source, judge: Callable[[tuple[str, ...]], str]) -> None:
    """Decide which copies count."""
    owners: dict[tuple[str, ...], str] = {}
    for copies in source.copies.values():
        held = {key: copy for key, copy in copies.items() if copy.body is not None}
        if len(held) == 1:
            for copy in held.values():
                copy.counted = True
            continue
        parts = ownership.partition_by_request({request_id for _, request_id in held})
        for part in set(parts.values()):
            one = {key: copy for key, copy in held.items() if parts[key[1]] == part}
            sessions = tuple(sorted({session_id for session_id, _ in one}))
            owner = sessions[0]
            if len(sessions) > 1:
                if sessions not in owners:
                    owners[sessions] = judge(sessions)
                owner = owners[sessions]
            _give_to(owner, one)


def _give_to(owner: str, copies: dict[_Key, _Copy]) -> None:
    """Let the owner's copy count, with the figures of the fullest."""
    # Of several copies within the owner the one with a request id stands for all.
    standing = copies[max(key for key in copies if key[0] == owner)]
    best, best_rank = standing, (-1, False, "", "")
    for key, copy in copies.items():
        if copy.body is not None:
            rank = (copy.body.output, copy is standing, copy.body.ended_at or copy.body.started_at, key[0])
            if rank > best_rank:
                best, best_rank = copy, rank
    standing.counted = True
    standing.figures = None if best is standing else best.body


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


def _to_row(
    source: str,
    session_id: str,
    response_id: str,
    request_id: str,
    turn: TurnFacts,
    *,
    owned: bool,
    figures: TurnFacts | None = None,
) -> tuple[object, ...]:
    return (
        engines.WORKSPACE,
        session_id,
        response_id,
        request_id,
        source,
        int(owned),
        turn.started_at,
        encode_turn(turn),
        None if figures is None else encode_turn(figures),
    )


_turn = schema.turn
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
_PUT_TURN = engines.driver_sql(engines.upsert(_turn))
_DELETE_TURN = sa.delete(_turn).where(
    _of_session, _turn.c.response_id == sa.bindparam("response"), _turn.c.request_id == sa.bindparam("request")
)
_DELETE_SESSION = sa.delete(_turn).where(_of_session)
