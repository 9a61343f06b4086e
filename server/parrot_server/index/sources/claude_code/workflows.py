"""Claude Code's workflows: ordered phases in which agents work, started from a chat. They are Flow runs.

``workflows/<run>.json`` tells a run whole, and is rewritten as it goes on. Until it is there, the journal of its agents
(``subagents/workflows/<run>/journal.jsonl``) tells that there is a run, and whether an agent still works. The agents'
own records lie beside the journal: they are the run's tasks, so that what they cost is counted in its row.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_server.index import wording
from parrot_server.index.appended import unit_at
from parrot_server.index.clock import Clock
from parrot_server.index.document import ListedTranscript, load
from parrot_server.index.jsonl import Lines, as_shape
from parrot_server.index.sources.base import Standing, Told, TurnState
from parrot_server.index.sources.claude_code.fold import NAME, agent_native_id
from parrot_server.store.ids import derive_id
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch
from parrot_wire.session import ErrorPart, Message, Part, Step, Text, ToolCall
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, MessageRole, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.index.sources.base import Unit

_clock = Clock()

_TURNS = {
    "completed": TurnState.CLOSED,
    "done": TurnState.CLOSED,
    "success": TurnState.CLOSED,
    "failed": TurnState.FAILED,
    "error": TurnState.FAILED,
    "cancelled": TurnState.CANCELLED,
    "canceled": TurnState.CANCELLED,
    "killed": TurnState.CANCELLED,
    "stopped": TurnState.CANCELLED,
    "paused": TurnState.PAUSED,
}
_AGENT_STATUS = {
    "done": Status.COMPLETED,
    "completed": Status.COMPLETED,
    "success": Status.COMPLETED,
    "failed": Status.FAILED,
    "error": Status.FAILED,
    "running": Status.RUNNING,
    "in_progress": Status.RUNNING,
    "skipped": Status.SKIPPED,
    "cancelled": Status.CANCELLED,
    "killed": Status.CANCELLED,
}


class _Phase(msgspec.Struct, frozen=True):
    title: str = ""


class _Agent(msgspec.Struct, frozen=True):
    """An entry of ``workflowProgress``: a phase, or an agent in one (``phaseIndex`` counts from 1)."""

    type: str = ""
    index: int = 0
    title: str = ""
    label: str = ""
    phase: int = msgspec.field(default=0, name="phaseIndex")
    agent_id: str = msgspec.field(default="", name="agentId")
    model: str | None = None
    state: str = ""
    preview: str = msgspec.field(default="", name="resultPreview")
    error: str | None = None


class Run(msgspec.Struct, frozen=True):
    """``workflows/<run>.json``."""

    run_id: str = msgspec.field(default="", name="runId")
    status: str = ""
    name: str = msgspec.field(default="", name="workflowName")
    at: str = msgspec.field(default="", name="timestamp")
    duration_ms: int | None = msgspec.field(default=None, name="durationMs")
    model: str | None = msgspec.field(default=None, name="defaultModel")
    error: str | None = None
    phases: tuple[_Phase, ...] = ()
    progress: tuple[_Agent, ...] = msgspec.field(default=(), name="workflowProgress")

    @property
    def agents(self) -> list[_Agent]:
        return [each for each in self.progress if each.agent_id]

    @property
    def turn(self) -> TurnState:
        return _TURNS.get(self.status.lower(), TurnState.OPEN)


def run_of(document: dict[str, Any]) -> Run:
    return as_shape(document, Run) or Run()


def tell_run(session_id: str, cwd: str | None) -> Callable[[dict[str, Any], Unit], list[Told]]:
    """What a run's document tells. session_id: the chat that it was started from."""

    def tell(document: dict[str, Any], unit: Unit) -> list[Told]:
        run = run_of(document)
        run_id = Path(unit.path).stem
        started_ms = _clock.ms(run.at) if run.at else None
        begin = unit.mtime_ns // 1_000_000 if started_ms is None else started_ms
        end = begin + max(0, run.duration_ms or 0)
        patch = _patch(session_id, cwd, run.name or f"Workflow {run_id}", unit, begin, end)
        patch = msgspec.structs.replace(patch, model=run.model, steps=steps_of(run), event_count=_parts(run))
        told = _told(session_id, run_id, patch, run.turn, end if started_ms is not None else 0, run.error)
        return [told, *(_adopt(session_id, run_id, agent) for agent in run.agents)]

    return tell


def _adopt(session_id: str, run_id: str, agent: _Agent) -> Told:
    """An agent's own record tells all else of it."""
    patch = SessionPatch(parent=native_id(session_id, run_id))
    if title := wording.title_of(agent.label):
        patch = msgspec.structs.replace(patch, title=title)
    facts = SessionFacts(source=NAME, native_id=agent_native_id(session_id, agent.agent_id), patch=patch)
    return Told(facts=facts, standing=None)


def _parts(run: Run) -> int:
    return sum(2 if agent.error or agent.preview else 1 for agent in run.agents)


