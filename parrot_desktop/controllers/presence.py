"""The application while its window is closed: tray, bell, Command Center and notifications, put into the shell."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.controllers.lookout import Lookout
from parrot_desktop.i18n import tr
from parrot_desktop.integration.notifier import Notifier
from parrot_desktop.theme.resources import resource_path
from parrot_desktop.views.announce import announce
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.toast import Notice
from parrot_desktop.views.tray import Tray
from parrot_wire.values import Action, Decision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.controllers.window_actions import WindowActions
    from parrot_desktop.domain.alerts import Watching
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Row

log = logging.getLogger(__name__)

_DOES: dict[Action, ActionId] = {Action.CANCEL: ActionId.CANCEL, Action.END: ActionId.END}


class Presence(QObject):
    """Made once, before a workspace is joined. It is the lookout's `Ways`."""

    def __init__(
        self,
        *,
        shell: Shell,
        actions: WindowActions,
        model: SessionListModel,
        theme: Theme,
        settings: Settings,
        folder: Path,
        raise_window: Callable[[], None],
        watching: Callable[[str], Watching],
        on_error: Callable[[str, BaseException], None],
        starts_in_tray: bool = False,
    ) -> None:
        """``starts_in_tray``: there is no window yet; it shows where no tray comes."""
        super().__init__(shell.window)
        self._shell = shell
        self._actions = actions
        self._settings = settings
        self._raise_window = raise_window
        self._notifier = Notifier(app_name="Parrot", icon=resource_path("icons/parrot.svg"))
        self.tray = Tray(shell.window, waits=starts_in_tray)
        self.lookout = Lookout(
            ways=self,
            theme=theme,
            kits=PaintKits(theme),
            settings=settings,
            folder=folder,
            desktop=self._notifier,
            words=model.words,
            times=model.times,
            now_ms=model.now_ms,
            watching=watching,
            on_error=on_error,
        )
        shell.guests.append(self.lookout)
        self._connect()

    def _connect(self) -> None:
        tray, lookout, window = self.tray, self.lookout, self._shell.window
        lookout.state_changed.connect(tray.set_state)
        lookout.unseen_changed.connect(window.header.set_unseen)
        tray.window_wanted.connect(self.show_window)
        tray.command_center_wanted.connect(lookout.open_panel)
        tray.snooze_wanted.connect(lookout.snooze)
        tray.quit_wanted.connect(self._shell.quit)
        tray.missed.connect(self._show_if_hidden)
        by_id = window.actions_by_id
        by_id[ActionId.COMMAND_CENTER].triggered.connect(self._open_center)
        by_id[ActionId.NOTIFICATIONS].triggered.connect(self._open_bell)
        pane = window.panes.center
        pane.wanted.connect(self._fill_pane)
        if window.has_center:
            # It was left open, and painted before there was anything to put into it.
            self._fill_pane()

    def stays(self) -> bool:
        """What a closed window means: True where Parrot goes on in the tray. Said once."""
        if not (self._settings.stays_in_tray and self.tray.is_there):
            return False
        live = self._shell.live
        if not self._settings.has_said_tray and live is not None:
            self._settings.has_said_tray = True
            live.owner.spawn(self._say_where_it_is(), name="say-tray")
        return True

    async def aclose(self) -> None:
        """While the event loop still runs."""
        await self._notifier.aclose()

    def close(self) -> None:
        self.tray.hide()
        self.lookout.panel.close()
        self.lookout.bell.close()

    # Ways

    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None:
        if self._actions.door is not None:
            self._actions.door.open_session(session_id, message=message, step=step)

    def act(self, action: Action, row: Row) -> None:
        live = self._shell.live
        wanted = _DOES.get(action)
        if live is None or wanted is None:
            self.open_session(row.id)
            return
        if not self._shell.window.isVisible():
            # What it asks, and what it says when it fails, is said in the window.
            self._raise_window()
        live.acting.do(wanted, (row,), self._shell)

    def approve(self, session_id: str, checkpoint_id: str) -> None:
        live = self._shell.live
        if live is not None:
            live.owner.spawn(self._approve(session_id, checkpoint_id), name="approve")

    def show_window(self) -> None:
        self._raise_window()

    def _show_if_hidden(self) -> None:
        if not self._shell.window.isVisible():
            self._raise_window()

    def say(self, notice: Notice) -> None:
        self._shell.say(notice)

    def announce(self, text: str) -> None:
        announce(self._shell.window, text)

    async def _say_where_it_is(self) -> None:
        await self._notifier.say(
            tr("Parrot goes on in the tray"),
            tr("It tells you when a run needs you. Quit it from the tray's menu; the settings can change this."),
            opened=self._raise_window,
        )

    async def _approve(self, session_id: str, checkpoint_id: str) -> None:
        live = self._shell.live
        if live is None:
            return
        try:
            await live.joined.opened.workspace.decide(session_id, checkpoint_id, Decision.APPROVE)
        except WorkspaceError as error:
            log.info("an approval from a notification was not taken: %s", error)
            text = tr("The approval was not taken: {why}", why=error.detail)
            again = Notice(
                text,
                button=tr("Open"),
                on_button=lambda: self.open_session(session_id),
                lasts_ms=None,
                is_trouble=True,
            )
            self._raise_window()
            self.say(again)

    def _fill_pane(self) -> None:
        self._shell.window.panes.center.fill(self.lookout.make_center)

    def _open_center(self) -> None:
        """From inside the window; where it stands beside the list already, it is enough to go there."""
        window = self._shell.window
        if window.has_center:
            window.panes.center.take_focus()
            return
        self.lookout.open_panel(_on_screen(self._shell.window.header.center_button))

    def _open_bell(self) -> None:
        self.lookout.open_bell(_on_screen(self._shell.window.header.bell_button))


def _on_screen(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
