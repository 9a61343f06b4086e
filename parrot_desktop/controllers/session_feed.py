"""Everything of one session, loaded and kept true: its detail, messages, turns and timeline.

The window and the pane each have one. What is shown first is asked for at once; then the session's own stream tells
what changes inside it, and the workspace's (`row_seen`) when its row does. Work that is no longer wanted (another page,
another search) is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from parrot_desktop.api.errors import NotFound, WorkspaceError
from parrot_desktop.api.live import Connected, Lost
from parrot_desktop.api.workspace import Blob, MessagesAfter, MessagesAround, MessagesBefore
from parrot_desktop.domain.transcript.store import PAGE, PartPlace
from parrot_desktop.tasks import Latest
from parrot_wire.events import Changed, Gone, Reset
from parrot_wire.session import Artifact, Checkpoint, Message, Step, Timeline, Turn
from parrot_wire.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from parrot_desktop.api.workspace import MessagesPlace, Workspace
    from parrot_desktop.tasks import TaskOwner
    from parrot_wire.session import Detail, Part, Row

log = logging.getLogger(__name__)

_Item = TypeVar("_Item", Step, Checkpoint, Artifact)

SETTLE_S = 0.25
"""Changes of a session come in bursts; its detail is asked for once after them."""
MAX_LIMIT = 500
GROWING = 8
"""Of the last messages, so many may have changed between the first answer and the stream: results of calls come in."""


class FeedListener(Protocol):
    """Shows what comes. All calls are made in the GUI's thread, and none after `SessionFeed.stop`."""

    def detail_came(self, detail: Detail) -> None: ...

    def turns_came(self, turns: tuple[Turn, ...]) -> None:
        """All of them, oldest first."""
        ...

    def timeline_came(self, timeline: Timeline) -> None: ...

    def messages_came(self, messages: tuple[Message, ...], total: int) -> None: ...

    def part_came(self, place: PartPlace, part: Part | Blob) -> None: ...

    def first_page_came(self) -> None:
        """Detail and the first messages are there."""
        ...

    def feed_failed(self, error: WorkspaceError) -> None:
        """The session cannot be shown, or what was asked for did not come."""
        ...

    def connection_changed(self, lost: WorkspaceError | None) -> None:
        """The session's stream broke, or (None) is open again."""
        ...

    def session_gone(self) -> None:
        """It was deleted, or may be seen no longer."""
        ...


