"""The window over a real server: what is there, what happens, what is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.filter_state import Attention, FilterState, Tab
from parrot_desktop.links import SessionLink
from parrot_desktop.options import Options
from parrot_wire.values import StatusGroup
from tests.helpers.records import session, turn
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


def test_rows_come_and_move(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """What is in the workspace shows newest first; what moves rises with its new figures; what is new appears."""
    server.ingest([session("a", seconds=1, title="First"), session("b", seconds=2, title="Second")])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        assert pilot.titles == ["Second", "First"]
        pilot.window.list_view.select_session(pilot.facts[1][0])
        server.ingest([session("a", seconds=3, title="First", message_count=7)])
        await pilot.until(lambda: pilot.titles == ["First", "Second"], "the risen row")
        assert pilot.facts[0][3] == 7
        assert pilot.window.list_view.current_session() == pilot.facts[0][0]
        server.ingest([session("c", seconds=4, title="Third")])
        await pilot.until(lambda: pilot.titles == ["Third", "First", "Second"], "the new row")

    run_window(qapp, options(server, tmp_path), use)


def test_scrolling_back_loads_all(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Scrolling to the end brings page after page until the oldest session."""
    server.ingest([session(f"s{n}", seconds=n, title=f"Session {n}") for n in range(230)])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        assert len(pilot.titles) == 50
        bar = pilot.window.list_view.verticalScrollBar()

        def scrolled_to_the_end() -> bool:
            bar.setValue(bar.maximum())
            return len(pilot.titles) == 230

        await pilot.until(scrolled_to_the_end, "all pages")
        assert pilot.titles == [f"Session {n}" for n in reversed(range(230))]

    run_window(qapp, options(server, tmp_path), use)


