"""The figures of a Copilot CLI session, made of its events as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.entry_transcript import record_lines
from parrot_server.index.loose import JSON, obj, string
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.copilot.lines import Entry, What, clock, entry_of, usage_of
from parrot_server.index.sources.copilot.turns import Turns
from parrot_server.index.tally import Tally
from parrot_server.store.local import SessionFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parrot_wire.records import TurnRecord

NAME = "copilot"

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
    cwd: str | None = None
    branch: str | None = None
    repository: str | None = None
    version: str = ""
    model: str | None = None
    tally: Tally = msgspec.field(default_factory=Tally)
    turns: Turns = msgspec.field(default_factory=Turns)
    last_answer: str = ""
    turn: TurnState = TurnState.NONE
    error: str | None = None


class CopilotFold:
    """One session's events -> what is told of it.

    folder: the session id, where the session has a folder of its own; file: what else its name says. workspace: what
    the file beside the events says now.
    """

    def __init__(
        self, folder: str | None, file: str, workspace: Callable[[], Mapping[str, str]], state: bytes | None = None
    ) -> None:
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._folder = folder
        self._file = file
        self._workspace = workspace
        self._records: dict[str, TurnRecord] = {}
        self._answers_changed = False

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for record in record_lines.decode(block, report):
            self._take(record)

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del holds
        state, session_id = self._state, self._session_id()
        turns = [*self._records.values()]
        if self._answers_changed:
            turns = [*state.turns.unaccounted(session_id), *turns]
        self._records, self._answers_changed = {}, False
        if state.turn is TurnState.NONE:
            return []
        about = self._workspace()
        state.tally.model = state.tally.model or state.model
        patch = state.tally.patch(
            unit,
            source_file=unit.path,
            title=about.get("name"),
            cwd=state.cwd or about.get("cwd"),
            repository=state.repository,
            branch=state.branch or about.get("branch"),
            version=state.version,
            resume=("copilot", f"--resume={session_id}"),
        )
        facts = SessionFacts(
            source=NAME, native_id=session_id, patch=patch, turns=tuple(turns), turns_whole=whole, copied_from=None
        )
        return [Told(facts=facts, standing=self._standing())]

    # Events

    def _take(self, record: JSON) -> None:
        state = self._state
        data = obj(record.get("data"))
        at_ms = clock.ms(string(record.get("timestamp")))
        match string(record.get("type")):
            case "session.start":
                state.session_id = state.session_id or string(data.get("sessionId"))
                state.version = string(data.get("copilotVersion")) or state.version
                self._work_at(data)
                state.tally.see(at_ms)
            case "session.resume":
                self._work_at(data)
            case "session.model_change":
                state.model = string(data.get("newModel")) or state.model
            case "session.usage_record":
                self._account(record, at_ms)
            case "session.shutdown":
                self._shut_down(data)
            case _:
                entry = entry_of(record)
                if entry is not None:
                    state.tally.see(at_ms)
                    self._count(entry, at_ms)

    def _work_at(self, data: JSON) -> None:
        state, context = self._state, obj(data.get("context"))
        state.cwd = state.cwd or string(context.get("cwd")) or None
        state.branch = string(context.get("branch")) or state.branch
        state.repository = string(context.get("repository")) or state.repository
        state.model = string(data.get("selectedModel")) or state.model

    def _account(self, record: JSON, at_ms: int | None) -> None:
        usage = usage_of(record)
        if usage is not None:
            turn = self._state.turns.record(self._session_id(), usage, at_ms)
            self._records[turn.id] = turn
            self._state.tally.use(usage.model)

    def _shut_down(self, data: JSON) -> None:
        state = self._state
        self._answers_changed = state.turns.shut_down(data) or self._answers_changed
        if state.turn is TurnState.OPEN:
            # It was left in the middle of a turn.
            state.turn = TurnState.INTERRUPTED

    def _count(self, entry: Entry, at_ms: int | None) -> None:
        state, tally = self._state, self._state.tally
        tally.add_parts(entry.parts)
        if entry.turn:
            if state.turns.answer(entry, state.model, at_ms):
                self._answers_changed = True
            tally.use(entry.model or state.model)
        if entry.is_subagent:
            return
        if entry.what is What.PROMPT:
            tally.prompt(entry.text)
        elif entry.turn and entry.message_id != state.last_answer:
            tally.answers += 1
            state.last_answer = entry.message_id
        if entry.what in _TURNS:
            state.turn = _TURNS[entry.what]
            state.error = wording.title_of(entry.text) if entry.what is What.FAILED else None

    # Facts

    def _session_id(self) -> str:
        return self._folder or self._state.session_id or self._file

    def _standing(self) -> Standing:
        state = self._state
        return Standing(
            turn=state.turn,
            at_ms=state.tally.last_ms or 0,
            live_key=self._folder or "",
            version=state.version,
            detail="interrupted by the user" if state.turn is TurnState.INTERRUPTED else None,
            error=state.error,
        )
