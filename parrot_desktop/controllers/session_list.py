"""The list as the server has it: the first page, the stream from its seq on, and older pages as they are wanted.

One run of `_follow` is one filter: another filter ends it. A ``reset``, a broken first page and a server that comes
back with another database all lead to the same place: fetch what is loaded anew, as one difference, and follow on.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import aclosing
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.api.errors import BadRequest, Offline, WorkspaceError
from parrot_desktop.api.live import Connected, Lost
from parrot_desktop.controllers.needs_source import NeedsSource
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_wire.events import Gone, Ready, Reset, SessionChanged
from parrot_wire.query import MAX_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.api.workspace import RecordLock, Workspace
    from parrot_desktop.models.event_buffer import EventBuffer
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_wire.answers import Page
    from parrot_wire.query import Filter
    from parrot_wire.session import Row

log = logging.getLogger(__name__)

PAGE = 50
TRIM_ABOVE = 1_000
"""Rows that came by themselves; heartbeats look."""
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 15.0


class _End(Enum):
    """Why a stream was left."""

    RESET = auto()
    TOO_MANY = auto()


class ListListener(Protocol):
    """Hears how the list fares."""

    def list_loading(self) -> None:
        """The first page of a filter is on its way; what the model holds belongs to another."""
        ...

    def list_shown(self) -> None:
        """The model holds the server's rows."""
        ...

    def list_live(self) -> None:
        """The stream is open and has said everything up to now."""
        ...

    def list_lost(self, error: WorkspaceError, retry_in_s: float) -> None:
        """Nobody answers; it is tried again by itself."""
        ...

    def list_refused(self, error: WorkspaceError) -> None:
        """What no retry would heal: the token, the rights, the filter."""
        ...

    def list_changed(self) -> None:
        """Some row of the workspace changed: sums are old."""
        ...


