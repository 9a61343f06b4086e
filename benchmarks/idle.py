"""F14: the window is open over its own server with 2,000 sessions, and nothing happens."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from benchmarks.append import wait_settled
from benchmarks.corpora import claude_corpus
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, quantile, summarise
from benchmarks.processes import cpu_share
from benchmarks.windows import open_window, server_pid, source_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display

SECONDS = 30.0
"""Two heartbeats."""
SETTLE_S = 5.0
HEARTBEAT_S = 16.0
"""At the first heartbeat after the first index the window lets go of rows that came while its list was open."""
SLEEP_S, WAKES = 3.0, 5


def measure(work: Path) -> Sequence[Measurement]:
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    home = work / "idle"
    home.mkdir(parents=True)
    with all_displays() as displays:
        # Nothing is painted, so that scales cost the same: one of each platform.
        plainest, finest = displays[0], displays[-1]
        shares = [_rest(home, corpus, plainest, HEARTBEAT_S)]
        if finest is not plainest:
            shares.append(_rest(home, corpus, finest, SETTLE_S))
    return [*shares, _waking()]


def _rest(home: Path, corpus: Path, display: Display, before_s: float) -> Measurement:
    with open_window(home, display, arguments=source_arguments(home, corpus)) as window:
        window.wait_note("connection-live", within_s=60)
        wait_settled(window)
        time.sleep(before_s)
        server = server_pid(window)
        with cpu_share(window.pid) as of_window, cpu_share(server) as of_server:
            time.sleep(SECONDS)
    return Measurement(
        what=f"both processes together, {display}",
        unit="% of a core",
        limit=Limit(median=0.5),
        median=round(of_window.percent + of_server.percent, 2),
        detail={"window": of_window.percent, "server": of_server.percent, "seconds": SECONDS},
    )


def _waking() -> Measurement:
    """What this machine makes of a wake, whatever the program: an idle window is little else."""
    text = json.dumps([{"at": n, "words": "x" * 20, "more": [n] * 5} for n in range(50)])

    def work() -> float:
        began = time.thread_time_ns()
        for each in json.loads(text):
            str(each)
        return (time.thread_time_ns() - began) / 1e6

    warm = quantile([work() for _ in range(200)], 0.5)
    cold: list[float] = []
    for _ in range(WAKES):
        time.sleep(SLEEP_S)
        cold.append(work())
    what = f"the machine: {warm:.2f} ms of Python's work, the first time after {SLEEP_S:g} s of sleep"
    return summarise(what, cold, unit="ms", limit=Limit(text=""), judged=False, warm_ms=round(warm, 3))
