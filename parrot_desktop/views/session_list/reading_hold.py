"""While somebody points at the rows or walks through them by key, no row may move away under hand and eye."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_HOLD_MS = 2_000
POINTER_REST_MS = 10_000
"""A pointer that has lain still for so long was left there, and the list may live on under it."""


class ReadingHold(QObject):
    """Knows whether the places of the rows are to be held."""

    changed = Signal(bool)

    def __init__(
        self,
        *,
        clock_ms: Callable[[], float] = lambda: time.monotonic() * 1_000,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock_ms = clock_ms
        self._pointer_until = 0.0
        self._key_until = 0.0
        self._is_holding = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)

    @property
    def is_holding(self) -> bool:
        return self._is_holding

    def pointer_moved(self) -> None:
        """The pointer moved, pressed or turned its wheel over the rows."""
        self._pointer_until = self._clock_ms() + POINTER_REST_MS
        self._begin()

    def pointer_left(self) -> None:
        self._pointer_until = 0.0
        self.refresh()

    def key_pressed(self) -> None:
        self._key_until = self._clock_ms() + KEY_HOLD_MS
        self._begin()

    def let_go(self) -> None:
        """Nobody reads any more: the list was hidden."""
        self._pointer_until = self._key_until = 0.0
        self.refresh()

    def refresh(self) -> None:
        """Ends the hold when its time is over, else waits for the rest of it."""
        left_ms = max(self._pointer_until, self._key_until) - self._clock_ms()
        if left_ms > 0:
            self._timer.start(int(left_ms) + 1)
        else:
            self._timer.stop()
            self._set(holding=False)

    def _begin(self) -> None:
        # A running timer is left alone: it looks again when it fires. Moves come by the hundred a second.
        if not self._timer.isActive():
            self.refresh()
        self._set(holding=True)

    def _set(self, *, holding: bool) -> None:
        if holding != self._is_holding:
            self._is_holding = holding
            self.changed.emit(holding)
