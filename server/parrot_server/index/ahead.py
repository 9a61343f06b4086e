"""The first index of much work, on two cores: another process reads ahead while this one writes.

Reading and writing take about as long, and within one interpreter they would wait for each other: first what the units
tell, and then their texts, for search. What the other process cannot do is done here, as if there were none.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

from parrot_server.index import reading_process
from parrot_server.index.reading_process import Job, Outcome, Texts, Wanted
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
MAX_FRAMES = 8
"""Read ahead so far, and no further: it all waits in memory."""
_LOOK_S = 0.1


class ReadingAhead:
    """A process that reads units in the order in which they will be wanted. ``close`` it."""

    def __init__(self, job: Job) -> None:
        """Raises OSError where no process can be started."""
        self._awaited = {(wanted.source, wanted.unit.path) for wanted in job.wanted}
        self._here: dict[tuple[str, str], Outcome] = {}
        self._places = {(wanted.source, wanted.unit.path): at for at, wanted in enumerate(job.by_age)}
        """In which order texts come."""
        self._texts: deque[Texts] = deque()
        self._has_ended = False
        self._frames: queue.Queue[bytes | None] = queue.Queue(MAX_FRAMES)
        self._process = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._job = job
        self._thread = threading.Thread(target=self._listen, name="parrot-read-ahead", daemon=True)
        self._thread.start()

    def reader(self, source: Source, unit: Unit, go_on: Callable[[], bool]) -> Reader | None:
        """A reader that has read the unit; None where it must be read here. Raises Stopped."""
        outcome = self._outcome((source.name, unit.path), go_on)
        if outcome is None or outcome.reading is None or outcome.state is None:
            return None
        return _HasRead(outcome.reading, outcome.state)

    def texts(self, source: str, path: str, native_id: str, *, wait_s: float) -> Texts | None:
        """The next texts of a session, which must be asked for in the order of their units' age; what comes out of turn
        is dropped. Those that are not coming have ``failed``. None: they may be on their way.
        """
        nothing = Texts(source, path, native_id, {}, failed=True)
        place = self._places.get((source, path))
        while place is not None:
            while self._texts:
                texts = self._texts[0]
                if self._places[texts.source, texts.path] > place:
                    return nothing
                self._texts.popleft()
                if (texts.source, texts.path, texts.native_id) == (source, path, native_id):
                    return texts
            if self._has_ended:
                break
            try:
                self._take(self._frames.get(timeout=wait_s))
            except queue.Empty:
                return None
        return nothing

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
                self._take(self._frames.get(timeout=_LOOK_S))
            except queue.Empty:
                continue
            if self._has_ended:
                log.warning("what is left of the first index is read by one process")
                self._awaited.clear()
                return None
        self._awaited.discard(key)
        return self._here.pop(key, None)

    def _take(self, frame: bytes | None) -> None:
        if frame is None:
            self._has_ended = True
            return
        for told in reading_process.told_in(frame):
            if isinstance(told, Texts):
                self._texts.append(told)
            else:
                self._here[told.source, told.path] = told

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
    head: list[Wanted] = []
    left: list[Wanted] = []
    for source, unit in waiting:
        (left if begun > HEAD_BYTES else head).append(Wanted(source.name, unit))
        begun += unit.size
    if begun < WORTH_BYTES or (os.cpu_count() or 1) < 2:
        return None
    roots = {source.name: str(source.root) for source, _ in waiting}
    try:
        return ReadingAhead(Job(roots, wanted=left, known=head))
    except OSError as error:
        log.warning("no process reads ahead: %s", error)
        return None


def command() -> list[str]:
    """How this installation starts `parrot read-ahead`: a frozen program becomes it where that is its first word."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "parrot_server"]
    return [*program, "read-ahead"]
