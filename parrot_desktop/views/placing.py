"""Keeps windows where they can be reached: screens go and shrink between one start and the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

FRAME = QSize(16, 48)
"""What a window manager puts around a window, at most; known only once the window is shown."""


def keep_on_screen(window: QWidget) -> None:
    """Shrinks and moves a window, before it is shown, so that all of it lies on the screen that holds most of it."""
    if window.isMaximized() or window.isFullScreen():
        return
    wanted = window.geometry()
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    room = max(screens, key=lambda screen: _area(screen.intersected(wanted)))
    if _area(room.intersected(wanted)) == 0:
        room = QGuiApplication.primaryScreen().availableGeometry()
    size = wanted.size().boundedTo(room.size() - FRAME).expandedTo(window.minimumSize())
    border, title = FRAME.width() // 2, FRAME.height() - FRAME.width() // 2
    left = max(min(wanted.left(), room.right() + 1 - border - size.width()), room.left() + border)
    top = max(min(wanted.top(), room.bottom() + 1 - border - size.height()), room.top() + title)
    fitting = QRect(left, top, size.width(), size.height())
    if not room.contains(wanted):
        window.setGeometry(fitting)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
