"""F6: frame times of the list while it scrolls, every row new in each frame, at scale 1 and 2, by how much is loaded.

`python -m benchmarks.list_painting SCALE` measures one scale, since Qt fixes it when the application starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from benchmarks.figure import Limit, Measurement, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FRAMES = 300
WARM_UP = 20
GOAL_MS = {1: 8.0, 2: 12.0}
LOADED = {1: (10_000, 100_000, 1_000_000), 2: (10_000,)}
_STRIDE = 7_919 * 907
"""Pixels from one frame to the next: far from all that was painted lately."""
_MIDDLE = 100_000


def measure(work: Path) -> Sequence[Measurement]:
    """Both scales, each in a process of its own."""
    found: list[Measurement] = []
    for scale in LOADED:
        run = [sys.executable, "-m", "benchmarks.list_painting", str(scale)]
        ended = subprocess.run(run, check=True, capture_output=True, timeout=200)
        found += msgspec.json.decode(ended.stdout, type=list[Measurement])
    return found


def measure_scale(scale: int) -> list[Measurement]:
    """Scroll lists of growing length. Needs a process without an application."""
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    # Only now: what is imported here reads the environment.
    from benchmarks.list_window import ListWindow

    found: list[Measurement] = []
    limit = Limit(p99=GOAL_MS[scale])
    for rows in LOADED[scale]:
        window = ListWindow(rows)
        jumps = window.scroll([number * _STRIDE for number in range(FRAMES + WARM_UP)])[WARM_UP:]
        found.append(summarise(f"every row new, scale {scale}, {rows:,} rows", jumps, unit="ms", limit=limit))
        if rows == LOADED[scale][0]:
            for name, step in (("wheel, 24 px a frame", 24), ("fling, 5 rows a frame", 320)):
                steps = window.scroll([_MIDDLE + step * number for number in range(FRAMES)])[1:]
                found.append(summarise(f"{name}, scale {scale}", steps, unit="ms", limit=limit, judged=False))
        window.close()
    return found


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(measure_scale(int(sys.argv[1]))))
