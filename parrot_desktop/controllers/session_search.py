"""Search in all transcripts: one request at a time, the newest text wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.row_view import make_row_view, spoken_row
from parrot_desktop.domain.search_lines import snippet
from parrot_desktop.i18n import QtWords, tr
from parrot_desktop.models.search_model import SearchLine
from parrot_desktop.tasks import Latest
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.search_dialog import SearchDialog
from parrot_wire.query import Filter
from parrot_wire.values import SourceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.session_windows import SessionWindows
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.answers import SearchHit, SearchPage

TYPING_S = 0.15
PAGE = 40


class SessionSearch:
    """A guest of the shell. ``current_filter`` is the list's."""

    def __init__(
        self,
        *,
        theme: Theme,
        parent: QWidget,
        windows: SessionWindows,
        current_filter: Callable[[], Filter],
        now_ms: Callable[[], int],
    ) -> None:
        self._theme = theme
        self._parent = parent
        self._windows = windows
        self._current_filter = current_filter
        self._now_ms = now_ms
        self._words = QtWords()
        self._times = TimeTexts(self._words)
        self._live: LiveWorkspace | None = None
        self._asking: Latest | None = None
        self._dialog: SearchDialog | None = None
        self._text = ""
        self._filter = Filter()
        self._cursor: str | None = None

    @property
    def dialog(self) -> SearchDialog | None:
        """Made when it is first opened."""
        return self._dialog

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._live = live
        self._asking = Latest(live.owner, "search")

    async def workspace_left(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._live = self._asking = None
        if self._dialog is not None:
            self._dialog.close()

    def open(self) -> None:
        """Show the dialog, with what was looked for last."""
        dialog = self._dialog
        if dialog is None:
            dialog = SearchDialog(self._theme, PaintKits(self._theme), self._times, self._parent, now_ms=self._now_ms)
            dialog.asked.connect(self._ask)
            dialog.hit_opened.connect(self._open_hit)
            dialog.model.more_requested.connect(self._more)
            self._dialog = dialog
        dialog.open_dialog()

    def _open_hit(self, session_id: str, n: int) -> None:
        self._windows.open_session(session_id, message=n)

    def _ask(self, text: str, filtered: bool) -> None:
        self._text = text
        self._filter = self._current_filter() if filtered else Filter()
        if self._asking is None:
            return
        self._asking.cancel()
        if text:
            self._asking.start(self._search(text, self._filter))

    def _more(self) -> None:
        if self._asking is not None and self._cursor is not None:
            self._asking.start(self._search_more(self._text, self._filter, self._cursor))

    async def _search(self, text: str, filter_: Filter) -> None:
        await asyncio.sleep(TYPING_S)
        live, dialog = self._live, self._dialog
        if live is None or dialog is None:
            return
        workspace = live.joined.opened.workspace
        try:
            page = await workspace.search(text, filter_, limit=PAGE)
            is_indexing = not page.items and any(
                source.state is SourceState.INDEXING for source in await workspace.sources()
            )
        except WorkspaceError as error:
            dialog.show_trouble(str(error))
            return
        self._cursor = page.next_cursor
        dialog.show_hits(self._lines(page, live), has_more=page.next_cursor is not None, is_indexing=is_indexing)

    async def _search_more(self, text: str, filter_: Filter, cursor: str) -> None:
        live, dialog = self._live, self._dialog
        if live is None or dialog is None:
            return
        try:
            page = await live.joined.opened.workspace.search(text, filter_, cursor=cursor, limit=PAGE)
        except WorkspaceError:
            dialog.show_more([], has_more=False)
            return
        self._cursor = page.next_cursor
        dialog.show_more(self._lines(page, live), has_more=page.next_cursor is not None)

    def _lines(self, page: SearchPage, live: LiveWorkspace) -> list[SearchLine]:
        people = people_of(live.joined.members)

        def line(hit: SearchHit) -> SearchLine:
            view = make_row_view(hit.session, people, self._words)
            text, marks = snippet(hit.snippet)
            row = spoken_row(view, self._words, self._times, self._now_ms())
            return SearchLine(view, hit.n, text, marks, tr("{text}. In {session}", text=text, session=row))

        return [line(hit) for hit in page.items]
