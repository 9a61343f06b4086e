"""Which sessions a tool's processes work on, where the tool itself says nothing of that: by the folder they work in.

Linux tells the folder of a process; elsewhere nothing is known, and a session runs as long as its record is fresh.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index import processes
from parrot_server.index.sources.base import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_server.index.sources.base import Asked

_LOOK_AGAIN_S = 8.0
_LOOK_FOR_MS = 24 * 3_600_000
_ARGUMENTS = 6
"""A program that an interpreter runs is named among the first arguments, behind the interpreter's own options."""
_CLOCKS_DIFFER_MS = 2_000
_ENDINGS = (".js", ".mjs", ".cjs", ".py", ".exe")


class _Process(NamedTuple):
    pid: int
    started: str
    started_ms: float


class AtWork:
    """The processes of one tool, looked for now and then. ``live_key`` of a standing is the session's folder."""

    def __init__(self, *names: str) -> None:
        """names: of the program, or of the package that it lies in."""
        self._names = frozenset(names)
        self._looked_at = -_LOOK_AGAIN_S
        self._by_folder: dict[str, list[_Process]] = {}

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        """Of several sessions in a folder only the newest can be the one that a process works on, and only a process
        that began before the session's last record. Its number is not sure."""
        newest_ms = time.time() * 1000 - _LOOK_FOR_MS
        newest: dict[str, Asked] = {}
        for each in asked:
            folder, at_ms = each.standing.live_key, each.standing.at_ms
            if folder and at_ms > newest_ms and (folder not in newest or newest[folder].standing.at_ms < at_ms):
                newest[folder] = each
        if not newest:
            return {}
        if time.monotonic() - self._looked_at >= _LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            self._by_folder = _working(self._names)
        found: dict[str, Evidence] = {}
        for folder, each in newest.items():
            before_ms = each.standing.at_ms + _CLOCKS_DIFFER_MS
            for process in self._by_folder.get(_real(folder), ()):
                if process.started_ms <= before_ms and processes.start_of(process.pid) == process.started:
                    found[each.native_id] = Evidence(alive=True)
        return found


def is_program(command: Sequence[str], names: frozenset[str]) -> bool:
    """Whether a command line runs the program of one of these names, itself or through an interpreter."""
    for argument in command[:_ARGUMENTS]:
        *folders, file = argument.replace("\\", "/").split("/")
        for ending in _ENDINGS:
            file = file.removesuffix(ending)
        if file in names or not names.isdisjoint(folders):
            return True
    return False


def command_of(pid: int) -> list[str]:
    """The command line of a process; empty where it cannot be told."""
    try:
        data = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(argument) for argument in data.split(b"\0") if argument]


def started_ms(started: str) -> float | None:
    """When a process began (ms since 1970), of its start in ticks since boot."""
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii", errors="replace").splitlines()
        booted = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
        return (booted + int(started) / os.sysconf("SC_CLK_TCK")) * 1000
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def _working(names: frozenset[str]) -> dict[str, list[_Process]]:
    """Processes of the tool by the folder that they work in."""
    found: dict[str, list[_Process]] = {}
    try:
        numbers = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208  names alone
    except OSError:
        return found
    for pid in numbers:
        if pid == os.getpid() or not is_program(command_of(pid), names):
            continue
        try:
            folder = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115  texts, not paths
        except OSError:
            continue
        started = processes.start_of(pid)
        began = started_ms(started) if started is not None else None
        if started is not None and began is not None:
            found.setdefault(folder, []).append(_Process(pid, started, began))
    return found


def _real(folder: str) -> str:
    try:
        return os.path.realpath(folder)
    except (OSError, ValueError):
        return folder
