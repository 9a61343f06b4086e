"""Whether a process lives, and is the one that was meant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

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


def flocks() -> dict[tuple[int, int, int], int] | None:
    """Who holds exclusive whole-file locks: (major, minor, inode) -> process; None where the system does not tell."""
    try:
        table = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found: dict[tuple[int, int, int], int] = {}
    for row in table.splitlines():
        fields = row.split()
        # "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"; one that only waits has "->" before the kind.
        if len(fields) >= 6 and fields[1] == "FLOCK" and fields[3] == "WRITE":
            try:
                major, minor, inode = fields[5].split(":")
                found[(int(major, 16), int(minor, 16), int(inode))] = int(fields[4])
            except ValueError:
                continue
    return found


def is_locked(path: Path) -> bool | None:
    """Whether a process holds an exclusive lock on the file, asked by a shared one that is let go at once.

    None where this system has no such locks, or the file cannot be opened.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            fcntl.flock(file, fcntl.LOCK_UN)
    except OSError:
        return None
    return False


def with_open(paths: Container[str]) -> dict[str, int]:
    """Which of the files a process of this user has open, and which process (Linux; elsewhere none)."""
    found: dict[str, int] = {}
    try:
        numbers = [entry for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208  names alone
    except OSError:
        return found
    own = str(os.getpid())
    for number in numbers:
        if number == own:
            continue
        folder = f"/proc/{number}/fd"
        try:
            handles = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for handle in handles:
            try:
                target = os.readlink(f"{folder}/{handle}")  # noqa: PTH115  texts, not paths
            except OSError:
                continue
            if target in paths:
                found[target] = int(number)
    return found
