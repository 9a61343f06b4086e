"""The real application with a clock at its pixels: `python -m benchmarks.window REPORT [options of parrot-desktop]`.

Nothing is put into the product: this process imports it, lets the list's `paintEvent` note when it ended and which
rows' pixels were new, and starts it as its own entry point does. Lines on standard input steer it:

    begin   from now on rows are noted, and processor time and stalls are counted
    end     until now
    load N  scroll down until N sessions are loaded, then back to the top
    roll NOTCHES COUNT    turn the wheel over the list, down, so many times: a note `rolled` has each frame's time
    open    double-click the first row: a note `readable` when its window shows the messages in sight
    leaf NOTCHES COUNT    as `roll`, over the transcript in that window
    quit    close the window

The report is JSON Lines, each `{"what": ..., "ns": monotonic nanoseconds, ...}`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPaintEvent, QRegion
    from PySide6.QtWidgets import QAbstractScrollArea, QApplication

    from parrot_desktop.domain.connection_state import Connection
    from parrot_desktop.views.session_list_view import SessionListView
    from parrot_desktop.views.transcript.view import TranscriptView

SECOND_CLICK_MS = 120
"""Between the two clicks of a person's double click."""
BEAT_MS = 5
"""A timer that should fire so often: the gaps between are how long the event loop was held up."""


