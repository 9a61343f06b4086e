"""The list under hand and eye: what is read stays put, what is pressed is meant, and nothing is painted for nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QHoverEvent, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolTip
from typing_extensions import override

from parrot_desktop.models.event_buffer import EventBuffer
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.delegates.paint_kit import PaintKit, PlacedText
from parrot_desktop.views.delegates.row_geometry import Density
from parrot_desktop.views.session_list.visible_rows import VisibleRows
from parrot_desktop.views.session_list_view import SessionListView
from parrot_desktop.views.widgets.day_chip import DayChip
from parrot_wire.events import Gone, SessionChanged
from parrot_wire.values import Action, Kind, Status
from tests.helpers.list_rows import HOUR_MS, MEMBERS, NOW_MS, cost, row, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytestqt.qtbot import QtBot

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.models.selection import SelectionSummary
    from parrot_wire.session import Row

ROW_PX = 64


class Painted(QObject):
    """Watches what of a widget is painted."""

    def __init__(self, view: SessionListView) -> None:
        super().__init__()
        self.rects: list[QRect] = []
        view.viewport().installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.rects.append(event.region().boundingRect())
        return False


@dataclass
class Bench:
    """A shown list of 40 sessions, a minute apart, and what it said."""

    view: SessionListView
    model: SessionListModel
    buffer: EventBuffer
    now_ms: list[int]
    said: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    sums: list[SelectionSummary] = field(default_factory=lambda: [])
    seq: int = 100

    def listen(self) -> None:
        self.view.session_opened.connect(self.opened)
        self.view.action_requested.connect(self.acted)
        self.view.details_toggled.connect(self.toggled)
        self.view.context_requested.connect(self.asked)
        self.view.selection_summary_changed.connect(self.sums.append)
        self.view.delegate.row_failed.connect(self.failed)

    def opened(self, session_id: str) -> None:
        self.said.append(("open", session_id))

    def acted(self, action: Action, session_id: str) -> None:
        self.said.append(("act", action, session_id))

    def toggled(self) -> None:
        self.said.append(("details",))

    def asked(self, session_ids: list[str], _where: QPoint) -> None:
        self.said.append(("menu", session_ids))

    def failed(self, session_id: str, problem: str) -> None:
        self.said.append(("failed", session_id, problem))

    def change(self, session_id: str, **fields: Any) -> None:
        """A change of a session that moves it to the top, unless at_ms says otherwise."""
        self.seq += 1
        at_ms: int = fields.pop("at_ms", self.now_ms[0] + self.seq)
        self.buffer.put([SessionChanged(row=row(session_id, seq=self.seq, at_ms=at_ms, **fields))])
        self.buffer.flush()
        QApplication.processEvents()

    def top(self) -> str:
        """The session at the top of the viewport."""
        return str(self.view.indexAt(QPoint(5, 1)).data())

    def ids(self) -> list[str]:
        return [each.id for at in range(self.model.loaded_count) if (each := self.model.row_at(at)) is not None]

    def pill(self) -> str:
        """What the pill over the rows says; "" where there is none."""
        return next((each.text() for each in self.view.findChildren(QAbstractButton) if each.isVisible()), "")

    def press_pill(self) -> None:
        next(each for each in self.view.findChildren(QAbstractButton) if each.isVisible()).click()
        QApplication.processEvents()

    def point_at(self, at: int) -> None:
        """The pointer comes over a row, and moves there."""
        for x in (200, 300):
            QTest.mouseMove(self.view.viewport(), self.row_at(at, x))

    def row_at(self, at: int, x: int = 300) -> QPoint:
        """A point of a row of the viewport."""
        return QPoint(x, at * ROW_PX + ROW_PX // 2)

    def button_at(self, at: int) -> QPoint:
        """The row's button."""
        return self.row_at(at, self.view.viewport().width() - 30)


def sessions(count: int) -> list[Row]:
    return [row(f"s{at:02d}", at_ms=NOW_MS - at * 60_000) for at in range(count)]


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    return Theme(choice=ThemeChoice.DARK)


