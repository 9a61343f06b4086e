"""What a server does about memory: garbage that is looked for seldom, and what a burst of work needed given back."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

_YOUNG, _MIDDLE, _OLD = 5_000, 20, 10
"""Nearly all that a request or a file makes is in no cycle and goes by itself: Python would look every 700 objects.
Much more seldom, and each look would hold streams up by milliseconds."""
_M_ARENA_MAX = -8
"""glibc's name for it, of malloc.h."""
_HEAPS = 2


def begin() -> None:
    """Before anything is loaded: look for no garbage meanwhile, since all that is made stays; and keep few heaps.

    glibc would give each thread a heap of its own, in which what is free helps none of the others. In a single one the
    index and the store's thread would wait for each other.
    """
    gc.disable()
    libc = _libc()
    if libc is not None:
        libc.mallopt(_M_ARENA_MAX, _HEAPS)


def collect_seldom() -> None:
    """From now on look for garbage now and then, and not at all in what start-up made."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()


def give_back() -> None:
    """Return what is free to the system after a burst of work; what is still there is not looked through again.

    glibc keeps free memory below the last block in use; other libraries and systems return it by themselves, or can
    not be asked.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def _libc() -> ctypes.CDLL | None:
    """glibc; None for other C libraries."""
    if sys.platform != "linux":
        return None
    import ctypes

    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
