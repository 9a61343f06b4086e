"""The figures of a Codex rollout: a session's facts, made of its lines as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from parrot_server.index import wording
from parrot_server.index.clock import Clock, is_wire_time
from parrot_server.index.jsonl import Lines, parse
from parrot_server.index.sources.base import Standing, Told, TurnState, Unit
from parrot_server.index.sources.codex import lines
from parrot_server.index.sources.codex.doubles import Doubles, Heard
from parrot_server.index.sources.codex.lines import Body, Line, Said, What
from parrot_server.index.sources.codex.turns import TurnCount, Used
from parrot_server.store import ownership
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch, TurnRecord
from parrot_wire.times import from_ms
from parrot_wire.values import Basis, Kind, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "codex"

_LOCAL_PROVIDERS = frozenset({"ollama", "ollama-chat", "lmstudio", "lm-studio", "oss", "local"})
_REMEMBERED_CALLS = 256

_lines = Lines(Line)
_clock = Clock()


class _State(msgspec.Struct):
    """All that a fold knows, as it is kept between two readings. (msgspec copies empty lists for each struct.)"""

    thread_id: str = ""
    forked_from: str | None = None
    parent: str | None = None
    is_subagent: bool = False
    nickname: str | None = None
    cwd: str | None = None
    branch: str | None = None
    repository: str | None = None
    provider: str | None = None
    version: str = ""
    model: str | None = None
    models: list[str] = []
    count: TurnCount = msgspec.field(default_factory=TurnCount)
    talked: bool = False
    prompts: int = 0
    answers: int = 0
    tool_calls: int = 0
    events: int = 0
    heard_prompts: list[Heard] = []
    heard_answers: list[Heard] = []
    recent_calls: list[str] = []
    prompt_title: str | None = None
    first_ms: int | None = None
    last_ms: int | None = None
    at: str = ""
    has_tasks: bool = False
    read_only: bool = False
    may_write: bool = False
    turn: TurnState = TurnState.NONE
    error: str | None = None


class CodexFold:
    """One rollout's lines -> what is told of its session.

    thread_id: what the file's name says, until its header does. title: what the tool's own database calls a thread.
    """

    def __init__(
        self,
        thread_id: str,
        title: Callable[[str], str | None],
        *,
        archived: bool,
        state: bytes | None = None,
    ) -> None:
        self._state = _State() if state is None else msgspec.msgpack.decode(state, type=_State)
        self._named = thread_id
        self._state.count.lineage = self._state.count.lineage or thread_id
        self._title = title
        self._archived = archived
        self._prompts = Doubles(self._state.heard_prompts)
        self._answers = Doubles(self._state.heard_answers)
        self._calls = dict.fromkeys(self._state.recent_calls)
        self._turns: dict[str, TurnRecord] = {}
        self._prints: list[tuple[bytes, int]] = []

    def dump(self) -> bytes:
        state = self._state
        state.heard_prompts, state.heard_answers = self._prompts.dump(), self._answers.dump()
        state.recent_calls = list(self._calls)
        return msgspec.msgpack.encode(state)

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        for line in _lines.decode(block, report):
            self._take(line)

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        del holds
        if not self._state.talked:
            return []
        facts = SessionFacts(
            source=NAME,
            native_id=self._thread_id(),
            patch=self._patch(unit),
            turns=tuple(self._turns.values()),
            turns_whole=whole,
            fingerprints=ownership.pack_fingerprints(self._prints),
            fingerprints_whole=whole,
            copied_from=self._state.forked_from or self._state.parent,
        )
        self._turns, self._prints = {}, []
        return [Told(facts=facts, standing=self._standing())]

    # Lines

    def _take(self, line: Line) -> None:
        state = self._state
        if line.timestamp is not None:
            at_ms = _clock.ms(line.timestamp)
            if at_ms is not None:
                state.at = line.timestamp if is_wire_time(line.timestamp) else from_ms(at_ms)
                if state.first_ms is None or at_ms < state.first_ms:
                    state.first_ms = at_ms
                if state.last_ms is None or at_ms > state.last_ms:
                    state.last_ms = at_ms
        said = lines.said(line)
        state.talked = state.talked or lines.is_talk(said)
        match said.what:
            case What.META:
                self._header(said.body)
            case What.CONTEXT:
                self._context(said.body)
            case What.TOKENS:
                self._add_turn(state.count.running(said.body))
            case What.USAGE:
                self._add_turn(state.count.record(said.body))
            case What.STARTED | What.COMPLETED | What.ABORTED | What.ERROR:
                self._task(said)
            case _:
                self._converse(said)

    def _header(self, body: Body) -> None:
        state = self._state
        if state.thread_id or not body.id:
            # Another header in the same file is a copy of the parent's.
            return
        state.thread_id = body.id
        state.forked_from = body.forked_from_id or None
        spawned = _spawned_by(body)
        parent = spawned.get("parent_thread_id") or body.parent_thread_id
        if parent and (spawned or body.thread_source == "subagent"):
            state.parent, state.is_subagent = str(parent), True
            nickname = spawned.get("agent_nickname") or spawned.get("agent_role")
            state.nickname = str(nickname) if nickname else None
        state.count.lineage = state.forked_from or state.parent or state.thread_id
        state.cwd = body.cwd
        state.version = body.cli_version or ""
        state.provider = body.model_provider
        if body.git is not None:
            state.branch = body.git.branch
            state.repository = wording.repository_of(body.git.repository_url)
        if lines.continues(body):
            state.events += 1

    def _context(self, body: Body) -> None:
        state = self._state
        state.count.enter(body.turn_id)
        if body.model:
            state.model = body.model
            if body.model not in state.models:
                state.models.append(body.model)
        if state.cwd is None:
            state.cwd = body.cwd
        sandbox = parse(bytes(body.sandbox_policy))
        if isinstance(sandbox, dict):
            held = cast("dict[str, Any]", sandbox)
            sandbox = held.get("type") or held.get("mode")
        if sandbox == "read-only":
            state.read_only = True
        elif sandbox:
            state.may_write = True

    def _converse(self, said: Said) -> None:
        state = self._state
        match said.what:
            case What.PROMPT:
                self._prompt(said)
                return
            case What.ANSWER:
                self._answer(said)
                return
            case What.CALL:
                self._call(said.body)
                state.turn = TurnState.OPEN
            case What.RESULT:
                state.events += lines.images_in(said.body.output)
                state.turn = TurnState.OPEN
            case What.REASONING | What.AGENT_MESSAGE | What.COMPACTED:
                pass
            case _:
                return
        state.events += 1
        self._prompts.interrupt()
        self._answers.interrupt()

    def _prompt(self, said: Said) -> None:
        state = self._state
        parts = lines.prompt_parts(said)
        heard = self._prompts.hear(said.text, said.voice)
        if heard is not None:
            if parts > heard.note:
                state.events += parts - heard.note
                heard.note = parts
            return
        self._prompts.add(said.text, said.voice, parts)
        self._answers.interrupt()
        state.events += parts
        state.prompts += 1
        state.turn = TurnState.OPEN
        if state.prompt_title is None:
            state.prompt_title = wording.title_of(said.text)

    def _answer(self, said: Said) -> None:
        state = self._state
        if self._answers.hear(said.text, said.voice) is not None:
            return
        self._answers.add(said.text, said.voice)
        self._prompts.interrupt()
        state.events += 1
        state.answers += 1
        if not state.has_tasks:
            state.turn = TurnState.CLOSED

    def _call(self, body: Body) -> None:
        call_id = body.call_id or body.id
        if call_id:
            if call_id in self._calls:
                return
            self._calls[call_id] = None
            if len(self._calls) > _REMEMBERED_CALLS:
                del self._calls[next(iter(self._calls))]
        self._state.tool_calls += 1

    def _task(self, said: Said) -> None:
        state = self._state
        match said.what:
            case What.STARTED:
                state.has_tasks = True
                state.turn = TurnState.OPEN
                state.error = None
                state.count.enter(said.body.turn_id)
            case What.COMPLETED:
                error = lines.error_text(said.body)
                state.turn = TurnState.FAILED if error else TurnState.CLOSED
                state.error = wording.title_of(error)
                state.events += 1 if error else 0
            case What.ABORTED:
                # A turn that is replaced goes on as the next one.
                state.turn = TurnState.CLOSED if said.body.reason == "replaced" else TurnState.INTERRUPTED
                state.events += 1
            case _:
                state.turn = TurnState.FAILED
                state.error = wording.title_of(said.text) or "error"
                state.events += 1

    # Turns

    def _add_turn(self, used: Used | None) -> None:
        if used is None:
            return
        state = self._state
        state.talked = True
        self._turns[used.id] = TurnRecord(
            id=used.id,
            model=state.model,
            tokens=used.tokens,
            basis=Basis.UNPRICED if state.provider in _LOCAL_PROVIDERS else None,
            started_at=state.at or None,
        )
        self._prints.append((ownership.fingerprint(used.id), (_clock.ms(state.at) or 0) if state.at else 0))

    # Facts

    def _thread_id(self) -> str:
        return self._state.thread_id or self._named

    def _patch(self, unit: Unit) -> SessionPatch:
        state = self._state
        thread_id = self._thread_id()
        fallback_ms = unit.mtime_ns // 1_000_000
        started = wording.timestamp(fallback_ms if state.first_ms is None else state.first_ms)
        last = wording.timestamp(fallback_ms if state.last_ms is None else state.last_ms)
        unnamed = f"Agent {state.nickname}" if state.nickname else wording.UNTITLED
        patch = SessionPatch(
            kind=Kind.TASK if state.is_subagent else Kind.CHAT,
            title=self._title(thread_id) or state.prompt_title or unnamed,
            project=wording.project_of(state.cwd, state.repository),
            started_at=started or from_ms(0),
            last_activity_at=last or from_ms(0),
            parent=state.parent if state.is_subagent else None,
            message_count=state.prompts + state.answers,
            tool_call_count=state.tool_calls,
            event_count=state.events,
            model=state.model,
            models=tuple(state.models),
            cwd=state.cwd,
            repository=state.repository,
            branch=state.branch,
            machine=wording.machine(),
            agent_version=state.version or None,
            source_file=unit.path,
        )
        if state.is_subagent:
            return patch
        return msgspec.structs.replace(
            patch,
            mode=Mode.ASK if state.read_only and not state.may_write else Mode.WORKING,
            resume_command=("codex", "resume", thread_id),
            can=("resume", "open_editor") if state.cwd else ("resume",),
        )

    def _standing(self) -> Standing:
        state = self._state
        turn = TurnState.ENDED if self._archived else state.turn
        details = {TurnState.ENDED: "archived", TurnState.INTERRUPTED: "interrupted by the user"}
        return Standing(
            turn=turn,
            at_ms=state.last_ms or 0,
            settles=state.is_subagent,
            live_key=self._thread_id(),
            version=state.version,
            detail=details.get(turn),
            error=state.error if turn is TurnState.FAILED else None,
        )


def _spawned_by(body: Body) -> dict[str, Any]:
    """What a subagent's header says of who started it: ``source.subagent.thread_spawn``."""
    source = parse(bytes(body.source)) if bytes(body.source).startswith(b"{") else None
    subagent = cast("dict[str, Any]", source).get("subagent") if isinstance(source, dict) else None
    spawn = cast("dict[str, Any]", subagent).get("thread_spawn") if isinstance(subagent, dict) else None
    return cast("dict[str, Any]", spawn) if isinstance(spawn, dict) else {}