def steps_of(run: Run) -> tuple[Step, ...]:
    """A step a phase, its status from those of its agents."""
    titles = [phase.title for phase in run.phases] or [
        each.title for each in run.progress if each.type == "workflow_phase"
    ]
    steps: list[Step] = []
    for number, title in enumerate(titles, 1):
        agents = [agent for agent in run.agents if agent.phase == number]
        statuses = {_AGENT_STATUS.get(agent.state.lower(), Status.PENDING) for agent in agents}
        failed = next((agent for agent in agents if _AGENT_STATUS.get(agent.state.lower()) is Status.FAILED), None)
        steps.append(
            Step(
                id=f"phase-{number}",
                name=title or f"Phase {number}",
                status=_step_status(statuses, run.turn),
                error=failed.error if failed is not None else None,
            )
        )
    return tuple(steps)


def _step_status(statuses: set[Status], run: TurnState) -> Status:
    if Status.FAILED in statuses:
        return Status.FAILED
    if not statuses:
        return Status.PENDING if run is TurnState.OPEN else Status.SKIPPED
    if statuses <= {Status.COMPLETED, Status.SKIPPED}:
        return Status.COMPLETED
    if run is TurnState.OPEN:
        return Status.RUNNING if statuses - {Status.PENDING} else Status.PENDING
    return Status.CANCELLED if run is TurnState.CANCELLED else Status.INTERRUPTED


class JournalLine(msgspec.Struct, gc=False):
    type: str | None = None
    key: str | None = None


_journal = Lines(JournalLine)


class JournalFold:
    """A run that has no document yet: which of its agents began, and which ended."""

    def __init__(self, session_id: str, run_id: str, document: Path, cwd: str | None, state: bytes = b"") -> None:
        self._session_id = session_id
        self._run_id = run_id
        self._document = document
        self._cwd = cwd
        self._begun: set[str] = set(msgspec.msgpack.decode(state, type=list[str])) if state else set()
        self._is_read = bool(state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for line in _journal.decode(block, report):
            self._is_read = True
            if line.type == "started" and line.key:
                self._begun.add(line.key)
            elif line.type == "result" and line.key:
                self._begun.discard(line.key)

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del whole, holds
        if not self._is_read or self._document.exists():
            return []
        at = unit.mtime_ns // 1_000_000
        patch = _patch(self._session_id, self._cwd, f"Workflow {self._run_id}", unit, at, at)
        turn = TurnState.OPEN if self._begun else TurnState.CLOSED
        return [_told(self._session_id, self._run_id, patch, turn, 0, None)]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(sorted(self._begun))


def _patch(session_id: str, cwd: str | None, title: str, unit: Unit, begin_ms: int, end_ms: int) -> SessionPatch:
    return SessionPatch(
        kind=Kind.FLOW,
        title=wording.title_of(title) or wording.UNTITLED,
        project=wording.project_of(cwd, None),
        started_at=wording.timestamp(begin_ms) or from_ms(0),
        last_activity_at=wording.timestamp(end_ms) or from_ms(0),
        message_count=0,
        tool_call_count=0,
        cwd=cwd,
        machine=wording.machine(),
        resume_command=("claude", "--resume", session_id) if cwd else None,
        source_file=unit.path,
    )


def _told(session_id: str, run_id: str, patch: SessionPatch, turn: TurnState, at_ms: int, error: str | None) -> Told:
    return Told(
        facts=SessionFacts(source=NAME, native_id=native_id(session_id, run_id), patch=patch),
        standing=Standing(turn=turn, at_ms=at_ms, settles=True, live_key=session_id, error=error),
    )


def native_id(session_id: str, run_id: str) -> str:
    return f"{session_id}/{run_id}"


def transcript(path: str, session_id: str) -> ListedTranscript:
    """A run as messages: which agent was started in which step, and what came of it."""

    def load_all() -> list[tuple[Message, bytes]]:
        unit = unit_at(path)
        document, _ = load(path, unit.size if unit is not None else 0)
        if document is None or not path.endswith(".json"):
            return []
        run = run_of(document)
        at = wording.timestamp(_clock.ms(run.at) or 0) or from_ms(0)
        return [
            (_agent_message(n, agent, at, session_id), msgspec.json.encode(agent))
            for n, agent in enumerate(run.agents, 1)
        ]

    def stamp() -> object:
        unit = unit_at(path)
        if unit is None:
            raise FileNotFoundError(path)
        return unit

    return ListedTranscript(stamp, load_all)


def _agent_message(n: int, agent: _Agent, at: str, session_id: str) -> Message:
    call = ToolCall(
        call_id=agent.agent_id,
        name="Agent",
        input={"label": agent.label, "state": agent.state},
        child=derive_id(NAME, agent_native_id(session_id, agent.agent_id)),
    )
    parts: list[Part] = [call]
    if agent.error:
        parts.append(ErrorPart(text=agent.error))
    elif agent.preview:
        parts.append(Text(text=agent.preview))
    return Message(
        n=n,
        id=agent.agent_id,
        role=MessageRole.ASSISTANT,
        at=at,
        parts=tuple(parts),
        step=f"phase-{agent.phase}" if agent.phase else None,
        model=agent.model,
    )
