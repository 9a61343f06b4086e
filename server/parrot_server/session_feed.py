"""The streams of single sessions: their messages, turns, steps, checkpoints and artifacts as they come.

What happened lately is kept in a ring of its own, bounded by bytes. A stream that resumes from before it is told to
fetch anew, unless nothing changed since; and so is every stream of a session of which not everything was told.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from parrot_server import scopes, sse
from parrot_server.block_log import BlockLog, FellBehind
from parrot_server.feed import CannotResume
from parrot_server.stored import Tombstone
from parrot_wire.codec import decode, encode
from parrot_wire.session import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence

    from parrot_server.block_log import BlockReader, Tap
    from parrot_server.feed import Feed, Resume
    from parrot_server.scopes import Principal
    from parrot_server.stored import Commit, SessionEvent

RING_BYTES = 4_000_000
EVENT_BYTES = 300
"""What an event weighs beside its data."""
MAX_UNTOLD = 4096


class _Audience(NamedTuple):
    """The streams of one session whose callers see the same of it."""

    session_id: str
    sees_cost: bool


class SessionFeed:
    """All streams of single sessions; it hears of commits from the feed."""

    def __init__(
        self,
        feed: Feed,
        *,
        spend_tracking: bool,
        attend: Callable[[str], Coroutine[Any, Any, None]] | None = None,
        ring_bytes: int = RING_BYTES,
    ) -> None:
        """attend: awaited with a session's id before a stream of it begins: from then on its messages are told."""
        self.feed = feed
        self.attend = attend
        self._spend_tracking = spend_tracking
        self._ring: deque[SessionEvent] = deque()
        self._ring_bytes = ring_bytes
        self._bytes = 0
        self._ring_from = feed.seq
        self._untold: dict[str, int] = {}
        """By session, the seq up to which not every event is here, and none is kept."""
        self._logs: dict[_Audience, BlockLog] = {}
        feed.on_commits(self._take)
        feed.on_beat(self._beat)

    def stream(self, session_id: str, row_seq: int, principal: Principal, resume: Resume | None) -> SessionStream:
        """A stream that is not open yet. row_seq: the session's seq, read not before the call that opens the stream."""
        return SessionStream(self, session_id, row_seq, principal, resume)

    def set_spend_tracking(self, spend_tracking: bool) -> None:
        """Turns look different from now on: every stream is reset, so that its client fetches them anew."""
        if spend_tracking != self._spend_tracking:
            self._spend_tracking = spend_tracking
            logs, self._logs = self._logs, {}
            for log in logs.values():
                log.finish(sse.reset("spend tracking was switched"))

    def sees_cost(self, principal: Principal) -> bool:
        return scopes.sees_cost(principal, spend_tracking=self._spend_tracking)

    def log(self, session_id: str, *, sees_cost: bool) -> BlockLog:
        """Where the streams of a session read; made with its first reader."""
        audience = _Audience(session_id, sees_cost)
        log = self._logs.get(audience)
        if log is None:

            def on_empty() -> None:
                if self._logs.get(audience) is made:
                    del self._logs[audience]

            log = made = BlockLog(on_empty=on_empty)
            self._logs[audience] = log
        return log

    def covers(self, session_id: str, seq: int, row_seq: int) -> bool:
        """Whether the ring holds every event of the session after ``seq``. row_seq: the session's own."""
        if seq < self._untold.get(session_id, 0):
            return False
        return seq >= self._ring_from or seq >= row_seq

    def since(self, session_id: str, seq: int) -> list[SessionEvent]:
        return [event for event in self._ring if event.session_id == session_id and event.seq > seq]

    def _take(self, commits: Sequence[Commit]) -> None:
        told: dict[str, list[SessionEvent]] = {}
        untold: set[str] = set()
        deleted: dict[str, int] = {}
        for commit in commits:
            for session_id in commit.untold:
                self._note_untold(session_id, commit.seq)
            untold |= commit.untold
            for event in commit.session_events:
                if event.session_id not in commit.untold:
                    self._remember(event)
                    told.setdefault(event.session_id, []).append(event)
            for change in commit.changes:
                if isinstance(change, Tombstone):
                    deleted[change.id] = change.seq
        if not self._logs:
            return
        for session_id, events in told.items():
            for sees_cost in (True, False):
                log = self._logs.get(_Audience(session_id, sees_cost))
                if log is not None:
                    log.append(encode_events(events, sees_cost=sees_cost))
        for session_id, seq in deleted.items():
            self._finish(session_id, sse.gone(seq, session_id))
        for session_id in untold:
            self._finish(session_id, sse.reset("not everything that changed was told"))

    def _finish(self, session_id: str, last: bytes) -> None:
        for sees_cost in (True, False):
            log = self._logs.pop(_Audience(session_id, sees_cost), None)
            if log is not None:
                log.finish(last)

    def _note_untold(self, session_id: str, seq: int) -> None:
        self._untold.pop(session_id, None)
        self._untold[session_id] = seq
        if len(self._untold) > MAX_UNTOLD:
            self._ring_from = max(self._ring_from, self._untold.pop(next(iter(self._untold))))

    def _remember(self, event: SessionEvent) -> None:
        self._ring.append(event)
        self._bytes += len(event.data) + EVENT_BYTES
        while self._bytes > self._ring_bytes:
            oldest = self._ring.popleft()
            self._bytes -= len(oldest.data) + EVENT_BYTES
            self._ring_from = max(self._ring_from, oldest.seq)

    def _beat(self) -> None:
        block = sse.HEARTBEAT + self.feed.ready()
        for log in self._logs.values():
            log.append(block)


class SessionStream:
    """One client's stream of one session."""

    def __init__(
        self, feed: SessionFeed, session_id: str, row_seq: int, principal: Principal, resume: Resume | None
    ) -> None:
        self._feed = feed
        self._session_id = session_id
        self._row_seq = row_seq
        self._principal = principal
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
        if feed.attend is not None:
            await feed.attend(self._session_id)
        sees_cost = feed.sees_cost(self._principal)
        missed = b""
        if self._resume is not None:
            try:
                seq = await feed.feed.resume_from(self._resume)
                feed.feed.flush()
                if not feed.covers(self._session_id, seq, self._row_seq):
                    raise CannotResume("the session has moved on too far")  # noqa: TRY301 one place answers
            except CannotResume as why:
                yield sse.reset(str(why))
                return
            missed = encode_events(feed.since(self._session_id, seq), sees_cost=sees_cost)
        if self._closed:
            return
        feed.feed.flush()
        self._reader = feed.log(self._session_id, sees_cost=sees_cost).reader(tap)
        yield missed + feed.feed.ready()
        try:
            while (block := await self._reader.next()) is not None:
                yield block
        except FellBehind:
            yield sse.reset("the client fell too far behind")


def encode_events(events: Iterable[SessionEvent], *, sees_cost: bool) -> bytes:
    """Events in seq order. Of those of one seq only the last names it: no client can resume in the middle."""
    ordered = list(events)
    blocks: list[bytes] = []
    for index, event in enumerate(ordered):
        last_of_seq = index + 1 == len(ordered) or ordered[index + 1].seq != event.seq
        data = event.data if sees_cost or event.name != "turn" else _without_cost(event.data)
        blocks.append(sse.event(event.name, data, event.seq if last_of_seq else None))
    return b"".join(blocks)


def _without_cost(data: bytes) -> bytes:
    return encode(scopes.withhold_turn(decode(data, Turn)))
