"""Which Copilot CLI processes live: each keeps ``inuse.<pid>.lock`` in the folder of its session.

A clean exit removes the file, a kill leaves it: it counts while a process of that number lives that began before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parrot_server.index import processes
from parrot_server.index.at_work import command_of, is_program, started_ms
from parrot_server.index.sources.base import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked

_LOCK = re.compile(r"inuse\.(\d+)\.lock$")
_SINCE = (1, 0, 102)
_CLOCKS_DIFFER_MS = 2_000
_PROGRAMS = frozenset({"copilot", "copilot-cli"})


class Locks:
    """``live_key`` of a standing is the name of the session's folder."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        found: dict[str, Evidence] = {}
        for each in asked:
            known = self._look(each) if each.standing.live_key else None
            if known is not None:
                found[each.native_id] = known
        return found

    def _look(self, asked: Asked) -> Evidence | None:
        try:
            names = [(path, _LOCK.match(path.name)) for path in (self._sessions / asked.standing.live_key).iterdir()]
        except OSError:
            return None
        locks = [(path, int(match[1])) for path, match in names if match is not None]
        for path, pid in locks:
            known = _judge(path, pid)
            if known is not None:
                return known
        version = tuple(int(number) for number in re.findall(r"\d+", asked.standing.version)[:3])
        # A version that keeps locks has let go of this one, or died.
        return Evidence(alive=False) if locks or version >= _SINCE else None


def _judge(lock: Path, pid: int) -> Evidence | None:
    """None where the process is gone, or another has its number."""
    if not processes.is_alive(pid):
        return None
    started = processes.start_of(pid)
    if started is None:
        return Evidence(alive=True)
    began_ms = started_ms(started)
    try:
        locked_ms = lock.stat().st_mtime_ns / 1_000_000
    except OSError:
        return None
    if began_ms is not None and began_ms > locked_ms + _CLOCKS_DIFFER_MS:
        return None
    return Evidence(alive=True, pid=pid if is_program(command_of(pid), _PROGRAMS) else None)
