"""The Command Center beside the list: its place, its keys, and what it costs while nobody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from parrot_desktop.actions import ActionId, Place
from parrot_desktop.domain.activity import Activity
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.i18n import QtWords
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.views.command_center import CommandCenter
from parrot_desktop.views.command_palette import commands_of, matching
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.main_window import MainWindow
from parrot_desktop.views.shortcut_overview import shortcut_lines
from parrot_desktop.views.side_panes import NARROW
from parrot_wire.values import Kind, Status
from tests.helpers.details import row
from tests.helpers.pseudo_locale import pseudo_locale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytestqt.qtbot import QtBot

    from parrot_desktop.models.owner_filter_model import OwnerFilterModel
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.command_center_dock import CommandCenterDock

LEFT, RIGHT, BELOW = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
MINE = (row("a", title="Mine"), row("t", kind=Kind.TASK, title="A subagent", parent="a"))
THEIRS = (row("b", owner="m2", title="Theirs"),)
DONE = (row("c", status=Status.COMPLETED, title="Done", ended_at=row("c").last_activity_at),)
ACTIVITY = Activity(active=MINE + THEIRS, recent=DONE)


def filled(window: MainWindow, theme: Theme) -> CommandCenterDock:
    """The pane, which is handed something to show when it is first seen."""
    dock = window.panes.center

    def make(tools: Sequence[QWidget]) -> CommandCenter:
        words = QtWords()
        center = CommandCenter(theme, PaintKits(theme), words=words, times=TimeTexts(words), tools=tools)
        center.set_people((), me="m1")
        center.set_activity(ACTIVITY)
        return center

    dock.wanted.connect(lambda: dock.fill(make))
    return dock


def press(key: Qt.Key) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key)


def titles(dock: CommandCenterDock) -> list[tuple[str, list[str]]]:
    assert dock.center is not None
    return dock.center.shown


def test_it_is_made_when_it_is_first_seen(window: MainWindow, theme: Theme) -> None:
    """Its action shows it, with mine first, and it says what it is; the same action closes it."""
    dock = filled(window, theme)
    assert dock.center is None
    window.activateWindow()
    window.list_view.setFocus()
    window.actions_by_id[ActionId.CENTER_PANE].trigger()
    assert [(heading, sorted(ids)) for heading, ids in titles(dock)] == [
        ("Active now", ["a", "t"]),
        ("Active now · others", ["b"]),
        ("Recent", ["c"]),
    ]
    assert dock.center is not None
    assert dock.center.accessibleName() == "Command Center"
    assert window.panes.has_focus(ActionId.CENTER_PANE)
    window.actions_by_id[ActionId.CENTER_PANE].trigger()
    assert not dock.isVisible()
    assert window.list_view.hasFocus()


def test_keys_open_walk_and_leave_it(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    """The overview lists its key, the palette finds it; arrows go from list to list, Enter opens, Esc goes back."""
    dock = filled(window, theme)
    assert ("Ctrl+Shift+D", "Command Center beside the list") in shortcut_lines(Place.MAIN)
    assert matching(commands_of(window.actions_by_id), "beside the list")[0].text == "Command Center beside the list"
    window.activateWindow()
    window.list_view.setFocus()
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert dock.isVisible()
    assert dock.center is not None
    opened: list[str] = []
    dock.center.session_opened.connect(opened.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Return):
        press(key)
    assert opened == ["c", "b"]
    press(Qt.Key.Key_Escape)
    assert window.list_view.hasFocus()
    assert dock.isVisible()


def test_opened_empty_its_first_row_has_the_cursor_when_it_comes(window: MainWindow, theme: Theme) -> None:
    dock = filled(window, theme)
    window.activateWindow()
    window.show_center(True)
    center = dock.center
    assert center is not None
    center.set_activity(Activity())
    center.take_focus()
    assert center.hasFocus()
    center.set_activity(ACTIVITY)
    opened: list[str] = []
    center.session_opened.connect(opened.append)
    press(Qt.Key.Key_Return)
    assert len(opened) == 1


def test_hidden_it_does_nothing(window: MainWindow, theme: Theme) -> None:
    """No timer runs and no row is made for what nobody sees; opened again, it is up to date."""
    dock = filled(window, theme)
    window.show_center(True)
    QApplication.processEvents()
    window.show_center(False)
    QApplication.processEvents()
    center = dock.center
    assert center is not None
    assert [timer for timer in center.findChildren(QTimer) if timer.isActive()] == []
    center.set_activity(Activity(active=THEIRS))
    assert ("Active now", ["b"]) not in center.shown
    window.show_center(True)
    assert center.shown == [("Active now", ["b"])]


def test_rows_stay_under_the_pointer(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    """While somebody points at them rows change where they stand; what came and went is done when they let go."""
    dock = filled(window, theme)
    window.show_center(True)
    center = dock.center
    assert center is not None
    view = next(view for view in center.findChildren(type(window.list_view)) if view.accessibleName() == "Active now")
    QTest.mouseMove(view.viewport(), view.viewport().rect().center())
    QTest.mousePress(view.viewport(), Qt.MouseButton.RightButton, pos=view.viewport().rect().center())
    before = center.shown
    ended = row("a", title="Mine", status=Status.COMPLETED, seq=MINE[0].seq + 1)
    center.set_activity(Activity(active=THEIRS, recent=(ended,)))
    assert center.shown == before
    view.hide()
    view.show()
    qtbot.waitUntil(lambda: [ids for _, ids in center.shown] == [["b"], ["a"]])


@pytest.mark.parametrize("area", [LEFT, RIGHT, BELOW])
def test_its_place_and_size_last(
    window: MainWindow, theme: Theme, owners: OwnerFilterModel, qtbot: QtBot, area: Qt.DockWidgetArea
) -> None:
    """Chosen from its menu; the next window has it there, as large, and filled once there is something to fill it."""
    dock = filled(window, theme)
    window.show_details(True)
    window.show_center(True)
    dock.place_chosen.emit(area)
    window.resizeDocks([dock], [350], Qt.Orientation.Vertical)
    QApplication.processEvents()
    menu = next(menu for menu in dock.findChildren(QMenu) if menu.actions())
    assert [action.isChecked() for action in menu.actions()] == [area is each for each in (LEFT, RIGHT, BELOW)]
    size = dock.size()

    again = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    qtbot.addWidget(again, before_close_func=lambda _: again.close_for_good())
    again.restore_layout(QByteArray(), window.dump_layout(), has_filter=False, has_details=True)
    there = filled(again, theme)
    again.show()
    qtbot.waitExposed(again)
    QApplication.processEvents()
    assert again.has_center
    assert again.dockWidgetArea(there) is area
    assert there.size() == size
    assert there.center is not None


def test_a_wide_layout_fits_a_small_screen(
    window: MainWindow, theme: Theme, owners: OwnerFilterModel, qtbot: QtBot
) -> None:
    """What was spread over a large screen is all there on a small one: list and pane lie inside the window."""
    dock = filled(window, theme)
    window.resize(2400, 1300)
    window.show_details(True)
    window.show_center(True)
    window.resizeDocks([dock], [1200], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    layout = window.dump_layout()

    again = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    qtbot.addWidget(again, before_close_func=lambda _: again.close_for_good())
    again.resize(1000, 600)
    again.restore_layout(QByteArray(), layout, has_filter=True, has_details=True)
    there = filled(again, theme)
    again.show()
    qtbot.waitExposed(again)
    QApplication.processEvents()
    assert again.width() == 1000
    for pane in (there, again.area, again.panes.filter):
        box = pane.rect().translated(pane.mapTo(again, pane.rect().topLeft()))
        assert again.rect().contains(box)
    assert again.area.width() >= 300


def test_in_a_narrow_window_the_sides_take_turns(window: MainWindow, theme: Theme) -> None:
    """Filter on one side, Command Center on the other: one of them; below the list it is in nobody's way."""
    dock = filled(window, theme)
    window.resize(NARROW - 100, 700)
    window.show_filter(True)
    window.show_center(True)
    assert (window.has_filter, window.has_center) == (False, True)
    window.show_filter(True)
    assert (window.has_filter, window.has_center) == (True, False)
    dock.place_chosen.emit(BELOW)
    window.show_center(True)
    assert (window.has_filter, window.has_center) == (True, True)


