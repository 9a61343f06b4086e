"""Between the stream and the model: what comes faster than the eye is shown once a frame.

Keeps the newest change of each session. The first change after a quiet frame is carried out in the same turn of the
event loop; then at most one flush a frame, and a flush ends when it has taken its share of the frame: the rest waits
for the next. A hidden window is brought up to date once a second.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from parrot_wire.events import Gone, SessionChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parrot_desktop.domain.row_store import RowEvent
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_wire.events import Event

FRAME_MS = 16
"""A server tells of a storm of changes in blocks 25 ms apart. Each is to have a frame of its own at once, also one that
comes a little early: then painting, which is most of the work, is done forty times a second and nothing waits twice.
"""
HIDDEN_MS = 1_000
FLUSH_BUDGET_MS = 5.0
"""Painting what changed comes after it, and no turn of the event loop should last."""
CHUNK = 16
"""Events between two looks at the clock; one takes 20 to 60 µs."""


class EventBuffer(QObject):
    """Gives a model its events frame by frame."""

    flushed = Signal(int)
    """How many events were carried out."""

    def __init__(
        self,
        model: SessionListModel,
        *,
        clock_ms: Callable[[], float] = lambda: time.perf_counter() * 1_000,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._clock_ms = clock_ms
        self._pending: dict[str, RowEvent] = {}
        self._flushed_at = -float(HIDDEN_MS)
        self._is_visible = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

    def __len__(self) -> int:
        """Sessions whose change waits."""
        return len(self._pending)

    def put(self, events: Iterable[Event]) -> None:
        """Take what the stream says, in its order; ``ready`` and ``reset`` are the controller's and change no row."""
        pending = self._pending
        for event in events:
            if isinstance(event, SessionChanged):
                session_id = event.row.id
            elif isinstance(event, Gone):
                session_id = event.id
            else:
                continue
            known = pending.get(session_id)
            if known is None or known.seq < event.seq:
                pending[session_id] = event
        if pending and not self._timer.isActive():
            self._schedule()

    def clear(self) -> None:
        """Forget what waits: it belongs to a filter that is shown no longer."""
        self._pending.clear()
        self._timer.stop()

    def set_visible(self, visible: bool) -> None:
        """Whether anybody can see the list."""
        if visible != self._is_visible:
            self._is_visible = visible
            if self._pending:
                self._schedule()

    def flush(self) -> None:
        """Carry out what waits, as far as one frame allows."""
        self._timer.stop()
        if not self._pending:
            return
        # Frames are counted from where they begin: what a flush takes is no wait for the next one.
        start = self._flushed_at = self._clock_ms()
        done = 0
        with self._model.batch():
            while self._pending and (done == 0 or self._clock_ms() - start < FLUSH_BUDGET_MS):
                ids = [session_id for session_id, _ in zip(self._pending, range(CHUNK), strict=False)]
                self._model.apply([self._pending.pop(session_id) for session_id in ids])
                done += len(ids)
        if self._pending:
            self._schedule()
        self.flushed.emit(done)

    def _schedule(self) -> None:
        frame_ms = FRAME_MS if self._is_visible else HIDDEN_MS
        wait_ms = self._flushed_at + frame_ms - self._clock_ms()
        self._timer.start(max(0, round(wait_ms)))
