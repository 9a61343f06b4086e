"""One unfiltered stream a workspace: tray, bell, Command Center and alerts all live on it.

It starts where the last run of the application stopped, as far as the server still knows, so that what happened
meanwhile is one summary, and nothing is told twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.api.live import Connected, Lost
from parrot_desktop.domain.activity import RECENT_MS, Activity, ActivityBook
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_wire.events import Gone, Ready, Reset, SessionChanged
from parrot_wire.query import MAX_LIMIT, Filter
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.api.workspace import Workspace
    from parrot_desktop.domain.alerts import Alert, AlertBook, AlertRules, Watching
    from parrot_wire.answers import Page
    from parrot_wire.session import Row
    from parrot_wire.times import Timestamp

log = logging.getLogger(__name__)

EVERY_MS = 250
"""Under a storm of changes, so often is soon enough for what is no row of the list; after a quiet while a change comes
at once.
"""
APART_S = 0.25
"""The panel and the tray are told at most four times a second."""
TOGETHER_S = 5.0
"""Alerts of so many seconds are said as one."""
RETRY_S = 5.0

_EVERY_KIND = frozenset(Kind)
_ACTIVE_GROUPS = frozenset({StatusGroup.LIVE, StatusGroup.WAITING, StatusGroup.QUEUED})


@dataclass(frozen=True, slots=True)
class _Eyes:
    """How rows are looked at, until the panel is told next: hundreds may change by then."""

    rules: AlertRules
    watching: Watching
    since: Timestamp


class ActivityListener(Protocol):
    """Hears what is in motion, and what deserves to be told."""

    def activity_changed(self, activity: Activity) -> None: ...

    def alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        """What happened in the last few seconds."""
        ...

    def away_alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        """What happened while the application was closed."""
        ...

    def activity_lost(self) -> None:
        """Nobody answers; what is shown is old."""
        ...


class ActivityController:
    """Follows everything in a workspace; belongs to the GUI's thread."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        me: str,
        book: AlertBook,
        rules: Callable[[], AlertRules],
        watching: Callable[[], Watching],
        owner: TaskOwner,
        listener: ActivityListener,
        on_row: Callable[[Row | None], None] = lambda _row: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """on_row: hears of every row that changes, and of None where the stream begins: some may have been missed."""
        self._workspace = workspace
        self._on_row = on_row
        self._book = book
        self._rules = rules
        self._watching = watching
        self._listener = listener
        self._now_ms = now_ms
        self._rows = ActivityBook(me=me)
        self._following = Latest(owner, "activity")
        self._showing = Latest(owner, "activity-show")
        self._telling = Latest(owner, "activity-tell")
        self._alerts: list[Alert] = []
        self._is_catching_up = False
        self._eyes: _Eyes | None = None

    def start(self) -> None:
        self._following.start(self._follow())

    def stop(self) -> None:
        """What was gathered but not said yet is said now."""
        for slot in (self._following, self._showing, self._telling):
            slot.cancel()
        if self._eyes is not None:
            self._reach(self._book.known.seq)
        self._tell_now()

    async def _follow(self) -> None:
        while True:
            try:
                await self._follow_feed()
            except WorkspaceError as error:
                self._listener.activity_lost()
                if not error.can_retry:
                    log.warning("activity cannot be followed: %s", error)
                    return
                log.info("activity is tried again: %s", error)
                await asyncio.sleep(RETRY_S)

    async def _follow_feed(self) -> None:
        """Until the server says ``reset``."""
        day_ago = from_ms(self._now_ms() - RECENT_MS)
        first, rows = await self._all_of(Filter(kinds=_EVERY_KIND, status_groups=_ACTIVE_GROUPS))
        _, recent = await self._all_of(Filter(kinds=_EVERY_KIND, active_after=day_ago), at_most=MAX_LIMIT)
        self._rows.clear()
        self._rows.take([*rows, *recent], now_ms=self._now_ms())
        self._show_now()
        known = self._book.known
        resumes = known.feed == first.feed and 0 < known.seq <= first.seq
        if not resumes:
            self._book.start_feed(first.feed)
            self._book.learn([*rows, *recent])
            self._reach(first.seq)
        self._is_catching_up = resumes
        self._on_row(None)
        stream = self._workspace.events(
            Filter(kinds=_EVERY_KIND), after_seq=known.seq, feed=first.feed, every_ms=EVERY_MS
        )
        async with aclosing(stream) as items:
            async for item in items:
                match item:
                    case SessionChanged():
                        self._changed(item.row)
                    case Gone():
                        self._rows.drop(item.id)
                        self._book.forget(item.id)
                        self._show_soon()
                    case Ready():
                        self._reach(item.seq)
                        self._caught_up()
                    case Lost():
                        self._listener.activity_lost()
                    case Connected():
                        self._show_soon()
                    case Reset():
                        log.info("activity is fetched anew: %s", item.reason)
                        known.seq = 0
                        return

    async def _all_of(self, filter_: Filter, *, at_most: int = 10 * MAX_LIMIT) -> tuple[Page, list[Row]]:
        """The first page, whose ``seq`` is where a stream takes over, and the rows of all pages."""
        first = page = await self._workspace.list_page(filter_, limit=MAX_LIMIT)
        rows = list(page.items)
        while page.next_cursor is not None and len(rows) < at_most:
            page = await self._workspace.list_page(filter_, cursor=page.next_cursor, limit=MAX_LIMIT)
            rows.extend(page.items)
        return first, rows

    def _changed(self, row: Row) -> None:
        self._on_row(row)
        eyes = self._eyes
        if eyes is None:
            self._eyes = eyes = _Eyes(self._rules(), self._watching(), from_ms(self._now_ms()))
        alert = self._book.consider(row, eyes.rules, eyes.watching)
        self._rows.take((row,), now_ms=self._now_ms())
        self._book.reach(row.seq, eyes.since)
        self._show_soon()
        if alert is not None:
            self._alerts.append(alert)
            if not self._is_catching_up and not self._telling.is_running:
                self._telling.start(self._tell_soon())

    def _reach(self, seq: int) -> None:
        self._book.reach(seq, from_ms(self._now_ms()))

    def _caught_up(self) -> None:
        if self._is_catching_up:
            self._is_catching_up = False
            if self._alerts:
                self._listener.away_alerts_came(tuple(self._alerts))
                self._alerts.clear()

    async def _tell_soon(self) -> None:
        await asyncio.sleep(TOGETHER_S)
        self._tell_now()

    def _tell_now(self) -> None:
        if self._alerts:
            self._listener.alerts_came(tuple(self._alerts))
            self._alerts.clear()

    def _show_soon(self) -> None:
        if not self._showing.is_running:
            self._showing.start(self._show_later())

    async def _show_later(self) -> None:
        await asyncio.sleep(APART_S)
        self._show_now()

    def _show_now(self) -> None:
        self._eyes = None
        self._listener.activity_changed(self._rows.snapshot(now_ms=self._now_ms()))
