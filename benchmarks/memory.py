"""F9: resident memory of a window with 10,000 rows loaded, and of the server with 2,000 sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks import changes
from benchmarks.corpora import claude_corpus
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement
from benchmarks.processes import memory_mb, peak_memory_mb, wait_for
from benchmarks.servers import serve
from benchmarks.stamps import searched_path
from benchmarks.totals import all_rows, tool_folders
from benchmarks.windows import open_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display
    from benchmarks.servers import Server

ROWS = 10_000
REST_S = 3.0


def measure(work: Path) -> Sequence[Measurement]:
    found: list[Measurement] = []
    with serve(work / "memory-window") as server, all_displays() as displays:
        changes.fill(server.info.url, server.info.token, ROWS)
        found += [window_memory(work / f"memory-{display}", server, display, ROWS) for display in displays]
    return [*found, *server_memory(work)]


def window_memory(home: Path, server: Server, display: Display, rows: int) -> Measurement:
    """A window that has scrolled back so far, back at the top and at rest."""
    home.mkdir(parents=True)
    with open_window(
        home,
        display,
        arguments=("--workspace", server.info.url, "--size", "1440x900"),
        extra={"PARROT_TOKEN": server.info.token},
    ) as window:
        window.wait_note("connection-live")
        window.wait_still(1.0)
        before = memory_mb(window.pid)
        window.order(f"load {rows}")
        loaded = window.wait_note("loaded", within_s=120)
        window.wait_still(REST_S)
        return Measurement(
            what=f"window with {loaded['rows']:,} rows loaded, {display}",
            unit="MB",
            limit=Limit(median=180.0),
            median=round(memory_mb(window.pid), 1),
            detail={"with_the_first_page": round(before, 1), "peak": round(peak_memory_mb(window.pid), 1)},
        )


def server_memory(work: Path) -> list[Measurement]:
    """After indexing everything, and after a restart, each with its list read to the end once."""
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    data_dir, sources = work / "memory-server", tool_folders(corpus)
    stamps = data_dir / "stamps"
    found: list[Measurement] = []
    for what in ("server that has just indexed 2,000 sessions", "server started again over 2,000 sessions"):
        with serve(data_dir, sources=sources, stamps=stamps) as server:
            wait_for(searched_path(stamps).exists, "the index", within_s=120)
            all_rows(server)
            time.sleep(REST_S)
            found.append(
                Measurement(
                    what=what,
                    unit="MB",
                    limit=Limit(median=100.0),
                    median=round(memory_mb(server.pid), 1),
                    detail={"peak": round(peak_memory_mb(server.pid), 1)},
                )
            )
    return found
