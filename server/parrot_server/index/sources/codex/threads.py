"""What Codex calls its threads: in ``state_<n>.sqlite`` beside the rollouts, formerly in ``session_index.jsonl``.

The database belongs to a running program: it is opened read-only, and nothing is ever made beside it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from parrot_server.index import wording
from parrot_server.index.jsonl import parse_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_INDEX_BYTES = 64 << 20


class ThreadTitles:
    """Titles by thread id, as of the last time that the files changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stamp: object = None
        self._titles: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def get(self, thread_id: str) -> str | None:
        return self._titles.get(thread_id)

    def refresh(self) -> None:
        """Read again where something changed. What cannot be read leaves the titles as they are."""
        files = self._files()
        stamp = tuple(_stamp(path) for path in files)
        if stamp == self._stamp:
            return
        titles: dict[str, str] = {}
        for path in files:
            if path.suffix == ".jsonl":
                titles.update(_from_index(path))
            elif path.suffix == ".sqlite":
                try:
                    titles.update(_from_database(path))
                except sqlite3.Error:
                    # Its schema is the tool's own affair, and a snapshot may be caught in the middle of a write.
                    continue
        self._titles, self._stamp = titles, stamp

    def changed(self, known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """(thread id, title) of known threads that were not told so before."""
        for thread_id, title in self._titles.items():
            if self._told.get(thread_id) != title and known(thread_id):
                self._told[thread_id] = title
                yield thread_id, title

    def _files(self) -> list[Path]:
        """The old index, the newest database and its log, in the order in which they rule."""
        databases = sorted(self._root.glob("state_*.sqlite"), key=_number)
        newest = databases[-1:]
        return [self._root / "session_index.jsonl", *newest, *(Path(f"{path}-wal") for path in newest)]


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("state_")
    return int(digits) if digits.isdigit() else -1


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _from_index(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if path.stat().st_size > _MAX_INDEX_BYTES:
            return
        data = path.read_bytes()
    except OSError:
        return
    for line in data.splitlines():
        entry = parse_object(line)
        thread_id, name = entry.get("id"), entry.get("thread_name")
        title = wording.title_of(name) if isinstance(name, str) else None
        if isinstance(thread_id, str) and title:
            yield thread_id, title


def _from_database(path: Path) -> list[tuple[str, str]]:
    """Raises sqlite3.Error."""
    beside = [Path(f"{path}-wal"), Path(f"{path}-shm")]
    # A database in WAL mode makes its log and index when it is opened, even read-only, unless both are there
    # or it is declared immutable.
    mode = "mode=ro" if all(each.exists() for each in beside) else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True, timeout=0.2)) as database:
        columns = {str(row[1]) for row in database.execute("PRAGMA table_info(threads)")}
        if "id" not in columns:
            return []
        names = [name for name in ("name", "title") if name in columns]
        if not names:
            return []
        wanted = ", ".join(names)
        rows = database.execute(f"SELECT id, {wanted} FROM threads").fetchall()
    found: list[tuple[str, str]] = []
    for thread_id, *candidates in rows:
        title = next(
            (title for text in candidates if isinstance(text, str) and (title := wording.title_of(text))), None
        )
        if isinstance(thread_id, str) and title:
            found.append((thread_id, title))
    return found
