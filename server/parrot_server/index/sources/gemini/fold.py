"""The figures of a Gemini CLI chat, made of its recording as it is played forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.candidates import Candidates
from parrot_server.index.clock import Clock
from parrot_server.index.jsonl import Lines
from parrot_server.index.loose import JSON, items, obj, string
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.gemini.lines import Entry, What
from parrot_server.index.sources.gemini.replay import Replay
from parrot_server.index.tally import Tally, turn_id
from parrot_server.store.local import SessionFacts
from parrot_wire.records import TurnRecord
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.index.sources.gemini.places import Home

NAME = "gemini"

record_lines: Lines[JSON] = Lines(JSON)
clock = Clock()


class _State(msgspec.Struct):
    """All that a fold knows, as it is kept between two readings."""

    session_id: str = ""
    is_subagent: bool = False
    project_hash: str = ""
    summary: str | None = None
    cwd: str | None = None
    tally: Tally = msgspec.field(default_factory=Tally)
    replay: Replay = msgspec.field(default_factory=Replay)
    last_turn_ms: int = 0
    turn_times: dict[bytes, int] = {}


class GeminiFold:
    """One recording -> what is told of its session.

    named: the session id, where the recording does not say; parent: that of the chat that started this one; project:
    its folder's name.
    """

    def __init__(self, named: str, parent: str | None, project: str, home: Home, state: bytes | None = None) -> None:
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._named = named
        self._parent = parent
        self._project = project
        self._home = home
        self._candidates = Candidates()
        self._turns: dict[str, TurnRecord] = {}
        self._length = len(self._state.replay.items)
        self._state.replay.mark()
        if self._state.cwd is None:
            self._state.cwd = home.cwd_of(project, "", ())

    def dump(self) -> bytes:
        replay = msgspec.structs.replace(self._state.replay, places={})
        return msgspec.msgpack.encode(msgspec.structs.replace(self._state, replay=replay))

    @property
    def took_back(self) -> bool:
        """Whether messages that were told are gone, or are others, since this was last asked."""
        replay = self._state.replay
        # The last message is written several times while it grows.
        changed = replay.kept_until < self._length - 1 or len(replay.items) < self._length
        replay.mark()
        self._length = len(replay.items)
        return changed

    @property
    def message_total(self) -> int:
        return sum(item.parts > 0 for item in self._state.replay.items)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for record in record_lines.decode(block, report):
            self.take(record)

    def take(self, record: JSON) -> None:
        """One record of the log; a chat's old document is its header and its messages."""
        state = self._state
        if "$set" in record:
            self._set(record)
        elif "sessionId" in record and "type" not in record:
            self._header(record)
        changes = obj(record.get("$set"))
        failed = state.replay.failed if "messages" in changes else 0
        state.replay.take(record, self._see)
        if "messages" in changes and state.replay.failed > failed:
            state.tally.see(clock.ms(string(changes.get("lastUpdated"))))

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del holds
        state = self._state
        turns = tuple(self._turns.values())
        self._turns = {}
        if not state.replay.has_talk:
            return []
        self._count()
        if state.cwd is None:
            state.cwd = self._home.cwd_of(self._project, state.project_hash, self._candidates)
        parent = self._parent if self._parent is not None and self._parent != self._session_id() else None
        patch = state.tally.patch(
            unit,
            source_file=unit.path,
            title=state.summary,
            cwd=state.cwd,
            parent=parent,
            resume=("gemini", "--resume", self._session_id()),
        )
        facts = SessionFacts(
            source=NAME, native_id=self._session_id(), patch=patch, turns=turns, turns_whole=whole, copied_from=None
        )
        return [Told(facts=facts, standing=self._standing(parent is not None))]

    # Records

    def _header(self, record: JSON) -> None:
        state = self._state
        if not state.session_id:
            state.session_id = string(record.get("sessionId"))
            state.tally.see(clock.ms(string(record.get("startTime"))))
        self._about(record)

    def _set(self, record: JSON) -> None:
        self._about(obj(record["$set"]))

    def _about(self, record: JSON) -> None:
        state = self._state
        state.project_hash = string(record.get("projectHash")) or state.project_hash
        state.summary = string(record.get("summary")) or state.summary
        for folder in items(record.get("directories")):
            self._candidates.add(string(folder))

    def _see(self, message: JSON, entry: Entry, key: bytes) -> None:
        state = self._state
        at_ms = clock.ms(string(message.get("timestamp")))
        # A resumed chat puts its context in again: that is no work.
        if entry.what not in (What.CONTEXT, What.NOTHING):
            state.tally.see(at_ms)
        if entry.what is What.PROMPT and state.tally.title is None:
            state.tally.title = wording.title_of(entry.text)
        if state.cwd is None:
            self._candidates.add_from(message)
        if entry.what.is_answer:
            state.tally.use(entry.model)
            self._answered(string(message["id"]), entry, key, at_ms)

    def _answered(self, message_id: str, entry: Entry, key: bytes, at_ms: int | None) -> None:
        state = self._state
        if entry.tokens is None and state.replay.answers[key].has_tokens:
            return
        began_ms = state.turn_times.get(key)
        if began_ms is None:
            # Turns are numbered by when they began: a chat that was written again has one time for all.
            began_ms = max(at_ms or 0, state.last_turn_ms + 1)
            state.turn_times[key] = state.last_turn_ms = began_ms
        own_id = turn_id(self._session_id(), message_id)
        record = TurnRecord(id=own_id, model=entry.model, started_at=wording.timestamp(began_ms) or from_ms(0))
        if entry.tokens is not None:
            record = msgspec.structs.replace(record, tokens=entry.tokens)
        self._turns[own_id] = record

    # Facts

    def _session_id(self) -> str:
        return self._state.session_id or self._named

    def _count(self) -> None:
        tally, kept = self._state.tally, self._state.replay.items
        tally.prompts = sum(item.what in (What.PROMPT, What.FAILED) for item in kept)
        tally.answers = sum(item.what.is_answer for item in kept)
        tally.tool_calls = sum(item.calls for item in kept)
        tally.events = sum(item.parts for item in kept)

    def _standing(self, is_task: bool) -> Standing:
        state = self._state
        turn = state.replay.turn
        error = wording.title_of(state.replay.error or "no answer from the model") if turn is TurnState.FAILED else None
        return Standing(
            turn=turn,
            at_ms=state.tally.last_ms or 0,
            settles=is_task,
            live_key=state.cwd or "",
            detail="interrupted by the user" if turn is TurnState.INTERRUPTED else None,
            error=error,
        )
