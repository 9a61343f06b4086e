"""A bounded log of encoded blocks that many streams read: a stream is a place in it.

However many read, a block is kept once, and a reader that is slow costs nothing until the log's bound, where it has
fallen behind. A reader that has had everything may be handed a block on the spot (`Tap`): to wake five hundred tasks,
each to write the same bytes, costs more than the writing. Everything here belongs to one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BLOCKS = 2048
"""At one block a 25 ms tick: 51 s of unbroken change."""
MAX_BYTES = 4_000_000
MAX_JOINED_BYTES = 256_000
"""What one reader takes at a time: with its socket's buffers, the most that a stalled client holds."""
_TRIM_EVERY = 64
_JOINS_KEPT = 16


class FellBehind(Exception):
    """The reader's next block is no longer in the log."""


Tap: TypeAlias = "Callable[[bytes], bool]"
"""Passes a block on to the client at once; False where the client has not taken enough of the last ones."""


class BlockReader:
    """One stream's place in a log. `close` may come at any time, also while `next` waits: it then returns None."""

    def __init__(self, log: BlockLog, place: int, tap: Tap | None = None) -> None:
        self._log = log
        self._tap = tap
        self.place = place
        self.closed = False
        self._waiting: asyncio.Future[None] | None = None

    async def next(self) -> bytes | None:
        """The blocks since the last call that no tap has passed on, joined; None once closed, or at the end of a
        finished log.

        Raises FellBehind.
        """
        while self.place == self._log.end and not self.closed and not self._log.finished:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        if self.closed or self.place == self._log.end:
            return None
        block, self.place = self._log.since(self.place)
        return block

    def take(self, block: bytes) -> None:
        """The log has got a block."""
        # Who waits has had everything before it.
        if self._tap is not None and self._waits() and self._tap(block):
            self.place += 1
        else:
            self.wake()

    def wake(self) -> None:
        if self._waiting is not None and self._waits():
            self._waiting.set_result(None)

    def _waits(self) -> bool:
        return self._waiting is not None and not self._waiting.done()

    def close(self) -> None:
        """End the stream and leave the log."""
        self.closed = True
        self._log.leave(self)
        self.wake()


class BlockLog:
    """Blocks in order, numbered from 0; those that all readers have had are dropped, and the oldest past the bound."""

    def __init__(
        self,
        *,
        max_blocks: int = MAX_BLOCKS,
        max_bytes: int = MAX_BYTES,
        on_empty: Callable[[], None] | None = None,
    ) -> None:
        """on_empty: called when the last reader leaves."""
        self._blocks: deque[bytes] = deque()
        self._first = 0
        self._bytes = 0
        self._max_blocks = max_blocks
        self._max_bytes = max_bytes
        self._readers: set[BlockReader] = set()
        self._joined: dict[int, tuple[bytes, int]] = {}
        self._on_empty = on_empty
        self.finished = False

    @property
    def reader_count(self) -> int:
        return len(self._readers)

    @property
    def end(self) -> int:
        """The number that the next block gets."""
        return self._first + len(self._blocks)

    @property
    def bytes_kept(self) -> int:
        return self._bytes

    def reader(self, tap: Tap | None = None) -> BlockReader:
        """A reader that gets what is appended from now on."""
        reader = BlockReader(self, self.end, tap)
        self._readers.add(reader)
        return reader

    def leave(self, reader: BlockReader) -> None:
        if reader in self._readers:
            self._readers.remove(reader)
            if not self._readers and self._on_empty is not None:
                self._on_empty()

    def append(self, block: bytes) -> None:
        """Add a block and give it to those who wait for it. Empty blocks are not kept."""
        if not block:
            return
        self._blocks.append(block)
        self._bytes += len(block)
        self._joined.clear()
        if len(self._blocks) % _TRIM_EVERY == 0:
            self._drop_before(min((reader.place for reader in self._readers), default=self.end))
        while len(self._blocks) > 1 and (len(self._blocks) > self._max_blocks or self._bytes > self._max_bytes):
            self._drop_before(self._first + 1)
        for reader in self._readers:
            reader.take(block)

    def finish(self, last: bytes) -> None:
        """Say a last thing; readers end once they have had it."""
        self.finished = True
        self.append(last)
        for reader in self._readers:
            reader.wake()

    def since(self, place: int) -> tuple[bytes, int]:
        """Blocks from ``place`` on as one, and the place after them. Raises FellBehind.

        Readers at one place share the join, so that a tick costs one join and not one a client.
        """
        if place < self._first:
            raise FellBehind
        joined = self._joined.get(place)
        if joined is None:
            joined = self._join(place)
            if len(self._joined) < _JOINS_KEPT:
                self._joined[place] = joined
        return joined

    def _join(self, place: int) -> tuple[bytes, int]:
        taken: list[bytes] = []
        size = 0
        for block in islice(self._blocks, place - self._first, None):
            taken.append(block)
            size += len(block)
            if size >= MAX_JOINED_BYTES:
                break
        return (b"".join(taken) if len(taken) > 1 else taken[0]), place + len(taken)

    def _drop_before(self, place: int) -> None:
        while self._first < place and self._blocks:
            self._bytes -= len(self._blocks.popleft())
            self._first += 1
