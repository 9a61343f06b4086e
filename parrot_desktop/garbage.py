"""Collecting garbage where Qt allows it, and when nobody waits.

Python runs its cyclic collector in whichever thread happens to allocate. A widget in a cycle that is collected outside
the GUI's thread takes the process down with it, and a full collection in the middle of a frame is a stall. So the
automatic collector is off, and the GUI's thread collects the youngest often and all of it rarely.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from collections.abc import Generator

EVERY_MS = 2_000
SELDOM_MS = 32_000
"""Where nothing is made that could be collected: each look wakes a processor that would sleep."""
_YOUNG = 2_000
_MIDDLE = 10
_OLD = 10


@contextmanager
def collected_in_this_thread() -> Generator[None]:
    """For as long as Qt's event loop runs in it."""
    was_enabled = gc.isenabled()
    gc.disable()
    # What start-up made stays: looking through it again and again would be in vain.
    gc.freeze()
    timer = QTimer()

    def look() -> None:
        timer.setInterval(EVERY_MS if _collect() else min(2 * timer.interval(), SELDOM_MS))

    timer.timeout.connect(look)
    timer.start(EVERY_MS)
    try:
        yield
    finally:
        timer.stop()
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _collect() -> bool:
    """One generation at most, by the counts that Python keeps of what was made since; False where none was due."""
    young, middle, old = gc.get_count()
    if old > _OLD:
        gc.collect(2)
    elif middle > _MIDDLE:
        gc.collect(1)
    elif young > _YOUNG:
        gc.collect(0)
    else:
        return False
    return True
