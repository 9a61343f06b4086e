"""When each change was committed: the server writes it down, everyone else looks it up by `seq`.

The file holds two 64-bit numbers a `seq`: the time (CLOCK_MONOTONIC, nanoseconds; 0: no such commit) and a hash of the
session's id. It is mapped into every process, so that looking costs nothing and no clock has to be sent along.

    python -m benchmarks.stamps FILE serve ...      `parrot serve`, with its commits stamped
"""

from __future__ import annotations

import mmap
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.stored import Tombstone, change_seq

if TYPE_CHECKING:
    from parrot_server.stored import Commit

_MOST = 4_000_000


class Stamps:
    """The times of commits, by seq."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            with path.open("wb") as file:
                file.truncate(_MOST * 16)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._numbers = memoryview(self._map).cast("q")

    def stamp(self, commit: Commit) -> None:
        """Every change of the commit, at the moment it is known to be durable."""
        now = time.monotonic_ns()
        for change in commit.changes:
            seq = change_seq(change)
            session_id = change.id if isinstance(change, Tombstone) else change.row.id
            self._numbers[2 * seq + 1] = zlib.crc32(session_id.encode())
            self._numbers[2 * seq] = now

    def of(self, seq: int) -> int:
        """Nanoseconds, or 0 where no commit of this run had the seq."""
        return self._numbers[2 * seq]

    def between(self, session_id: str, after: int, up_to: int) -> list[int]:
        """The times of a session's commits with `after` < seq <= `up_to`."""
        wanted, numbers = zlib.crc32(session_id.encode()), self._numbers
        return [numbers[2 * seq] for seq in range(after + 1, up_to + 1) if numbers[2 * seq + 1] == wanted]


def main() -> None:
    """Serve as `parrot serve` does. Nothing is touched but the hand-over from store to feed, and a thread waits."""
    path = Path(sys.argv[1])
    stamps = Stamps(path)
    from parrot_server.cli import main as serve
    from parrot_server.feed import Feed
    from parrot_server.index.engine import Engine

    publish, start = Feed.publish, Engine.start

    def stamped(self: Feed, commit: Commit) -> None:
        stamps.stamp(commit)
        publish(self, commit)

    def watched(self: Engine) -> None:
        def wait() -> None:
            for done, note in ((self.first_pass_done, indexed_path(path)), (self.search_done, searched_path(path))):
                done.wait()
                begun = note.with_suffix(".begun")
                begun.write_text(str(time.monotonic_ns()))
                begun.replace(note)

        threading.Thread(target=wait, daemon=True).start()
        start(self)

    Feed.publish, Engine.start = stamped, watched
    sys.argv = ["parrot", *sys.argv[2:]]
    sys.exit(serve())


def indexed_path(stamps: Path) -> Path:
    """Appears when every row is there, and holds the time (CLOCK_MONOTONIC, nanoseconds): asking would take its part of
    the time that is measured."""
    return stamps.with_name(stamps.name + ".indexed")


def searched_path(stamps: Path) -> Path:
    """Appears when every text is indexed, and holds the time (CLOCK_MONOTONIC, nanoseconds)."""
    return stamps.with_name(stamps.name + ".searched")


if __name__ == "__main__":
    main()
