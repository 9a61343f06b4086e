"""The window's own manners: what gives way, what opens, where the focus goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from parrot_desktop.actions import SPECS, ActionId
from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.domain.filter_state import Attention, FilterState
from parrot_desktop.views.command_palette import commands_of, matching
from parrot_desktop.views.faces import Face
from parrot_desktop.views.menus import MENUS
from parrot_desktop.views.toast import Notice
from parrot_wire.session import Cost
from parrot_wire.values import StatusGroup

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from parrot_desktop.views.main_window import MainWindow

COUNTS = {Attention.WAITING: 2, Attention.FAILED_TODAY: 3, Attention.LIVE: 4}


def inside(widget: QWidget, window: QWidget) -> bool:
    """Whether all of a visible widget lies in the window."""
    corner = widget.mapTo(window, widget.rect().topLeft())
    return window.rect().contains(widget.rect().translated(corner))


def test_header_gives_way_and_nothing_is_cut(window: MainWindow, qtbot: QtBot) -> None:
    """At every width from 1800 down to 640 the whole header can be seen and reached."""
    window.header.set_counts(COUNTS)
    for width in (1800, 1360, 1100, 940, 800, 700, 640):
        window.resize(width, 600)
        QApplication.processEvents()
        shown = [child for child in window.header.findChildren(QWidget) if child.isVisible()]
        assert all(inside(child, window) for child in shown), width
        overlapping = [
            (one, other)
            for n, one in enumerate(shown)
            for other in shown[n + 1 :]
            if one.parent() is other.parent() is window.header and one.geometry().intersects(other.geometry())
        ]
        assert overlapping == [], width
    assert window.header.filter_button.isVisible()


def test_smallest_window(window: MainWindow) -> None:
    """640 x 480 holds, with a pane open too; filter and details take turns there."""
    window.resize(640, 480)
    window.show_details(True)
    assert window.has_details
    window.show_filter(True)
    QApplication.processEvents()
    assert window.has_filter
    assert not window.has_details
    assert window.size().width() == 640


def test_every_action_stands_in_a_menu() -> None:
    """What the main window can do is found in its menus, beside keys and palette."""
    listed = {action for _, ids in MENUS for action in ids if action is not None}
    transcript_or_checkpoint = {spec.id for spec in SPECS if spec.place == "transcript"} | {
        ActionId.APPROVE,
        ActionId.REJECT,
        ActionId.SKIP,
        ActionId.REASSIGN,
        ActionId.OPEN_MENU,
    }
    assert {spec.id for spec in SPECS} - listed == transcript_or_checkpoint


def test_no_two_actions_share_a_key(window: MainWindow) -> None:
    """A key does one thing, and the same thing in the menu as in the list."""
    keys = [
        key.toString()
        for action_id, action in window.actions_by_id.items()
        for key in action.shortcuts()
        if action_id is not ActionId.FIND
    ]
    assert len(keys) == len(set(keys))


def test_keys_of_the_list_are_the_list_s_own(window: MainWindow) -> None:
    """Enter, Space and Home do in a field what they do in every field; the menus show them all the same."""
    for action_id in (ActionId.OPEN, ActionId.DETAILS, ActionId.GO_TOP):
        action = window.actions_by_id[action_id]
        assert action.shortcuts() == []
        assert action.text().partition("\t")[2]


def test_filter_is_a_draft_until_applied(window: MainWindow, qtbot: QtBot) -> None:
    """Picking changes nothing; Apply tells; Clear takes everything back; Esc closes and returns to the list."""
    told: list[FilterState] = []
    window.filter_applied.connect(told.append)
    window.show_filter(True)
    panel = window.filter_panel
    model = panel.owners
    model.toggle(model.index(0))
    panel.status_pill(StatusGroup.WAITING).click()
    assert told == []
    panel.apply()
    assert told == [FilterState(owners=frozenset({"m1"}), status_groups=frozenset({StatusGroup.WAITING}))]
    panel.clear()
    assert told[-1] == FilterState()
    assert model.checked == frozenset()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not window.has_filter


def test_owners_are_found_by_typing(window: MainWindow) -> None:
    """Enter in the search checks the only match, and Enter again applies."""
    told: list[FilterState] = []
    window.filter_applied.connect(told.append)
    window.show_filter(True)
    field = window.filter_panel.owner_search
    QTest.keyClicks(field, "pri")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.filter_panel.draft.owners == frozenset({"m3"})
    assert field.text() == ""


def test_a_search_is_left_for_the_list(window: MainWindow) -> None:
    """Esc takes the words back and Down keeps them: either way the keys are the list's again."""
    window.activateWindow()
    told: list[str] = []
    window.header.words_changed.connect(told.append)
    for key, words in ((Qt.Key.Key_Down, "fix"), (Qt.Key.Key_Escape, "")):
        window.header.open_search()
        QTest.keyClicks(window.header.search, "fix")
        QTest.keyClick(window.header.search, key)
        assert told[-1] == words
        assert window.list_view.hasFocus()


