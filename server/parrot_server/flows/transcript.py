"""The transcript of a run: what its steps print and its agents say, as messages that grow while they are written."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from msgspec.structs import replace

from parrot_server.flows.output import OutputText
from parrot_wire.session import ErrorPart, Message, Notice, Part, Text, Thinking, ToolCall, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.flows.report import SessionReport

REFRESH_S = 0.15
"""How often a message that grows is reported anew."""

CHUNK_CHARS = 16_000
"""Output longer than this goes on in another message: the one that grows stays cheap to send."""

KEPT_CHARS = 2_000_000
"""Of a step's output so much is kept from its beginning, and `TAIL_CHARS` from its end."""

TAIL_CHARS = 48_000

MAX_TEXT_CHARS = 1_000_000
"""A part of an agent's message longer than this is cut."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class RunTranscript:
    """Numbers the messages of one run. ``noted`` hears of each new number, so that a resumed run goes on after it."""

    def __init__(self, session: SessionReport, *, messages: int, noted: Callable[[int], None]) -> None:
        self._session = session
        self._count = messages
        self._noted = noted

    def step(self, step_id: str, attempt: str) -> StepTranscript:
        """The messages of one attempt at a step; ``attempt`` tells attempts of one step apart."""
        return StepTranscript(self, step_id, attempt)

    def new(
        self, message_id: str, role: MessageRole, parts: Sequence[Part], step: str | None, model: str | None
    ) -> Message:
        """A message at the end. One of this id that was there before is replaced by `again`."""
        self._count += 1
        self._noted(self._count)
        message = Message(
            n=self._count, id=message_id, role=role, at=from_ms(now_ms()), parts=tuple(parts), step=step, model=model
        )
        self._session.message(message)
        return message

    def again(self, message: Message) -> None:
        """The same message as it is now."""
        self._session.message(message)


class StepTranscript:
    """What one attempt at a step says."""

    def __init__(self, run: RunTranscript, step_id: str, attempt: str) -> None:
        self._run = run
        self._step = step_id
        self._prefix = f"{step_id}.{attempt}"
        self._messages: dict[str, Message] = {}
        self._growing: set[str] = set()
        self._notes = 0

    def say(
        self, name: str, role: MessageRole, parts: Sequence[Part], *, model: str | None = None, grows: bool = False
    ) -> None:
        """A message by its name within the step; the same name again replaces its parts in place.

        ``grows``: there will be more of it soon, so it may wait for the next `flush`.
        """
        known = self._messages.get(name)
        bounded = tuple(_bounded(part) for part in parts)
        if known is None:
            self._messages[name] = self._run.new(f"{self._prefix}.{name}", role, bounded, self._step, model)
            return
        if known.parts == bounded:
            return
        self._messages[name] = Message(
            n=known.n, id=known.id, role=role, at=known.at, parts=bounded, step=self._step, model=model or known.model
        )
        if grows:
            self._growing.add(name)
        else:
            self._growing.discard(name)
            self._run.again(self._messages[name])

    def parts_of(self, name: str) -> tuple[Part, ...]:
        """What a message holds so far."""
        known = self._messages.get(name)
        return known.parts if known else ()

    def note(self, kind: str, text: str) -> None:
        """Something the runner itself has to say."""
        self._notes += 1
        self.say(f"note{self._notes}", MessageRole.SYSTEM, (Notice(kind=kind, text=text),))

    def fail(self, text: str) -> None:
        """What went wrong."""
        self._notes += 1
        self.say(f"note{self._notes}", MessageRole.SYSTEM, (ErrorPart(text=text),))

    def flush(self) -> None:
        """Report the messages that grew."""
        for name in sorted(self._growing):
            self._run.again(self._messages[name])
        self._growing.clear()

    async def keep_fresh(self) -> None:
        """Report growing messages every `REFRESH_S`, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            self.flush()


class CommandOutput:
    """The output of a command in the transcript: a call, its result that grows, and more messages where it is long."""

    def __init__(self, transcript: StepTranscript, command: str, *, on_line: Callable[[str], None]) -> None:
        self._transcript = transcript
        self._on_line = on_line
        self._call_id = "run"
        self._texts = {"stdout": OutputText(), "stderr": OutputText()}
        self._chunks = [""]
        self._kept = 0
        self._tail: deque[str] = deque()
        self._tail_chars = 0
        self._left_out = 0
        self._began_ms = now_ms()
        transcript.say(
            "call", MessageRole.ASSISTANT, (ToolCall(call_id=self._call_id, name="Run", input={"command": command}),)
        )
        self._show(grows=False)

    @property
    def result(self) -> str:
        """The last line that the command printed; of its errors where it printed nothing else."""
        return self._texts["stdout"].last_line or self._texts["stderr"].last_line

    @property
    def error_line(self) -> str:
        """The last line of its errors, or of its output where it printed none."""
        return self._texts["stderr"].last_line or self._texts["stdout"].last_line

    def feed(self, stream: str, data: bytes) -> None:
        """Take what came on ``stdout`` or ``stderr``."""
        for line in self._texts[stream].feed(data).splitlines(keepends=True):
            self._take(line)
        self._show(grows=True)

    def end(self, *, ok: bool, exit_code: int | None) -> None:
        """The command is over: the result gets its outcome."""
        for text in self._texts.values():
            if rest := text.finish():
                self._take(rest)
        if self._tail:
            left_out = self._left_out - self._tail_chars
            tail = "".join(self._tail)
            if left_out > 0:
                self._transcript.note("output_cut", f"{left_out:,} characters of output are left out here")
            self._transcript.say("tail", MessageRole.TOOL, (Notice(kind="output", text=tail),))
        self._show(grows=False, ok=ok, exit_code=exit_code)
        self._transcript.flush()

    def _take(self, line: str) -> None:
        self._on_line(line)
        if self._kept + len(line) > KEPT_CHARS:
            self._left_out += len(line)
            self._tail.append(line)
            self._tail_chars += len(line)
            while self._tail_chars > TAIL_CHARS and len(self._tail) > 1:
                self._tail_chars -= len(self._tail.popleft())
            return
        self._kept += len(line)
        if len(self._chunks[-1]) + len(line) > CHUNK_CHARS and self._chunks[-1]:
            self._show(grows=False)
            self._chunks.append("")
        self._chunks[-1] += line

    def _show(self, *, grows: bool, ok: bool | None = None, exit_code: int | None = None) -> None:
        """Report the first chunk as the call's result and the newest one as what follows it."""
        being_written = "".join(text.line for text in self._texts.values())
        last = len(self._chunks) - 1
        if last == 0 or ok is not None:
            duration = now_ms() - self._began_ms if ok is not None else None
            text = self._chunks[0] + (being_written if last == 0 else "")
            result = ToolResult(call_id=self._call_id, ok=ok, text=text, exit_code=exit_code, duration=duration)
            self._transcript.say("result", MessageRole.TOOL, (result,), grows=grows)
        if last > 0:
            more = Notice(kind="output", text=self._chunks[last] + being_written)
            self._transcript.say(f"more{last}", MessageRole.TOOL, (more,), grows=grows)


def _bounded(part: Part) -> Part:
    """A text that no one would read to its end, cut; ``full_bytes`` says how long it was."""
    match part:
        case Text() | Thinking() | Notice() | ErrorPart() | ToolResult() if len(part.text) > MAX_TEXT_CHARS:
            size = len(part.text.encode("utf-8", "replace"))
            return replace(part, text=part.text[:MAX_TEXT_CHARS], full_bytes=size)
        case _:
            return part
