"""The work of one step while it runs: its process, and what it says. Commands are here, agents in `agent_work`."""

from __future__ import annotations

import asyncio
import shlex
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from parrot_server.flows.processes import StepProcess
from parrot_server.flows.transcript import CommandOutput, StepTranscript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path


LINGER_S = 0.25
"""How long output is waited for after the process ended: something it started may hold the pipe open."""

MAX_LINE_BYTES = 16_000_000
READ_BYTES = 65_536
ERROR_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkResult:
    """How one attempt came out; ``error`` says why it failed, None where it did not."""

    result: str
    error: str | None
    exit_code: int | None


class Work(Protocol):
    """One attempt at a step, from the moment its process runs."""

    @property
    def process(self) -> StepProcess: ...

    async def finish(self) -> WorkResult:
        """Follow it to its end. Cancelling this leaves the process to be ended by the caller."""
        ...


class Pumps:
    """Readers of pipes that outlive their step: a process left in the background must not lose its output's reader."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            if not task.done():
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class CommandWork:
    """A command: what it prints is its transcript, the last line of it its result."""

    def __init__(self, process: StepProcess, output: CommandOutput, pumps: Pumps) -> None:
        self._process = process
        self._output = output
        self._pumps = pumps

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        transcript: StepTranscript,
        pumps: Pumps,
        on_line: Callable[[str], None],
    ) -> CommandWork:
        """Raises CannotStart, after the transcript has the command."""
        output = CommandOutput(transcript, shlex.join(argv), on_line=on_line)
        try:
            process = await StepProcess.start(argv, env=env, cwd=cwd)
        except OSError:
            output.end(ok=False, exit_code=None)
            raise
        return cls(process, output, pumps)

    @property
    def process(self) -> StepProcess:
        return self._process

    async def finish(self) -> WorkResult:
        ear = Ear()
        readers = [
            asyncio.create_task(pump(stream, lambda data, name=name: ear.hear(self._output.feed, name, data)))
            for name, stream in (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        ]
        self._pumps.keep(readers)
        code: int | None = None
        try:
            code = await self._process.wait()
            await ear.quiet(readers)
        finally:
            ear.close()
            self._output.end(ok=code == 0, exit_code=code)
        error = None if code == 0 else with_last_words(exit_words(code), self._output.error_line)
        return WorkResult(result=self._output.result, error=error, exit_code=code)


def exit_words(code: int | None) -> str:
    """``exit code 2``, or the name of the signal that ended it."""
    if code is None:
        return "stopped"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"


class Ear:
    """Listens to a step's pipes, and knows when they have gone quiet."""

    def __init__(self) -> None:
        self._is_open = True
        self._last = time.monotonic()

    def hear(self, take: Callable[..., object], *data: object) -> None:
        """Pass on what was read; once closed, a reader that goes on reading is heard no more."""
        if self._is_open:
            self.touch()
            take(*data)

    def touch(self) -> None:
        self._last = time.monotonic()

    def close(self) -> None:
        self._is_open = False

    async def quiet(self, readers: Sequence[asyncio.Task[None]]) -> None:
        """Wait until every pipe is at its end, or nothing has come for `LINGER_S`."""
        pending: set[asyncio.Task[None]] = set(readers)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=LINGER_S)
            if time.monotonic() - self._last >= LINGER_S:
                return


async def pump(stream: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    """Read a pipe to its end."""
    while data := await stream.read(READ_BYTES):
        take(data)


async def json_lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Whole lines, however long; one past `MAX_LINE_BYTES` is left out."""
    rest = bytearray()
    too_long = False
    while data := await stream.read(READ_BYTES):
        rest += data
        if b"\n" in data:
            *lines, last = bytes(rest).split(b"\n")
            for line in lines[1:] if too_long else lines:
                yield line
            rest, too_long = bytearray(last), False
        elif len(rest) > MAX_LINE_BYTES:
            rest, too_long = bytearray(), True
    if rest and not too_long:
        yield bytes(rest)


def with_last_words(what: str, words: str) -> str:
    """``4 tests failed (exit code 1)``."""
    said = short(words)
    return f"{said} ({what})" if said else what


def short(text: str | None) -> str | None:
    """The first line, cut to what a row can show."""
    if text is None:
        return None
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= ERROR_CHARS else line[: ERROR_CHARS - 1] + "…"
