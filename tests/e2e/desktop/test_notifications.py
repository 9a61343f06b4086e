"""Over a real server and a real bus: what the desktop is asked to show, when it is not, and where a click leads."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from parrot_desktop.controllers import activity
from parrot_desktop.options import Options
from parrot_wire.times import from_ms
from tests.e2e.desktop.test_presence import flow
from tests.helpers.notification_service import NotificationService, Shown, notification_service
from tests.helpers.records import checkpoint, record
from tests.helpers.server import RunningServer, serve
from tests.helpers.virtual_desktop import session_bus
from tests.helpers.window import WITHIN_S, Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.controllers.presence import Presence
    from parrot_desktop.views.tray_icon import TrayState


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session bus of one's own; what happens within 0.3 s is told as one."""
    monkeypatch.setattr(activity, "TOGETHER_S", 0.3)
    with ExitStack() as stack:
        address = session_bus(stack)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


def step(server: RunningServer, native_id: str, step_id: str, status: str, **more: object) -> None:
    body = {"id": step_id, "name": step_id.capitalize(), "status": status, **more}
    server.ingest([record("step", native_id, body, key=f"{native_id}:{step_id}:{status}")])


async def watched(pilot: Pilot, server: RunningServer) -> Presence:
    """Until it is known what happens in the workspace: what comes from then on is news."""
    await pilot.live()
    presence = pilot.wiring.presence
    assert presence is not None
    flow(server, pilot, "Watched", "running", 0)
    await pilot.until(lambda: bool(presence.lookout.activity.active), "what is in motion")
    return presence


async def told(pilot: Pilot, shown: NotificationService, count: int) -> None:
    await pilot.until(lambda: len(shown.all) >= count, f"notification {count} after {shown.titles}")
    assert len(shown.all) == count, shown.titles


async def pressed(shown: NotificationService, which: Shown, is_done: Callable[[], bool], *, button: str = "") -> None:
    """Presses until it is done: a program may be slower than the bus to know what it showed."""
    async with asyncio.timeout(WITHIN_S):
        while not is_done():
            await shown.press(which, button)
            await asyncio.sleep(0.05)


