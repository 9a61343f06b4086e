"""Fits the rows that a person scrolls towards between two frames, so that the one that shows them only draws."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from parrot_desktop.views.session_list.visible_rows import VisibleRows

AFTER_FRAME_MS = 4
"""Until the frame is handed over, and what came meanwhile is done."""
AT_ONCE_S = 0.002
"""In one turn of the event loop: an event that comes meanwhile waits for no longer."""


class RowsAhead(QObject):
    """One screenful, in the direction of the last scroll; what was fitted is kept by model and delegate."""

    def __init__(self, visible: VisibleRows) -> None:
        super().__init__(visible.view)
        self._visible = visible
        self._offset = 0
        self._wanted: list[int] = []
        """Positions, the nearest last."""
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self._fit)

    def scrolled(self) -> None:
        """Somebody scrolled: once the pixels are new (`painted`), the rows beyond are next."""
        before, self._offset = self._offset, self._visible.offset
        seen = self._visible.positions()
        if self._offset >= before:
            self._wanted = [*range(min(seen.stop + len(seen), self._visible.model.loaded_count) - 1, seen.stop - 1, -1)]
        else:
            self._wanted = [*range(max(0, seen.start - len(seen)), seen.start)]

    def painted(self) -> None:
        """The frame is drawn, and about to be handed over."""
        if self._wanted:
            self._idle.start(AFTER_FRAME_MS)

    def _fit(self) -> None:
        until = time.monotonic() + AT_ONCE_S
        geometry = self._visible.geometry
        ratio = self._visible.view.devicePixelRatioF()
        while self._wanted and time.monotonic() < until:
            row = self._visible.model.view_at(self._wanted.pop())
            if row is not None:
                self._visible.delegate.layout_of(row, geometry, ratio)
        if self._wanted:
            self._idle.start(0)
