"""The figures of a Claude Code transcript: a session's facts, made of its lines as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.clock import Clock, is_wire_time
from parrot_server.index.jsonl import Lines
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.claude_code import lines
from parrot_server.index.sources.claude_code.lines import Line, Said, What
from parrot_server.index.sources.claude_code.turns import SYNTHETIC, Kept, Turns
from parrot_server.store import ownership
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, Mode, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "claude-code"


def agent_native_id(session_id: str, agent_id: str) -> str:
    return f"{session_id}/agent-{agent_id}"


_CONVERSATION = frozenset({"user", "assistant"})
_TALK = _CONVERSATION | {"system", "attachment"}
_REMEMBERED_TOOLS = 256
_REMEMBERED_SUMMARIES = 64

_lines = Lines(Line)
_clock = Clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a file is, by its place: a session of its own, or a subagent's.

    ``session`` is empty for a subagent that lies beside its session: then its lines name the session.
    """

    session: str = ""
    agent_id: str = ""
    flow: str = ""
    """Native id of the workflow that the agent works in."""
    flow_records: tuple[Path, ...] = ()
    """Where that workflow is told; while none of them is there, the agent belongs to the chat."""
    title: str | None = None

    @property
    def is_agent(self) -> bool:
        return bool(self.agent_id)

    @property
    def has_flow(self) -> bool:
        return any(path.exists() for path in self.flow_records)


class _State(msgspec.Struct):
    """All that a fold knows, as it is kept between two readings. (msgspec copies empty lists for each struct.)"""

    turns: Kept = msgspec.field(default_factory=Kept)
    at: str = ""
    """When the newest line was written that says so, as on the wire."""
    session_id: str = ""
    conversed: bool = False
    prompts: int = 0
    prompts_given: int = 0
    answers: int = 0
    tool_calls: int = 0
    events: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    custom_title: str | None = None
    ai_title: str | None = None
    summary_title: str | None = None
    prompt_title: str | None = None
    first_prompt: str = ""
    told_as_warm_up: bool = False
    summaries: list[tuple[str, str]] = []
    """(leaf, text) of summaries whose leaf was not seen in this file so far."""
    pending_command: str | None = None
    recent_tools: list[str] = []
    cwd: str | None = None
    branch: str | None = None
    version: str = ""
    model: str | None = None
    models: list[str] = []
    planned: bool = False
    worked: bool = False
    turn: TurnState = TurnState.NONE
    detail: str | None = None
    error: str | None = None


