"""F8: from the process's start to the first painted window, with the rows of the last run in it, and to being live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.append import wait_settled
from benchmarks.corpora import claude_corpus
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.windows import open_window, source_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display

RUNS = 5


def measure(work: Path) -> Sequence[Measurement]:
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    with all_displays() as displays:
        return [line for display in displays for line in _starts(work / f"start-{display}", corpus, display)]


def _starts(home: Path, corpus: Path, display: Display) -> list[Measurement]:
    home.mkdir(parents=True)
    arguments = source_arguments(home, corpus)
    with open_window(home, display, arguments=arguments) as window:
        window.wait_note("connection-live", within_s=60)
        wait_settled(window)
    painted: list[float] = []
    live: list[float] = []
    rows: set[int] = set()
    for run in range(RUNS + 1):
        with open_window(home, display, arguments=arguments) as window:
            first = window.wait_note("first-rows")
            connected = window.wait_note("connection-live")
            if run > 0:
                painted.append(window.since_start_ms(first) / 1000)
                live.append(window.since_start_ms(connected) / 1000)
                rows.add(first["rows"])
    return [
        summarise(
            f"start -> the last run's rows on the screen, {display}",
            painted,
            unit="s",
            limit=Limit(median=0.3),
            rows=sorted(rows),
        ),
        summarise(f"start -> connected to its server, {display}", live, unit="s", limit=Limit(median=0.7)),
    ]
