"""F12: a transcript of some 5,000 messages and 50 MB.

In the application over its server: from the double click to the messages on the screen, and the wheel; then in a view
alone what the window hides behind the network: jumps, memory, find (`benchmarks.transcript`).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from benchmarks import transcript
from benchmarks.append import wait_settled
from benchmarks.corpus.claude import ClaudeFile, slug, uuid
from benchmarks.corpus.mixes import Mix
from benchmarks.displays import all_displays
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.windows import open_window, source_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.displays import Display

SIZE = 50_000_000
OPENED = 3
MIX = Mix(about="one long session", forks=0, agents=0, torn=0, alien=0, bare=0, huge=0.004, banded=0, odd=0)


def measure(work: Path) -> Sequence[Measurement]:
    corpus = work / "reading"
    _write(corpus / "claude" / "projects")
    found: list[Measurement] = []
    with all_displays() as displays:
        for display in displays:
            found += _read(work / f"reading-{display}", corpus, display)
    return [*found, *transcript.measure(work)]


def _read(home: Path, corpus: Path, display: Display) -> list[Measurement]:
    home.mkdir(parents=True)
    readable: list[float] = []
    messages = 0
    frames: dict[str, list[float]] = {}
    for run in range(OPENED):
        # A window that was never open, over a server that has read the file once, as on any other day.
        with open_window(home, display, arguments=source_arguments(home, corpus)) as window:
            window.wait_note("connection-live", within_s=60)
            wait_settled(window)
            window.order("open")
            begun, shown = window.wait_note("opening"), window.wait_note("readable")
            messages = shown["messages"]
            readable.append((shown["ns"] - begun["ns"]) / 1e6)
            if run == OPENED - 1:
                window.wait_still(1.0)
                frames = {name: window.wheel_frames("leaf", notches) for name, notches in (("wheel", 1), ("fling", 4))}
    opened = f"double click -> readable, {display}"
    return [
        summarise(opened, readable, unit="ms", limit=Limit(median=150), messages=messages, megabytes=SIZE // 10**6),
        *(
            summarise(f"{name}, a frame of the session's window, {display}", values, unit="ms", limit=Limit(p99=16))
            for name, values in frames.items()
        ),
    ]


def _write(folder: Path) -> None:
    """One transcript that has just ended."""
    rng = random.Random(5)
    now_ms = time.time_ns() // 1_000_000
    file = ClaudeFile(
        rng=rng, mix=MIX, session_id=uuid(rng), cwd=b"/home/dev/shop", now_ms=now_ms - 86_400_000, pace_ms=(0, 9_000)
    )
    size = 0
    path = folder / slug(file.cwd) / f"{file.session_id.decode()}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        while size < SIZE:
            file.exchange(6)
            data = b"".join(line.data + b"\n" for line in file.lines)
            out.write(data)
            size += len(data)
            file.lines.clear()