class ClaudeFold:
    """One transcript's lines -> what is told of its session."""

    def __init__(self, role: Role, state: bytes | None = None) -> None:
        self._role = role
        self._is_agent = role.is_agent
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._turns = Turns(self._state.turns)
        self._tools = dict.fromkeys(self._state.recent_tools)
        self._prints: list[tuple[bytes, int]] = []

    def dump(self) -> bytes:
        state = self._state
        state.turns = self._turns.kept()
        state.recent_tools = list(self._tools)
        return msgspec.msgpack.encode(state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for line in _lines.decode(block, report):
            self._take(line)

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        state = self._state
        if not state.conversed:
            return []
        self._settle_summaries(holds)
        warm_up = self._is_warm_up
        if state.told_as_warm_up and not warm_up:
            # It got more to do than to warm the cache: from now on it is a session of its own.
            self._turns.touch_all()
        state.told_as_warm_up = warm_up
        facts = SessionFacts(
            source=NAME,
            native_id=self._native_id(),
            patch=self._patch(unit),
            turns=self._turns.changed(),
            turns_whole=whole,
            fingerprints=ownership.pack_fingerprints(self._prints),
            fingerprints_whole=whole,
        )
        self._prints = []
        told = Told(facts=facts, standing=self._standing())
        return [self._warm_up(told) if warm_up else told]

    # Lines

    def _take(self, line: Line) -> None:
        # Called for every line there is: what most lines are comes first, and is not asked twice.
        state = self._state
        kind = line.type
        if line.timestamp is not None:
            at_ms = _clock.ms(line.timestamp)
            if at_ms is not None:
                state.at = line.timestamp if is_wire_time(line.timestamp) else from_ms(at_ms)
                if state.last_ms is None or state.first_ms is None:
                    state.first_ms = state.last_ms = at_ms
                elif at_ms > state.last_ms:
                    state.last_ms = at_ms
                elif at_ms < state.first_ms:
                    state.first_ms = at_ms
                if line.uuid:
                    self._prints.append((ownership.fingerprint(line.uuid), at_ms))
        if kind == "progress":
            return
        if kind in _TALK:
            if line.version:
                state.version = line.version
            if line.branch:
                state.branch = line.branch
            if state.cwd is None:
                state.cwd = line.cwd or None
            if not state.session_id:
                state.session_id = line.session_id or ""
            if kind in _CONVERSATION:
                state.conversed = True
            said = lines.said(line)
            if said.what is not What.NOTHING:
                state.events += lines.parts_of(line, said.what)
                self._converse(line, said)
        elif kind == "summary":
            if line.summary and line.leaf_uuid and len(state.summaries) < _REMEMBERED_SUMMARIES:
                state.summaries.append((line.leaf_uuid, line.summary))
        elif kind == "custom-title":
            state.custom_title = line.custom_title
        elif kind == "ai-title":
            state.ai_title = line.ai_title
        if line.permission_mode is not None:
            if line.permission_mode == "plan":
                state.planned = True
            else:
                state.worked = True

    def _converse(self, line: Line, said: Said) -> None:
        """What the line means for counts and for the turn."""
        state, what = self._state, said.what
        inline = line.is_sidechain is True and not self._is_agent
        if what is What.ASSISTANT or what is What.API_ERROR:
            self._answer(line, said, inline=inline)
            return
        if inline:
            # A subagent of the old kind, written into its parent's file: its spend counts here, its talk does not.
            return
        if what is What.RESULT:
            state.turn = TurnState.OPEN
            return
        match what:
            case What.PROMPT | What.ASKING_COMMAND:
                self._prompt(said.text)
            case What.COMMAND:
                if lines.leaves(said.text):
                    state.turn, state.detail = TurnState.ENDED, f"left with {said.text.split(' ', 1)[0]}"
                else:
                    state.pending_command = said.text
            case What.OUTPUT:
                state.pending_command = None
            case What.CONTEXT:
                self._settle_command()
            case What.INTERRUPTED:
                state.turn, state.detail = TurnState.INTERRUPTED, "interrupted by the user"
            case _:
                pass

    def _prompt(self, text: str) -> None:
        state = self._state
        state.pending_command = None
        state.prompts_given += 1
        if not self._role.is_agent:
            state.prompts += 1
        if state.prompt_title is None:
            state.prompt_title = wording.title_of(text)
            state.first_prompt = text[:80].strip()
        state.turn = TurnState.OPEN

    def _settle_command(self) -> None:
        """What follows shows that a slash command asked the model: it was a prompt."""
        command = self._state.pending_command
        if command is not None:
            self._prompt(command)

    def _answer(self, line: Line, said: Said, *, inline: bool) -> None:
        state, message = self._state, line.message
        assert message is not None
        if not inline:
            self._settle_command()
        turn, is_new = self._turns.take(line, message, self._role.session, state.at)
        if is_new and not inline:
            state.answers += 1
        if message.model and message.model != SYNTHETIC:
            state.model = message.model
            if message.model not in state.models:
                state.models.append(message.model)
        calls = False
        content = message.content
        texts = isinstance(content, str)
        for block in content if isinstance(content, list) else ():
            if block.type == "tool_use":
                calls = True
                self._count_tool(block.id)
            elif block.type == "text":
                texts = True
        if inline:
            return
        if said.what is What.API_ERROR:
            turn.failed = True
            state.turn = TurnState.FAILED
            state.error = wording.title_of(said.text)
        elif calls or message.stop_reason in ("tool_use", "pause_turn"):
            state.turn = TurnState.OPEN
        elif texts or message.stop_reason is not None:
            # Older versions leave the stop reason null all the time: text without a call ends the turn.
            state.turn = TurnState.CLOSED

    def _count_tool(self, call_id: str | None) -> None:
        if call_id:
            if call_id in self._tools:
                return
            self._tools[call_id] = None
            if len(self._tools) > _REMEMBERED_TOOLS:
                del self._tools[next(iter(self._tools))]
        self._state.tool_calls += 1

    # Facts

    @property
    def _is_warm_up(self) -> bool:
        """An agent that only fills the cache: its sole prompt is a word, and its spend counts in its parent."""
        state = self._state
        return (
            state.prompts_given == 1
            and state.first_prompt == "Warmup"
            and self._role.is_agent
            and bool(self._session())
        )

    def _session(self) -> str:
        """Native id of the session, or of the one that an agent works for."""
        return self._role.session or self._state.session_id

    def _native_id(self) -> str:
        return agent_native_id(self._session(), self._role.agent_id) if self._role.is_agent else self._session()

    def _settle_summaries(self, holds: Callable[[bytes], bool]) -> None:
        """Of all summaries only those of a message of this file are about this session."""
        state = self._state
        if not state.summaries:
            return
        new = {digest for digest, _ in self._prints}
        foreign: list[tuple[str, str]] = []
        for leaf, text in state.summaries:
            quoted = leaf.encode("utf-8", "replace")
            if ownership.fingerprint(leaf) in new or holds(b'"uuid":"%b"' % quoted) or holds(b'"uuid": "%b"' % quoted):
                state.summary_title = text
            else:
                foreign.append((leaf, text))
        state.summaries = foreign

    def _patch(self, unit: Unit) -> SessionPatch:
        state, role = self._state, self._role
        fallback_ms = unit.mtime_ns // 1_000_000
        started = wording.timestamp(fallback_ms if state.first_ms is None else state.first_ms)
        last = wording.timestamp(fallback_ms if state.last_ms is None else state.last_ms)
        title = state.custom_title or state.ai_title or state.summary_title
        if role.is_agent:
            title = role.title
        patch = SessionPatch(
            kind=Kind.TASK if role.is_agent else Kind.CHAT,
            title=wording.title_of(title or "") or state.prompt_title or self._unnamed(),
            project=wording.project_of(state.cwd, None),
            started_at=started or wording.timestamp(0) or "",
            last_activity_at=last or wording.timestamp(0) or "",
            parent=self._parent(),
            message_count=state.prompts + state.answers,
            tool_call_count=state.tool_calls,
            event_count=state.events,
            model=state.model,
            models=tuple(state.models),
            cwd=state.cwd,
            branch=state.branch,
            machine=wording.machine(),
            agent_version=state.version or None,
            source_file=unit.path,
        )
        if role.is_agent:
            return patch
        return msgspec.structs.replace(
            patch,
            mode=Mode.ASK if state.planned and not state.worked else Mode.WORKING,
            resume_command=("claude", "--resume", role.session) if state.cwd else None,
            can=("resume", "open_editor") if state.cwd else (),
        )

    def _parent(self) -> str | None:
        if not self._role.is_agent:
            return None
        return self._role.flow if self._role.has_flow else self._session() or None

    def _unnamed(self) -> str:
        return f"Agent {self._role.agent_id}" if self._role.is_agent else wording.UNTITLED

    def _standing(self) -> Standing:
        state = self._state
        return Standing(
            turn=state.turn,
            at_ms=state.last_ms or 0,
            settles=self._role.is_agent,
            live_key=self._session(),
            version=state.version,
            detail=state.detail if state.turn in (TurnState.INTERRUPTED, TurnState.ENDED) else None,
            error=state.error if state.turn is TurnState.FAILED else None,
        )

    def _warm_up(self, own: Told) -> Told:
        """The same spend, told of the parent."""
        facts = SessionFacts(source=NAME, native_id=self._session(), patch=SessionPatch(), turns=own.facts.turns)
        alone = msgspec.structs.replace(
            own.facts.patch,
            kind=Kind.CHAT,
            title=self._session(),
            parent=None,
            status=Status.ENDED,
            status_detail="transcript missing",
            message_count=0,
            tool_call_count=0,
            event_count=0,
            source_file=None,
        )
        return Told(facts=facts, standing=None, if_alone=msgspec.structs.replace(facts, patch=alone))