@pytest.fixture
def bench(theme: Theme, qtbot: QtBot) -> Iterator[Bench]:
    now_ms = [NOW_MS]
    model = SessionListModel(now_ms=lambda: now_ms[0])
    model.set_members(MEMBERS)
    model.show_page(sessions(40), has_more=False)
    view = SessionListView(theme, model)
    qtbot.addWidget(view)
    made = Bench(view, model, EventBuffer(model), now_ms)
    made.listen()
    view.resize(930, 640)
    with qtbot.waitExposed(view):
        view.show()
    QApplication.processEvents()
    yield made
    view.hide()


# What one reads stays where it is


def test_at_the_top_the_list_follows_what_is_new(bench: Bench) -> None:
    bench.change("new")
    assert bench.top() == "Session new"
    assert bench.pill() == ""


def test_scrolled_back_the_page_stays_and_a_pill_counts_what_came(bench: Bench) -> None:
    bench.view.verticalScrollBar().setValue(10 * ROW_PX + 7)
    before = bench.top()
    bench.change("new")
    bench.change("s35")
    bench.change("s02", at_ms=NOW_MS - 120_000, title="Renamed")
    assert bench.top() == before
    assert bench.view.verticalScrollBar().value() == 12 * ROW_PX + 7
    assert bench.pill() == "2 new"
    bench.press_pill()
    assert bench.top() == "Session s35"
    assert bench.pill() == ""


def test_the_row_one_reads_may_rise_without_taking_the_page_with_it(bench: Bench) -> None:
    bench.view.verticalScrollBar().setValue(10 * ROW_PX)
    assert bench.top() == "Session s10"
    bench.change("s10")
    assert bench.top() == "Session s09"
    assert str(bench.view.indexAt(QPoint(5, ROW_PX + 1)).data()) == "Session s11"


def test_another_filter_begins_at_its_top_and_is_painted_whole(bench: Bench) -> None:
    bench.view.verticalScrollBar().setValue(10 * ROW_PX)
    bench.change("new")
    painted = Painted(bench.view)
    bench.model.show_page(sessions(30), has_more=False)
    QApplication.processEvents()
    QApplication.processEvents()
    assert bench.top() == "Session s00"
    assert bench.pill() == ""
    assert bench.view.viewport().rect() in painted.rects


def test_rows_that_go_above_do_not_shift_the_page(bench: Bench) -> None:
    bench.view.verticalScrollBar().setValue(10 * ROW_PX)
    bench.buffer.put([Gone(seq=200, id="s01"), Gone(seq=201, id="s02")])
    bench.buffer.flush()
    assert bench.top() == "Session s10"


def test_selection_and_cursor_stay_on_their_session(bench: Bench) -> None:
    bench.view.select_session("s03")
    bench.change("s07")
    bench.change("s03", title="Moved")
    assert bench.view.selected_sessions() == ["s03"]
    assert bench.view.current_session() == "s03"
    assert bench.view.currentIndex().row() == 0


def test_scrolling_back_names_the_day(bench: Bench) -> None:
    old = [row(f"o{at:02d}", at_ms=NOW_MS - 30 * HOUR_MS - at) for at in range(30)]
    bench.model.show_page([*sessions(5), *old], has_more=False)
    chip = bench.view.findChild(DayChip)
    assert isinstance(chip, DayChip)
    bench.view.verticalScrollBar().setValue(10 * ROW_PX)
    assert (chip.isVisible(), chip.text) == (True, "Yesterday")
    bench.view.scroll_to_top()
    assert not chip.isVisible()


# Holding still under the hand


def test_while_the_pointer_is_over_the_rows_moves_wait(bench: Bench) -> None:
    bench.point_at(3)
    assert bench.view.is_reading
    bench.change("s05", title="Busy")
    bench.change("new")
    assert bench.ids()[:2] == ["s00", "s01"]
    assert bench.model.index_of("s05").data() == "Busy"
    assert bench.pill() == "1 new, 1 moved"
    bench.press_pill()
    assert bench.ids()[:2] == ["new", "s05"]


