"""Parrot in the system's tray: its icon, what it says when pointed at, and a menu.

Trays come and go with panels, so it looks for one now and then; without one the window is all there is. Qt is first
asked when its answer can be right (`integration.panels`): until then there is no icon of ours to ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QRect, QTimer, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from parrot_desktop.i18n import plural, tr
from parrot_desktop.integration.panels import can_ask_for_tray
from parrot_desktop.theme.tokens import ThemeName, load_tokens
from parrot_desktop.views.tray_icon import TrayState, tray_icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LOOK_EVERY_MS = 30_000
PATIENCE_MS = 20_000
"""A start at login may come before the panel does: so long is waited for one before the window shows instead."""
_PATIENT_LOOK_MS = 500


class Tray(QObject):
    """Emits what a person asks for."""

    window_wanted = Signal()
    command_center_wanted = Signal(QRect)
    """Where the icon is on the screen; empty where the tray does not tell."""
    snooze_wanted = Signal(object)
    """For how many hours: an int; 0 ends a snooze."""
    quit_wanted = Signal()
    missed = Signal()
    """No tray came while one was waited for."""

    def __init__(self, parent: QWidget, *, waits: bool = False) -> None:
        """``waits``: a tray is all that there is to see, so one is waited for a while; see `missed`."""
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
        self._icon: QSystemTrayIcon | None = None
        self._patience = QElapsedTimer()
        self._is_waiting = waits
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self._patience.start()
        self._draw()
        self._look()
        self._looking.start(_PATIENT_LOOK_MS if self._is_waiting else LOOK_EVERY_MS)

    @property
    def is_there(self) -> bool:
        """Whether there is a tray that shows the icon: then a closed window can be got back."""
        return self._icon is not None and self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def set_state(self, state: TrayState) -> None:
        if state != self._state:
            self._state = state
            self._draw()

    def hide(self) -> None:
        self._looking.stop()
        if self._icon is not None:
            self._icon.hide()

    def _look(self) -> None:
        is_over = self._patience.hasExpired(PATIENCE_MS)
        if can_ask_for_tray(may_miss=not self._is_waiting or is_over):
            available = QSystemTrayIcon.isSystemTrayAvailable()
            if available and self._icon is None:
                self._icon = self._make_icon()
                self._draw()
            if self._icon is not None and available != self._icon.isVisible():
                self._icon.setVisible(available)
        if self._is_waiting and (self.is_there or is_over):
            self._is_waiting = False
            self._looking.setInterval(LOOK_EVERY_MS)
            if not self.is_there:
                self.missed.emit()

    def _make_icon(self) -> QSystemTrayIcon:
        icon = QSystemTrayIcon(self)
        icon.setContextMenu(self._menu)
        icon.activated.connect(self._activated)
        return icon

    def _draw(self) -> None:
        state = self._state
        if self._icon is not None:
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
        self.command_center_wanted.emit(self._icon.geometry() if self._icon is not None else QRect())


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
