"""What the server holds of what it reads: 1 GB of files, and one transcript of 500 MB."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.corpora import claude_corpus
from benchmarks.figure import Limit, Measurement
from benchmarks.processes import peak_memory_mb
from benchmarks.servers import serve
from benchmarks.totals import tool_folders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def measure(work: Path) -> Sequence[Measurement]:
    return [
        _index(work, sessions=4_000, size=1_000_000_000, mix="claude", what="1 GB in 4,000 sessions", limit=200),
        _index(work, sessions=1, size=500_000_000, mix="plain", what="one transcript of 500 MB", limit=200),
    ]


def _index(work: Path, *, sessions: int, size: int, mix: str, what: str, limit: float) -> Measurement:
    corpus = claude_corpus(work, sessions=sessions, size=size, mix=mix)
    with serve(work / f"large-{sessions}", sources=tool_folders(corpus)) as server:
        server.wait_indexed(within_s=200)
        seconds = time.monotonic() - server.started
        peak = peak_memory_mb(server.pid)
        # Now somebody reads: the last page of the newest transcript.
        newest = server.get("/v1/sessions", limit=1)["items"][0]
        page = server.get(f"/v1/sessions/{newest['id']}/messages", before="end")
        return Measurement(
            what=f"most memory of the server that has indexed {what}",
            unit="MB",
            limit=Limit(median=limit),
            median=round(peak, 1),
            detail={
                "seconds": round(seconds, 1),
                "messages_of_the_newest": page["total"],
                "most_after_reading_it": round(peak_memory_mb(server.pid), 1),
            },
        )
