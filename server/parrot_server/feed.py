"""From commits to streams: every change, in ``seq`` order, to everyone whose filter it concerns.

The store hands each commit over; a bounded ring keeps the newest changes. Streams with the same filter, lock, pace and
rights form a group: a change is encoded once a group and joined to one block a tick, and a stream is a place in the
group's log of blocks. The first change after a quiet spell goes out at once, the others of its
tick together. A stream that asks for it (`View.every_s`) is told less often, of each session what it is by then.

A stream that resumes gets what changed after its id once, in its newest state, from the ring, or from the store where
the ring no longer reaches back. Everything but `publish` belongs to the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple, Protocol

from parrot_server import scopes, sse
from parrot_server.block_log import MAX_BYTES, BlockLog
from parrot_server.matching import compile_filter, in_record
from parrot_server.stored import Tombstone, change_seq
from parrot_wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from parrot_server.scopes import Principal
    from parrot_server.store.queries import RecordLock
    from parrot_server.stored import Change, Commit
    from parrot_wire.query import Filter
    from parrot_wire.values import Scope

TICK_S = 0.025
"""Also the frame of a window under a storm of changes: it paints as each block comes, forty times a second."""
MANY_READERS = 250
MANY_READERS_TICK_S = 0.045
"""So many streams take a good part of a core to write to, however little is said: they are written to less often."""
HEARTBEAT_S = 15.0
RING_CHANGES = 2048
COMMIT_REACHES_FEED_S = 5.0
"""A commit is handed over right after it is made; only a process that is starved of time takes seconds."""


class Place(NamedTuple):
    """Where the workspace stands: its newest seq, and the seq below which no stream can resume."""

    seq: int
    floor: int


class History(Protocol):
    """What the feed asks of the store when its ring does not reach back far enough."""

    async def place(self) -> Place: ...

    async def changes_since(self, seq: int, limit: int) -> Sequence[Change]:
        """As ``store.queries.changes_since``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one stream shows, and to whom."""

    where: Filter
    lock: RecordLock | None
    principal: Principal
    every_s: float = 0.0
    """The time between two blocks is at least so long; 0: as often as the feed ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The id that a client names, as it stands in the header, and the feed that it knows (None: not said)."""

    last_id: str
    feed: str | None


class CannotResume(Exception):
    """The text is the reason that the client is told."""


class _Rights(NamedTuple):
    """Two callers with equal rights are shown the same bytes for a row."""

    scopes: frozenset[Scope]
    member: str | None


def _rights(principal: Principal) -> _Rights:
    return _Rights(principal.scopes, principal.member if principal.actions_depend_on_member else None)


class _Group:
    """The streams that show the same to callers with the same rights."""

    def __init__(self, view: View, *, spend_tracking: bool, log: BlockLog) -> None:
        self.rights = _rights(view.principal)
        self.log = log
        self._view = view
        self._spend_tracking = spend_tracking
        self._matches = compile_filter(view.where)
        self._held: dict[str, Change] = {}
        """By session, in seq order."""
        self._told_at = -inf

    def take(self, changes: Sequence[Change], rows: dict[tuple[_Rights, str], bytes], now: float) -> float | None:
        """Tell of changes, one a session and in seq order, or hold them where the group was told a moment ago: then
        the time at which to `tell`. rows: encoded rows, shared by the groups of one tick."""
        if self._view.every_s <= 0:
            self.log.append(self.encode(changes, rows))
            return None
        due = self._told_at + self._view.every_s
        # The first to be held sets the time; the others are told with it.
        is_first = not self._held
        _take_newest(self._held, changes)
        if now >= due:
            self.tell(now)
            return None
        return due if is_first and changes else None

    def tell(self, now: float) -> None:
        """Tell of what is held."""
        if self._held:
            held, self._held = self._held, {}
            self._told_at = now
            self.log.append(self.encode(held.values(), {}))

    def encode(self, changes: Iterable[Change], rows: dict[tuple[_Rights, str], bytes]) -> bytes:
        """Changes, one a session, as events. rows: encoded rows, shared by the groups of one tick."""
        lock = self._view.lock
        events: list[bytes] = []
        for change in changes:
            if isinstance(change, Tombstone):
                events.append(sse.gone(change.seq, change.id))
                continue
            row = change.row
            if lock is not None and not in_record(row, lock):
                if lock.id in change.unlinked:
                    events.append(sse.gone(row.seq, row.id))
            elif self._matches(row):
                key = (self.rights, row.id)
                encoded = rows.get(key)
                if encoded is None:
                    shown = scopes.project(change, self._view.principal, spend_tracking=self._spend_tracking)
                    encoded = rows[key] = sse.event("session", encode(shown), row.seq)
                events.append(encoded)
            else:
                events.append(sse.gone(row.seq, row.id))
        return b"".join(events)


class Feed:
    """All streams of one workspace. `start` and everything else but `publish` run on the event loop."""

    def __init__(
        self,
        history: History,
        *,
        seq: int,
        feed_id: str,
        spend_tracking: bool,
        tick_s: float = TICK_S,
        heartbeat_s: float = HEARTBEAT_S,
        ring_changes: int = RING_CHANGES,
        backlog_bytes: int = MAX_BYTES,
    ) -> None:
        """seq, feed_id: where the store stands now; commits after that are handed to `publish`.

        backlog_bytes: how far a stream of a group may fall behind.
        """
        self.feed_id = feed_id
        self.seq = seq
        """Everything up to here has been given to the groups."""
        self.history = history
        self._spend_tracking = spend_tracking
        self._tick_s = tick_s
        self._heartbeat_s = heartbeat_s
        self._ring: deque[Change] = deque()
        self._ring_changes = ring_changes
        self._backlog_bytes = backlog_bytes
        self._ring_from = seq
        """The ring holds every change after this seq."""
        self._pending: list[Commit] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._groups: dict[tuple[Filter, RecordLock | None, float, _Rights], _Group] = {}
        self._listeners: list[Callable[[Sequence[Commit]], None]] = []
        self._beats: list[Callable[[], None]] = []
        self._heart: asyncio.TimerHandle | None = None
        self._reached: list[tuple[int, asyncio.Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    # Life

    def start(self) -> None:
        """Bind to the running loop and begin the heartbeat."""
        self._loop = asyncio.get_running_loop()
        self._heart = self._loop.call_later(self._heartbeat_s, self._beat)

    def stop(self) -> None:
        for timer in (self._heart, self._flush_timer):
            if timer is not None:
                timer.cancel()
        self._loop = None

    def on_commits(self, listener: Callable[[Sequence[Commit]], None]) -> None:
        """Tell another kind of stream of commits, in order, a tick at a time."""
        self._listeners.append(listener)

    def on_beat(self, beat: Callable[[], None]) -> None:
        """Tell another kind of stream when its heartbeat is due."""
        self._beats.append(beat)

    # Commits

    def publish(self, commit: Commit) -> None:
        """Take a commit, in seq order, from any thread. Commits before `start` or after `stop` are in the store."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._take, commit)

    def _take(self, commit: Commit) -> None:
        loop = self._loop
        if loop is None:
            return
        self._pending.append(commit)
        if self._flush_timer is None:
            wait_s = self._flushed_at + self._current_tick_s() - loop.time()
            if wait_s <= 0:
                self.flush()
            else:
                self._flush_timer = loop.call_later(wait_s, self.flush)

    def _tell_held(self, group: _Group) -> None:
        if self._loop is not None:
            group.tell(self._loop.time())

    def _current_tick_s(self) -> float:
        readers = sum(group.log.reader_count for group in self._groups.values())
        return self._tick_s if readers < MANY_READERS else max(self._tick_s, MANY_READERS_TICK_S)

    def flush(self) -> None:
        """Give what waits for its tick to the groups now."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        commits, self._pending = self._pending, []
        if not commits:
            return
        if self._loop is not None:
            self._flushed_at = self._loop.time()
        changes = [change for commit in commits for change in commit.changes]
        self._remember(changes)
        self.seq = max(self.seq, commits[-1].seq)
        newest = _newest(changes)
        rows: dict[tuple[_Rights, str], bytes] = {}
        for group in self._groups.values():
            due = group.take(newest, rows, self._flushed_at)
            if due is not None and self._loop is not None:
                self._loop.call_at(due, self._tell_held, group)
        for listener in self._listeners:
            listener(commits)
        self._tell_reached()

    def _remember(self, changes: Iterable[Change]) -> None:
        self._ring.extend(changes)
        while len(self._ring) > self._ring_changes:
            self._ring_from = change_seq(self._ring.popleft())

    def _beat(self) -> None:
        loop = self._loop
        if loop is None:
            return
        self._heart = loop.call_later(self._heartbeat_s, self._beat)
        self.flush()
        block = sse.HEARTBEAT + self.ready()
        for group in self._groups.values():
            # What is held is older than the seq that `ready` names.
            group.tell(loop.time())
            group.log.append(block)
        for beat in self._beats:
            beat()

    def ready(self) -> bytes:
        return sse.ready(self.seq, self.feed_id)

    # Streams

    def group(self, view: View) -> _Group:
        """The group of a view; nothing is held in it, so that a reader that begins now gets what comes from now on."""
        key = (view.where, view.lock, view.every_s, _rights(view.principal))
        group = self._groups.get(key)
        if group is None:

            def on_empty() -> None:
                if self._groups.get(key) is made:
                    del self._groups[key]

            log = BlockLog(max_bytes=self._backlog_bytes, on_empty=on_empty)
            group = made = _Group(view, spend_tracking=self._spend_tracking, log=log)
            self._groups[key] = group
        elif self._loop is not None:
            group.tell(self._loop.time())
        return group

    def encode(self, view: View, changes: Iterable[Change]) -> bytes:
        """Changes as the events of one stream alone."""
        return _Group(view, spend_tracking=self._spend_tracking, log=BlockLog()).encode(changes, {})

    def set_spend_tracking(self, spend_tracking: bool) -> None:
        """Rows look different from now on: every stream is reset, so that its client fetches them anew."""
        if spend_tracking == self._spend_tracking:
            return
        self._spend_tracking = spend_tracking
        groups, self._groups = self._groups, {}
        for group in groups.values():
            group.log.finish(sse.reset("spend tracking was switched"))

    async def resume_from(self, resume: Resume) -> int:
        """The seq to go on from, reached by the feed. Raises CannotResume."""
        if resume.feed is not None and resume.feed != self.feed_id:
            raise CannotResume("this is another feed: the workspace's database was made anew")
        text = resume.last_id.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise CannotResume("the id is none of this stream's")
        seq = int(text)
        if seq > self.seq:
            # A list may have been read from the store before its commit came here.
            self.flush()
            if seq > self.seq and seq > (await self.history.place()).seq:
                raise CannotResume("the id is ahead of this workspace")
            await self._until(seq)
        return seq

    def covers(self, seq: int) -> bool:
        """Whether the ring holds every change after ``seq``."""
        return seq >= self._ring_from

    def since(self, seq: int) -> list[Change]:
        """The ring's changes after ``seq``, one a session, in seq order."""
        found: list[Change] = []
        for change in reversed(self._ring):
            if change_seq(change) <= seq:
                break
            found.append(change)
        found.reverse()
        return _newest(found)

    async def _until(self, seq: int) -> None:
        if seq > self.seq:
            entry = (seq, asyncio.get_running_loop().create_future())
            self._reached.append(entry)
            try:
                async with asyncio.timeout(COMMIT_REACHES_FEED_S):
                    await entry[1]
            except TimeoutError:
                self._reached.remove(entry)
                raise CannotResume("the workspace is too busy to resume") from None

    def _tell_reached(self) -> None:
        for entry in tuple(self._reached):
            seq, reached = entry
            if seq <= self.seq:
                self._reached.remove(entry)
                if not reached.done():
                    reached.set_result(None)


def _newest(changes: Iterable[Change]) -> list[Change]:
    """One change a session, its last, in seq order. changes: in seq order."""
    newest: dict[str, Change] = {}
    _take_newest(newest, changes)
    return list(newest.values())


def _take_newest(newest: dict[str, Change], changes: Iterable[Change]) -> None:
    """Put changes, in seq order and newer than those there, at the end, each in place of its session's older one."""
    for change in changes:
        session_id = change.id if isinstance(change, Tombstone) else change.row.id
        newest.pop(session_id, None)
        newest[session_id] = change