def test_the_list_gets_the_focus_back_from_what_stood_in_its_place(window: MainWindow) -> None:
    """A search that finds nothing, left by Esc: the rows that come back have the keys."""
    window.activateWindow()
    window.area.show_face(Face("search", "No session matches", ""))
    window.header.open_search()
    QTest.keyClick(window.header.search, Qt.Key.Key_Escape)
    assert window.area.has_focus
    window.area.show_list()
    assert window.list_view.hasFocus()


def test_status_bar_says_how_things_stand(window: MainWindow) -> None:
    """Sums with their unknowns; the connection in words; nothing of spend for those who may not see it."""
    status = window.status
    status.show_counts(12_480, 11, is_filtered=False)
    status.show_spend(Cost(micros=14_640_000, priced=0, estimated=3, unpriced=2, unknown=1))
    status.show_connection(Connection(ConnectionState.LIVE, 0))
    assert status.texts[:4] == [
        "Live",
        "12,480 sessions",
        "11 loaded",
        "$14.64 in view · 3 estimated, 2 unpriced, 1 unknown",
    ]
    status.show_spend(None)
    assert not any("$" in text for text in status.texts)
    status.show_connection(Connection(ConnectionState.OFFLINE, 0, "No route."))
    assert status.texts[0].startswith("Offline since")


def test_notices(window: MainWindow, qtbot: QtBot) -> None:
    """At most three stand at a time, their button works once, and they lie inside the window."""
    done: list[int] = []
    for n in range(4):
        window.toasts.show_notice(
            Notice(f"Notice {n} " + "with many words " * n, button="Undo", on_button=lambda n=n: done.append(n))
        )
    QApplication.processEvents()
    assert [notice.text.split()[1] for notice in window.toasts.notices] == ["1", "2", "3"]
    assert inside(window.toasts, window)
    buttons = [child for child in window.toasts.findChildren(QPushButton) if child.text() == "Undo"]
    buttons[-1].click()
    assert done == [3]
    assert len(window.toasts.notices) == 2


def test_palette_lists_what_can_be_done_now(window: MainWindow) -> None:
    """Disabled actions are not offered; a few letters find one."""
    commands = commands_of(window.actions_by_id)
    names = {command.text for command in commands}
    assert "Cancel run" not in names
    assert "Search titles" in names
    assert matching(commands, "cf")[0].text == "Clear filters"


def test_focusable_things_have_names(window: MainWindow) -> None:
    """A screen reader can name everything that Tab reaches."""
    window.header.set_counts(COUNTS)
    window.show_filter(True)
    nameless = [
        child
        for child in window.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.isVisible()
        and not child.accessibleName()
        and not getattr(child, "text", lambda: "")()
    ]
    assert nameless == []
