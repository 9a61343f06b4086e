"""F7: one row changed, or moved to the top, among 50,000 loaded; and a burst, which a flush must not let stall a frame.

All is processor time of the GUI thread, from the event that the stream brought to the last pixel that it changed.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.list_rows import NOW_MS, make_row
from parrot_wire.events import SessionChanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOADED = 50_000
TRIES = 300
BURST = 2_000
WARM_UP = 20


def measure(work: Path) -> Sequence[Measurement]:
    """Needs a process without an application."""
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    # Only now: Qt reads the environment.
    from benchmarks.list_window import ListWindow
    from parrot_desktop.models.event_buffer import EventBuffer

    window = ListWindow(LOADED)
    buffer = EventBuffer(window.model)
    seqs = count(LOADED + 1)

    def raised(number: int) -> SessionChanged:
        """The row moved just now."""
        seq = next(seqs)
        return SessionChanged(row=make_row(number, seq=seq, at_ms=NOW_MS + seq))

    def edited(number: int) -> SessionChanged:
        """The row stays, with another number of messages, so that there is something to paint."""
        seq = next(seqs)
        return SessionChanged(row=replace(make_row(number, seq=seq), message_count=seq))

    def one(event: SessionChanged) -> None:
        buffer.put([event])
        buffer.flush()

    def times(events: Sequence[SessionChanged]) -> list[float]:
        return [window.frame_ms(lambda event=event: one(event)) for event in events][WARM_UP:]

    tries = range(TRIES + WARM_UP)
    # What is on the screen is changed first, before moves take it away.
    seen = times([edited(n % 10) for n in tries])
    away = times([edited(20_000 + n) for n in tries])
    move = times([raised((n * 7_919) % LOADED) for n in tries])
    window.view.verticalScrollBar().setValue(window.view.verticalScrollBar().maximum() // 2)
    anchored = times([raised((n * 104_729) % LOADED) for n in tries])
    window.view.scroll_to_top()
    buffer.put(raised((n * 15_485_863) % LOADED) for n in range(BURST))
    burst: list[float] = []
    while len(buffer):
        burst.append(window.frame_ms(buffer.flush))
    window.close()
    return [
        summarise("one visible row of 50,000 changed", seen, unit="ms", limit=Limit(p99=1.0)),
        summarise("one row out of sight changed", away, unit="ms", limit=Limit(p99=1.0)),
        summarise("one row of 50,000 moved to the top", move, unit="ms", limit=Limit(p99=3.0)),
        summarise("the same, scrolled back: the page stays", anchored, unit="ms", limit=Limit(p99=3.0)),
        summarise(f"frames of a burst of {BURST:,} moves", burst, unit="ms", limit=Limit(p99=16.0), judged=False),
    ]
