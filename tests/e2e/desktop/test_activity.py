"""Over a real server: what happens is told once, also across restarts of the window and cuts of the line."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from parrot_client.client import Client
from parrot_desktop.api.remote import RemoteWorkspace
from parrot_desktop.controllers import activity
from parrot_desktop.controllers.activity import ActivityController
from parrot_desktop.domain.alerts import Alert, AlertBook, AlertKind, AlertRules, Known, Watching
from parrot_desktop.tasks import TaskOwner
from parrot_wire.times import from_ms
from tests.helpers.records import at, session
from tests.helpers.server import RunningServer, serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_desktop.domain.activity import Activity


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.activity: list[Activity] = []
        self.told: list[tuple[Alert, ...]] = []
        self.away: list[tuple[Alert, ...]] = []

    def activity_changed(self, activity: Activity) -> None:
        self.activity.append(activity)

    def alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        self.told.append(alerts)

    def away_alerts_came(self, alerts: tuple[Alert, ...]) -> None:
        self.away.append(alerts)

    def activity_lost(self) -> None:
        pass


class Desk:
    """One run of the application, as far as activity goes."""

    def __init__(self, server: RunningServer, known: Known, *, since: str) -> None:
        self.listener = Listener()
        self.owner = TaskOwner("test")
        self.workspace = RemoteWorkspace(Client(server.url, server.token))
        self.known = known
        self.controller = ActivityController(
            workspace=self.workspace,
            me="me",
            book=AlertBook(known, since=since),
            rules=AlertRules,
            watching=lambda: Watching(me="me"),
            owner=self.owner,
            listener=self.listener,
        )
        self.controller.start()

    async def close(self) -> None:
        self.controller.stop()
        await self.owner.aclose()
        await self.workspace.aclose()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits five seconds for more alerts to say together."""
    monkeypatch.setattr(activity, "TOGETHER_S", 0.05)


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, "still waiting"
        await asyncio.sleep(0.02)


async def test_a_failure_is_told_once_and_what_failed_meanwhile_is_one_summary(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        run = {"kind": "flow", "title": "Migrate billing"}
        server.ingest([session("old", seconds=1, status="failed"), session("a", seconds=2, status="running", **run)])
        known = Known()
        desk = Desk(server, known, since=at(5))
        await until(lambda: desk.listener.activity and desk.listener.activity[-1].live_count == 1)
        server.ingest([session("a", seconds=10, status="failed", **run)])
        await until(lambda: desk.listener.told)
        server.ingest([session("a", seconds=11, status="failed", title="Migrate billing again", kind="flow")])
        server.ingest([session("b", seconds=12, status="running", kind="flow")])
        await until(lambda: [row.title for row in desk.listener.activity[-1].active] == ["b"])
        assert [[alert.title for alert in said] for said in desk.listener.told] == [["Migrate billing"]]
        await desk.close()

        server.ingest([session("b", seconds=20, status="failed", kind="flow", title="Failed at night")])
        again = Desk(server, known, since=from_ms(2_000_000_000_000))
        await until(lambda: again.listener.away)
        assert [alert.title for alert in again.listener.away[0]] == ["Failed at night"]
        assert again.listener.told == []
        await again.close()

        third = Desk(server, known, since=from_ms(2_000_000_000_000))
        await until(lambda: third.listener.activity)
        server.ingest([session("c", seconds=30, status="running", kind="flow")])
        await until(lambda: third.listener.activity[-1].live_count == 1)
        assert third.listener.away == []
        await third.close()


async def test_a_first_start_tells_nothing_of_the_past(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        server.ingest([session(f"s{n}", seconds=n, status="failed", kind="flow") for n in range(5)])
        desk = Desk(server, Known(), since=at(100))
        await until(lambda: desk.listener.activity)
        server.ingest([session("now", seconds=101, status="failed", kind="flow")])
        await until(lambda: desk.listener.told)
        assert [alert.kind for alert in desk.listener.told[0]] == [AlertKind.FAILED]
        assert len(desk.listener.told[0]) == 1
        await desk.close()


async def test_tasks_are_in_motion_too_and_what_ends_leaves(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        server.ingest(
            [
                session("parent", seconds=1, status="running"),
                session("child", seconds=2, status="running", kind="task", parent="parent"),
            ]
        )
        desk = Desk(server, Known(), since=at(0))
        await until(lambda: desk.listener.activity and desk.listener.activity[-1].live_count == 2)
        server.ingest([session("child", seconds=3, status="completed", kind="task", parent="parent")])
        await until(lambda: desk.listener.activity[-1].live_count == 1)
        await desk.close()
