"""What moves in the list by itself, and only where it can be seen: spinners twelve times a second, times when they read
otherwise than before, once a second at most."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from parrot_desktop.models.session_list_model import Footer
from parrot_desktop.views.widgets.spin_clock import SpinClock

if TYPE_CHECKING:
    from parrot_desktop.views.session_list.visible_rows import VisibleRows

TICK_MS = 1_000
LONGEST_MS = 30_000
"""Between two looks at the times even where all of them stay: a clock may be set, and a machine may have slept."""
STORM_S = 0.05
"""Where all rows were painted so short a time ago, the next change will paint them again, and turn the spinners."""


class ListClock(QObject):
    """Asks for the rects of what reads or looks otherwise than before, and for nothing else."""

    def __init__(self, visible: VisibleRows) -> None:
        super().__init__(visible.view)
        self._visible = visible
        self._shown: dict[str, tuple[str, str]] = {}
        self._whole_at = -STORM_S
        self._spin = SpinClock(self)
        self._spin.ticked.connect(self._turn_spinners)
        self._tick = QTimer(self, singleShot=True)
        self._tick.timeout.connect(self._refresh_times)

    @property
    def is_spinning(self) -> bool:
        return self._spin.is_running

    def set_reduced_motion(self, reduced: bool) -> None:
        self._spin.set_reduced_motion(reduced)

    def start(self) -> None:
        """The list can be seen."""
        self._tick.start(TICK_MS)

    def stop(self) -> None:
        """The list is hidden."""
        self._tick.stop()
        self._spin.set_wanted(False)

    def painted(self) -> None:
        """Some row was: it may read otherwise sooner than those that were there before."""
        if self._tick.remainingTime() > TICK_MS:
            self._tick.start(TICK_MS)

    def spinner_painted(self) -> None:
        """Somewhere in the list there is something to turn."""
        self._spin.set_wanted(True)

    def whole_painted(self) -> None:
        """Every row that can be seen was painted, spinners too."""
        self._whole_at = time.monotonic()

    def _turn_spinners(self) -> None:
        self._visible.delegate.spinner_phase = self._spin.phase
        if time.monotonic() - self._whole_at >= STORM_S and not self._update_spinners():
            self._spin.set_wanted(False)

    def _update_spinners(self) -> bool:
        """False where none can be seen."""
        if not self._visible.view.isVisible() or self._visible.view.window().isMinimized():
            return False
        viewport, found = self._visible.view.viewport(), False
        arc = self._visible.delegate.spinner_rect(self._visible.geometry)
        for view, rect in self._visible.views():
            if view.is_live:
                found = True
                viewport.update(arc.translated(rect.topLeft()))
        footer = self._visible.footer_rect()
        if footer.top() < viewport.height() and self._visible.model.footer is Footer.LOADING:
            found = True
            viewport.update(footer)
        return found

    def _refresh_times(self) -> None:
        if self._visible.view.window().isMinimized():
            self._tick.start(LONGEST_MS)  # it is painted when it comes back: see `painted`
            return
        now_ms, times = self._visible.model.now_ms(), self._visible.model.times
        area = self._visible.geometry.times
        shown: dict[str, tuple[str, str]] = {}
        lasts_ms = LONGEST_MS
        for view, rect in self._visible.views():
            lasts_ms = min(lasts_ms, view.times_last_ms(now_ms))
            texts = (view.age_text(times, now_ms), view.elapsed_text(times, now_ms))
            shown[view.id] = texts
            if self._shown.get(view.id) != texts:
                self._visible.view.viewport().update(area.translated(rect.topLeft()))
        self._shown = shown
        self._tick.start(max(TICK_MS, lasts_ms))
