"""The figures of a Qwen Code chat, made of its lines as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.entry_transcript import record_lines
from parrot_server.index.loose import JSON, obj, string
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.qwen.lines import Entry, What, clock, entry_of
from parrot_server.index.tally import Tally, turn_id
from parrot_server.store import ownership
from parrot_server.store.local import SessionFacts
from parrot_wire.records import TurnRecord
from parrot_wire.times import from_ms
from parrot_wire.values import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "qwen"

_TURNS = {
    What.PROMPT: TurnState.OPEN,
    What.CALLING: TurnState.OPEN,
    What.RESULT: TurnState.OPEN,
    What.ANSWER: TurnState.CLOSED,
    What.STOPPED: TurnState.INTERRUPTED,
    What.FAILED: TurnState.FAILED,
}


class _State(msgspec.Struct):
    """All that a fold knows, as it is kept between two readings."""

    session_id: str = ""
    parent: str | None = None
    forked_from: str | None = None
    cwd: str | None = None
    branch: str | None = None
    version: str = ""
    title: str | None = None
    is_named: bool = False
    """By a person: names that the tool makes do not replace it."""
    modes: list[str] = []
    tally: Tally = msgspec.field(default_factory=Tally)
    turn: TurnState = TurnState.NONE
    error: str | None = None
    last_turn_ms: int = 0


class QwenFold:
    """One chat's lines -> what is told of it. stem: the file's name, which is its id where ``is_id``."""

    def __init__(self, stem: str, *, is_id: bool, state: bytes | None = None) -> None:
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._stem = stem
        self._is_id = is_id
        self._turns: dict[str, TurnRecord] = {}
        self._prints: list[tuple[bytes, int]] = []

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for record in record_lines.decode(block, report):
            self._take(record)

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del holds
        state = self._state
        turns, prints = tuple(self._turns.values()), self._prints
        self._turns, self._prints = {}, []
        if state.turn is TurnState.NONE:
            return []
        native_id = self._native_id()
        parent = state.parent if state.parent != native_id else None
        patch = state.tally.patch(
            unit,
            source_file=unit.path,
            title=state.title,
            cwd=state.cwd,
            branch=state.branch,
            version=state.version,
            parent=parent,
            resume=("qwen", "--resume", native_id),
            mode=Mode.ASK if state.modes == ["plan"] else Mode.WORKING,
        )
        facts = SessionFacts(
            source=NAME,
            native_id=native_id,
            patch=patch,
            turns=turns,
            turns_whole=whole,
            fingerprints=ownership.pack_fingerprints(prints),
            fingerprints_whole=whole,
            copied_from=state.forked_from,
        )
        return [Told(facts=facts, standing=self._standing(is_task=parent is not None))]

    def _take(self, record: JSON) -> None:
        state = self._state
        state.session_id = state.session_id or string(record.get("sessionId"))
        state.cwd = state.cwd or string(record.get("cwd")) or None
        state.branch = string(record.get("gitBranch")) or state.branch
        state.version = string(record.get("version")) or state.version
        state.forked_from = state.forked_from or string(obj(record.get("forkedFrom")).get("sessionId")) or None
        at_ms = clock.ms(string(record.get("timestamp")))
        if string(record.get("type")) == "system":
            self._about(string(record.get("subtype")), obj(record.get("systemPayload")))
        entry = entry_of(record)
        if entry is None:
            return
        state.tally.see(at_ms)
        self._count(entry, at_ms)

    def _about(self, kind: str, payload: JSON) -> None:
        state = self._state
        match kind:
            case "custom_title":
                is_by_person = payload.get("titleSource") != "auto"
                if is_by_person or not state.is_named:
                    state.title = string(payload.get("customTitle")) or state.title
                    state.is_named = is_by_person
            case "parent_session":
                state.parent = string(payload.get("parentSessionId")) or None
            case "session_approval_mode":
                mode = string(payload.get("mode"))
                if mode and mode not in state.modes:
                    state.modes.append(mode)
            case _:
                pass

    def _count(self, entry: Entry, at_ms: int | None) -> None:
        state, tally = self._state, self._state.tally
        tally.add_parts(entry.parts)
        if entry.turn:
            tally.use(entry.model)
            self._answered(entry, at_ms)
        if entry.is_sidechain:
            return
        if entry.what is What.PROMPT:
            tally.prompt(entry.text)
        elif entry.turn:
            tally.answers += 1
        if entry.what in _TURNS:
            state.turn = _TURNS[entry.what]
            state.error = wording.title_of(entry.text) if entry.what is What.FAILED else None

    def _answered(self, entry: Entry, at_ms: int | None) -> None:
        # Turns are numbered by when they began, so no two begin at once.
        began_ms = max(at_ms or 0, self._state.last_turn_ms + 1)
        self._state.last_turn_ms = began_ms
        own_id = turn_id(self._native_id(), entry.turn)
        record = TurnRecord(id=own_id, model=entry.model, started_at=wording.timestamp(began_ms) or from_ms(0))
        if entry.tokens is not None:
            record = msgspec.structs.replace(record, tokens=entry.tokens)
        self._turns[own_id] = record
        self._prints.append((ownership.fingerprint(own_id), at_ms or 0))

    def _native_id(self) -> str:
        return self._stem if self._is_id else self._state.session_id or self._stem

    def _standing(self, *, is_task: bool) -> Standing:
        state = self._state
        return Standing(
            turn=state.turn,
            at_ms=state.tally.last_ms or 0,
            settles=is_task,
            live_key=state.cwd or "",
            version=state.version,
            detail="interrupted by the user" if state.turn is TurnState.INTERRUPTED else None,
            error=state.error if state.turn is TurnState.FAILED else None,
        )
