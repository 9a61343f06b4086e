"""Ten sessions write for as long as you like, a window shows them, and memory is watched.

python -m benchmarks.soak --minutes 60

Nothing is kept: files, database and home are made anew in a temporary folder and go in the end. What counts is how
memory grows once everything that is ever loaded is loaded: after the first fifth of the time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.append import Writer, latencies
from benchmarks.corpora import claude_corpus
from benchmarks.displays import offscreen
from benchmarks.figure import quantile
from benchmarks.processes import cpu_s, memory_mb
from benchmarks.windows import Window, open_window, server_pid, source_arguments

SESSIONS, RATE = 10, 20.0
GROWTH_MB_PER_HOUR = 10.0


class Sample(NamedTuple):
    """Both processes at one time."""

    minutes: float
    window_mb: float
    server_mb: float
    window_threads: int
    server_files: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Watch memory for a while.")
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parrot-soak-") as folder:
        home = Path(folder)
        corpus = claude_corpus(home, sessions=500, size=20_000_000)
        with open_window(home, offscreen(), arguments=source_arguments(home, corpus)) as window:
            window.wait_note("connection-live", within_s=60)
            samples = _soak(Writer(corpus / "claude", SESSIONS), window, options.minutes)
    grown = {name: _slope(samples, name) for name in ("window_mb", "server_mb")}
    for name, per_hour in grown.items():
        print(f"{name[:-3]}: {per_hour:+.1f} MB an hour")
    flat = all(per_hour < GROWTH_MB_PER_HOUR for per_hour in grown.values())
    print("flat" if flat else f"NOT flat: more than {GROWTH_MB_PER_HOUR:g} MB an hour")
    return 0 if flat else 1


def _soak(writer: Writer, window: Window, minutes: float) -> list[Sample]:
    server, started = server_pid(window), time.monotonic()
    ended = threading.Event()

    def write() -> None:
        count = 0
        while not ended.wait(max(0.0, started + count / RATE - time.monotonic())):
            writer.write()
            count += 1

    window.order("begin")
    window.wait_note("begin")
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    samples: list[Sample] = []
    every_s = max(2.0, minutes * 60 / 120)
    try:
        while (now := time.monotonic()) < started + minutes * 60:
            used = cpu_s(window.pid, server)
            window.wait_still(every_s)
            used = 100 * (cpu_s(window.pid, server) - used) / (time.monotonic() - now)
            samples.append(_sample(window.pid, server, (time.monotonic() - started) / 60))
            print("  ".join(f"{value:8.1f}" for value in samples[-1]), f" {used:5.1f} % of a core", flush=True)
    finally:
        ended.set()
        thread.join()
    window.order("end")
    window.wait_note("end")
    late, missing = latencies(writer.lines, window)
    print(
        f"{len(late):,} lines shown, {missing} not; line -> pixels p50 {quantile(late, 0.5):.0f}, "
        f"p99 {quantile(late, 0.99):.0f}, worst {max(late):.0f} ms"
    )
    return samples


def _sample(window: int, server: int, minutes: float) -> Sample:
    return Sample(
        minutes=minutes,
        window_mb=memory_mb(window),
        server_mb=memory_mb(server),
        window_threads=sum(1 for _ in Path(f"/proc/{window}/task").iterdir()),
        server_files=sum(1 for _ in Path(f"/proc/{server}/fd").iterdir()),
    )


def _slope(samples: list[Sample], name: str) -> float:
    """Megabytes an hour by least squares, without the first fifth."""
    late = samples[len(samples) // 5 :]
    times = [sample.minutes / 60 for sample in late]
    values = [getattr(sample, name) for sample in late]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in times)
    return sum((at - middle) * (value - mean) for at, value in zip(times, values, strict=True)) / spread


if __name__ == "__main__":
    sys.exit(main())
