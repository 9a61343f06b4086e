"""Which Claude Code processes live: the registry that the tool keeps in ``sessions/<pid>.json`` since 2.1.139.

A clean exit removes the entry, a kill leaves it behind: an entry counts while its process lives and began when it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import processes
from parrot_server.index.jsonl import as_shape, parse
from parrot_server.index.sources.base import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked

_SINCE = (2, 1, 139)
_MAX_ENTRY_BYTES = 1 << 20


class _Entry(msgspec.Struct, frozen=True):
    pid: int = 0
    session_id: str = msgspec.field(default="", name="sessionId")
    proc_start: str | int | None = msgspec.field(default=None, name="procStart")
    status: str | None = None
    status_at: int | None = msgspec.field(default=None, name="statusUpdatedAt")
    updated_at: int | None = msgspec.field(default=None, name="updatedAt")


class Registry:
    """Reads the registry when asked; entries that did not change are not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int, int], _Entry | None]] = {}

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        entries = self._entries()
        if entries is None:
            return {}
        found: dict[str, Evidence] = {}
        for each in asked:
            known = entries.get(each.standing.live_key)
            if known is not None:
                found[each.native_id] = _judge(known, each)
            elif _version(each.standing.version) >= _SINCE:
                found[each.native_id] = Evidence(alive=False)
        return found

    def _entries(self) -> dict[str, list[_Entry]] | None:
        """By session id; None where this installation keeps no registry."""
        try:
            files = [path for path in self._folder.iterdir() if path.suffix == ".json"]
        except OSError:
            return None
        read: dict[str, tuple[tuple[int, int, int], _Entry | None]] = {}
        entries: dict[str, list[_Entry]] = {}
        for path in files:
            try:
                stat = path.stat()
                stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
                before = self._read.get(path.name)
                entry = before[1] if before is not None and before[0] == stamp else _load(path, stat.st_size)
            except OSError:
                continue
            read[path.name] = (stamp, entry)
            if entry is not None:
                entries.setdefault(entry.session_id, []).append(entry)
        self._read = read
        return entries


def _load(path: Path, size: int) -> _Entry | None:
    if size > _MAX_ENTRY_BYTES:
        return None
    value = parse(path.read_bytes())
    entry = as_shape(value, _Entry) if isinstance(value, dict) else None
    return entry if entry is not None and entry.pid > 0 and entry.session_id else None


def _judge(entries: Sequence[_Entry], asked: Asked) -> Evidence:
    for entry in entries:
        started = processes.start_of(entry.pid)
        told = str(entry.proc_start) if entry.proc_start is not None else None
        if processes.has_proc():
            if started is None or (told is not None and told != started):
                continue
        elif not processes.is_alive(entry.pid):
            continue
        status_at = entry.status_at or entry.updated_at or 0
        if entry.status == "idle" and status_at > asked.standing.at_ms:
            # It lives, and waits for a prompt since after the last record: the turn is not going on.
            return Evidence(alive=False)
        sure = started is not None and told == started and asked.native_id == asked.standing.live_key
        return Evidence(
            alive=True,
            pid=entry.pid if sure else None,
            detail="waits for an answer" if entry.status == "waiting" else None,
        )
    return Evidence(alive=False)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])
