"""The figures of a Cursor agent's transcript. Its times are those of the file, for want of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.candidates import Candidates
from parrot_server.index.entry_transcript import record_lines
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.cursor.lines import What, entry_of
from parrot_server.index.sources.cursor.places import short_name
from parrot_server.index.tally import Tally
from parrot_server.store.local import SessionFacts
from parrot_wire.records import TurnRecord
from parrot_wire.times import from_ms
from parrot_wire.values import Basis

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.index.loose import JSON
    from parrot_server.index.sources.cursor.places import Projects

NAME = "cursor"

_TURNS = {
    What.PROMPT: TurnState.OPEN,
    What.CALLING: TurnState.OPEN,
    What.ANSWER: TurnState.CLOSED,
    What.CLOSED: TurnState.CLOSED,
    What.STOPPED: TurnState.INTERRUPTED,
    What.FAILED: TurnState.FAILED,
}


class _State(msgspec.Struct):
    """All that a fold knows, as it is kept between two readings."""

    cwd: str | None = None
    tally: Tally = msgspec.field(default_factory=Tally)
    turn: TurnState = TurnState.NONE
    error: str | None = None
    told: int = 0
    """So many answers were told as turns."""


class CursorFold:
    """One transcript -> what is told of its session."""

    def __init__(
        self, native_id: str, parent: str | None, project: str, projects: Projects, state: bytes | None = None
    ) -> None:
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._native_id = native_id
        self._parent = parent
        self._project = project
        self._projects = projects
        self._candidates = Candidates()

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for record in record_lines.decode(block, report):
            self.take(record)

    def take(self, record: JSON) -> None:
        state, entry = self._state, entry_of(record)
        if entry is None:
            return
        state.tally.add_parts(entry.parts)
        if entry.what is What.PROMPT:
            state.tally.prompt(entry.text)
        elif entry.turn:
            state.tally.answers += 1
        if state.cwd is None:
            self._candidates.add_from(record)
        state.turn = _TURNS.get(entry.what, state.turn)
        state.error = wording.title_of(entry.text) if entry.what is What.FAILED else None

    @property
    def message_total(self) -> int:
        return self._state.tally.prompts + self._state.tally.answers

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del holds
        state, native_id = self._state, self._native_id
        if state.turn is TurnState.NONE:
            return []
        state.tally.see(unit.mtime_ns // 1_000_000)
        if state.cwd is None:
            state.cwd = self._projects.folder_of(self._project, self._candidates)
        patch = state.tally.patch(
            unit,
            source_file=unit.path,
            cwd=state.cwd,
            parent=self._parent,
            resume=("cursor-agent", "--resume", native_id),
            project=short_name(self._project),
        )
        began = wording.timestamp(state.tally.first_ms or 0) or from_ms(0)
        # All begin at once, as far as is known: their ids put them in order.
        turns = tuple(
            TurnRecord(id=f"{native_id}:{n:06}", basis=Basis.UNPRICED, started_at=began)
            for n in range(1 if whole else state.told + 1, state.tally.answers + 1)
        )
        state.told = state.tally.answers
        facts = SessionFacts(
            source=NAME, native_id=native_id, patch=patch, turns=turns, turns_whole=whole, copied_from=None
        )
        return [Told(facts=facts, standing=self._standing())]

    def _standing(self) -> Standing:
        state = self._state
        return Standing(
            turn=state.turn,
            at_ms=state.tally.last_ms or 0,
            settles=self._parent is not None,
            live_key=state.cwd or "",
            detail="interrupted by the user" if state.turn is TurnState.INTERRUPTED else None,
            error=state.error,
        )
