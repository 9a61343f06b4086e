"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.figure import quantile

_STARTS = 9


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where, with what, how busy it was when the measuring began (`load`: the last minute's average), and how quick.

    `start_ms` is how long a small program took to start: by it the tables of two machines, or of two hours, compare.
    """

    cpu: str
    cores: int
    memory_gb: float
    load: float
    start_ms: float
    os: str
    python: str
    qt: str
    sqlite: str
    commit: str

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB, load {self.load:.1f}, "
            f"a small Python starts in {self.start_ms:.0f} ms; {self.os}; "
            f"Python {self.python}, Qt {self.qt}, SQLite {self.sqlite}; commit {self.commit}"
        )


def describe() -> Machine:
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        load=round(os.getloadavg()[0], 2),
        start_ms=_start_ms(),
        os=_os(),
        python=platform.python_version(),
        qt=_qt(),
        sqlite=sqlite3.sqlite_version,
        commit=_commit(),
    )


def _start_ms() -> float:
    """The start of a Python that loads a little of its own library: processors, memory and disk at once."""
    times: list[float] = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "import asyncio, email.message, decimal, typing"], check=True)
        times.append((time.perf_counter() - began) * 1e3)
    return round(quantile(times, 0.5), 1)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _os() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def _qt() -> str:
    # Qt is not imported for a version number: that would count in the memory of whoever asks.
    from importlib.metadata import version

    return version("PySide6-Essentials")


def _commit() -> str:
    git = Path(__file__).parents[1] / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if head.startswith("ref: "):
            head = (git / head[5:]).read_text().strip()
    except OSError:
        return "unknown"
    return head[:10]
