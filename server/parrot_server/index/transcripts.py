"""Messages of local sessions, read from the files of their tools: the `parrot_server.transcripts.Transcripts` of this
machine.

Where each message lies is kept for the transcripts that were asked for last, up to a bound in bytes, and goes on from
there as their files grow. Of these alone it is told what they gain: of all others nobody here has seen anything.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from parrot_server.index.appended import unit_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.index.sources.base import Transcript, Unit
    from parrot_server.stored import StoredDetail
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

T = TypeVar("T")

log = logging.getLogger(__name__)

KEPT_BYTES = 24 << 20
KEPT_COUNT = 128
NEW_MESSAGES = 200
"""As many messages at most are told at once to those who watch a session; of more they are told to fetch them."""
_WAIT_FOR_INDEX_S = 10.0


class _Kept:
    """One transcript, and from where on its watchers were not told."""

    def __init__(self, transcript: Transcript, path: str) -> None:
        self.transcript = transcript
        self.lock = threading.Lock()
        self.is_read = False
        self._path = path
        self._told_up_to: Unit | None = None
        """The file as it was when all that was seen of it was known to watchers; None where that cannot be said."""
        self._untold_from = 1
        self._most = 0
        """Messages that watchers may know."""
        self._copied_turns = 0

    def refresh(self) -> int:
        """The number of messages now. Raises OSError."""
        total = self.transcript.refresh()
        if self.is_read:
            self._untold_from = min(self._untold_from, self.transcript.changed_from())
        else:
            self.is_read, self._untold_from = True, total + 1
            # After it was read: what it has grown by meanwhile may have been seen, or not.
            self._told_up_to = unit_at(self._path)
        self._most = max(self._most, total)
        return total

    def page(self, first: int, last: int) -> list[Message]:
        """Raises OSError."""
        return [self._numbered(message) for message in self.transcript.page(first, last)]

    def gained(self, before: Unit, after: Unit) -> list[Message] | None:
        """What changed since the last call, as `FileTranscripts.gained` tells it. Raises OSError."""
        told_up_to, self._told_up_to = self._told_up_to, None
        total = self.refresh()
        first, self._untold_from = self._untold_from, total + 1
        has_fewer, self._most = total < self._most, total
        self._told_up_to = after
        if told_up_to is None or not _has_all_of(before, told_up_to) or has_fewer or total - first >= NEW_MESSAGES:
            return None
        return self.page(first, total)

    def know_turns(self, owned: int) -> None:
        """How many turns the session owns. Copied ones come first and are not numbered."""
        self._copied_turns = self.transcript.turn_total - owned

    def _numbered(self, message: Message) -> Message:
        if message.turn is None or self._copied_turns == 0:
            return message
        turn = message.turn - self._copied_turns
        # Fewer turns here than the session owns: it has some that no message of its own stands for.
        return msgspec.structs.replace(message, turn=turn if turn > 0 and self._copied_turns > 0 else None)


def _has_all_of(unit: Unit, earlier: Unit) -> bool:
    """Whether who has read the one has read the other. Not so where the file was replaced, or where what was read
    could not be written and is read again."""
    is_same = (unit.device, unit.inode) == (earlier.device, earlier.inode)
    return is_same and unit.size >= earlier.size and unit.mtime_ns >= earlier.mtime_ns


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session's messages lie, and how its tool reads them."""

    path: str
    open: Callable[[], Transcript | None]


class FileTranscripts:
    """find: (source, native id) -> its place; None where no local source tells the session."""

    def __init__(self, find: Callable[[str, str], Place | None], ready: threading.Event) -> None:
        """ready: set once it is known what an earlier server had indexed."""
        self._find = find
        self._ready = ready
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="parrot-transcripts")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # parrot_server.transcripts.Transcripts

    async def total(self, session: StoredDetail) -> int | None:
        return await self._run(session, lambda _, total: total, missing=0)

    async def page(self, session: StoredDetail, first: int, last: int) -> Sequence[Message]:
        def read(kept: _Kept, total: int) -> list[Message]:
            kept.know_turns(session.detail.turn_count)
            return kept.page(first, min(last, total))

        return await self._run(session, read, missing=[]) or []

    async def part(self, session: StoredDetail, n: int, index: int) -> Part | ImageBytes | None:
        return await self._run(session, lambda kept, _: kept.transcript.part(n, index), missing=None)

    async def raw(self, session: StoredDetail, n: int) -> bytes | None:
        return await self._run(session, lambda kept, _: kept.transcript.raw(n), missing=None)

    # For the index

    def gained(self, source: str, native_id: str, before: Unit, after: Unit) -> Sequence[Message] | None:
        """All messages that a session's transcript gained, or that changed, while its unit became another.

        None where they are not known to be all: nobody asked for the transcript lately, or who did may have seen it as
        the index has not; it became shorter; or they are too many. For the engine's thread.
        """
        with self._guard:
            kept = self._kept.get((source, native_id, after.path))
        # One that is being read for the first time is not waited for.
        if kept is None or not kept.is_read:
            return None
        try:
            with kept.lock:
                gained = kept.gained(before, after)
        except OSError:
            return None
        with self._guard:
            self._evict()
        return gained

    def _run(self, session: StoredDetail, read: Callable[[_Kept, int], T], *, missing: T) -> asyncio.Future[T | None]:
        source, native_id = session.detail.source, session.detail.native_id
        return asyncio.get_running_loop().run_in_executor(self._pool, self._read, source, native_id, read, missing)

    def _read(self, source: str, native_id: str, read: Callable[[_Kept, int], T], missing: T) -> T | None:
        self._ready.wait(_WAIT_FOR_INDEX_S)
        place = self._find(source, native_id)
        if place is None:
            return None
        kept = self._get((source, native_id, place.path), place)
        if kept is None:
            return missing
        try:
            with kept.lock:
                return read(kept, kept.refresh())
        except OSError as error:
            log.info("the transcript of %s %s cannot be read: %s", source, native_id, error)
            return missing

    def _get(self, key: tuple[str, str, str], place: Place) -> _Kept | None:
        with self._guard:
            kept = self._kept.get(key)
            if kept is None:
                transcript = place.open()
                if transcript is None:
                    return None
                kept = self._kept[key] = _Kept(transcript, place.path)
            self._kept.move_to_end(key)
            self._evict()
            return kept

    def _evict(self) -> None:
        total = sum(kept.transcript.memory for kept in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > KEPT_COUNT or total > KEPT_BYTES):
            _, kept = self._kept.popitem(last=False)
            total -= kept.transcript.memory
