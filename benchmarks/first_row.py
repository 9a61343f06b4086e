"""F1: a window over 2,000 sessions of which nothing is indexed: when its first row is on the screen, and which one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.corpora import claude_corpus, truth_of
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
        return [_runs(work / f"first-row-{display}", corpus, display) for display in displays]


def _runs(folder: Path, corpus: Path, display: Display) -> Measurement:
    sessions = truth_of(corpus)["sessions"]["claude-code"]
    files = [path for path in (corpus / "claude" / "projects").glob("*/*.jsonl") if path.stem in sessions]
    newest = max(files, key=lambda path: path.stat().st_mtime_ns)
    seconds: list[float] = []
    rows: list[int] = []
    newest_first = 0
    # The first start of all fills the caches of the disk.
    for run in range(RUNS + 1):
        home = folder / str(run)
        home.mkdir(parents=True)
        with open_window(home, display, arguments=source_arguments(home, corpus)) as window:
            first, shown = window.wait_note("first-rows", within_s=120), window.wait_note("window")
            if run > 0:
                seconds.append((first["ns"] - shown["ns"]) / 1e9)
                rows.append(first["rows"])
                newest_first += first["first"] == newest.stem
    return summarise(
        f"the window's first paint -> its first row, {display}",
        seconds,
        unit="s",
        limit=Limit(median=0.5),
        rows_then=rows,
        newest_on_top=f"{newest_first} of {RUNS}",
    )
