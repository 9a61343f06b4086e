"""Sessions that share one database, each a unit of its own: ``<database>#<session>``.

What changed is told by numbers that the tool's tables keep. All of them are looked at now and then; after every write
only those of the rows that were made last.
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index.foreign import DatabaseStamp, reading, settled_stamp_of, stamp_of
from parrot_server.index.sources.base import Unit
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_ROW_BYTES = 1024
"""About what a row takes: how much it really does only reading it would tell."""
_LATEST_MS = 1 << 43
"""In the year 2248."""
_LOOK_AT_ALL_AGAIN = 30
"""The time between two looks at everything is at least so many times what one takes."""


class Mark(NamedTuple):
    """How a session's rows stand: how many there are, and when the newest of them was written (ms since 1970).

    ``edition``, of which the last six digits count, differs where rows were replaced by as many others.
    """

    rows: int
    at_ms: int
    edition: int = 0


class Shelf(ABC):
    """One database. Used by the engine's thread; transcripts open the database themselves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: DatabaseStamp | None = None
        self._whole_stamp: DatabaseStamp | None = None
        self._whole_again_at = 0.0
        self._marks: dict[str, Mark] = {}
        self._inodes: dict[str, int] = {}

    @abstractmethod
    def all_marks(self, connection: sqlite3.Connection) -> dict[str, Mark]:
        """Every session's. Raises sqlite3.Error."""

    @abstractmethod
    def new_marks(self, connection: sqlite3.Connection, known: Mapping[str, Mark]) -> dict[str, Mark]:
        """Those that the newest rows may have changed; cheap, however large the database is. Raises sqlite3.Error."""

    def __contains__(self, session: str) -> bool:
        return session in self._marks

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        """All sessions. A database that cannot be read is reported, and stands as it was."""
        try:
            stamp = stamp_of(self.path)
            if stamp is None:
                self._marks, self._stamp, self._whole_stamp = {}, None, None
                return
            if stamp != self._whole_stamp and time.monotonic() >= self._whole_again_at:
                self._look_at_all(stamp)
        except OSError as error:
            report(SourceProblem(file=str(self.path), detail=error.strerror or str(error)))
            stamp = self._stamp
        if stamp is not None:
            for session, mark in self._marks.items():
                yield self._unit(session, mark, stamp)

    def changed(self) -> Sequence[str]:
        """The units that were written since the last look. What cannot be read now is found later."""
        try:
            stamp = settled_stamp_of(self.path)
            if stamp is None or stamp == self._stamp:
                return ()
            with reading(self.path) as connection:
                found = self.new_marks(connection, self._marks)
        except OSError:
            return ()
        self._stamp = stamp
        changed = {session: mark for session, mark in found.items() if self._marks.get(session) != mark}
        self._marks.update(changed)
        return [self.name_of(session) for session in changed]

    def stat(self, path: str) -> Unit | None:
        """Raises OSError."""
        stamp = stamp_of(self.path)
        session = self.session_of(path)
        mark = self._marks.get(session) if session is not None else None
        return self._unit(session, mark, stamp) if session is not None and mark is not None and stamp else None

    def name_of(self, session: str) -> str:
        return f"{self.path}#{session}"

    def session_of(self, path: str) -> str | None:
        prefix = f"{self.path}#"
        return path[len(prefix) :] if path.startswith(prefix) else None

    def is_part(self, path: str) -> bool:
        """Whether a path is the database, or one of the files that it writes beside it."""
        return path in (str(self.path), f"{self.path}-wal")

    def _look_at_all(self, stamp: DatabaseStamp) -> None:
        began = time.monotonic()
        with reading(self.path) as connection:
            self._marks = self.all_marks(connection)
        self._stamp = self._whole_stamp = stamp
        now = time.monotonic()
        self._whole_again_at = now + _LOOK_AT_ALL_AGAIN * (now - began)

    def _unit(self, session: str, mark: Mark, stamp: DatabaseStamp) -> Unit:
        return Unit(
            path=self.name_of(session),
            device=stamp.device,
            inode=self._inode(session, stamp),
            # It differs with every write, for those who know a session by its size.
            size=mark.rows * _ROW_BYTES + (mark.at_ms + mark.edition) % _ROW_BYTES,
            mtime_ns=min(max(mark.at_ms, 0), _LATEST_MS) * 1_000_000 + mark.edition % 1_000_000,
        )

    def _inode(self, session: str, stamp: DatabaseStamp) -> int:
        """Every unit is known by an inode of its own, or one would be taken for another that moved."""
        name = f"{stamp.inode}#{session}"
        known = self._inodes.get(name)
        if known is None:
            known = self._inodes[name] = own_inode(name)
        return known


def own_inode(name: str) -> int:
    """A number that stands for a piece of a file, by the file's inode and what the piece is called."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")
