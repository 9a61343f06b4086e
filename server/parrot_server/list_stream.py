"""One client's stream of the list: what it missed, from the ring or from the store, then what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server import sse
from parrot_server.block_log import FellBehind
from parrot_server.feed import CannotResume
from parrot_server.stored import change_seq

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from parrot_server.block_log import BlockReader, Tap
    from parrot_server.feed import Feed, Resume, View

REPLAY_CHUNK = 500


class ListStream:
    """Takes its place in the feed when it is read."""

    def __init__(self, feed: Feed, view: View, resume: Resume | None) -> None:
        """resume: where the client goes on; None: nothing is replayed."""
        self._feed = feed
        self._view = view
        self._resume = resume
        self._reader: BlockReader | None = None
        self._closed = False

    def close(self) -> None:
        self._closed = True
        if self._reader is not None:
            self._reader.close()

    async def blocks(self, tap: Tap | None = None) -> AsyncGenerator[bytes]:
        feed = self._feed
        yield sse.RETRY
        seq = feed.seq
        if self._resume is not None:
            try:
                seq = await feed.resume_from(self._resume)
                async for chunk, reached in self._from_store(seq):
                    yield chunk
                    seq = reached
            except CannotResume as why:
                yield sse.reset(str(why))
                return
        if self._closed:
            return
        # From here to the reader's place nothing waits, so that no commit comes between.
        feed.flush()
        missed = feed.encode(self._view, feed.since(seq)) if self._resume is not None else b""
        self._reader = feed.group(self._view).log.reader(tap)
        yield missed + feed.ready()
        try:
            while (block := await self._reader.next()) is not None:
                yield block
        except FellBehind:
            yield sse.reset("the client fell too far behind")

    async def _from_store(self, seq: int) -> AsyncGenerator[tuple[bytes, int]]:
        """Chunks of what changed, each with the seq it reaches; ends where the ring holds the rest."""
        feed = self._feed
        feed.flush()
        if feed.covers(seq):
            return
        if seq < (await feed.history.place()).floor:
            raise CannotResume("the id is older than what the workspace remembers of deletions")
        while not self._closed and not feed.covers(seq):
            upto = feed.seq
            changes = await feed.history.changes_since(seq, REPLAY_CHUNK)
            # What is newer than the feed comes by the feed.
            block = feed.encode(self._view, [change for change in changes if change_seq(change) <= upto])
            seq = min(change_seq(changes[-1]), upto) if len(changes) == REPLAY_CHUNK else upto
            yield block, seq
            feed.flush()
