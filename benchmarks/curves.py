"""Growth: indexing, memory and pages at 2,000, 20,000 and 200,000 sessions, and the picture of it.

python -m benchmarks.curves                measure (some minutes), keep `results/growth.json`, draw the picture
python -m benchmarks.curves --draw-only    draw what was measured last
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks import workspaces
from benchmarks.corpora import claude_corpus
from benchmarks.figure import quantile
from benchmarks.machine import Machine, describe
from benchmarks.paging import time_pages
from benchmarks.processes import memory_mb, peak_memory_mb
from benchmarks.servers import serve
from benchmarks.totals import tool_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (2_000, 20_000, 200_000)
SESSION_BYTES = 5_000
"""Small ones: what grows here is their number."""
RESULT = Path(__file__).parent / "results" / "growth.json"
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.png"


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one number of sessions."""

    sessions: int
    index_s: float
    """From the server's start to the last row of nothing but new files."""
    restart_s: float
    """From the server's start to its first page, nothing changed."""
    indexing_mb: float
    server_mb: float
    """After a restart, at rest."""
    page_p50_ms: float
    page_p99_ms: float
    summary_p50_ms: float
    summary_p99_ms: float


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    machine: Machine
    points: list[Point]


def measure(counts: Sequence[int]) -> Growth:
    machine = describe()
    points: list[Point] = []
    for count in counts:
        work = Path(tempfile.mkdtemp(prefix="parrot-growth-"))
        try:
            points.append(_point(work, count))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        print(points[-1], flush=True)
    return Growth(at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), machine=machine, points=points)


def _point(work: Path, count: int) -> Point:
    corpus = claude_corpus(work, sessions=count, size=count * SESSION_BYTES, mix="plain")
    with serve(work / "server", sources=tool_folders(corpus)) as server:
        server.wait_indexed(within_s=900)
        index_s, indexing_mb = time.monotonic() - server.started, peak_memory_mb(server.pid)
    with serve(work / "server", sources=tool_folders(corpus)) as server:
        server.get("/v1/sessions")
        restart_s = time.monotonic() - server.started
        server.wait_indexed(within_s=300)
        time.sleep(2.0)
        server_mb = memory_mb(server.pid)
    database = work / "pages.db"
    workspaces.build(database, count)
    timed = time_pages(database, rounds=10)
    return Point(
        sessions=count,
        index_s=round(index_s, 2),
        restart_s=round(restart_s, 3),
        indexing_mb=round(indexing_mb, 1),
        server_mb=round(server_mb, 1),
        page_p50_ms=round(quantile(timed.pages, 0.5), 3),
        page_p99_ms=round(quantile(timed.pages, 0.99), 3),
        summary_p50_ms=round(quantile(timed.summaries, 0.5), 3),
        summary_p99_ms=round(quantile(timed.summaries, 0.99), 3),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.curves", description="Growth, as a picture.")
    parser.add_argument("--draw-only", action="store_true")
    options = parser.parse_args()
    if not options.draw_only:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(measure(COUNTS))) + b"\n")
    from benchmarks.curve_picture import draw

    draw(msgspec.json.decode(RESULT.read_bytes(), type=Growth), PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