def test_when_the_pointer_leaves_the_rows_go_where_they_belong(bench: Bench) -> None:
    bench.point_at(3)
    bench.change("s05")
    assert bench.pill() == "1 moved"
    QApplication.sendEvent(bench.view.viewport(), QEvent(QEvent.Type.Leave))
    assert bench.ids()[0] == "s05"
    assert bench.pill() == ""


def test_keys_hold_the_rows_too(bench: Bench) -> None:
    QTest.keyClick(bench.view, Qt.Key.Key_Down)
    bench.change("s05")
    assert bench.pill() == "1 moved"


def test_a_pointer_that_was_there_before_the_window_holds_nothing(bench: Bench) -> None:
    QTest.mouseMove(bench.view.viewport(), bench.row_at(3))
    assert not bench.view.is_reading


# Pressing


def test_double_click_and_enter_open(bench: Bench) -> None:
    QTest.mouseDClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_at(2))
    QTest.keyClick(bench.view, Qt.Key.Key_Down)
    QTest.keyClick(bench.view, Qt.Key.Key_Return)
    assert bench.said == [("open", "s02"), ("open", bench.view.current_session())]


def test_the_button_of_a_row_asks_and_neither_selects_nor_opens(bench: Bench) -> None:
    bench.change("s00", kind=Kind.FLOW, status=Status.RUNNING, actions=(Action.CANCEL,))
    QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.button_at(0))
    QTest.mouseDClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.button_at(0))
    QTest.mouseRelease(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.button_at(0))
    assert bench.said == [("act", Action.CANCEL, "s00")] * 2
    assert bench.view.selected_sessions() == []


def test_a_button_acts_only_when_pressed_and_released_on_the_same_session(bench: Bench) -> None:
    for name in ("s00", "s01"):
        bench.change(name, actions=(Action.END,))
    first, second = bench.button_at(0), bench.button_at(1)
    QTest.mousePress(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseRelease(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert bench.said == []
    QTest.mousePress(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    bench.model.set_holding(False)
    bench.change("s00", actions=(Action.END,))
    assert bench.ids()[0] == "s00"
    QTest.mouseRelease(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert bench.said == []


def test_keys(bench: Bench) -> None:
    """Space shows details, Home and End go to the first and last session, and letters type nothing."""
    view = bench.view
    view.select_session("s05")
    for key, at in (
        (Qt.Key.Key_Down, "s06"),
        (Qt.Key.Key_End, "s39"),
        (Qt.Key.Key_Down, "s39"),
        (Qt.Key.Key_PageUp, "s30"),
        (Qt.Key.Key_Home, "s00"),
        (Qt.Key.Key_PageDown, "s09"),
        (Qt.Key.Key_S, "s09"),
        (Qt.Key.Key_Right, "s09"),
    ):
        QTest.keyClick(view, key)
        assert view.current_session() == at, key
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert bench.said == [("details",)]
    assert view.selected_sessions() == ["s09"]


def test_the_context_menu_is_about_what_is_selected(bench: Bench) -> None:
    QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_at(1))
    QTest.mouseClick(
        bench.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, pos=bench.row_at(4)
    )
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(bench.view.viewport(), event)
    assert bench.said == [("menu", ["s01", "s04"])]


def test_the_selection_says_what_it_cost(bench: Bench, qtbot: QtBot) -> None:
    for at, name in enumerate(("s00", "s01")):
        bench.change(name, at_ms=NOW_MS - at, cost=cost(400_000 + at, estimated=1))
    bench.view.selectAll()
    qtbot.waitUntil(lambda: bool(bench.sums))
    assert (bench.sums[-1].count, bench.sums[-1].caption) == (40, "$0.80")
    bench.change("s00", at_ms=NOW_MS, cost=cost(9_400_000, estimated=2))
    qtbot.waitUntil(lambda: bench.sums[-1].caption == "$9.80")


def test_the_end_asks_for_more_before_one_gets_there(bench: Bench, qtbot: QtBot) -> None:
    bench.model.show_page(sessions(40), has_more=True)
    assert not bench.model.is_loading
    with qtbot.waitSignal(bench.model.more_requested):
        bench.view.verticalScrollBar().setValue(15 * ROW_PX)


def test_a_page_that_failed_is_asked_for_again_by_a_click(bench: Bench, qtbot: QtBot) -> None:
    bench.model.show_page(sessions(3), has_more=True)
    QApplication.processEvents()
    bench.model.page_failed()
    with qtbot.waitSignal(bench.model.more_requested):
        QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_at(3))


# Telling more


def tip_at(bench: Bench, at: QPoint) -> str:
    QToolTip.hideText()
    viewport = bench.view.viewport()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at)))
    return QToolTip.text() if QToolTip.isVisible() else ""


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # of a tooltip, offscreen
def test_hovering_tells_steps_times_and_what_was_cut(bench: Bench) -> None:
    bench.change(
        "s00",
        kind=Kind.FLOW,
        title="A title that is far too long for its column, and goes on for quite a while longer than that",
        steps=steps(Status.COMPLETED, Status.RUNNING),
    )
    geometry = bench.view.delegate.geometry(bench.view.viewport().width(), is_mirrored=False)
    assert tip_at(bench, geometry.meta.center()) == ""
    assert tip_at(bench, geometry.progress.topLeft() + QPoint(10, 10)) == "Plan: Completed"
    assert tip_at(bench, geometry.progress.topLeft() + QPoint(42, 10)) == "Implement: Running"
    assert tip_at(bench, geometry.age.center()).startswith("Started ")
    assert tip_at(bench, geometry.title.center()).endswith("longer than that")
    assert tip_at(bench, geometry.tile.center()) == "Flow run"


