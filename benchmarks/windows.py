"""Windows to measure: the real application as a process of its own, steered and read (see `benchmarks.window`)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from benchmarks.processes import children, wait_for
from benchmarks.servers import environment

if TYPE_CHECKING:
    from collections.abc import Generator

    from benchmarks.displays import Display

FRAMES, WARM_UP = 150, 10
"""Of a wheel that turns; the first are not counted."""


class Window:
    """A running window."""

    def __init__(self, process: subprocess.Popen[bytes], report: Path, output: Path, started_ns: int) -> None:
        self.process = process
        self.started_ns = started_ns
        self._report = report
        self._output = output

    @property
    def pid(self) -> int:
        return self.process.pid

    def order(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(order.encode() + b"\n")
        self.process.stdin.flush()

    def notes(self, what: str) -> list[dict[str, Any]]:
        """All notes of a kind so far, in order."""
        if not self._report.exists():
            return []
        whole = self._report.read_bytes().rpartition(b"\n")[0]
        wanted = f'"what": "{what}"'.encode()
        return [json.loads(line) for line in whole.splitlines() if wanted in line]

    def wait_note(self, what: str, *, count: int = 1, within_s: float = 30.0) -> dict[str, Any]:
        """The `count`-th note of a kind, once it is there. Raises TimeoutError, or RuntimeError if the window died."""

        def there() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"the window ended with {self.process.returncode}: {self.output()}")
            return len(self.notes(what)) >= count

        try:
            wait_for(there, f"the window's {what}", within_s=within_s, every_s=0.02)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it said: {self.output()}") from None
        return self.notes(what)[count - 1]

    def wheel_frames(self, order: str, notches: int) -> list[float]:
        """Milliseconds of each frame while the wheel turns, ``notches`` an event. order: `roll` or `leaf`."""
        count = len(self.notes("rolled")) + 1
        self.order(f"{order} {notches} {FRAMES + WARM_UP}")
        return self.wait_note("rolled", count=count, within_s=60)["frames"][WARM_UP:]

    def wait_still(self, seconds: float) -> None:
        """Let that much time pass. Raises RuntimeError if the window dies meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.wait_note("window")
            time.sleep(min(0.2, max(0.0, end - time.monotonic())))

    def since_start_ms(self, note: dict[str, Any]) -> float:
        """Milliseconds from the process's start to a note."""
        return (note["ns"] - self.started_ns) / 1e6

    def output(self) -> str:
        """What the window said, and where it crashed."""
        said = [self._output, *self._output.parent.rglob("faults.log")]
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in said if path.exists())


@contextmanager
def open_window(
    folder: Path, display: Display, *, arguments: tuple[str, ...] = (), extra: dict[str, str] | None = None
) -> Generator[Window]:
    """The application on a display; `folder` is its home. `extra` goes into its environment."""
    env = {**environment(folder), **display.environment, "PYTHONFAULTHANDLER": "1", **(extra or {})}
    report = folder / f"report-{time.monotonic_ns()}.jsonl"
    output_path = folder / "window-output.txt"
    with output_path.open("ab") as output:
        process, started_ns = _start([sys.executable, "-m", "benchmarks.window", str(report), *arguments], env, output)
    window = Window(process, report, output_path, started_ns)
    try:
        yield window
    finally:
        if process.poll() is None:
            window.order("quit")
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _start(command: list[str], env: dict[str, str], output: IO[bytes]) -> tuple[subprocess.Popen[bytes], int]:
    started_ns = time.monotonic_ns()
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=env), started_ns


def source_arguments(home: Path, corpus: Path) -> tuple[str, ...]:
    """A window with a server of its own, whose data is in `home`, over the Claude Code files of a corpus."""
    return ("--data-dir", str(home / "data"), "--source", f"claude-code={corpus / 'claude'}", "--size", "1440x900")


def server_pid(window: Window) -> int:
    """The server that the window has started."""
    started = children(window.pid)
    servers = [pid for pid in started if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    if len(servers) != 1:
        raise RuntimeError(f"the window has {len(servers)} servers")
    return servers[0]
