"""Parrot in the system's tray: its icon, what it says when pointed at, and a menu.

Trays come and go with panels, so it looks for one now and then; without one the window is all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from parrot_desktop.i18n import plural, tr
from parrot_desktop.theme.tokens import ThemeName, load_tokens
from parrot_desktop.views.tray_icon import TrayState, tray_icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LOOK_EVERY_MS = 5_000


class Tray(QObject):
    """Emits what a person asks for."""

    window_wanted = Signal()
    command_center_wanted = Signal(QRect)
    """Where the icon is on the screen; empty where the tray does not tell."""
    snooze_wanted = Signal(object)
    """For how many hours: an int; 0 ends a snooze."""
    quit_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = TrayState()
        # A panel may be light or dark whatever the application's theme is: the dark theme's badges read on both.
        self._tokens = load_tokens(ThemeName.DARK)
        self._menu = QMenu(parent)
        self._menu.addAction(tr("Open Parrot"), self.window_wanted.emit)
        self._menu.addAction(tr("Command Center"), self._ask_command_center)
        self._menu.addSeparator()
        self._snooze = self._menu.addMenu(tr("Snooze notifications"))
        for hours, text in ((1, tr("For an hour")), (4, tr("For four hours")), (12, tr("For twelve hours"))):
            self._snooze.addAction(text, lambda hours=hours: self.snooze_wanted.emit(hours))
        self._wake = self._menu.addAction(tr("Notify again"), lambda: self.snooze_wanted.emit(0))
        self._menu.addSeparator()
        self._menu.addAction(tr("Quit"), self.quit_wanted.emit)
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_EVERY_MS)
        self._looking.timeout.connect(self._look)
        self._looking.start()
        self._draw()
        self._look()

    @property
    def is_there(self) -> bool:
        """Whether there is a tray that shows the icon: then a closed window can be got back."""
        return self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def set_state(self, state: TrayState) -> None:
        if state != self._state:
            self._state = state
            self._draw()

    def hide(self) -> None:
        self._looking.stop()
        self._icon.hide()

    def _look(self) -> None:
        available = QSystemTrayIcon.isSystemTrayAvailable()
        if available != self._icon.isVisible():
            self._icon.setVisible(available)

    def _draw(self) -> None:
        state = self._state
        self._icon.setIcon(tray_icon(state, self._tokens))
        self._icon.setToolTip(_spoken(state))
        self._wake.setVisible(state.is_muted)
        self._snooze.menuAction().setVisible(not state.is_muted)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.MiddleClick):
            self._ask_command_center()
        elif reason is QSystemTrayIcon.ActivationReason.DoubleClick:
            self.window_wanted.emit()

    def _ask_command_center(self) -> None:
        self.command_center_wanted.emit(self._icon.geometry())


def _spoken(state: TrayState) -> str:
    """The tooltip, which is also what a screen reader says."""
    parts = ["Parrot"]
    if state.is_offline:
        parts.append(tr("offline"))
    if state.live:
        parts.append(plural(state.live, "{n} live", "{n} live"))
    if state.waiting:
        parts.append(plural(state.waiting, "{n} waits", "{n} wait"))
    if state.failed:
        parts.append(plural(state.failed, "{n} failed", "{n} failed"))
    if state.is_muted:
        parts.append(tr("notifications are off"))
    return " · ".join(parts)