def test_a_screen_reader_gets_a_name_and_sentences(bench: Bench) -> None:
    assert bench.view.accessibleName() == "Sessions"
    spoken = bench.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Session s00, Chat, Open, Sarah Chen, 8 messages, now"


# What must not grow


def test_one_change_paints_one_row(bench: Bench) -> None:
    painted = Painted(bench.view)
    bench.change("s03", at_ms=NOW_MS - 3 * 60_000, title="Other")
    assert [rect.height() for rect in painted.rects] == [ROW_PX]
    assert painted.rects[0].top() == 3 * ROW_PX


def test_a_change_outside_the_window_paints_nothing(bench: Bench) -> None:
    painted = Painted(bench.view)
    bench.change("s30", at_ms=NOW_MS - 30 * 60_000, title="Other")
    assert painted.rects == []


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_part_of_a_row_painted_anew_is_that_part_of_the_whole(bench: Bench, direction: Qt.LayoutDirection) -> None:
    """A spinner turns, a time ticks: what lies beside it is not drawn, and what reaches into it is."""
    bench.change("s01", status=Status.RUNNING, title="A title that is long enough to be cut " * 4)
    bench.change("s02", kind=Kind.FLOW, status=Status.RUNNING, steps=steps(Status.COMPLETED, Status.RUNNING))
    bench.view.setLayoutDirection(direction)
    QApplication.processEvents()
    viewport = bench.view.viewport()
    whole = viewport.grab().toImage()
    for left in range(0, viewport.width() - 40, 13):
        part = QRect(left, 0, 40, 4 * ROW_PX)
        assert viewport.grab(part).toImage() == whole.copy(part), left


def ground(bench: Bench, at: int) -> str:
    """The colour that a row stands on, on the screen."""
    rect = bench.view.visualRect(bench.model.index(at))
    return bench.view.viewport().grab().toImage().pixelColor(rect.left() + 8, rect.center().y()).name()


