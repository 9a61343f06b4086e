"""F14: the window is open over its own server with 2,000 sessions, and nothing happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.append import wait_settled
from benchmarks.corpora import claude_corpus
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement
from benchmarks.processes import cpu_share
from benchmarks.windows import open_window, server_pid, source_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display

SECONDS = 20.0
HEARTBEAT_S = 16.0
"""At the first heartbeat after the first index the window lets go of rows that came while its list was open."""


def measure(work: Path) -> Sequence[Measurement]:
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    with all_displays() as displays:
        return [_rest(work / f"idle-{display}", corpus, display) for display in displays]


def _rest(home: Path, corpus: Path, display: Display) -> Measurement:
    home.mkdir(parents=True)
    with open_window(home, display, arguments=source_arguments(home, corpus)) as window:
        window.wait_note("connection-live", within_s=60)
        wait_settled(window)
        time.sleep(HEARTBEAT_S)
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
