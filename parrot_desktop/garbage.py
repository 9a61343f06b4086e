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
    timer.setInterval(EVERY_MS)
    timer.timeout.connect(_collect)
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _collect() -> None:
    """One generation at most, by the counts that Python keeps of what was made since."""
    young, middle, old = gc.get_count()
    if old > _OLD:
        gc.collect(2)
    elif middle > _MIDDLE:
        gc.collect(1)
    elif young > _YOUNG:
        gc.collect(0)
