"""F4: from a line appended to a transcript to the row's new pixels, ten sessions writing twenty lines a second."""

from __future__ import annotations

import random
import shutil
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

from benchmarks.corpora import claude_corpus
from benchmarks.corpus.claude import ClaudeFile, slug, uuid
from benchmarks.corpus.mixes import MIXES
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.processes import cpu_s
from benchmarks.windows import open_window, server_pid, source_arguments
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display
    from benchmarks.windows import Window

SESSIONS, RATE, SECONDS = 10, 20.0, 10.0


def measure(work: Path) -> Sequence[Measurement]:
    source = claude_corpus(work, sessions=2_000, size=200_000_000)
    found: list[Measurement] = []
    with all_displays() as displays:
        for number, display in enumerate(displays):
            home = work / "append" / str(number)
            # The shared corpus is only read: each window has files of its own to see grow.
            shutil.copytree(source / "claude", home / "corpus" / "claude")
            with open_window(home, display, arguments=source_arguments(home, home / "corpus")) as window:
                window.wait_note("connection-live", within_s=60)
                wait_settled(window)
                found.append(_write_and_watch(home, window, display))
            shutil.rmtree(home)
    return found


def wait_settled(window: Window) -> None:
    """Until the window's server has read and indexed everything, and both have nothing to do."""
    server = server_pid(window)
    quiet = 0
    for _ in range(240):
        before = cpu_s(server, window.pid)
        time.sleep(0.25)
        quiet = quiet + 1 if cpu_s(server, window.pid) - before < 0.03 else 0
        if quiet == 4:
            return
    raise TimeoutError("the server and the window do not come to rest")


class Writer:
    """Live sessions of a tool: each call appends one line to one of them."""

    def __init__(self, folder: Path, sessions: int) -> None:
        self._rng = random.Random(7)
        self._folder = folder / "projects"
        self._files = [
            ClaudeFile(
                rng=self._rng,
                mix=MIXES["plain"],
                session_id=uuid(self._rng),
                cwd=b"/home/dev/shop",
                now_ms=0,
                pace_ms=(0, 1),
            )
            for _ in range(sessions)
        ]
        self._written = 0
        self.lines: dict[str, list[tuple[str, int]]] = {file.session_id.decode(): [] for file in self._files}
        """By session: the time that a line carries, and when it was written (monotonic nanoseconds)."""

    def write(self) -> None:
        """The next session's next line: a prompt at first, then answers and results in turn."""
        file = self._files[self._written % len(self._files)]
        turn = self._written // len(self._files)
        self._written += 1
        file.now_ms = time.time_ns() // 1_000_000
        mark = len(file.lines)
        if turn == 0:
            file.prompt(b"Watch this")
        elif turn % 2:
            file.assistant(tool=True)
        else:
            file.tool_result(b"toolu_x")
        data = b"".join(line.data + b"\n" for line in file.lines[mark:])
        del file.lines[:]
        path = self._folder / slug(file.cwd) / f"{file.session_id.decode()}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as out:
            out.write(data)
        self.lines[file.session_id.decode()].append((from_ms(file.now_ms), time.monotonic_ns()))


def _write_and_watch(home: Path, window: Window, display: Display) -> Measurement:
    writer = Writer(home / "corpus" / "claude", SESSIONS)
    window.order("begin")
    window.wait_note("begin")
    server = server_pid(window)
    used = cpu_s(server)
    started, count = time.monotonic(), 0
    while time.monotonic() - started < SECONDS:
        writer.write()
        count += 1
        time.sleep(max(0.0, started + count / RATE - time.monotonic()))
    used = cpu_s(server) - used
    time.sleep(1.0)
    window.order("end")
    ended, begun = window.wait_note("end"), window.notes("begin")[-1]
    late, missing = latencies(writer.lines, window)
    return summarise(
        f"line written -> pixels, {SESSIONS} sessions, {RATE:g} lines/s, {display}",
        late,
        unit="ms",
        limit=Limit(median=80.0, p99=250.0),
        never_shown=missing,
        window_percent=round(100 * (ended["cpu_s"] - begun["cpu_s"]) / (SECONDS + 1), 1),
        server_percent=round(100 * used / SECONDS, 1),
    )


def latencies(written: dict[str, list[tuple[str, int]]], window: Window) -> tuple[list[float], int]:
    """Milliseconds from each line to the first paint that shows its session at least as new, and how many never were.

    The first line of a session is left out: until then the row is not there to be seen.
    """
    shown: dict[str, int] = {}
    late: list[float] = []
    for note in window.notes("rows"):
        for _, native_id, _, _, activity in note["rows"]:
            lines = written.get(native_id)
            if lines is None:
                continue
            first = shown.get(native_id, 1)
            upto = bisect_right(lines, activity, key=lambda line: line[0])
            late += [(note["ns"] - at_ns) / 1e6 for _, at_ns in lines[first:upto]]
            shown[native_id] = max(first, upto)
    return late, sum(len(lines) - shown.get(native_id, 0) for native_id, lines in written.items())
