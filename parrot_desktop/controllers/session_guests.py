"""Everything that shows single sessions, put into the shell: their windows, the pane, the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.controllers.session_pane import SessionPane
from parrot_desktop.controllers.session_search import SessionSearch
from parrot_desktop.controllers.session_windows import SessionWindows

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.controllers.filters import Filters
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.controllers.window_actions import WindowActions
    from parrot_desktop.domain.session_facts import RecordTarget
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme


class SessionGuests:
    """Made once, before a workspace is joined."""

    def __init__(
        self,
        *,
        shell: Shell,
        actions: WindowActions,
        model: SessionListModel,
        filters: Filters,
        theme: Theme,
        settings: Settings,
        opener: Opener,
        copy: Callable[[str], None],
        raise_window: Callable[[], None],
        remembers: bool,
    ) -> None:
        self._filters = filters
        self._raise_window = raise_window
        self.windows = SessionWindows(
            theme=theme,
            settings=settings,
            opener=opener,
            copy=copy,
            home=shell,
            now_ms=model.now_ms,
            row_of=model.row_of,
            may_show=shell.window.isVisible,
            remembers=remembers,
        )
        self.windows.on_record = self._show_record
        self.pane = SessionPane(
            theme=theme,
            settings=settings,
            opener=opener,
            place=shell,
            windows=self.windows,
            row_of=model.row_of,
            now_ms=model.now_ms,
        )
        self.search = SessionSearch(
            theme=theme,
            parent=shell.window,
            windows=self.windows,
            current_filter=filters.current,
            now_ms=model.now_ms,
        )
        window = shell.window
        window.set_detail_widget(self.pane.pane)
        window.list_view.current_session_changed.connect(self.pane.select)
        window.details_changed.connect(self.pane.set_shown)
        window.visibility_changed.connect(self._seen)
        self.pane.select(window.list_view.current_session())
        self.pane.set_shown(window.has_details)
        shell.guests.extend((self.windows, self.pane, self.search))
        actions.door = self.windows
        actions.search_transcripts = self.search.open

    def _show_record(self, target: RecordTarget) -> None:
        self._filters.show_record(target.kind, target.id)
        self._raise_window()

    def _seen(self, is_seen: bool) -> None:
        """A program that started in the tray brings its windows back with the first of them."""
        if is_seen:
            self.windows.show_waiting()
