"""Wheel events to a view of a running window, and what each frame that they bring about takes.

A frame is the processor time of the GUI's thread from the event to the pixels: the view's handlers, its painting, and
the hand-over to the screen. Not the wall's: on a shared machine that measures the neighbours.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractScrollArea

NOTCH = 120
"""A wheel's own unit: eighths of a degree between two clicks of it."""
EVERY_MS = 25
PATIENCE = 20
"""Turns of waiting for a frame, after which the view is at its end."""


class Wheel(QObject):
    """Turns the wheel over one view, an event after the other."""

    def __init__(self, view: QAbstractScrollArea, done: Callable[[list[float]], None]) -> None:
        """done: gets the milliseconds of each frame."""
        super().__init__(view)
        self._view = view
        self._done = done
        self._left = self._delta = 0
        self._began_ns: int | None = None
        self._waited = 0
        self._frames: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        view.viewport().installEventFilter(self)

    def roll(self, notches: int, count: int) -> None:
        """Down by so many notches at once, ``count`` times, or until the end of the view."""
        self._left, self._delta, self._frames, self._waited = count, -NOTCH * notches, [], 0
        self._timer.start(EVERY_MS)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._began_ns is not None:
            # The next turn of the event loop comes after all that is painted has been handed over.
            QTimer.singleShot(0, self._end)
        return False

    def _turn(self) -> None:
        if self._began_ns is not None and self._waited < PATIENCE:
            self._waited += 1
            return
        if self._left <= 0 or self._waited >= PATIENCE:
            self._timer.stop()
            self._began_ns = None
            self._done(self._frames)
            return
        self._left -= 1
        viewport = self._view.viewport()
        middle = viewport.rect().center()
        event = QWheelEvent(
            QPointF(middle),
            QPointF(viewport.mapToGlobal(middle)),
            QPoint(),
            QPoint(0, self._delta),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        self._began_ns, self._waited = time.thread_time_ns(), 0
        QApplication.sendEvent(viewport, event)

    def _end(self) -> None:
        if self._began_ns is not None:
            self._frames.append((time.thread_time_ns() - self._began_ns) / 1e6)
            self._began_ns = None
