"""Giving memory back that a burst of work needed and idling does not."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Return what is free in the C library's heaps to the system.

    glibc keeps free memory below the last block in use; other libraries and systems return it by themselves, or can
    not be asked.
    """
    if sys.platform == "linux":
        import ctypes  # Not before: a server that starts has no use for it.

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
