"""Whether a process lives, and is the one that was meant."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_STARTED_AT = 22 - 3
"""Field 22 of /proc/<pid>/stat, counted behind the command's name (fields 1 and 2)."""


def start_of(pid: int) -> str | None:
    """When a process began, in ticks since boot, as Linux counts; None where there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold anything, parentheses and blanks too.
    fields = stat.rpartition(")")[2].split()
    if len(fields) <= _STARTED_AT or fields[0] in ("Z", "X"):
        return None
    return fields[_STARTED_AT]


def has_proc() -> bool:
    return Path("/proc/self/stat").exists()


def is_alive(pid: int) -> bool:
    """Whether a process of that number exists."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    if has_proc():
        return start_of(pid) is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(pid: int) -> bool:
    # os.kill(pid, 0) would send Ctrl+C there.
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    handle = kernel.OpenProcess(0x1000, False, pid)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))  # pyright: ignore[reportUnknownMemberType]
    kernel.CloseHandle(handle)  # pyright: ignore[reportUnknownMemberType]
    return code.value == 259
