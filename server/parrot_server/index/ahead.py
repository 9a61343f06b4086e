"""The first index of much work, on two cores: another process reads ahead while this one writes.

Reading and writing take about as long, and within one interpreter they would wait for each other. What the other
process cannot do is done here, as if there were none.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from parrot_server.index import reading_process
from parrot_server.index.reading_process import Job, Outcome, Wanted
from parrot_server.index.sources.base import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.index.sources.base import Reader, Reading, Source, Unit
    from parrot_server.store.local import FileState

log = logging.getLogger(__name__)

WORTH_BYTES = 64 << 20
"""Less than this is read before another process has started."""
HEAD_BYTES = 28 << 20
"""So much of what comes first is read here meanwhile."""
MAX_FRAMES = 16
"""Read ahead so far, and no further: it all waits in memory."""
_LOOK_S = 0.1


class ReadingAhead:
    """A process that reads units in the order in which they will be wanted. ``close`` it."""

    def __init__(self, roots: dict[str, str], units: Sequence[tuple[str, Unit]]) -> None:
        """units: (source's name, unit). Raises OSError where no process can be started."""
        self._awaited = {(name, unit.path) for name, unit in units}
        self._here: dict[tuple[str, str], Outcome] = {}
        self._frames: queue.Queue[bytes | None] = queue.Queue(MAX_FRAMES)
        self._process = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._job = Job(roots, [Wanted(name, unit) for name, unit in units])
        self._thread = threading.Thread(target=self._listen, name="parrot-read-ahead", daemon=True)
        self._thread.start()

    def reader(self, source: Source, unit: Unit, go_on: Callable[[], bool]) -> Reader | None:
        """A reader that has read the unit; None where it must be read here. Raises Stopped."""
        outcome = self._outcome((source.name, unit.path), go_on)
        if outcome is None or outcome.reading is None or outcome.state is None:
            return None
        return _HasRead(outcome.reading, outcome.state)

    def close(self) -> None:
        """End the process, whatever it has still to read."""
        self._process.kill()
        while self._thread.is_alive():
            # It may stand with a frame that nobody takes any more.
            try:
                self._frames.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
        self._process.wait()

    def _outcome(self, key: tuple[str, str], go_on: Callable[[], bool]) -> Outcome | None:
        while key in self._awaited and key not in self._here:
            if not go_on():
                raise Stopped
            try:
                frame = self._frames.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if frame is None:
                log.warning("what is left of the first index is read by one process")
                self._awaited.clear()
                return None
            for outcome in reading_process.outcomes_in(frame):
                self._here[outcome.source, outcome.path] = outcome
        self._awaited.discard(key)
        return self._here.pop(key, None)

    def _listen(self) -> None:
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None
        assert answers is not None
        try:
            with answers:
                with orders:
                    reading_process.send(orders, self._job)
                for frame in reading_process.frames(answers):
                    self._frames.put(frame)
        except OSError as error:
            log.warning("the process that reads ahead ended: %s", error)
        self._frames.put(None)


class _HasRead:
    """A `Reader` that was read elsewhere."""

    def __init__(self, reading: Reading, state: FileState) -> None:
        self._reading = reading
        self._state = state

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del unit, go_on
        return self._reading

    def state(self) -> FileState:
        return self._state


def begin(waiting: Sequence[tuple[Source, Unit]]) -> ReadingAhead | None:
    """Have the larger part of a first index read ahead, where that is worth a process."""
    begun = 0
    left: list[tuple[Source, Unit]] = []
    for source, unit in waiting:
        if begun > HEAD_BYTES:
            left.append((source, unit))
        begun += unit.size
    if begun < WORTH_BYTES or (os.cpu_count() or 1) < 2:
        return None
    roots = {source.name: str(source.root) for source, _ in left}
    try:
        return ReadingAhead(roots, [(source.name, unit) for source, unit in left])
    except OSError as error:
        log.warning("no process reads ahead: %s", error)
        return None


def command() -> list[str]:
    """How this installation starts `parrot read-ahead`: a frozen program becomes it where that is its first word."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "parrot_server"]
    return [*program, "read-ahead"]
