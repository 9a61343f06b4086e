"""What the application's loop sees to (`parrot_desktop.garbage`), for tests that run without it."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def garbage_stays_in_this_thread() -> Iterator[None]:
    """A widget in a cycle that a thread's collector finds takes the whole run down with it."""
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    for thread in threading.enumerate():
        if thread.name == "parrot-job":
            thread.join(10)
    gc.collect(1)
    if was_enabled:
        gc.enable()