class SessionFeed:
    """One session; `start` once, `stop` at the end. ``follow`` opens its stream."""

    def __init__(
        self, workspace: Workspace, session_id: str, owner: TaskOwner, listener: FeedListener, *, page: int = PAGE
    ) -> None:
        self._workspace = workspace
        self.session_id = session_id
        self._owner = owner
        self._listener = listener
        self._page = page
        self.detail: Detail | None = None
        self.total = 0
        self._turns: dict[int, Turn] = {}
        self._timeline: Timeline | None = None
        self._is_stopped = False
        self._opening = Latest(owner, "open")
        self._following = Latest(owner, "follow")
        self._refreshing = Latest(owner, "refresh")
        self._is_dirty = False

    def start(
        self,
        *,
        row: Row | None = None,
        message: int | None = None,
        at_end: bool | None = None,
        follow: bool = True,
    ) -> None:
        """Show the first page: around a message, at the end, or at the start (None: as its status asks).

        ``row``: what a list knows of the session, so that what only some sessions have is asked for with the rest.
        """
        is_flow = row is not None and row.kind is Kind.FLOW
        self._opening.start(self._open(message, at_end, is_flow=is_flow, follow=follow))

    def stop(self) -> None:
        self._is_stopped = True
        for work in (self._opening, self._following, self._refreshing):
            work.cancel()

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns[n] for n in sorted(self._turns))

    @property
    def timeline(self) -> Timeline | None:
        return self._timeline

    def row_seen(self, row: Row | None) -> None:
        """A row of the workspace changed: this session's, a child's, or another's. None: some may have been missed.

        The session's own stream has no rows: a status can change without an event of it (someone ends it elsewhere).
        """
        detail = self.detail
        if detail is None:
            # The answer that is on its way may be older.
            self._is_dirty = self._is_dirty or row is None or row.id == self.session_id
        elif row is None:
            self.refresh()
        elif row.id == detail.id or row.parent == detail.id:
            known = {each.id: each.seq for each in (detail, *detail.children)}
            if row.seq > known.get(row.id, 0):
                self.refresh()

    def refresh(self) -> None:
        """Ask for the detail, soon."""
        self._is_dirty = True
        if not self._refreshing.is_running and not self._is_stopped:
            self._refreshing.start(self._refresh())

    # On demand

    def need_messages(self, first: int, last: int) -> None:
        """These come by `messages_came`."""
        self._spawn(self._load(first, last), "messages")

    def need_part(self, place: PartPlace) -> None:
        """A part whole, or an image's bytes."""
        self._spawn(self._load_part(place), "part")

    async def raw(self, n: int) -> Blob:
        """The source's own record of a message. Raises WorkspaceError."""
        return await self._workspace.raw(self.session_id, n)

    async def messages(self, first: int, last: int) -> tuple[Message, ...]:
        """Messages for a search, not shown. Raises WorkspaceError."""
        found: list[Message] = []
        while first <= last:
            limit = min(MAX_LIMIT, last - first + 1)
            answer = await self._workspace.messages(self.session_id, MessagesAfter(first - 1), limit=limit)
            found.extend(message for message in answer.items if message.n <= last)
            if not answer.items:
                break
            first = answer.items[-1].n + 1
        return tuple(found)

    # Opening

    async def _open(self, message: int | None, at_end: bool | None, *, is_flow: bool, follow: bool) -> None:
        place: MessagesPlace = MessagesAfter(0)
        if message is not None:
            place = MessagesAround(message)
        elif at_end:
            place = MessagesBefore(None)
        failed: WorkspaceError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                detail = group.create_task(self._workspace.detail(self.session_id))
                group.create_task(self._show_messages_then_turns(place))
                if is_flow:
                    group.create_task(self._guarded(self._load_timeline()))
                detail.add_done_callback(self._detail_done)
        except* WorkspaceError as errors:
            failed = _most_telling(errors)
        found = self.detail
        if failed is not None:
            self._tell(lambda: self._listener.feed_failed(failed))
            return
        if found is None:
            return
        if found.kind is Kind.FLOW and not is_flow:
            await self._guarded(self._load_timeline())
        if at_end is None and message is None and found.status.is_live and self.total > self._page:
            await self._guarded(self._show_messages(MessagesBefore(None)))
        self._tell(self._listener.first_page_came)
        if follow:
            self.follow()

    def _detail_done(self, task: asyncio.Task[Detail]) -> None:
        """The detail is shown as soon as it is here: messages of a long transcript may take longer."""
        if not task.cancelled() and task.exception() is None:
            self._take_detail(task.result())

    def _take_detail(self, detail: Detail) -> None:
        if self.detail is not None and detail.seq < self.detail.seq:
            return
        self.detail = detail
        self._tell(lambda: self._listener.detail_came(detail))
        if self._is_dirty:
            self.refresh()

    async def _show_messages(self, place: MessagesPlace, *, limit: int | None = None) -> None:
        answer = await self._workspace.messages(self.session_id, place, limit=limit or self._page)
        self.total = max(self.total, answer.total)
        self._tell(lambda: self._listener.messages_came(answer.items, answer.total))

    async def _show_messages_then_turns(self, place: MessagesPlace) -> None:
        """One after the other: the turns of a long session are a megabyte, and nobody reads them first."""
        await self._show_messages(place)
        await self._load_turns()

    async def _load(self, first: int, last: int) -> None:
        """Whole pages, so that neighbours need not be asked for again."""
        first = (first - 1) // self._page * self._page + 1
        last = min(max(last, first + self._page - 1), self.total)
        while first <= last:
            limit = min(MAX_LIMIT, last - first + 1)
            await self._show_messages(MessagesAfter(first - 1), limit=limit)
            first += limit

    async def _load_part(self, place: PartPlace) -> None:
        part = await self._workspace.part(self.session_id, place.n, place.index)
        self._tell(lambda: self._listener.part_came(place, part))

    async def _load_turns(self) -> None:
        self._turns = {turn.n: turn for turn in await self._workspace.turns(self.session_id)}
        self._tell(lambda: self._listener.turns_came(self.turns))

    async def _load_timeline(self) -> None:
        self._timeline = await self._workspace.timeline(self.session_id)
        self._tell_timeline()

    # Following

    def follow(self) -> None:
        """Open the session's stream, if it is not open yet."""
        if not self._following.is_running and not self._is_stopped:
            self._following.start(self._follow())

    async def _follow(self) -> None:
        back = GROWING
        try:
            async with aclosing(self._workspace.session_events(self.session_id)) as events:
                async for event in events:
                    match event:
                        case Connected():
                            self._tell(lambda: self._listener.connection_changed(None))
                            await self._guarded(self._catch_up(back))
                        case Lost(error=error):
                            back = self._page
                            self._tell(lambda lost=error: self._listener.connection_changed(lost))
                        case Changed(item=item):
                            self._take(item)
                        case Reset():
                            await self._guarded(self._catch_up(self._page))
                        case Gone():
                            self._tell(self._listener.session_gone)
                            return
                        case _:
                            pass
        except NotFound:
            self._tell(self._listener.session_gone)
        except WorkspaceError as error:
            self._tell(lambda lost=error: self._listener.connection_changed(lost))

    async def _catch_up(self, back: int) -> None:
        """What changed while no stream told of it: messages from ``back`` before the last, the turns, the row."""
        self._take_detail(await self._workspace.detail(self.session_id))
        after = max(0, self.total - back)
        while True:
            answer = await self._workspace.messages(self.session_id, MessagesAfter(after), limit=MAX_LIMIT)
            self.total = max(self.total, answer.total)
            self._tell(lambda found=answer: self._listener.messages_came(found.items, found.total))
            if len(answer.items) < MAX_LIMIT:
                break
            after = answer.items[-1].n
        await self._load_turns()
        if self.detail is not None and self.detail.kind is Kind.FLOW:
            await self._load_timeline()

    def _take(self, item: Message | Turn | Step | Checkpoint | Artifact) -> None:
        match item:
            case Message():
                self.total = max(self.total, item.n)
                self._tell(lambda: self._listener.messages_came((item,), self.total))
            case Turn():
                self._turns[item.n] = item
                self._tell(lambda: self._listener.turns_came(self.turns))
            case _:
                if self._timeline is not None:
                    self._timeline = with_item(self._timeline, item)
                    self._tell_timeline()
        self.refresh()

    async def _refresh(self) -> None:
        """The row's counts, costs and status, once a burst of changes is over."""
        while self._is_dirty:
            await asyncio.sleep(SETTLE_S)
            self._is_dirty = False
            try:
                self._take_detail(await self._workspace.detail(self.session_id))
            except NotFound:
                self._tell(self._listener.session_gone)
            except WorkspaceError as error:
                log.info("a session's detail could not be fetched: %s", error)

    # Small things

    def _tell_timeline(self) -> None:
        timeline = self._timeline
        if timeline is not None:
            self._tell(lambda: self._listener.timeline_came(timeline))

    def _tell(self, say: Callable[[], None]) -> None:
        if not self._is_stopped:
            say()

    def _spawn(self, coro: Coroutine[Any, Any, None], name: str) -> None:
        self._owner.spawn(self._guarded(coro), name=name)

    async def _guarded(self, coro: Coroutine[Any, Any, None]) -> None:
        """A call whose failure is told and nothing else."""
        try:
            await coro
        except WorkspaceError as error:
            self._tell(lambda failed=error: self._listener.feed_failed(failed))


def with_item(timeline: Timeline, item: Step | Checkpoint | Artifact) -> Timeline:
    """The timeline with a new or changed item: what has its id is replaced, else it comes last."""
    match item:
        case Step():
            return Timeline(
                steps=_replaced(timeline.steps, item), checkpoints=timeline.checkpoints, artifacts=timeline.artifacts
            )
        case Checkpoint():
            return Timeline(
                steps=timeline.steps, checkpoints=_replaced(timeline.checkpoints, item), artifacts=timeline.artifacts
            )
        case Artifact():
            return Timeline(
                steps=timeline.steps, checkpoints=timeline.checkpoints, artifacts=_replaced(timeline.artifacts, item)
            )


def _replaced(items: Iterable[_Item], item: _Item) -> tuple[_Item, ...]:
    known = list(items)
    for at, each in enumerate(known):
        if each.id == item.id:
            known[at] = item
            return tuple(known)
    return (*known, item)


def _most_telling(errors: BaseExceptionGroup[WorkspaceError]) -> WorkspaceError:
    """Of several calls: a refusal rather than a broken connection."""
    flat = [error for error in errors.exceptions if isinstance(error, WorkspaceError)]
    return next((error for error in flat if not error.can_retry), flat[0])