def test_narrowing(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Tabs, facets, words and chips narrow the list; the chips count the whole workspace all the same."""
    server.ingest(
        [
            session("a", seconds=1, title="Fix the login", status="open"),
            session("b", seconds=2, title="Nightly import", kind="flow", status="paused"),
            session("c", seconds=3, title="Fix the import", kind="flow", status="running"),
        ]
    )

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        filters = pilot.picture.filters
        filters.set_tab(Tab.FLOWS)
        await pilot.until(lambda: pilot.titles == ["Fix the import", "Nightly import"], "the flows")
        filters.set_state(replace(filters.state, q="fix"))
        await pilot.until(lambda: pilot.titles == ["Fix the import"], "the words")
        filters.set_tab(Tab.ALL)
        await pilot.until(lambda: pilot.titles == ["Fix the import", "Fix the login"], "all kinds")
        filters.set_state(FilterState(status_groups=frozenset({StatusGroup.SETTLED})))
        await pilot.until(lambda: pilot.titles == ["Fix the login"], "the settled")
        assert pilot.window.area.strip.isVisible()
        filters.toggle_attention(Attention.WAITING)
        await pilot.until(lambda: pilot.titles == ["Nightly import"], "what waits")
        filters.toggle_attention(Attention.WAITING)
        await pilot.until(lambda: pilot.titles == ["Fix the login"], "the filter again")
        filters.set_state(FilterState(q="nothing has this"))
        await pilot.until(lambda: pilot.window.area.face is not None, "the face")
        face = pilot.window.area.face
        assert face is not None
        assert face.title == "No session matches"
        pilot.window.area.face_asked.emit(ActionId.CLEAR_FILTER)
        await pilot.until(lambda: len(pilot.titles) == 3, "everything")

    run_window(qapp, options(server, tmp_path), use)


def test_sums(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """The status bar says how many, what they cost, and what the selected ones cost; it follows what happens."""
    server.ingest(
        [
            session("a", seconds=1),
            turn("a", "t1", cost=840_000),
            session("b", seconds=2),
            turn("b", "t2", basis="unpriced"),
        ]
    )

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        status = pilot.window.status
        await pilot.until(lambda: "$0.84 in view · 1 unpriced" in status.texts, "the spend")
        assert "2 sessions" in status.texts
        pilot.window.list_view.selectAll()
        await pilot.until(lambda: "2 selected · $0.84 + unpriced" in status.texts, "the selection's sum")
        server.ingest([turn("a", "t3", cost=160_000)])
        await pilot.until(lambda: "$1.00 in view · 1 unpriced" in status.texts, "the new sum")

    run_window(qapp, options(server, tmp_path), use)


def test_next_start_paints_the_last_rows(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A second start shows the rows of the first before it has asked anybody, and says so when nobody answers."""
    server.ingest([session("a", seconds=1, title="Remember me")])

    async def use(pilot: Pilot) -> None:
        await pilot.live()

    run_window(qapp, options(server, tmp_path), use)
    server.kill()

    async def again(pilot: Pilot) -> None:
        assert pilot.titles == ["Remember me"]
        await pilot.until(lambda: pilot.state == "reconnecting", "the bad news")
        assert pilot.titles == ["Remember me"]
        assert pilot.window.area.shows_list

    run_window(qapp, options(server, tmp_path), again)


def test_end_and_undo(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """End closes a conversation and can be taken back from the notice it leaves."""
    server.ingest([session("a", seconds=1, title="Old talk", status="open", can=["end"])])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.list_view.select_session(pilot.facts[0][0])
        await pilot.until(lambda: pilot.window.actions_by_id[ActionId.END].isEnabled(), "the action")
        pilot.window.actions_by_id[ActionId.END].trigger()
        await pilot.until(lambda: pilot.facts[0][2] == "ended", "the ended row")
        await pilot.until(lambda: pilot.notices == ["Ended “Old talk”"], "the notice")
        undo = pilot.window.toasts.notices[0].on_button
        assert undo is not None
        undo()
        await pilot.until(lambda: pilot.facts[0][2] == "open", "the open row")

    run_window(qapp, options(server, tmp_path), use)


def test_keys(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Tabs by Ctrl+number, the filter by Ctrl+F and away by Esc, the palette by Ctrl+K."""
    server.ingest([session("a", seconds=1), session("b", seconds=2, kind="flow", status="running")])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        window = pilot.window
        window.activateWindow()
        window.list_view.setFocus()
        QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        await pilot.until(lambda: pilot.titles == ["b"], "the flows")
        QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        await pilot.until(lambda: pilot.titles == ["b", "a"], "all")
        QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert window.has_filter
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert not window.has_filter
        assert window.list_view.hasFocus()
        QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        field = window.focusWidget()
        QTest.keyClicks(field, "flows")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await pilot.until(lambda: pilot.titles == ["b"], "the flows by the palette")

    run_window(qapp, options(server, tmp_path), use)


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_a_session_opens_in_one_window(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Enter opens the selected session in a window of its own; opening it again raises that one."""
    server.ingest([session("a", seconds=1, title="Look inside")])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        view = pilot.window.list_view
        view.select_session(pilot.facts[0][0])
        for _ in range(2):
            QTest.keyClick(view, Qt.Key.Key_Return)
        windows = pilot.wiring.sessions.controllers
        assert [each.session_id for each in windows] == [pilot.facts[0][0]]
        await pilot.until(lambda: "Look inside" in windows[0].window.windowTitle(), "its title")

    run_window(qapp, options(server, tmp_path), use)


def test_a_link_opens_its_session_or_says_whose_it_is(
    qapp: QApplication, server: RunningServer, tmp_path: Path
) -> None:
    """A link of this workspace opens at once, also before the list is there; a link of another is refused politely."""
    server.ingest([session("a", seconds=1, title="Look inside")])
    workspace = server.get("/v1/me")["workspace"]["id"]
    row = server.rows()[0]
    started = replace(options(server, tmp_path), link=SessionLink(workspace, row["id"]))

    async def use(pilot: Pilot) -> None:
        await pilot.until(lambda: len(pilot.wiring.sessions.controllers) == 1, "the window")
        assert pilot.wiring.sessions.controllers[0].session_id == row["id"]
        pilot.wiring.errand.send(link=SessionLink("elsewhere", row["id"]))
        assert "elsewhere" in pilot.notices[0]
        assert len(pilot.wiring.sessions.controllers) == 1

    run_window(qapp, started, use)


def test_newcomers_get_names(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Somebody whose first session comes while the window is open is shown by name, not by id."""
    server.ingest([session("a", seconds=1)])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        server.ingest([session("b", seconds=2, owner="Priya Patel")])
        await pilot.until(lambda: len(pilot.titles) == 2, "the row")

        def named() -> bool:
            view = pilot.picture.model.view_at(0)
            return view is not None and view.owner.name == "Priya Patel"

        await pilot.until(named, "her name")

    run_window(qapp, options(server, tmp_path), use)


def test_the_list_as_csv(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """The export holds every session under the filter, loaded or not."""
    server.ingest([session(f"s{n}", seconds=n, title=f"Session {n}") for n in range(70)])
    target = tmp_path / "sessions.csv"

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.wiring.actions.export_to(target)
        await pilot.until(lambda: bool(pilot.notices), "the notice")
        assert pilot.notices == ["70 sessions exported to sessions.csv"]

    run_window(qapp, options(server, tmp_path), use)
    assert len(target.read_bytes().splitlines()) == 71