def test_nobody_is_asked_any_more_what_somebody_else_has_decided(
    qapp: QApplication, server: RunningServer, bus: str, tmp_path: Path
) -> None:
    async def use(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            await watched(pilot, server)
            flow(server, pilot, "Payroll", "running", 0.1)
            await pilot.until(lambda: "Payroll" in pilot.titles, "the run")
            server.ingest([checkpoint("Payroll", "c1", seconds=0)])
            flow(server, pilot, "Payroll", "paused", 2, can=["decide"])
            await told(pilot, shown, 1)
            flow(server, pilot, "Watched", "running", 3)
            payroll = next(row["id"] for row in server.rows() if row["title"] == "Payroll")
            assert shown.closed == []
            answer = server.http.post(f"/v1/sessions/{payroll}/checkpoints/c1", json={"decision": "reject"})
            assert answer.status_code < 300
            await pilot.until(lambda: shown.closed == [shown.all[0].id], "the notification to be taken back")

    run_window(qapp, options(server, tmp_path), use)


def test_each_thing_is_told_once_with_what_can_be_done(
    qapp: QApplication, server: RunningServer, bus: str, tmp_path: Path
) -> None:
    """A failure opens at its step; what waits can be approved from where it is told; several at once are one."""

    async def use(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            presence = await watched(pilot, server)
            for name in ("Nightly", "Billing", "Import", "Export", "Deploy"):
                flow(server, pilot, name, "running", 0.1)
            await pilot.until(lambda: len(pilot.titles) == 6, "the runs")
            await pilot.until(lambda: presence.lookout.unseen == 0, "no news of it")

            step(server, "Nightly", "plan", "completed")
            step(server, "Nightly", "verify", "failed", error="3 tests failed & <one> more")
            flow(server, pilot, "Nightly", "failed", 1)
            await told(pilot, shown, 1)
            failed = shown.all[0]
            assert (failed.title, failed.is_urgent) == ("A run failed", False)
            assert failed.text == "Nightly\nVerify: 3 tests failed &amp; &lt;one&gt; more"
            assert list(failed.buttons.values()) == ["", "Open"]
            await pressed(shown, failed, lambda: len(pilot.wiring.sessions.controllers) == 1)
            view = pilot.wiring.sessions.controllers[0].window.panel.view
            await pilot.until(lambda: view.shown.step == "verify", "the step that failed")

            server.ingest([checkpoint("Billing", "c1", seconds=0)])
            flow(server, pilot, "Billing", "paused", 2, can=["decide"])
            await told(pilot, shown, 2)
            waits = shown.all[1]
            assert waits.is_urgent
            assert {"Approve", "Open"} <= set(waits.buttons.values())
            billing = next(row["id"] for row in server.rows() if row["title"] == "Billing")

            def decided() -> bool:
                return server.get(f"/v1/sessions/{billing}/timeline")["checkpoints"][0]["status"] == "approved"

            await pressed(shown, waits, decided, button="Approve")

            for name in ("Import", "Export", "Deploy"):
                flow(server, pilot, name, "failed", 3)
            await told(pilot, shown, 3)
            assert shown.all[2].title == "3 runs failed"
            assert set(shown.all[2].text.split("\n")) == {"Import", "Export", "Deploy"}
            pilot.window.hide()
            await pressed(shown, shown.all[2], pilot.window.isVisible)
            assert presence.lookout.unseen == 5

    run_window(qapp, options(server, tmp_path), use)


def test_it_keeps_still_when_it_should(qapp: QApplication, server: RunningServer, bus: str, tmp_path: Path) -> None:
    """Muted, snoozed or in quiet hours nothing is shown, the bell counts and the tray says that it is muted."""

    async def use(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            presence = await watched(pilot, server)
            lookout, settings = presence.lookout, pilot.desktop.settings
            muted: list[bool] = []

            def state_came(state: TrayState) -> None:
                muted.append(state.is_muted)

            lookout.state_changed.connect(state_came)
            unseen = 0

            async def fails(name: str, *, is_quiet: bool) -> None:
                nonlocal unseen
                unseen += 1
                flow(server, pilot, name, "failed", unseen)
                await pilot.until(lambda: lookout.unseen == unseen, f"the bell for {name}")
                assert muted[-1] is is_quiet

            settings.is_muted = True
            lookout.refresh()
            await fails("While muted", is_quiet=True)
            settings.is_muted = False
            lookout.snooze(1)
            await fails("While snoozed", is_quiet=True)
            lookout.snooze(0)
            now = datetime.now()
            settings.quiet_from = (now - timedelta(hours=1)).time()
            settings.quiet_to = (now + timedelta(hours=1)).time()
            settings.has_quiet_hours = True
            lookout.refresh()
            await fails("In quiet hours", is_quiet=True)
            settings.has_quiet_hours = False
            lookout.refresh()
            await fails("At last", is_quiet=False)
            await told(pilot, shown, 1)
            assert shown.all[0].text == "At last"

    run_window(qapp, options(server, tmp_path), use)


def test_what_happened_meanwhile_is_one_summary(
    qapp: QApplication, server: RunningServer, bus: str, tmp_path: Path
) -> None:
    """Two failures and one that waits, while the program was closed; told at the next start, and at no later one."""
    left_ms: list[int] = []

    async def first(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            presence = await watched(pilot, server)
            for name in ("Nightly", "Billing", "Import"):
                flow(server, pilot, name, "running", 0)
            await pilot.until(lambda: len(presence.lookout.activity.active) == 4, "the runs")
            assert shown.all == []
            left_ms.append(pilot.picture.model.now_ms())

    async def second(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            await watched(pilot, server)
            await told(pilot, shown, 1)
            assert shown.all[0].title == "While you were away: 2 runs failed, A run waits for you"

    async def third(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            await watched(pilot, server)
            flow(server, pilot, "Later", "failed", 9)
            await told(pilot, shown, 1)
            assert shown.all[0].text == "Later"

    run_window(qapp, options(server, tmp_path), first)
    later = from_ms(left_ms[0] + 2_000)
    for name, status in (("Nightly", "failed"), ("Billing", "failed"), ("Import", "paused")):
        body = {"kind": "flow", "title": name, "status": status, "last_activity_at": later}
        server.ingest([{**record("session", name, body, key=f"away:{name}"), "at": later}])
    run_window(qapp, options(server, tmp_path), second)
    run_window(qapp, options(server, tmp_path), third)


def test_spend_over_the_limit_is_told_once(qapp: QApplication, server: RunningServer, bus: str, tmp_path: Path) -> None:
    """At the turn that goes over it, and not at those after."""

    async def use(pilot: Pilot) -> None:
        async with notification_service(bus) as shown:
            await watched(pilot, server)
            pilot.desktop.settings.spend_limit = 1.0
            for number in (1, 2, 3):
                flow(server, pilot, "Dear", "running", number)
                turn = {"id": f"t{number}", "cost": 600_000}
                server.ingest([record("turn", "Dear", turn, key=f"turn:{number}")])
                if number == 2:
                    await told(pilot, shown, 1)
            flow(server, pilot, "Dear", "failed", 9)
            await told(pilot, shown, 2)
            assert shown.titles == ["A session is over the spend limit", "A run failed"]
            assert shown.all[0].text.startswith("Dear")

    run_window(qapp, options(server, tmp_path), use)
