"""F2: the whole of 2,000 sessions indexed from nothing: rows and cost, then search; and what memory that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.corpora import claude_corpus
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.processes import cpu_s, tree_memory, wait_for
from benchmarks.servers import serve
from benchmarks.stamps import indexed_path, searched_path
from benchmarks.totals import tool_folders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUNS = 3


def measure(work: Path) -> Sequence[Measurement]:
    corpus = claude_corpus(work, sessions=2_000, size=200_000_000)
    # Once before, so that all runs find the files in the page cache.
    runs = [index_once(work / "full-index" / str(run), corpus) for run in range(RUNS + 1)][1:]
    rows, search, memory, processor = zip(*runs, strict=True)
    return [
        summarise(
            "rows and cost of all sessions, from the server's start",
            rows,
            unit="s",
            limit=Limit(median=1.5),
            processor_s=round(min(processor), 2),
        ),
        summarise("search over every message, from the server's start", search, unit="s", limit=Limit(median=5.0)),
        summarise("most memory meanwhile, both processes together", memory, unit="MB", limit=Limit(median=150.0)),
    ]


def index_once(data_dir: Path, corpus: Path) -> tuple[float, float, float, float]:
    """Seconds until every row is there and until search is, the most memory in MB, and processor seconds."""
    stamps = data_dir / "stamps"
    with serve(data_dir, sources=tool_folders(corpus), stamps=stamps) as server:
        with tree_memory(server.pid) as memory:
            wait_for(searched_path(stamps).exists, "the search index", within_s=60, every_s=0.01)
        if any(source["state"] != "live" for source in server.sources()):
            raise RuntimeError(f"not indexed: {server.sources()}")
        rows_s, search_s = (
            int(done.read_text()) / 1e9 - server.started for done in (indexed_path(stamps), searched_path(stamps))
        )
        return rows_s, search_s, memory[0], cpu_s(server.pid)
