"""The clock of spinners. It runs only while one can be seen turning, and all of them turn in the same frame: twelve
times a second the window is woken once, however many spinners it has.
"""

from __future__ import annotations

from PySide6.QtCore import QMetaMethod, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from parrot_desktop.views.delegates.paint_spinner import FRAME_MS, PHASES


class _Beat(QObject):
    """The one timer; it stops when nobody listens any more."""

    ticked = Signal()

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.phase = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _tick(self) -> None:
        # Widgets go without a word, and their connections with them.
        if not self.isSignalConnected(QMetaMethod.fromSignal(self.ticked)):
            self._timer.stop()
            return
        self.phase = (self.phase + 1) % PHASES
        self.ticked.emit()


_beats: list[_Beat] = []


def _the_beat() -> _Beat:
    if not _beats:
        beat = _Beat(QApplication.instance())
        beat.destroyed.connect(_beats.clear)
        _beats.append(beat)
    return _beats[0]


class SpinClock(QObject):
    """For one part of a window. ``ticked`` comes twelve times a second while it runs."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._beat = _the_beat()
        self._is_running = False
        self._is_wanted = False
        self._is_motion_reduced = False

    @property
    def phase(self) -> int:
        return self._beat.phase

    @property
    def is_running(self) -> bool:
        return self._is_running

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
        if wanted == self._is_running:
            return
        self._is_running = wanted
        if wanted:
            self._beat.ticked.connect(self.ticked)
            self._beat.start()
        else:
            self._beat.ticked.disconnect(self.ticked)
