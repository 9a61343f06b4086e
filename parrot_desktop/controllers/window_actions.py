"""What each action of the main window does. One table from `ActionId` to a method."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QFileDialog

from parrot_desktop.actions import ActionId, update_enabled
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.controllers.exporting import export_rows, rows_in_need, rows_under
from parrot_desktop.crash import diagnostics
from parrot_desktop.domain.filter_state import Attention, Tab
from parrot_desktop.i18n import plural, tr
from parrot_desktop.integration.launcher import launch_command
from parrot_desktop.openers import CannotOpen, Open
from parrot_desktop.theme.theme import ThemeChoice
from parrot_desktop.views.about import AboutDialog
from parrot_desktop.views.connect_dialog import ConnectDialog
from parrot_desktop.views.toast import Notice
from parrot_wire.values import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint

    from parrot_desktop.controllers.filters import Filters
    from parrot_desktop.controllers.presenter import Presenter
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme

log = logging.getLogger(__name__)

_TABS = {ActionId.TAB_ALL: Tab.ALL, ActionId.TAB_FLOWS: Tab.FLOWS, ActionId.TAB_CHATS: Tab.CHATS}
_ATTENTION = {
    ActionId.SHOW_WAITING: Attention.WAITING,
    ActionId.SHOW_FAILED: Attention.FAILED_TODAY,
    ActionId.SHOW_LIVE: Attention.LIVE,
}
_THEMES = {
    ActionId.THEME_SYSTEM: ThemeChoice.SYSTEM,
    ActionId.THEME_LIGHT: ThemeChoice.LIGHT,
    ActionId.THEME_DARK: ThemeChoice.DARK,
    ActionId.THEME_CONTRAST: ThemeChoice.HIGH_CONTRAST,
}
_ROW_BUTTONS = {
    Action.CANCEL: ActionId.CANCEL,
    Action.END: ActionId.END,
    Action.RESUME: ActionId.RESUME,
    Action.OPEN_EDITOR: ActionId.OPEN_EDITOR,
    Action.DECIDE: ActionId.OPEN,
}


class SessionDoor(Protocol):
    """Opens sessions in windows of their own, and answers what only such a window can."""

    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None: ...

    def do_in_window(self, action: ActionId, session_id: str) -> None:
        """Export, approve, reject, skip, reassign."""
        ...


class WindowActions:
    """Connects the main window's actions, list and header. ``restart`` opens a workspace by address and token."""

    def __init__(
        self,
        *,
        shell: Shell,
        filters: Filters,
        presenter: Presenter,
        settings: Settings,
        theme: Theme,
        opener: Opener,
        copy: Callable[[str], None],
        connect: Callable[[str, str], None],
        log_folder: Path,
    ) -> None:
        self._shell = shell
        self._window = shell.window
        self._filters = filters
        self._presenter = presenter
        self._settings = settings
        self._theme = theme
        self._opener = opener
        self._copy = copy
        self._connect_to = connect
        self._log_folder = log_folder
        self.door: SessionDoor | None = None
        self.search_transcripts: Callable[[], None] | None = None
        self._wire()

    def _wire(self) -> None:
        window = self._window
        view = window.list_view
        view.session_opened.connect(self._open)
        view.action_requested.connect(self._row_button)
        view.context_requested.connect(self._context_menu)
        view.selection_settled.connect(self._selection_changed)
        window.header.tab_chosen.connect(self._filters.set_tab)
        window.header.attention_chosen.connect(self._filters.toggle_attention)
        window.header.words_changed.connect(self._filters.set_words)
        window.filter_applied.connect(self._filters.set_state)
        window.area.strip.changed.connect(self._filters.set_state)
        window.area.strip.cleared.connect(self._filters.clear)
        window.area.face_asked.connect(self._asked_by_face)
        window.area.banner.asked.connect(self._shell.retry)
        window.status.retry_asked.connect(self._shell.retry)
        handlers: dict[ActionId, Callable[[], None]] = {
            ActionId.OPEN: self._open_current,
            ActionId.CLEAR_FILTER: self._clear_filter,
            ActionId.REFRESH: self._shell.retry,
            ActionId.EXPORT_LIST: self._export_list,
            ActionId.CONNECT: self._connect,
            ActionId.OPEN_SAMPLE: self._open_sample,
            ActionId.SEARCH_TRANSCRIPTS: self._search_transcripts,
            ActionId.COPY_DIAGNOSTICS: self._copy_diagnostics,
            ActionId.OPEN_LOG: self._open_log,
            ActionId.ABOUT: self._about,
            ActionId.QUIT: self._shell.quit,
        }
        for action_id, tab in _TABS.items():
            handlers[action_id] = lambda chosen=tab: self._choose_tab(chosen)
        for action_id, attention in _ATTENTION.items():
            handlers[action_id] = lambda chosen=attention: self._filters.toggle_attention(chosen)
        for action_id, choice in _THEMES.items():
            handlers[action_id] = lambda chosen=choice: self._choose_theme(chosen)
        actions = window.actions_by_id
        for action_id, handler in handlers.items():
            actions[action_id].triggered.connect(_for_trigger(handler))
        for action_id in (
            ActionId.CANCEL,
            ActionId.END,
            ActionId.RESUME,
            ActionId.OPEN_EDITOR,
            ActionId.COPY_LINK,
            ActionId.COPY_ID,
            ActionId.COPY_RESUME_COMMAND,
            ActionId.REVEAL_FILE,
            ActionId.EXPORT_SESSION,
            ActionId.APPROVE,
            ActionId.REJECT,
            ActionId.SKIP,
            ActionId.REASSIGN,
        ):
            actions[action_id].triggered.connect(_for_trigger(lambda which=action_id: self._act(which)))
        actions[ActionId.FILTER].triggered.connect(self._filter_toggled)
        actions[ActionId.MENU_BAR].triggered.connect(self._menu_bar_chosen)
        self.show_checks()

    def show_checks(self) -> None:
        """Tabs and themes as they are."""
        actions = self._window.actions_by_id
        for action_id, tab in _TABS.items():
            actions[action_id].setChecked(tab is self._filters.tab)
        for action_id, choice in _THEMES.items():
            actions[action_id].setChecked(choice is self._theme.choice)

    # Sessions

    def _open(self, session_id: str) -> None:
        if self.door is not None:
            self.door.open_session(session_id)

    def _open_current(self) -> None:
        current = self._window.list_view.current_session()
        if current is not None:
            self._open(current)

    def _row_button(self, action: Action, session_id: str) -> None:
        live = self._shell.live
        row = self._shell.row_of(session_id)
        if live is None or row is None:
            return
        wanted = _ROW_BUTTONS[action]
        if wanted in live.acting.handles:
            live.acting.do(wanted, (row,), self._shell)
        else:
            self._open(session_id)

    def _act(self, action: ActionId) -> None:
        live = self._shell.live
        rows = self._window.list_view.selected_rows()
        if live is None or not rows:
            return
        if action in live.acting.handles:
            live.acting.do(action, rows, self._shell)
        elif self.door is not None:
            self.door.do_in_window(action, rows[0].id)

    def _selection_changed(self) -> None:
        update_enabled(self._window.actions_by_id, self._window.list_view.selected_rows())
        self.show_checks()

    def _context_menu(self, _ids: list[str], at: QPoint) -> None:
        rows = self._window.list_view.selected_rows()
        update_enabled(self._window.actions_by_id, rows)
        self._window.popup_context_menu(rows, at)

    # The list

    def _filter_toggled(self, shown: bool) -> None:
        if shown:
            self._shell.reload_records()

    def _choose_tab(self, tab: Tab) -> None:
        self._filters.set_tab(tab)
        self.show_checks()

    def _clear_filter(self) -> None:
        if self._filters.state.is_empty and self._filters.attention is None:
            self._filters.show_everything()
        else:
            self._filters.clear()
        self.show_checks()

    def _search_transcripts(self) -> None:
        if self.search_transcripts is not None:
            self.search_transcripts()

    def _asked_by_face(self, action: ActionId) -> None:
        self._window.actions_by_id[action].trigger()

    def _export_list(self) -> None:
        if self._shell.live is None:
            return
        dialog = QFileDialog(self._window, tr("Export the list as CSV"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("CSV files (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("sessions.csv")
        dialog.fileSelected.connect(self._export_to_name)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_to_name(self, name: str) -> None:
        self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Every row that the list shows, or would further down, to a file."""
        live = self._shell.live
        if live is not None:
            live.owner.spawn(self._export(path), name="export")

    async def _export(self, path: Path) -> None:
        live = self._shell.live
        if live is None:
            return
        names = {member.id: member.name for member in live.members}
        workspace = live.joined.opened.workspace
        try:
            if self._filters.shows_needs:
                rows = await rows_in_need(workspace, now_ms=self._shell.now_ms)
            else:
                rows = await rows_under(workspace, self._filters.current())
            shown = [row for row in rows if not self._shell.is_hidden(row.id)]
            await export_rows(shown, path, names=names, with_costs=live.sees_spend)
        except (WorkspaceError, OSError) as error:
            text = tr("The list was not exported. {why}", why=error)
            self._shell.say(Notice(text, button=tr("Retry"), on_button=lambda: self.export_to(path), is_trouble=True))
        else:
            words = plural(
                len(shown), "{n} session exported to {name}", "{n} sessions exported to {name}", name=path.name
            )
            self._shell.say(Notice(words))

    # The application

    def _choose_theme(self, choice: ThemeChoice) -> None:
        self._settings.theme = choice
        self._theme.set_choice(choice)
        self.show_checks()

    def _menu_bar_chosen(self, shown: bool) -> None:
        self._settings.has_menu_bar = shown

    def _connect(self) -> None:
        target = self._shell.target
        dialog = ConnectDialog(
            self._theme,
            self._window,
            url=target.url if target is not None else "",
            offers_own=target is not None and not target.is_local,
        )
        dialog.chosen.connect(self._connect_to)
        dialog.own_chosen.connect(lambda: self._connect_to("", ""))
        dialog.open()

    def _open_sample(self) -> None:
        try:
            self._opener.run([*launch_command(), "--sample"])
        except CannotOpen as error:
            self._shell.say(Notice(str(error), is_trouble=True))

    def _open_log(self) -> None:
        try:
            self._opener.run(Open(self._log_folder.as_uri()))
        except CannotOpen as error:
            self._shell.say(Notice(f"{error} {self._log_folder}", is_trouble=True))

    def _copy_diagnostics(self) -> None:
        connection = self._presenter.connection
        self._copy(f"{diagnostics()}\n{tr('Connection: {state}', state=connection.state)}")
        self._shell.say(Notice(tr("Diagnostics copied")))

    def _about(self) -> None:
        dialog = AboutDialog(self._theme, self._window, diagnostics=diagnostics())
        dialog.copy_asked.connect(self._copy_diagnostics)
        dialog.open()


def _for_trigger(do: Callable[[], None]) -> Callable[[bool], None]:
    """A slot of ``triggered``, which says whether the action is checked."""

    def slot(_checked: bool) -> None:
        do()

    return slot