def test_in_a_low_window_the_panes_of_a_side_take_turns(window: MainWindow, theme: Theme) -> None:
    """Details and Command Center share a side: in 480 pixels there is room for one, in 800 for both."""
    filled(window, theme)
    window.resize(1300, 480)
    window.show_details(True)
    window.show_center(True)
    assert (window.has_details, window.has_center) == (False, True)
    window.show_details(True)
    assert (window.has_details, window.has_center) == (True, False)
    window.resize(1300, 800)
    window.show_center(True)
    assert (window.has_details, window.has_center) == (True, True)


def test_panes_are_as_wide_again_once_there_is_room(
    window: MainWindow, theme: Theme, owners: OwnerFilterModel, qtbot: QtBot
) -> None:
    """Half a screen makes them narrower for as long as it lasts, over a restart too."""
    window.resize(1500, 800)
    window.show_details(True)
    window.resizeDocks([window.panes.details], [500], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    again = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    qtbot.addWidget(again, before_close_func=lambda _: again.close_for_good())
    again.resize(1500, 800)
    again.restore_layout(QByteArray(), window.dump_layout(), has_filter=False, has_details=True)
    again.show()
    qtbot.waitExposed(again)
    assert again.panes.details.width() == 500
    again.resize(700, 800)
    QApplication.processEvents()
    assert again.panes.details.width() < 400
    again.resize(1500, 800)
    qtbot.waitUntil(lambda: again.panes.details.width() == 500)

    later = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    qtbot.addWidget(later, before_close_func=lambda _: later.close_for_good())
    again.resize(700, 800)
    QApplication.processEvents()
    later.resize(700, 800)
    later.restore_layout(QByteArray(), again.dump_layout(), has_filter=False, has_details=True)
    later.show()
    qtbot.waitExposed(later)
    later.resize(1500, 800)
    qtbot.waitUntil(lambda: later.panes.details.width() >= 430)


def test_right_to_left_it_stands_on_the_other_side(qapp: QApplication, theme: Theme, owners: OwnerFilterModel) -> None:
    """And a layout that was left in the other direction does not turn it back."""
    left = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    left.show_center(True)
    layout = left.dump_layout()
    with pseudo_locale(qapp, is_rtl=True):
        right = MainWindow(theme, SessionListModel(words=QtWords()), owners)
        right.restore_layout(QByteArray(), layout, has_filter=True, has_details=True)
        areas = [right.dockWidgetArea(dock) for dock in (right.panes.filter, right.panes.details, right.panes.center)]
        assert areas == [RIGHT, LEFT, LEFT]
        right.close_for_good()
    left.close_for_good()
