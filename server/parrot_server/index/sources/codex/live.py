"""Which Codex processes live: each holds a lock on ``thread-writer-locks/<thread>.lock`` while it runs.

A kill frees the lock and leaves the file, so that the lock is tested, not the file. Versions without locks are looked
for among the processes that have the rollout open.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from parrot_server.index import processes
from parrot_server.index.sources.base import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked

_LOOK_AGAIN_S = 8.0
_LOOK_FOR_MS = 24 * 3_600_000


class Locks:
    """Asked often; looks through processes now and then only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looked_at = -_LOOK_AGAIN_S
        self._open: dict[str, int] = {}

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        held = processes.flocks()
        found: dict[str, Evidence] = {}
        without: list[Asked] = []
        for each in asked:
            lock = self._folder / f"{each.standing.live_key}.lock"
            try:
                stat = lock.stat()
            except OSError:
                without.append(each)
                continue
            owner = held.get((os.major(stat.st_dev), os.minor(stat.st_dev), stat.st_ino)) if held is not None else None
            if owner is not None:
                found[each.native_id] = Evidence(alive=True, pid=owner if processes.is_alive(owner) else None)
            else:
                found[each.native_id] = Evidence(alive=processes.is_locked(lock))
        if without:
            for native_id, pid in self._readers(without).items():
                found[native_id] = Evidence(alive=True, pid=pid)
        return found

    def _readers(self, asked: Sequence[Asked]) -> dict[str, int]:
        newest_ms = time.time() * 1000 - _LOOK_FOR_MS
        wanted = {each.path: each.native_id for each in asked if each.standing.at_ms > newest_ms}
        if not wanted:
            return {}
        if time.monotonic() - self._looked_at >= _LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            self._open = processes.with_open(wanted)
        return {wanted[path]: pid for path, pid in self._open.items() if path in wanted and processes.is_alive(pid)}
