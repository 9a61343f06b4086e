"""Opens the settings window, and makes what is chosen there so, at once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.controllers.shell import Moving
from parrot_desktop.i18n import tr
from parrot_desktop.integration.autostart import autostart
from parrot_desktop.integration.launcher import launch_command
from parrot_desktop.integration.motion import follow_motion
from parrot_desktop.settings import Motion
from parrot_desktop.views.confirm import confirm
from parrot_desktop.views.delegates.row_geometry import Density
from parrot_desktop.views.settings.advanced_page import AdvancedPage
from parrot_desktop.views.settings.agents_page import AgentsPage
from parrot_desktop.views.settings.pages import appearance_page, general_page, notifications_page, tools_page
from parrot_desktop.views.settings.window import SettingsWindow
from parrot_desktop.views.settings.workspaces_page import WorkspacesPage
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.presence import Presence
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.controllers.workspaces import Workspaces
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme

log = logging.getLogger(__name__)


class Preferences(QObject):
    """A guest of the shell: what the settings tell of a workspace is asked anew when another is joined."""

    def __init__(
        self,
        *,
        shell: Shell,
        workspaces: Workspaces,
        presence: Presence | None,
        settings: Settings,
        theme: Theme,
        data_folder: Path,
        log_folder: Path,
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._workspaces = workspaces
        self._presence = presence
        self._settings = settings
        self._theme = theme
        self._data_folder = data_folder
        self._log_folder = log_folder
        self._desktop_is_calm = False
        self._window: SettingsWindow | None = None
        self._agents: AgentsPage | None = None
        shell.guests.append(self)
        shell.window.actions_by_id[ActionId.SETTINGS].triggered.connect(self.open)
        self._apply_to_rows()

    # Guest

    def workspace_joined(self, live: LiveWorkspace) -> None:
        live.owner.spawn(follow_motion(self._calm_told), name="motion")
        self._refresh()

    async def workspace_left(self) -> None:
        self._refresh()

    @property
    def window(self) -> SettingsWindow | None:
        """The settings window, while it is open."""
        return self._window

    # What is in force

    def apply(self) -> None:
        """Everything that can be seen, as the settings say."""
        self._theme.set_choice(self._settings.theme)
        self._theme.set_text_scale(self._settings.text_scale)
        self._apply_to_rows()

    def _apply_to_rows(self) -> None:
        settings = self._settings
        view = self._shell.window.list_view
        density = Density.COMPACT if settings.is_compact else Density.COMFORTABLE
        if view.delegate.density is not density:
            view.set_density(density)
        reduced = settings.motion is Motion.REDUCED or (settings.motion is Motion.SYSTEM and self._desktop_is_calm)
        view.set_reduced_motion(reduced)
        for guest in self._shell.guests:
            if isinstance(guest, Moving):
                guest.set_reduced_motion(reduced)

    def _calm_told(self, is_calm: bool) -> None:
        if is_calm != self._desktop_is_calm:
            self._desktop_is_calm = is_calm
            self._apply_to_rows()

    # The window

    def open(self) -> None:
        if self._window is not None:
            self._window.raise_()
            self._window.activateWindow()
            return
        live = self._shell.live
        self._agents = AgentsPage()
        places = WorkspacesPage()
        advanced = AdvancedPage(data_folder=str(self._data_folder), log_folder=str(self._log_folder))
        window = SettingsWindow(
            self._shell.window,
            [
                general_page(self._settings, starts_at_login=autostart().is_on(), set_login=self._set_login),
                appearance_page(self._settings, self.apply),
                notifications_page(
                    self._settings, self._quiet_changed, sees_spend=live is not None and live.sees_spend
                ),
                places,
                self._agents,
                tools_page(self._settings),
                advanced,
            ],
        )
        self._workspaces.show_in(places)
        places.connect_asked.connect(self._shell.window.actions_by_id[ActionId.CONNECT].trigger)
        advanced.logs_asked.connect(lambda: _open_folder(self._log_folder))
        advanced.data_asked.connect(lambda: _open_folder(self._data_folder))
        advanced.reset_asked.connect(self._ask_reset)
        window.finished.connect(self._closed)
        self._window = window
        self._refresh()
        window.show()

    def _closed(self) -> None:
        self._window = self._agents = None
        self._settings.save()

    def _refresh(self) -> None:
        live = self._shell.live
        if self._agents is not None and live is not None:
            live.owner.spawn(self._load_agents(live, self._agents), name="agents")

    async def _load_agents(self, live: LiveWorkspace, page: AgentsPage) -> None:
        try:
            reports = await live.joined.opened.workspace.sources()
        except WorkspaceError as error:
            if page is self._agents:
                page.show_trouble(str(error))
        else:
            if page is self._agents:
                page.show_reports(reports)

    # What a person does

    def _quiet_changed(self) -> None:
        if self._presence is not None:
            self._presence.lookout.refresh()

    def _set_login(self, wanted: bool) -> None:
        try:
            login = autostart()
            if wanted:
                login.turn_on(launch_command())
            else:
                login.turn_off()
        except OSError as error:
            self._shell.say(
                Notice(tr("Start at login could not be changed: {why}", why=error), is_trouble=True, lasts_ms=None)
            )

    def _ask_reset(self) -> None:
        window = self._window
        if window is None:
            return
        confirm(
            window,
            title=tr("Reset all settings?"),
            text=tr("Theme, notifications, layout and the list of workspaces go back to what they were at first."),
            yes=tr("Reset settings"),
            on_yes=self._reset,
            no=tr("Keep them"),
        )

    def _reset(self) -> None:
        self._settings.store.clear()
        self._workspaces.forget_all()
        self._settings.save()
        self.apply()
        if self._window is not None:
            self._window.close()
        self.open()


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
