"""Processor time and memory of processes, from Linux's /proc."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(*pids: int) -> float:
    """Processor seconds that the processes have used so far, all threads, without their children."""
    total = 0
    for pid in pids:
        # The name in brackets may hold anything; the fields come after the last bracket.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory now, in MB: what is shared with other processes counted in full."""
    return _status_mb(pid, "VmRSS")


def peak_memory_mb(pid: int) -> float:
    """The most resident memory that the process ever had, in MB."""
    return _status_mb(pid, "VmHWM")


def children(pid: int) -> list[int]:
    """The processes that a process has started, and that live."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@contextmanager
def tree_memory(pid: int) -> Generator[list[float]]:
    """The most resident memory of a process and its children together, in MB: what they share counts for each. One
    value, and at least the process's own peak, once the `with` has ended."""
    most, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            with suppress(OSError, LookupError):  # a child that ended meanwhile
                most[0] = max(most[0], sum(memory_mb(one) for one in (pid, *children(pid))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
        most[0] = max(most[0], peak_memory_mb(pid))
    finally:
        ended.set()
        thread.join()


def bytes_read(pid: int) -> int:
    """Bytes that the process has read by calls, from files and sockets, cached or not."""
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "rchar":
            return int(value)
    raise LookupError("rchar")


def _status_mb(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(name)


@dataclass(slots=True)
class Share:
    """Processor time over a stretch: `percent` of one core, once the `with` has ended."""

    percent: float = 0.0
    seconds: float = 0.0


@contextmanager
def cpu_share(*pids: int) -> Generator[Share]:
    """The processor time of processes over the length of a `with`."""
    share = Share()
    started, used = time.monotonic(), cpu_s(*pids)
    yield share
    share.seconds = cpu_s(*pids) - used
    share.percent = round(100 * share.seconds / (time.monotonic() - started), 2)


def wait_for(condition: Callable[[], bool], what: str, *, within_s: float = 60.0, every_s: float = 0.005) -> None:
    """Look until the condition holds. Raises TimeoutError."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {within_s:g} s")
        time.sleep(every_s)