def test_the_row_under_the_pointer_and_the_selected_one_stand_out(bench: Bench, theme: Theme) -> None:
    tokens = theme.tokens
    plain, hovered = QPoint(200, 2 * ROW_PX + 20), QPoint(200, 4 * ROW_PX + 20)
    for kind, point, before in (
        (QEvent.Type.HoverEnter, plain, QPoint(-1, -1)),
        (QEvent.Type.HoverMove, hovered, plain),
    ):
        QApplication.sendEvent(
            bench.view.viewport(), QHoverEvent(kind, QPointF(point), QPointF(point), QPointF(before))
        )
    bench.view.select_session("s01", scroll=False)
    grounds = [ground(bench, at) for at in range(6)]
    assert grounds[1] == tokens.selected.name()
    assert grounds[4] == tokens.hover.name()
    assert {grounds[at] for at in (0, 2, 3, 5)}.isdisjoint({grounds[1], grounds[4]})
    bench.change("s04")
    assert ground(bench, 0) == tokens.hover.name(), "the row that was pointed at, until the pointer moves"
    QApplication.sendEvent(bench.view.viewport(), QEvent(QEvent.Type.Leave))
    assert ground(bench, 0) != tokens.hover.name()


def test_a_turning_spinner_draws_no_texts(bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.change("s01", status=Status.RUNNING, title="A run")
    drawn: list[str] = []
    draw = PaintKit.draw

    def noted(kit: PaintKit, painter: QPainter, texts: Sequence[PlacedText]) -> None:
        drawn.extend(placed.text for placed in texts)
        draw(kit, painter, texts)

    monkeypatch.setattr(PaintKit, "draw", noted)
    phase = bench.view.delegate.spinner_phase
    qtbot.waitUntil(lambda: bench.view.delegate.spinner_phase != phase)
    drawn.clear()
    phase = bench.view.delegate.spinner_phase
    qtbot.waitUntil(lambda: bench.view.delegate.spinner_phase not in {phase, phase + 1})
    assert drawn == []


def test_a_second_paints_only_times_that_read_otherwise(bench: Bench, qtbot: QtBot) -> None:
    bench.change("s02", at_ms=NOW_MS - 120_000, status=Status.RUNNING)
    geometry = bench.view.delegate.geometry(bench.view.viewport().width(), is_mirrored=False)
    bench.view.set_reduced_motion(True)
    painted = Painted(bench.view)
    bench.now_ms[0] += 1_000
    qtbot.waitUntil(lambda: bool(painted.rects))
    QApplication.processEvents()
    painted.rects.clear()
    bench.now_ms[0] += 1_000
    qtbot.waitUntil(lambda: bool(painted.rects))
    whole = painted.rects[0]
    assert whole.left() >= geometry.times.left()
    assert whole.right() <= geometry.times.right()
    # s00 ("2s ago") and s02 ("2m ago", running) tick; s01 stays "1m ago".
    assert whole.bottom() <= 3 * ROW_PX


def test_two_thousand_events_leave_no_timers(bench: Bench) -> None:
    before = len([timer for timer in bench.view.findChildren(QTimer) if timer.isActive()])
    total = len(bench.view.findChildren(QTimer)) + len(bench.buffer.findChildren(QTimer))
    bench.buffer.put(
        SessionChanged(row=row(f"s{at % 40:02d}", seq=1_000 + at, at_ms=NOW_MS + at)) for at in range(2_000)
    )
    while len(bench.buffer):
        bench.buffer.flush()
    QApplication.processEvents()
    assert len(bench.view.findChildren(QTimer)) + len(bench.buffer.findChildren(QTimer)) == total
    assert len([timer for timer in bench.view.findChildren(QTimer) if timer.isActive()]) <= before
    assert bench.ids()[0] == "s39"


def test_times_are_looked_at_only_when_one_may_read_otherwise(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    views = VisibleRows.views

    def looked(rows: VisibleRows) -> list[tuple[RowView, QRect]]:
        looks.append(1)
        return views(rows)

    monkeypatch.setattr(VisibleRows, "views", looked)
    painted = Painted(bench.view)
    # A minute apart each, and all of them at their last second.
    bench.now_ms[0] += 59_500
    qtbot.waitUntil(lambda: len(looks) == 1, timeout=3_000)
    bench.now_ms[0] += 500
    qtbot.waitUntil(lambda: len(looks) >= 2, timeout=3_000)
    qtbot.waitUntil(lambda: len(painted.rects) >= 1)
    # They all read the same for a minute now: the look that follows the painting is the last.
    qtbot.waitUntil(lambda: len(looks) >= 3, timeout=3_000)
    seen = len(looks)
    qtbot.wait(2_500)
    assert len(looks) == seen
    # What comes may be younger.
    bench.change("new")
    qtbot.waitUntil(lambda: len(looks) > seen, timeout=3_000)


def test_spinners_turn_only_while_a_live_row_is_seen_and_motion_is_wanted(bench: Bench, qtbot: QtBot) -> None:
    painted = Painted(bench.view)
    bench.change("s01", at_ms=NOW_MS - 60_000, status=Status.RUNNING)
    painted.rects.clear()
    qtbot.waitUntil(lambda: len(painted.rects) >= 2)
    arc = bench.view.delegate.spinner_rect(
        bench.view.delegate.geometry(bench.view.viewport().width(), is_mirrored=False)
    )
    assert painted.rects[0] == arc.translated(0, ROW_PX)
    phase = bench.view.delegate.spinner_phase
    qtbot.waitUntil(lambda: bench.view.delegate.spinner_phase != phase)
    bench.change("s01", at_ms=NOW_MS - 60_000, status=Status.ENDED)
    qtbot.waitUntil(lambda: not bench.view.is_spinning)
    bench.view.set_reduced_motion(True)
    bench.change("s01", at_ms=NOW_MS - 60_000, status=Status.RUNNING)
    QApplication.processEvents()
    assert not bench.view.is_spinning


def test_a_row_that_cannot_be_painted_shows_its_title_and_is_reported_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("no such tile")

    with monkeypatch.context() as patch:
        patch.setattr("parrot_desktop.views.delegates.session_delegate.paint_ground", broken)
        for _ in range(3):
            bench.view.viewport().repaint()
    assert bench.said.count(("failed", "s00", "RuntimeError: no such tile")) == 1
    assert len([record for record in caplog.records if "s00" in record.getMessage()]) == 1


def test_denser_rows_and_another_theme_keep_the_place(bench: Bench, theme: Theme) -> None:
    bench.view.verticalScrollBar().setValue(10 * ROW_PX)
    bench.view.set_density(Density.COMPACT)
    assert bench.top() == "Session s10"
    assert bench.view.rowHeight(0) == 48
    theme.set_text_scale(1.5)
    try:
        assert bench.top() == "Session s10"
        assert bench.view.rowHeight(0) == 72
    finally:
        theme.set_text_scale(1.0)


def test_what_is_on_the_screen_is_what_painting_anew_would_give(bench: Bench) -> None:
    """Only what a change made stale is painted, and scrolled pixels are kept: so nothing may be forgotten."""
    chance = random.Random(7)
    view = bench.view
    for number in range(120):
        name = f"s{chance.randrange(45):02d}"
        match chance.randrange(12):
            case 0:
                view.verticalScrollBar().setValue(chance.randrange(1_800))
            case 1:
                view.scroll_to_top()
            case 2:
                bench.model.set_holding(number % 2 == 0)
            case 3:
                view.select_session(name, scroll=False)
            case 4:
                bench.seq += 1
                bench.buffer.put([Gone(seq=bench.seq, id=name)])
                bench.buffer.flush()
            case _:
                at_ms = chance.choice([NOW_MS + number, NOW_MS - chance.randrange(40 * 60_000)])
                bench.change(name, at_ms=at_ms, title=f"{name} at {number}", message_count=number)
        view.findChildren(DayChip)[0].hide()
        for _ in range(3):
            QApplication.processEvents()
        assert view.screen().grabWindow(view.winId()).toImage() == view.grab().toImage(), f"after step {number}"
