"""When each change was committed: the server writes it down, everyone else looks it up by `seq`.

The file holds one 64-bit time a `seq` (CLOCK_MONOTONIC, nanoseconds; 0: no such commit), mapped into every process,
so that looking costs nothing and no clock has to be sent along.

    python -m benchmarks.stamps FILE serve ...      `parrot serve`, with its commits stamped
"""

from __future__ import annotations

import mmap
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.stored import change_seq

if TYPE_CHECKING:
    from parrot_server.stored import Commit

_MOST = 4_000_000


class Stamps:
    """The times of commits, by seq."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            with path.open("wb") as file:
                file.truncate(_MOST * 8)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._times = memoryview(self._map).cast("q")

    def stamp(self, commit: Commit) -> None:
        """Every change of the commit, at the moment it is known to be durable."""
        now = time.monotonic_ns()
        for change in commit.changes:
            self._times[change_seq(change)] = now

    def of(self, seq: int) -> int:
        """Nanoseconds, or 0 where no commit of this run had the seq."""
        return self._times[seq]


def main() -> None:
    """Serve as `parrot serve` does. Nothing but the hand-over from store to feed is touched."""
    stamps = Stamps(Path(sys.argv[1]))
    from parrot_server.cli import main as serve
    from parrot_server.feed import Feed

    publish = Feed.publish

    def stamped(self: Feed, commit: Commit) -> None:
        stamps.stamp(commit)
        publish(self, commit)

    Feed.publish = stamped
    sys.argv = ["parrot", *sys.argv[2:]]
    serve()


if __name__ == "__main__":
    main()
