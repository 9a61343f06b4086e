"""Ten sessions write for as long as you like, or nothing happens at all; a window looks on, and memory is watched.

python -m benchmarks.soak --minutes 60                               ten busy sessions, twenty lines a second
python -m benchmarks.soak --minutes 60 --rate 0 --rows 10000         an idle hour with ten thousand rows loaded

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

from benchmarks.append import Writer, latencies, wait_settled
from benchmarks.corpora import claude_corpus
from benchmarks.displays import offscreen
from benchmarks.figure import quantile
from benchmarks.processes import cpu_s, memory_mb
from benchmarks.windows import Window, open_window, server_pid, source_arguments

SESSIONS = 10
GROWTH_MB_PER_HOUR = 10.0


class Sample(NamedTuple):
    """Both processes at one time."""

    minutes: float
    window_mb: float
    server_mb: float
    window_threads: int
    server_files: int
    percent: float
    """Of a core, both together, since the sample before."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Watch memory for a while.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="lines a second; 0: nothing happens")
    parser.add_argument("--rows", type=int, default=500, help="sessions there are, all of them loaded")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parrot-soak-") as folder:
        home = Path(folder)
        corpus = claude_corpus(home, sessions=options.rows, size=20_000 * options.rows)
        with open_window(home, offscreen(), arguments=source_arguments(home, corpus)) as window:
            window.wait_note("connection-live", within_s=60)
            wait_settled(window)
            window.order(f"load {options.rows}")
            print(f"{window.wait_note('loaded', within_s=300)['rows']:,} rows are loaded")
            if options.rate > 0:
                samples = _busy(Writer(corpus / "claude", SESSIONS), window, options.minutes, options.rate)
            else:
                samples = _watch(window, options.minutes)
    grown = {name: _slope(samples, name) for name in ("window_mb", "server_mb")}
    for name, per_hour in grown.items():
        print(f"{name[:-3]}: {per_hour:+.1f} MB an hour")
    print(f"{sum(sample.percent for sample in samples) / len(samples):.2f} % of a core, both together")
    flat = all(per_hour < GROWTH_MB_PER_HOUR for per_hour in grown.values())
    print("flat" if flat else f"NOT flat: more than {GROWTH_MB_PER_HOUR:g} MB an hour")
    return 0 if flat else 1


def _busy(writer: Writer, window: Window, minutes: float, rate: float) -> list[Sample]:
    """Watch while lines are written, and say when they were on the screen."""
    started, ended = time.monotonic(), threading.Event()

    def write() -> None:
        count = 0
        while not ended.wait(max(0.0, started + count / rate - time.monotonic())):
            writer.write()
            count += 1

    window.order("begin")
    window.wait_note("begin")
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        samples = _watch(window, minutes)
    finally:
        ended.set()
        thread.join()
    # The last line is on its way to the screen.
    time.sleep(1.0)
    window.order("end")
    window.wait_note("end")
    late, missing = latencies(writer.lines, window)
    print(
        f"{len(late):,} lines shown, {missing} not; line -> pixels p50 {quantile(late, 0.5):.0f}, "
        f"p99 {quantile(late, 0.99):.0f}, worst {max(late):.0f} ms"
    )
    return samples


def _watch(window: Window, minutes: float) -> list[Sample]:
    """Both processes' memory, some hundred times."""
    server, started = server_pid(window), time.monotonic()
    samples: list[Sample] = []
    every_s = max(2.0, minutes * 60 / 120)
    while (now := time.monotonic()) < started + minutes * 60:
        used = cpu_s(window.pid, server)
        window.wait_still(every_s)
        used = 100 * (cpu_s(window.pid, server) - used) / (time.monotonic() - now)
        samples.append(_sample(window.pid, server, (time.monotonic() - started) / 60, used))
        print("  ".join(f"{value:8.2f}" for value in samples[-1]), flush=True)
    return samples


def _sample(window: int, server: int, minutes: float, percent: float) -> Sample:
    return Sample(
        minutes=minutes,
        window_mb=memory_mb(window),
        server_mb=memory_mb(server),
        window_threads=sum(1 for _ in Path(f"/proc/{window}/task").iterdir()),
        server_files=sum(1 for _ in Path(f"/proc/{server}/fd").iterdir()),
        percent=percent,
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