class SessionListController:
    """Keeps a model equal to the server's list under one filter. All methods belong to the GUI's thread."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        model: SessionListModel,
        buffer: EventBuffer,
        owner: TaskOwner,
        listener: ListListener,
        may_trim: Callable[[], bool] = lambda: False,
        record: RecordLock | None = None,
    ) -> None:
        """may_trim: whether nobody would miss the older ones of many loaded rows: the list shows its top."""
        self._workspace = workspace
        self._model = model
        self._buffer = buffer
        self._listener = listener
        self._may_trim = may_trim
        self._record = record
        self._following = Latest(owner, "list")
        self._paging = Latest(owner, "page")
        self._needs = NeedsSource(workspace, now_ms=model.now_ms)
        self._is_needs = False
        self._filter: Filter | None = None
        self._cursor: str | None = None
        self._attempt = 0
        self._wants_older = False
        model.more_requested.connect(self._fetch_more)

    @property
    def filter(self) -> Filter | None:
        """The filter in force."""
        return self._filter

    def show(self, filter_: Filter, *, keeps_rows: bool = False, needs: bool = False) -> None:
        """Follow this filter from now on; whatever is under way for another ends.

        needs: it is `needs_filter`, of which what counts by now is listed, the longest wait first.
        keeps_rows: what the model holds was listed under the same filter, and is brought up to date in place.
        """
        self._paging.cancel()
        self._buffer.clear()
        self._filter = filter_
        self._is_needs = needs
        self._cursor = None
        self._attempt = 0
        self._wants_older = False
        if not keeps_rows:
            self._listener.list_loading()
        self._following.start(self._follow(filter_, keeps_rows=keeps_rows))

    def refresh(self) -> None:
        """Ask anew now, and connect anew: what Retry and F5 do."""
        if self._filter is not None:
            self.show(self._filter, keeps_rows=self._model.fetched_count > 0, needs=self._is_needs)

    def stop(self) -> None:
        self._paging.cancel()
        self._following.cancel()
        self._buffer.clear()
        self._model.more_requested.disconnect(self._fetch_more)

    async def _follow(self, filter_: Filter, *, keeps_rows: bool) -> None:
        try:
            at_least = self._model.fetched_count if keeps_rows else 0
            while True:
                page = await self._fetch(filter_, at_least=at_least)
                self._take(page, keeps_rows=keeps_rows)
                keeps_rows = True
                at_least = PAGE if await self._stream(filter_, page) is _End.TOO_MANY else self._model.fetched_count
        except WorkspaceError as error:
            self._listener.list_refused(error)

    async def _fetch(self, filter_: Filter, *, at_least: int) -> Page:
        """The newest rows, ``at_least`` so many where there are; tried until somebody answers.

        The seq is that of the first page: what changed while the others came is told by the stream.
        """
        while True:
            try:
                first = await self._page(filter_, cursor=None, limit=max(PAGE, min(at_least, MAX_LIMIT)))
                rows: list[Row] = list(first.items)
                page = first
                while page.next_cursor is not None and len(rows) < at_least:
                    page = await self._page(filter_, cursor=page.next_cursor, limit=MAX_LIMIT)
                    rows.extend(page.items)
            except WorkspaceError as error:
                if not error.can_retry:
                    raise
                wait_s = _wait_s(self._attempt)
                self._attempt += 1
                self._listener.list_lost(error, wait_s)
                await asyncio.sleep(wait_s)
                if isinstance(error, Offline):
                    await self._recover()
            else:
                self._attempt = 0
                self._cursor = page.next_cursor
                return _with_rows(first, rows)

    async def _recover(self) -> None:
        try:
            await self._workspace.recover()
        except WorkspaceError as error:
            log.info("the server is not back yet: %s", error)

    async def _page(self, filter_: Filter, *, cursor: str | None, limit: int) -> Page:
        if self._is_needs:
            return await self._needs.list_page(self._record)
        return await self._workspace.list_page(filter_, cursor=cursor, limit=limit, record=self._record)

    def _take(self, page: Page, *, keeps_rows: bool) -> None:
        self._paging.cancel()
        has_more = self._cursor is not None
        if keeps_rows:
            # What waits is older than the page, or comes again on the stream.
            self._buffer.clear()
            self._model.resync(page.items, has_more=has_more)
        else:
            self._model.show_page(page.items, has_more=has_more, waiting_first=self._is_needs)
        self._listener.list_shown()
        self._listener.list_changed()

    async def _stream(self, filter_: Filter, page: Page) -> _End:
        """Until the server says ``reset``, or too many rows have come."""
        source = self._needs if self._is_needs else self._workspace
        stream = source.events(filter_, after_seq=page.seq, feed=page.feed, record=self._record)
        async with aclosing(stream) as items:
            async for item in items:
                match item:
                    case SessionChanged() | Gone():
                        self._buffer.put((item,))
                        self._listener.list_changed()
                    case Ready():
                        self._listener.list_live()
                        if self._has_too_many():
                            return _End.TOO_MANY
                    case Lost(error, retry_in_s):
                        self._listener.list_lost(error, retry_in_s)
                    case Connected():
                        pass
                    case Reset():
                        log.info("the list is fetched anew: %s", item.reason)
                        return _End.RESET
        return _End.RESET

    def _has_too_many(self) -> bool:
        """A workspace that fills up while its list is open, as on the first start, would load every row of it."""
        return not self._wants_older and self._model.loaded_count > TRIM_ABOVE and self._may_trim()

    # Older pages

    def _fetch_more(self) -> None:
        if self._filter is None or self._cursor is None:
            self._model.page_failed()
            return
        self._wants_older = True
        self._paging.start(self._append(self._filter, self._cursor))

    async def _append(self, filter_: Filter, cursor: str) -> None:
        try:
            page = await self._page(filter_, cursor=cursor, limit=PAGE * 2)
        except BadRequest:
            # The cursor is of another time of this server: start from what is loaded.
            log.info("a cursor is no longer known; the list is fetched anew")
            self._model.page_failed()
            self.refresh()
        except WorkspaceError as error:
            log.info("a page could not be fetched: %s", error)
            self._model.page_failed()
        else:
            self._cursor = page.next_cursor
            self._model.append_page(page.items, has_more=page.next_cursor is not None)


def _with_rows(page: Page, rows: list[Row]) -> Page:
    """The page with these rows, each session once, as it was last."""
    newest: dict[str, Row] = {}
    for row in rows:
        known = newest.get(row.id)
        if known is None or known.seq < row.seq:
            newest[row.id] = row
    return type(page)(items=tuple(newest.values()), next_cursor=page.next_cursor, seq=page.seq, feed=page.feed)


def _wait_s(attempt: int) -> float:
    """Growing, and anywhere below: a thousand windows of a restarted server don't come at once."""
    most = min(FIRST_WAIT_S * 2 ** min(attempt, 16), LONGEST_WAIT_S)
    return random.uniform(most / 4, most)
