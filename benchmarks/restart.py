"""F3: the server starts again over 2,000 sessions that it knows: process start -> first page, and what it reads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.corpora import claude_corpus
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.processes import bytes_read, cpu_s, wait_for
from benchmarks.servers import serve
from benchmarks.stamps import searched_path
from benchmarks.totals import tool_folders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUNS = 7


def measure(work: Path) -> Sequence[Measurement]:
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    data_dir, sources = work / "restart", tool_folders(corpus)
    stamps = data_dir / "stamps"
    with serve(data_dir, sources=sources, stamps=stamps):
        wait_for(searched_path(stamps).exists, "the first index", within_s=120)
    first_page: list[float] = []
    live: list[float] = []
    processor: list[float] = []
    read: list[float] = []
    for run in range(RUNS + 1):
        with serve(data_dir, sources=sources) as server:
            rows = server.get("/v1/sessions")["items"]
            page_s = time.monotonic() - server.started
            server.wait_indexed()
            live_s = time.monotonic() - server.started
            if len(rows) != 50:
                raise RuntimeError(f"the first page has {len(rows)} rows")
            if run > 0:
                first_page.append(page_s)
                live.append(live_s)
                processor.append(cpu_s(server.pid))
                read.append(bytes_read(server.pid) / 1e6)
    return [
        summarise(
            "process start -> first page answered",
            first_page,
            unit="s",
            limit=Limit(median=0.6),
            processor_s=round(min(processor), 2),
        ),
        summarise("process start -> all files looked at", live, unit="s", limit=Limit(), judged=False),
        Measurement(
            what="read by then, the program itself included; the files are 200 MB",
            unit="MB",
            limit=Limit(median=40, text="no file parsed"),
            median=round(max(read), 1),
        ),
    ]
