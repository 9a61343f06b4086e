"""An agent's work at a step: started headless, its stream turned into transcript, turns and a result."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from parrot_server.flows.agents.base import Began, Ended, Said, ToolAnswered, Used, decode_line
from parrot_server.flows.output import MAX_RESULT_CHARS, OutputText
from parrot_server.flows.processes import StepProcess
from parrot_server.flows.transcript import now_ms
from parrot_server.flows.work import Ear, WorkResult, exit_words, json_lines, pump, short, with_last_words
from parrot_server.pricing import price_turn
from parrot_wire.records import TurnRecord
from parrot_wire.session import Text, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, MessageRole, Mode, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from parrot_server.flows.agents.base import Agent, AgentEvent
    from parrot_server.flows.limits import Limits
    from parrot_server.flows.report import SessionReport
    from parrot_server.flows.transcript import StepTranscript
    from parrot_server.flows.work import Pumps
    from parrot_wire.session import Part


class AgentWork:
    """An agent run headless: its stream is the transcript, its own session a child of the run.

    The turns are reported under the agent's own session and by the agent's own ids, which are those that its session
    file has: a workspace that reads the file as well has each turn once. A stream that names no ids is looked up in the
    file (``recorded``); only where there is no file, which nobody else can report either, turns get ids of ours.
    """

    def __init__(
        self,
        agent: Agent,
        process: StepProcess,
        *,
        transcript: StepTranscript,
        limits: Limits,
        pumps: Pumps,
        child: Callable[[str], SessionReport],
        recorded: Callable[[str], Sequence[TurnRecord]],
        on_text: Callable[[str], None],
    ) -> None:
        self._agent = agent
        self._process = process
        self._stream = agent.open()
        self._transcript = transcript
        self._limits = limits
        self._pumps = pumps
        self._open_child = child
        self._recorded = recorded
        self._on_text = on_text
        self._errors = OutputText()
        self._session_id = ""
        self._session: SessionReport | None = None
        self._unnamed = 0
        self._spoken: tuple[str, str] = ("", "")
        self._result = ""
        self._error: str | None = None
        self._ended = False

    @classmethod
    async def start(
        cls,
        agent: Agent,
        prompt: str,
        *,
        env: Mapping[str, str],
        cwd: Path,
        transcript: StepTranscript,
        limits: Limits,
        pumps: Pumps,
        child: Callable[[str], SessionReport],
        recorded: Callable[[str], Sequence[TurnRecord]],
        on_text: Callable[[str], None],
    ) -> AgentWork:
        """Raises CannotStart, after the transcript has the prompt."""
        transcript.say("prompt", MessageRole.USER, (Text(text=prompt),))
        process = await StepProcess.start(agent.argv, env=env, cwd=cwd, stdin=prompt.encode("utf-8", "replace"))
        return cls(
            agent,
            process,
            transcript=transcript,
            limits=limits,
            pumps=pumps,
            child=child,
            recorded=recorded,
            on_text=on_text,
        )

    @property
    def process(self) -> StepProcess:
        return self._process

    async def finish(self) -> WorkResult:
        ear = Ear()
        errors = asyncio.create_task(
            pump(self._process.stderr, lambda data: ear.hear(self._errors.feed, data)), name="agent-stderr"
        )
        words = asyncio.create_task(self._read(ear), name="agent-stdout")
        self._pumps.keep([errors])
        done = False
        code: int | None = None
        try:
            code = await self._process.wait()
            await ear.quiet([words, errors])
            words.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await words
            for event in self._stream.finish():
                await self._take(event)
            self._finish_speaking()
            done = True
        finally:
            words.cancel()
            ear.close()
            self._transcript.flush()
            self._close_child(code if done else None)
        if code != 0 and self._error is None:
            self._error = with_last_words(exit_words(code), self._errors.last_line)
        elif self._error is None and not self._ended:
            self._error = "it ended without a last word"
        if self._error:
            self._transcript.fail(self._error)
        return WorkResult(result=self._result[:MAX_RESULT_CHARS], error=short(self._error), exit_code=code)

    async def _read(self, ear: Ear) -> None:
        async for line in json_lines(self._process.stdout):
            ear.touch()
            found = decode_line(line)
            if found is None:
                continue
            try:
                events = list(self._stream.read(found))
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # an object of a shape that this version of the agent does not have
            for event in events:
                await self._take(event)

    async def _take(self, event: AgentEvent) -> None:
        if not isinstance(event, Said) or event.message_id != self._spoken[0]:
            self._finish_speaking()
        match event:
            case Began():
                self._begin(event)
            case Said():
                before = () if event.whole else self._transcript.parts_of(event.message_id)
                self._transcript.say(
                    event.message_id, MessageRole.ASSISTANT, (*before, *event.parts), model=event.model, grows=True
                )
                said = "".join(part.text for part in event.parts if isinstance(part, Text))
                before_that = "" if event.whole else self._spoken[1]
                self._spoken = (event.message_id, before_that + said)
            case ToolAnswered():
                result = ToolResult(call_id=event.call_id, ok=event.ok, text=event.text, exit_code=event.exit_code)
                parts: tuple[Part, ...] = (result,)
                self._transcript.say(f"result-{event.call_id}", MessageRole.TOOL, parts)
            case Used(turn_id=str(turn_id)):
                self._use(event, turn_id)
            case Used():
                await self._use_unnamed(event)
            case Ended():
                self._ended = True
                self._result = (event.result or "").strip()
                self._error = event.error
                if event.spent_micros is not None:
                    self._limits.settle(event.spent_micros)

    def _finish_speaking(self) -> None:
        """A message that grew word by word is heard once, when it is whole."""
        _, text = self._spoken
        self._spoken = ("", "")
        if text:
            self._on_text(text)

    def _begin(self, event: Began) -> None:
        if self._session is not None:
            return
        self._session_id = event.session_id
        self._session = self._open_child(event.session_id)
        if event.model:
            self._session.update(model=event.model)

    def _use(self, used: Used, turn_id: str) -> None:
        now = from_ms(now_ms())
        self._report(
            TurnRecord(
                id=turn_id,
                model=used.model,
                tokens=used.tokens,
                cache_write_1h=used.cache_write_1h,
                cost=used.charge_micros,
                request_id=used.request_id,
                started_at=now,
                ended_at=now,
            )
        )

    async def _use_unnamed(self, used: Used) -> None:
        recorded = await asyncio.to_thread(self._recorded, self._session_id) if self._session_id else ()
        if recorded:
            for turn in recorded:
                self._report(turn)
        else:
            self._unnamed += 1
            self._use(used, f"{self._session_id or 'turn'}:{self._unnamed}")

    def _report(self, turn: TurnRecord) -> None:
        if self._session is not None:
            self._session.turn(turn)
        cost = price_turn(turn.model, turn.tokens, turn.cache_write_1h, charge_micros=turn.cost, basis=turn.basis)
        self._limits.add(f"{self._session_id}:{turn.id}", cost)

    def _close_child(self, code: int | None) -> None:
        """Say how the agent's session came out; None is one that was stopped."""
        if self._session is None:
            return
        now = from_ms(now_ms())
        status = (
            Status.INTERRUPTED if code is None or code < 0 else Status.FAILED if code or self._error else Status.ENDED
        )
        self._session.update(status=status, ended_at=now, last_activity_at=now)


def begin_child(session: SessionReport, *, parent: str, parent_source: str, title: str, cwd: Path, at: str) -> None:
    """Tell of an agent's own session as a child of its run."""
    session.update(
        kind=Kind.CHAT,
        mode=Mode.WORKING,
        title=title,
        status=Status.RUNNING,
        parent=parent,
        parent_source=parent_source,
        cwd=str(cwd),
        started_at=at,
        last_activity_at=at,
    )
