"""The tabs of saved views by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from parrot_desktop.domain.filter_state import Attention
from parrot_desktop.views.view_tabs import NEEDS

if TYPE_CHECKING:
    from parrot_desktop.views.main_window import MainWindow


def walk(window: MainWindow) -> list[QWidget]:
    """What Tab comes to in the header, from its first tab on."""
    window.activateWindow()
    first = window.header.tabs.findChildren(QWidget)[0]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    came: list[QWidget] = []
    at = QApplication.focusWidget()
    while at is not None and window.header.isAncestorOf(at) and at not in came:
        came.append(at)
        QTest.keyClick(at, Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
    return came


def test_tab_walks_the_header_as_it_is_read(window: MainWindow) -> None:
    """Kinds, views, their button, chips, the buttons behind: also after views came, went and were chosen."""
    window.resize(1800, 700)
    window.header.set_counts({Attention.WAITING: 2})
    views = window.header.views
    for names, current in (([], None), (["Red", "Flows"], "Flows"), (["Flows", "New", "Red"], None), (["New"], NEEDS)):
        views.set_views(names)
        views.set_current(current)
        QApplication.processEvents()
        assert views.shown_keys == [NEEDS, *names]
        came = walk(window)
        across = [widget.mapTo(window, widget.rect().topLeft()).x() for widget in came]
        assert across == sorted(across)
        assert {each for each in came if views.isAncestorOf(each)} >= {
            each for each in views.findChildren(QWidget) if each.isVisible() and each.focusPolicy()
        }


def test_views_that_are_made_anew_keep_the_focus(window: MainWindow) -> None:
    """Who renames or counts views does not throw the person who walks them out of the header."""
    window.resize(1800, 700)
    window.activateWindow()
    views = window.header.views
    views.set_views(["Red", "Flows"])
    flows = next(tab for tab in views.findChildren(QWidget) if tab.accessibleName() == "Flows")
    flows.setFocus()
    views.set_views(["Flows", "Red"])
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus is not flows
    assert focus.accessibleName() == "Flows"


def test_what_is_seen_is_named_at_every_width(window: MainWindow) -> None:
    """The tab of the view in force stands in the header before title, words and chips, down to the smallest window."""
    window.header.set_counts({Attention.WAITING: 2, Attention.FAILED_TODAY: 3, Attention.LIVE: 4})
    window.header.set_unseen(3)
    views = window.header.views
    views.set_views(["Red ones", "Mine"])
    for key in (NEEDS, "Mine"):
        views.set_current(key)
        for width in (1800, 1360, 1100, 940, 900, 800, 700, 640):
            window.resize(width, 600)
            QApplication.processEvents()
            assert key in views.shown_keys, width
