"""Rows that one scrolls towards are fitted between the frames, and only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.delegates import session_delegate
from parrot_desktop.views.session_list.rows_ahead import RowsAhead
from parrot_desktop.views.session_list_view import SessionListView
from tests.helpers.list_rows import MEMBERS, NOW_MS, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

ROW_PX = 64
SEEN = 10
MINUTE_MS = 60_000


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[SessionListView]:
    """A list of a hundred sessions, ten of which can be seen."""
    model = SessionListModel(now_ms=lambda: NOW_MS)
    model.set_members(MEMBERS)
    model.show_page([row(f"s{at}", at_ms=NOW_MS - at * MINUTE_MS) for at in range(100)], has_more=False)
    view = SessionListView(Theme(choice=ThemeChoice.DARK), model)
    qtbot.addWidget(view)
    view.resize(930, SEEN * ROW_PX)
    with qtbot.waitExposed(view):
        view.show()
    QApplication.processEvents()
    yield view
    view.hide()


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the sessions that were fitted, in order."""
    found: list[str] = []
    lay_out = session_delegate.lay_out

    def noted(view: session_delegate.RowView, *arguments: object, **more: object) -> object:
        found.append(view.id)
        return lay_out(view, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(session_delegate, "lay_out", noted)
    return found


def scroll_to(view: SessionListView, at: int) -> None:
    view.verticalScrollBar().setValue(at * ROW_PX)
    QApplication.processEvents()


def rest(view: SessionListView) -> None:
    """Until nothing is fitted any more."""
    ahead = view.findChild(RowsAhead)
    assert ahead is not None
    timer = ahead.findChild(QTimer)
    assert timer is not None
    for _ in range(200):
        QTest.qWait(5)
        if not timer.isActive():
            return
    raise AssertionError("rows are fitted for ever")


def test_the_next_page_is_fitted_before_it_is_seen(view: SessionListView, fitted: list[str]) -> None:
    scroll_to(view, 10)
    assert sorted(fitted) == sorted(f"s{at}" for at in range(10, 20))
    fitted.clear()
    rest(view)
    assert fitted == [f"s{at}" for at in range(20, 30)]
    fitted.clear()
    scroll_to(view, 20)
    assert fitted == []


def test_upwards_it_is_the_page_above(view: SessionListView, fitted: list[str]) -> None:
    scroll_to(view, 60)
    rest(view)
    scroll_to(view, 50)
    fitted.clear()
    rest(view)
    assert fitted == [f"s{at}" for at in range(49, 39, -1)]


def test_at_the_end_there_is_nothing_ahead(view: SessionListView, fitted: list[str]) -> None:
    scroll_to(view, 90)
    fitted.clear()
    rest(view)
    assert fitted == []


def test_nothing_is_fitted_while_nobody_scrolls(view: SessionListView, fitted: list[str]) -> None:
    rest(view)
    view.viewport().update()
    QApplication.processEvents()
    rest(view)
    assert fitted == []
