"""Stars, hidden and unread in the real window, over a real server and through a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from parrot_desktop.actions import ActionId
from parrot_desktop.options import Options
from tests.helpers.records import session
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.domain.row_view import Marks


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


def marks(pilot: Pilot, title: str) -> Marks:
    view = pilot.picture.model.view_at(pilot.titles.index(title))
    assert view is not None
    return view.marks


def select(pilot: Pilot, title: str) -> str:
    session_id = next(fact[0] for fact in pilot.facts if fact[1] == title)
    pilot.window.list_view.setFocus()
    pilot.window.list_view.select_session(session_id)
    return session_id


def press(pilot: Pilot, key: Qt.Key) -> None:
    QTest.keyClick(pilot.window.list_view, key)


def test_hidden_rows_are_out_of_sight_and_counted(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """H hides what is selected, Undo brings it back; hidden rows count, stay so after a restart, and can be seen."""
    server.ingest([session(each, seconds=n, title=each.upper()) for n, each in enumerate("abcd")])

    async def hide(pilot: Pilot) -> None:
        await pilot.live()
        select(pilot, "C")
        press(pilot, Qt.Key.Key_H)
        assert pilot.titles == ["D", "B", "A"]
        notice = pilot.window.toasts.notices[-1]
        assert (notice.text, notice.button) == ("1 session hidden", "Undo")
        assert notice.on_button is not None
        notice.on_button()
        assert pilot.titles == ["D", "C", "B", "A"]
        select(pilot, "B")
        press(pilot, Qt.Key.Key_Delete)
        assert pilot.titles == ["D", "C", "A"]
        await pilot.until(lambda: "4 sessions · 1 hidden" in pilot.window.status.texts, "the count")
        server.ingest([session("b", seconds=9, title="B", message_count=7)])
        server.ingest([session("e", seconds=10, title="E")])
        await pilot.until(lambda: pilot.titles == ["E", "D", "C", "A"], "news without the hidden one")

    async def again(pilot: Pilot) -> None:
        await pilot.live()
        await pilot.until(lambda: pilot.titles == ["E", "D", "C", "A"], "the list as it was left")
        pilot.window.actions_by_id[ActionId.SHOW_HIDDEN].trigger()
        assert pilot.titles == ["E", "B", "D", "C", "A"]
        assert marks(pilot, "B").is_hidden
        select(pilot, "B")
        press(pilot, Qt.Key.Key_H)
        assert not marks(pilot, "B").is_hidden
        pilot.window.actions_by_id[ActionId.SHOW_HIDDEN].trigger()
        assert pilot.titles == ["E", "B", "D", "C", "A"]

    run_window(qapp, options(server, tmp_path), hide)
    run_window(qapp, options(server, tmp_path), again)


def test_stars_are_kept_and_heard(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """S stars a row, Shift+S its owner; the rules of notifications know both, and a restart does not forget."""
    server.ingest([session("a", seconds=1, title="A"), session("b", seconds=2, title="B")])

    async def star(pilot: Pilot) -> None:
        await pilot.live()
        starred = select(pilot, "A")
        press(pilot, Qt.Key.Key_S)
        assert (marks(pilot, "A").is_starred, marks(pilot, "B").is_starred) == (True, False)
        assert pilot.window.actions_by_id[ActionId.STAR].text().startswith("Remove star")
        QTest.keyClick(pilot.window.list_view, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
        assert marks(pilot, "B").is_owner_starred
        watching = pilot.wiring.marking.watching("me")
        assert watching.sessions == {starred}
        assert len(watching.owners) == 1

    async def again(pilot: Pilot) -> None:
        await pilot.live()
        assert marks(pilot, "A").is_starred
        select(pilot, "A")
        press(pilot, Qt.Key.Key_S)
        assert not marks(pilot, "A").is_starred

    run_window(qapp, options(server, tmp_path), star)
    run_window(qapp, options(server, tmp_path), again)


def test_only_what_is_starred(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A star on a row or on its owner; it is a filter as any other: counted, live, kept in a view and cleared."""
    server.ingest(
        [
            session("mine", seconds=1, title="Mine"),
            session("other", seconds=2, title="Other"),
            session("hers", seconds=3, title="Hers", owner="Priya Patel"),
            session("hers too", seconds=4, title="Hers too", owner="Priya Patel", status="ended"),
        ]
    )

    async def star(pilot: Pilot) -> None:
        await pilot.live()
        window, filters = pilot.window, pilot.picture.filters
        window.actions_by_id[ActionId.STARRED_ONLY].trigger()
        await pilot.until(lambda: window.area.face is not None, "word that nothing is starred")
        assert window.area.face is not None
        assert window.area.face.title == "Nothing is starred yet"
        filters.clear()
        await pilot.live()
        select(pilot, "Mine")
        press(pilot, Qt.Key.Key_S)
        select(pilot, "Hers")
        QTest.keyClick(window.list_view, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
        window.show_filter(True)
        window.filter_panel.starred_pill.click()
        window.filter_panel.apply()
        await pilot.until(lambda: pilot.titles == ["Hers too", "Hers", "Mine"], "what is starred")
        await pilot.until(lambda: "3 sessions match" in window.status.texts, "their sum")
        assert filters.state.count == 1
        assert window.actions_by_id[ActionId.STARRED_ONLY].isChecked()
        server.ingest([session("new", seconds=9, title="New", owner="Priya Patel"), session("no", seconds=9)])
        await pilot.until(lambda: pilot.titles == ["New", "Hers too", "Hers", "Mine"], "news of hers alone")
        pilot.wiring.views.save("Watched")

    async def again(pilot: Pilot) -> None:
        window, filters = pilot.window, pilot.picture.filters
        await pilot.live()
        window.resize(1800, 700)
        assert len(pilot.titles) == 4
        pilot.wiring.views.show_view("Watched")
        await pilot.until(lambda: pilot.titles == ["New", "Hers too", "Hers", "Mine"], "the view after a restart")
        await pilot.until(lambda: pilot.wiring.views.counts.get("Watched") == 4, "its count")
        select(pilot, "Mine")
        press(pilot, Qt.Key.Key_S)
        await pilot.until(lambda: pilot.titles == ["New", "Hers too", "Hers"], "the list without it")
        notice = window.toasts.notices[-1]
        assert (notice.text, notice.button) == ("1 star removed", "Undo")
        assert notice.on_button is not None
        notice.on_button()
        await pilot.until(lambda: pilot.titles == ["New", "Hers too", "Hers", "Mine"], "the list with it again")
        window.area.strip.cleared.emit()
        await pilot.until(lambda: len(pilot.titles) == 6, "everything")
        assert filters.state.is_empty

    run_window(qapp, options(server, tmp_path), star)
    run_window(qapp, options(server, tmp_path), again)


def test_unread_until_opened(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """What is marked unread wears a dot until it is opened, or stays selected beside the details for a moment."""
    server.ingest([session("a", seconds=1, title="A"), session("b", seconds=2, title="B")])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.show_details(False)
        select(pilot, "A")
        assert not marks(pilot, "A").is_unread
        press(pilot, Qt.Key.Key_U)
        assert marks(pilot, "A").is_unread
        assert pilot.window.actions_by_id[ActionId.TOGGLE_READ].text().startswith("Mark as read")
        press(pilot, Qt.Key.Key_Return)
        assert not marks(pilot, "A").is_unread
        server.ingest([session("a", seconds=3, title="A")])
        await pilot.until(lambda: pilot.titles == ["A", "B"], "the move")
        assert not marks(pilot, "A").is_unread
        pilot.wiring.sessions.controllers[0].window.close()
        assert not marks(pilot, "A").is_unread
        server.ingest([session("a", seconds=4, title="A", message_count=9)])
        await pilot.until(lambda: marks(pilot, "A").is_unread, "the dot of what moved after it was closed")
        pilot.window.show_details(True)
        await pilot.until(lambda: not marks(pilot, "A").is_unread, "a look in the pane")

    run_window(qapp, options(server, tmp_path), use)
