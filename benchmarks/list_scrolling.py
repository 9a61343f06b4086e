"""F6: frame times of the list while it scrolls.

In the application over its server, 10,000 rows loaded, by wheel events; and, to show that no length matters,
in a list alone up to a million rows (`benchmarks.list_painting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import changes, list_painting
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.list_painting import GOAL_MS
from benchmarks.servers import serve
from benchmarks.windows import open_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display
    from benchmarks.servers import Server

ROWS = 10_000
A_PAGE = 10
"""Notches: a little more than the 820 pixels of the list in a window 900 pixels high, so that every row is new."""
A_NOTCH = 1


def measure(work: Path) -> Sequence[Measurement]:
    found: list[Measurement] = []
    with serve(work / "scrolling") as server, all_displays() as displays:
        changes.fill(server.info.url, server.info.token, ROWS)
        for display in displays:
            found += _scroll(work / f"scrolling-{display}", server, display)
    return [*found, *list_painting.measure(work)]


def _scroll(home: Path, server: Server, display: Display) -> list[Measurement]:
    home.mkdir(parents=True)
    arguments = ("--workspace", server.info.url, "--size", "1440x900")
    with open_window(home, display, arguments=arguments, extra={"PARROT_TOKEN": server.info.token}) as window:
        window.wait_note("connection-live")
        window.order(f"load {ROWS}")
        window.wait_note("loaded", within_s=120)
        limit = Limit(p99=GOAL_MS[display.scale])
        whole = f"window of {ROWS:,} rows, a page a wheel event: every row new, {display}"
        by_notch = f"the same, a notch a wheel event, {display}"
        return [
            summarise(whole, window.wheel_frames("roll", A_PAGE), unit="ms", limit=limit),
            summarise(by_notch, window.wheel_frames("roll", A_NOTCH), unit="ms", limit=limit, judged=False),
        ]