class Probe:
    """What is noted; written out as it comes, so that a window that is killed has still told it."""

    def __init__(self, report: TextIO) -> None:
        self._report = report
        self._rows_shown = 0
        self._seen: dict[str, int] = {}
        self._is_noting = False
        self._paints = 0
        self._painting_ns = 0
        self._gaps = Counter[int]()
        self._beat_ns = 0
        self.view: SessionListView | None = None
        self.transcript: TranscriptView | None = None

    def note(self, what: str, **more: Any) -> None:
        self._report.write(json.dumps({"what": what, "ns": time.monotonic_ns(), **more}) + "\n")
        self._report.flush()

    def painted(self, view: SessionListView, region: QRegion, began_ns: int) -> None:
        """The list's pixels are new in this region."""
        now_ns = time.monotonic_ns()
        if self.view is None:
            self.view = view
            self.note("first-paint", rows=view.model().rowCount())
        model: Any = view.model()
        if not self._rows_shown and model.loaded_count:
            self.note("first-rows", rows=model.loaded_count, first=model.row_at(0).native_id)
        self._rows_shown = model.loaded_count
        if not self._is_noting:
            return
        self._paints += 1
        self._painting_ns += now_ns - began_ns
        height = view.verticalHeader().defaultSectionSize()
        first = view.verticalScrollBar().value() // height
        visible: dict[str, int] = {}
        new: list[tuple[str, str, int, int, str]] = []
        for at in range(first, min(model.loaded_count, first + view.viewport().height() // height + 2)):
            row = model.row_at(at)
            if row is None:
                continue
            before = self._seen.get(row.id, 0)
            visible[row.id] = row.seq
            if row.seq != before:
                if region.intersects(view.visualRect(model.index(at))):
                    new.append((row.id, row.native_id, before, row.seq, row.last_activity_at))
                else:
                    visible[row.id] = before
        self._seen = visible
        if new:
            self._report.write(json.dumps({"what": "rows", "ns": now_ns, "rows": new}) + "\n")

    def transcript_painted(self, view: TranscriptView) -> None:
        """A transcript's pixels are new; of a session's own window the first that shows all that is in sight counts."""
        in_sight = [layout for _, _, layout in view.sight.visible()]
        if self.transcript is None and view.window().objectName() != "main" and in_sight and all(in_sight):
            self.transcript = view
            self.note("readable", messages=view.store.total)

    def begin(self) -> None:
        self._is_noting, self._seen = True, {}
        self._paints = self._painting_ns = self._beat_ns = 0
        self._gaps.clear()
        self.note("begin", cpu_s=time.process_time())

    def end(self) -> None:
        self._is_noting = False
        self.note(
            "end",
            cpu_s=time.process_time(),
            paints=self._paints,
            painting_ms=self._painting_ns / 1e6,
            gaps=sorted(self._gaps.items()),
        )

    def beat(self) -> None:
        now = time.monotonic_ns()
        if self._is_noting and self._beat_ns:
            # Tenths of a millisecond, counted: an hour of beats must not weigh anything.
            self._gaps[(now - self._beat_ns) // 100_000 - 10 * BEAT_MS] += 1
        self._beat_ns = now


def watch_list(probe: Probe) -> None:
    """Have the list note the end of each paint."""
    from parrot_desktop.views.session_list_view import SessionListView

    paint: Callable[[SessionListView, QPaintEvent], None] = SessionListView.paintEvent

    def noted(self: SessionListView, event: QPaintEvent) -> None:
        began_ns, region = time.monotonic_ns(), event.region()
        paint(self, event)
        probe.painted(self, region, began_ns)

    SessionListView.paintEvent = noted


def watch_transcripts(probe: Probe) -> None:
    """Have every transcript tell of each paint."""
    from parrot_desktop.views.transcript.view import TranscriptView

    paint: Callable[[TranscriptView, QPaintEvent], None] = TranscriptView.paintEvent

    def noted(self: TranscriptView, event: QPaintEvent) -> None:
        paint(self, event)
        probe.transcript_painted(self)

    TranscriptView.paintEvent = noted


def follow_orders(probe: Probe, app: QApplication) -> None:
    """Take orders from standard input on the GUI's thread, and feel the event loop's pulse."""
    from PySide6.QtCore import QObject, Qt, QTimer, Signal

    class Orders(QObject):
        given = Signal(str)

    orders = Orders(app)
    pulse = QTimer(app)
    pulse.setTimerType(Qt.TimerType.PreciseTimer)
    pulse.timeout.connect(probe.beat)
    loader = Loader(probe, app)

    def carry_out(order: str) -> None:
        match order.split():
            case ["begin"]:
                probe.begin()
                pulse.start(BEAT_MS)
            case ["end"]:
                pulse.stop()
                probe.end()
            case ["load", count]:
                loader.load(int(count))
            case ["roll", notches, count] if probe.view is not None:
                roll(probe, probe.view, int(notches), int(count))
            case ["open"] if probe.view is not None:
                open_first(probe, probe.view)
            case ["leaf", notches, count] if probe.transcript is not None:
                roll(probe, probe.transcript, int(notches), int(count))
            case ["quit"] | []:
                for window in app.topLevelWidgets():
                    window.close()
            case _:
                probe.note("unknown", order=order)

    orders.given.connect(carry_out)

    def listen() -> None:
        for line in sys.stdin:
            orders.given.emit(line)
        orders.given.emit("quit")

    threading.Thread(target=listen, daemon=True).start()


# What follows loads what it needs when it is ordered: a start that is timed must not wait for it.


def roll(probe: Probe, view: QAbstractScrollArea, notches: int, count: int) -> None:
    """Turn the wheel over a view."""
    from benchmarks.wheel import Wheel

    def rolled(frames: list[float]) -> None:
        probe.note("rolled", frames=frames)

    Wheel(view, rolled).roll(notches, count)


def open_first(probe: Probe, view: SessionListView) -> None:
    """Double-click the first row, as slowly as a person."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    watch_transcripts(probe)
    viewport = view.viewport()
    point = QPoint(viewport.width() // 4, 20)

    def second_click() -> None:
        probe.note("opening")
        kind, button, where = QEvent.Type.MouseButtonDblClick, Qt.MouseButton.LeftButton, QPointF(point)
        event = QMouseEvent(kind, where, viewport.mapToGlobal(where), button, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(viewport, event)

    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    QTimer.singleShot(SECOND_CLICK_MS, second_click)


class Loader:
    """Scrolls to the end of what is loaded until enough is: pages come as a person would make them come."""

    def __init__(self, probe: Probe, parent: QObject) -> None:
        from PySide6.QtCore import QTimer

        self._probe = probe
        self._wanted = 0
        self._timer = QTimer(parent)
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._step)

    def load(self, count: int) -> None:
        self._wanted = count
        self._timer.start()

    def _step(self) -> None:
        view = self._probe.view
        if view is None:
            return
        model: Any = view.model()
        if model.loaded_count >= self._wanted or not model.has_more:
            self._timer.stop()
            view.verticalScrollBar().setValue(0)
            self._probe.note("loaded", rows=model.loaded_count)
        elif not model.is_loading:
            view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())


def main() -> None:
    """Start the application as its own entry point does, under watch."""
    with open(sys.argv[1], "w", encoding="utf-8") as report:  # noqa: PTH123 - nothing is imported before it is measured
        probe = Probe(report)
        from parrot_desktop.__main__ import begin

        server = begin(sys.argv[2:])
        from parrot_desktop import app
        from parrot_desktop.controllers.presenter import Presenter

        make_application, paint_first = app.make_application, app.Desktop.paint_first
        connection_changed = Presenter.connection_changed

        def made() -> QApplication:
            qt = make_application()
            follow_orders(probe, qt)
            return qt

        def painted_first(self: app.Desktop) -> None:
            paint_first(self)
            probe.note("window", rows=self.picture.model.loaded_count)

        def connected(self: Presenter, connection: Connection) -> None:
            connection_changed(self, connection)
            probe.note(f"connection-{connection.state}")

        app.make_application, app.Desktop.paint_first = made, painted_first
        Presenter.connection_changed = connected
        watch_list(probe)
        sys.exit(app.run(sys.argv[2:], server=server))


if __name__ == "__main__":
    main()
