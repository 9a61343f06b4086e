"""The parts of a row as widgets: they look as in the row, say what they show, and turn only while they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from typing_extensions import override

from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.widgets.painted import AvatarLabel, KindTile, PillLabel, StatusLabel, StepStrip
from parrot_desktop.views.widgets.spin_clock import SpinClock
from parrot_wire.values import Kind, Status
from tests.helpers.list_rows import row, steps
from tests.helpers.pictures import Easel, colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from parrot_desktop.domain.row_view import RowView


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(choice=ThemeChoice.DARK)


def view_of(theme: Theme, status: Status) -> RowView:
    easel = Easel(theme)
    easel.show(row("a", kind=Kind.FLOW, status=status, steps=steps(Status.COMPLETED, status, Status.PENDING)))
    view = easel.model.view_at(0)
    assert view is not None
    return view


def seen(widget: QWidget) -> set[str]:
    return colours(widget.grab().toImage())


def test_a_status_wears_its_pill_or_turns(theme: Theme, qtbot: QtBot) -> None:
    label = StatusLabel(PaintKits(theme))
    qtbot.addWidget(label)
    label.set_row(view_of(theme, Status.FAILED))
    assert label.accessibleName() == "Failed"
    assert theme.tokens.needs_look.ground.name() in seen(label)
    with qtbot.waitExposed(label):
        label.show()
    assert not label.clock.is_running
    label.set_row(view_of(theme, Status.RUNNING))
    assert theme.tokens.live.ink.name() in seen(label)
    assert label.clock.is_running
    label.clock.set_reduced_motion(True)
    assert not label.clock.is_running
    label.clock.set_reduced_motion(False)
    label.hide()
    assert not label.clock.is_running
    label.set_row(None)
    assert label.sizeHint().width() == 0


def test_widgets_follow_the_theme(theme: Theme, qtbot: QtBot) -> None:
    kits = PaintKits(theme)
    tile, badge = KindTile(kits), PillLabel(kits)
    for widget in (tile, badge):
        qtbot.addWidget(widget)
    tile.set_kind("workflow", "Flow run")
    badge.set_pill("Ask", lambda kit: kit.tokens.info)
    assert (tile.toolTip(), badge.accessibleName()) == ("Flow run", "Ask")
    assert theme.tokens.info.ground.name() in seen(badge)
    theme.set_choice(ThemeChoice.LIGHT)
    assert theme.tokens.info.ground.name() in seen(badge)
    assert theme.tokens.settled.ground.name() in seen(tile)
    small = tile.sizeHint()
    theme.set_text_scale(1.5)
    assert tile.sizeHint().width() == 1.5 * small.width()


def test_a_person_has_a_name_for_those_who_cannot_see_the_disc(theme: Theme, qtbot: QtBot) -> None:
    label = AvatarLabel(PaintKits(theme), side=32)
    qtbot.addWidget(label)
    person = view_of(theme, Status.OPEN).owner
    label.set_person(person)
    assert (label.accessibleName(), label.sizeHint().width()) == ("Sarah Chen", 32)
    assert theme.tokens.avatar_grounds[person.colour].name() in seen(label)


def test_a_strip_tells_its_steps(theme: Theme, qtbot: QtBot) -> None:
    easel = Easel(theme)
    strip = StepStrip(PaintKits(theme), words=easel.model.words, times=easel.model.times, now_ms=easel.model.now_ms)
    qtbot.addWidget(strip)
    strip.set_steps(view_of(theme, Status.FAILED).steps)
    strip.resize(strip.sizeHint())
    with qtbot.waitExposed(strip):
        strip.show()
    assert strip.accessibleName() == "Plan: Completed, Implement: Failed, Verify: Pending"
    assert theme.tokens.needs_look.ink.name() in seen(strip)
    at = QPoint(42, 10)
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    assert QToolTip.text() == "Implement: Failed"


def test_all_spinners_turn_in_one_frame_and_one_that_goes_stops_none(qtbot: QtBot) -> None:
    """Each clock with a timer of its own would wake the window twelve times a second more."""
    first, second = SpinClock(), SpinClock()
    told: list[str] = []
    first.ticked.connect(lambda: told.append("first"))
    second.ticked.connect(lambda: told.append("second"))
    first.set_wanted(True)
    second.set_wanted(True)
    qtbot.waitUntil(lambda: len(told) >= 6)
    assert told[:6] == ["first", "second"] * 3
    assert first.phase == second.phase
    first.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    told.clear()
    qtbot.waitUntil(lambda: len(told) >= 2)
    assert set(told) == {"second"}
    second.set_reduced_motion(True)
    assert not second.is_running
    told.clear()
    QTest.qWait(250)
    assert told == []


def test_a_turning_status_paints_nothing_but_itself(theme: Theme, qtbot: QtBot) -> None:
    pane = QWidget()
    painted: list[object] = []

    class Watcher(QObject):
        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(watched)
            return False

    label = StatusLabel(PaintKits(theme), pane)
    label.set_row(view_of(theme, Status.RUNNING))
    qtbot.addWidget(pane)
    with qtbot.waitExposed(pane):
        pane.show()
    QApplication.processEvents()
    watcher = Watcher()
    for widget in (pane, label):
        widget.installEventFilter(watcher)
    qtbot.waitUntil(lambda: len(painted) >= 3)
    assert set(painted) == {label}
