"""What needs somebody, saved views and the jump to a date, in the real window over a real server."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtTest import QTest

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.filter_state import FilterState, Tab
from parrot_desktop.options import Options
from parrot_desktop.views.jump_dialog import JumpDialog
from parrot_desktop.views.name_dialog import NameDialog
from parrot_desktop.views.view_tabs import NEEDS
from parrot_wire.times import from_ms
from parrot_wire.values import StatusGroup
from tests.helpers.records import session
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


def ago(native_id: str, days: float, **body: Any) -> dict[str, Any]:
    """A session that last moved so long ago, by the machine's clock."""
    import time

    at = from_ms(round((time.time() - days * 86_400) * 1000))
    record = session(native_id, key=f"{native_id}:{at}", title=native_id, **body)
    record["at"] = at
    record["body"].update(started_at=at, last_activity_at=at)
    return record


def trigger(pilot: Pilot, action: ActionId) -> None:
    pilot.window.actions_by_id[action].trigger()


def dialog_of(pilot: Pilot, kind: type[Any]) -> Any:
    return pilot.window.findChild(kind)


def test_needs_you(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """What waits, however long, and what failed this week; the oldest first, each with how long, and it lives."""
    flow: dict[str, Any] = {"kind": "flow"}
    server.ingest(
        [
            ago("waits long", 40, status="paused", **flow),
            ago("failed long ago", 30, status="failed", **flow),
            ago("failed", 2, status="failed", **flow),
            ago("blocked", 0.5, status="blocked", **flow),
            ago("fine", 0.1, status="completed", **flow),
        ]
    )

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        assert len(pilot.titles) == 5
        trigger(pilot, ActionId.NEEDS_YOU)
        await pilot.live()
        assert pilot.titles == ["waits long", "failed", "blocked"]
        view, model = pilot.picture.model.view_at(0), pilot.picture.model
        assert view is not None
        assert view.age_text(model.times, model.now_ms()) == "waits 40d"
        assert pilot.window.header.views.shown_keys == [NEEDS]
        await pilot.until(lambda: "3 sessions match" in pilot.window.status.texts, "the sum of both filters")
        server.ingest([ago("failed", 0, status="running", **flow), ago("new", 0, status="paused", **flow)])
        await pilot.until(lambda: pilot.titles == ["waits long", "blocked", "new"], "news of what waits")
        trigger(pilot, ActionId.NEEDS_YOU)
        await pilot.until(lambda: len(pilot.titles) == 6, "the whole list again")
        assert pilot.titles[-1] == "waits long"

    run_window(qapp, options(server, tmp_path), use)


def test_needs_you_as_csv(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Exactly what is shown, in its order: no failure of long ago, and nothing that was hidden."""
    flow: dict[str, Any] = {"kind": "flow"}
    server.ingest(
        [
            ago("failed long ago", 30, status="failed", **flow),
            ago("failed", 2, status="failed", **flow),
            ago("hidden", 1, status="failed", **flow),
            ago("waits long", 40, status="paused", **flow),
        ]
    )
    target = tmp_path / "needs.csv"

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        trigger(pilot, ActionId.NEEDS_YOU)
        await pilot.until(lambda: pilot.titles == ["waits long", "failed", "hidden"], "what needs somebody")
        pilot.window.list_view.select_session(pilot.facts[2][0])
        QTest.keyClick(pilot.window.list_view, Qt.Key.Key_H)
        pilot.wiring.actions.export_to(target)
        await pilot.until(lambda: "2 sessions exported to needs.csv" in pilot.notices, "the notice")

    run_window(qapp, options(server, tmp_path), use)
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert [line["title"] for line in csv.DictReader(file)] == ["waits long", "failed"]


def test_saved_views(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A filter gets a name and a tab with its count, in an order of one's own; a restart forgets none of it."""
    flow: dict[str, Any] = {"kind": "flow"}
    server.ingest([ago("red", 1, status="failed", **flow), ago("done", 2, status="completed", **flow), ago("chat", 3)])

    async def make(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.resize(1800, 700)
        pilot.picture.filters.set_state(FilterState(status_groups=frozenset({StatusGroup.NEEDS_LOOK})))
        await pilot.until(lambda: pilot.titles == ["red"], "the filter")
        trigger(pilot, ActionId.SAVE_VIEW)
        dialog = dialog_of(pilot, NameDialog)
        assert not dialog.go.isEnabled()
        QTest.keyClicks(dialog.field, "Red ones")
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
        assert pilot.picture.filters.view == "Red ones"
        pilot.picture.filters.set_tab(Tab.FLOWS)
        assert pilot.picture.filters.state == FilterState(status_groups=frozenset({StatusGroup.NEEDS_LOOK}))
        pilot.picture.filters.clear()
        pilot.wiring.views.save("Flows")
        tabs = pilot.window.header.views
        assert tabs.shown_keys == [NEEDS, "Red ones", "Flows"]
        red, flows = (tab for tab in tabs.findChildren(type(tabs._tabs[0])) if tab.key and tab.isVisible())  # pyright: ignore[reportPrivateUsage]
        await pilot.until(lambda: "1 session" in red.accessibleName(), "the count")
        await pilot.until(lambda: "2 sessions" in flows.accessibleName(), "the other count")
        # Drag the second in front of the first.
        QTest.mousePress(flows, Qt.MouseButton.LeftButton, pos=flows.rect().center())
        QTest.mouseMove(flows, flows.mapFrom(tabs, red.geometry().center()) - QPoint(6, 0))
        QTest.mouseRelease(flows, Qt.MouseButton.LeftButton, pos=flows.rect().center())
        assert tabs.shown_keys == [NEEDS, "Flows", "Red ones"]

    async def again(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.resize(1800, 700)
        tabs = pilot.window.header.views
        assert tabs.shown_keys == [NEEDS, "Flows", "Red ones"]
        pilot.wiring.views.show_view("Red ones")
        await pilot.until(lambda: pilot.titles == ["red"], "the view")
        pilot.wiring.views.rename("Red ones", "Red")
        assert pilot.picture.filters.view == "Red"
        pilot.wiring.views.remove("Red")
        assert tabs.shown_keys == [NEEDS, "Flows"]
        assert pilot.titles == ["red"]
        undo = pilot.window.toasts.notices[-1].on_button
        assert undo is not None
        undo()
        assert tabs.shown_keys == [NEEDS, "Flows", "Red"]
        pilot.window.resize(700, 500)
        await pilot.until(lambda: tabs.shown_keys == [], "tabs that give way to their menu")

    run_window(qapp, options(server, tmp_path), make)
    run_window(qapp, options(server, tmp_path), again)


def test_jump_to_date(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Ctrl+G begins the list at a day; one press leads back to now."""
    server.ingest([ago("today", 0), ago("last week", 7), ago("last month", 30)])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        trigger(pilot, ActionId.JUMP_TO_DATE)
        dialog = dialog_of(pilot, JumpDialog)
        day = date.today() - timedelta(days=7)
        dialog.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        QTest.keyClick(dialog.calendar, Qt.Key.Key_Return)
        await pilot.until(lambda: pilot.titles == ["last week", "last month"], "the list of that day")
        assert pilot.window.area.jump.isVisible()
        trigger(pilot, ActionId.BACK_TO_NOW)
        await pilot.until(lambda: pilot.titles == ["today", "last week", "last month"], "now")
        assert not pilot.window.area.jump.isVisible()

    run_window(qapp, options(server, tmp_path), use)
