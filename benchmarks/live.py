"""F5: from the commit at the server to the pixels of the row, at 200 and 1,000 changes a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import changes
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, quantile, summarise
from benchmarks.processes import cpu_share
from benchmarks.servers import serve
from benchmarks.stamps import Stamps
from benchmarks.windows import open_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display
    from benchmarks.servers import Server

SESSIONS, BUSY, SECONDS = 2_000, 100, 4.0
RATES = {200: 5, 1_000: 20}
"""Changes a second, and how many go in one ingest."""
STALL_MS = 30.0


def measure(work: Path) -> Sequence[Measurement]:
    stamps_path = work / "live-stamps"
    found: list[Measurement] = []
    with serve(work / "live", stamps=stamps_path) as server, all_displays() as displays:
        changes.fill(server.info.url, server.info.token, SESSIONS)
        stamps = Stamps(stamps_path)
        for display in displays:
            for rate in RATES:
                found += _measure_one(work / f"live-{display}-{rate}", server, stamps, display, rate)
    return found


def _measure_one(home: Path, server: Server, stamps: Stamps, display: Display, rate: int) -> list[Measurement]:
    home.mkdir(parents=True)
    arguments = ("--workspace", server.info.url, "--size", "1440x900")
    extra = {"PARROT_TOKEN": server.info.token}
    with open_window(home, display, arguments=arguments, extra=extra) as window:
        window.wait_note("connection-live")
        writer = changes.spawn(
            server.info.url, server.info.token, rate=rate, seconds=2 * SECONDS + 3, batch=RATES[rate], busy=BUSY
        )
        try:
            # The first changes bring the busy sessions to the top.
            window.wait_still(1.5)
            window.order("begin")
            begun = window.wait_note("begin")
            window.wait_still(SECONDS)
            window.order("end")
            ended = window.wait_note("end")
            # Apart: what feels the event loop's pulse and notes every row costs a fifth of what there is to measure.
            with cpu_share(window.pid) as processor:
                window.wait_still(SECONDS)
        finally:
            writer.terminate()
            writer.wait()
        late = latencies(window.notes("rows"), stamps)
    wall_s = (ended["ns"] - begun["ns"]) / 1e9
    stalls = [tenths / 10 for tenths, count in ended["gaps"] for _ in range(count)]
    where = f"{rate} changes/s, {display}"
    return [
        summarise(f"commit -> pixels, {where}", late, unit="ms", limit=Limit(p99=40.0), paints=ended["paints"]),
        Measurement(
            what=f"longest stall of the event loop, {where}",
            unit="ms",
            limit=Limit(median=STALL_MS),
            median=round(stalls[-1], 1),
            detail={
                "over_the_limit": sum(stall > STALL_MS for stall in stalls),
                "p99": round(quantile(stalls, 0.99), 1),
                "beats": len(stalls),
            },
        ),
        Measurement(
            what=f"the window's processor time, {where}",
            unit="% of a core",
            limit=Limit(median=30.0),
            median=round(processor.percent, 1),
            detail={"painting_ms_a_second": round(ended["painting_ms"] / wall_s, 1)},
        ),
    ]


def latencies(notes: Sequence[dict[str, Any]], stamps: Stamps) -> list[float]:
    """Milliseconds from commits to the paints that show them.

    A change that was replaced by the next before it could be painted is shown by that one's paint, where the row was
    in sight at the paint before. A row that comes into sight tells of its newest change alone.
    """
    late: list[float] = []
    for note in notes:
        for session_id, _, before, seq, _ in note["rows"]:
            times = stamps.between(session_id, before, seq) if before else [stamps.of(seq)]
            late += [(note["ns"] - at) / 1e6 for at in times if at]
    return late
