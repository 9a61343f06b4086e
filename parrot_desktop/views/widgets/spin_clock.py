"""The one timer behind all spinners of a window part. It runs only while one can be seen turning."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from parrot_desktop.views.delegates.paint_spinner import FRAME_MS, PHASES


class SpinClock(QObject):
    """Counts phases. ``ticked`` comes twelve times a second while it runs."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phase = 0
        self._is_wanted = False
        self._is_motion_reduced = False
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def set_wanted(self, wanted: bool) -> None:
        """Whether anything that spins can be seen."""
        self._is_wanted = wanted
        self._refresh()

    def set_reduced_motion(self, reduced: bool) -> None:
        """Whether the person wants things to keep still: then what is live shows an arc that stands."""
        self._is_motion_reduced = reduced
        self._refresh()

    def _refresh(self) -> None:
        wanted = self._is_wanted and not self._is_motion_reduced
        if wanted and not self._timer.isActive():
            self._timer.start()
        elif not wanted and self._timer.isActive():
            self._timer.stop()

    def _tick(self) -> None:
        self.phase = (self.phase + 1) % PHASES
        self.ticked.emit()
