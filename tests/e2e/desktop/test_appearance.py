"""How it looks is chosen while everything is open, and everything follows at once; the desktop's wish is heard too."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from PySide6.QtWidgets import QSlider

from parrot_desktop.integration.motion import follow_motion
from parrot_desktop.options import Options
from parrot_desktop.theme.tokens import ThemeName
from tests.e2e.desktop.test_presence import choose, settings_window
from tests.helpers.records import at, message, record, session
from tests.helpers.server import serve
from tests.helpers.status_notifier import until
from tests.helpers.virtual_desktop import session_bus
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import pytest
    from PySide6.QtWidgets import QApplication, QMainWindow

_SETTINGS = "org.freedesktop.portal.Settings"
_PATH = "/org/freedesktop/portal/desktop"


class Portal:
    """The desktop's settings portal, as far as motion goes."""

    def __init__(self, bus: MessageBus, *, reduced: int) -> None:
        self._bus = bus
        self._reduced = reduced

    def answer(self, call: Message) -> Message | None:
        if call.message_type is not MessageType.METHOD_CALL or call.interface != _SETTINGS:
            return None
        if call.body != ["org.freedesktop.appearance", "reduced-motion"]:
            return Message.new_error(call, "org.freedesktop.portal.Error.NotFound", "Requested setting not found")
        return Message.new_method_return(call, "v", [Variant("v", Variant("u", self._reduced))])

    async def change(self, reduced: int) -> None:
        body = ["org.freedesktop.appearance", "reduced-motion", Variant("u", reduced)]
        signal = Message.new_signal(_PATH, _SETTINGS, "SettingChanged", "ssv", body)
        await self._bus.send(signal)  # pyright: ignore[reportUnknownMemberType]  the library leaves its answer open


@asynccontextmanager
async def portal(address: str, *, reduced: int) -> AsyncGenerator[Portal]:
    bus = await MessageBus(bus_address=address).connect()
    made = Portal(bus, reduced=reduced)
    bus.add_message_handler(made.answer)
    await bus.request_name("org.freedesktop.portal.Desktop")
    try:
        yield made
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


async def test_the_desktops_wish_for_calm_is_heard_now_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        address = session_bus(stack)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        told: list[bool] = []
        async with portal(address, reduced=1) as desktop:
            following = asyncio.create_task(follow_motion(told.append))
            await until(lambda: told == [True], "the wish")
            await desktop.change(0)
            await until(lambda: told == [True, False], "the change")
            following.cancel()
            await asyncio.wait([following])
        told.clear()
        alone = asyncio.create_task(follow_motion(told.append))
        await until(lambda: told == [False], "that nobody asks for anything")
        alone.cancel()
        await asyncio.wait([alone])


def test_every_open_window_follows_at_once(qapp: QApplication, tmp_path: Path) -> None:
    """High contrast, text half as large again and stillness: list, pane, session window, settings and all to come."""
    call = {"type": "tool_call", "call_id": "c1", "name": "Bash", "input": {"command": "sleep 60"}}
    said = {"n": 2, "id": "m2", "role": "assistant", "at": at(2), "parts": [call]}

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        theme, sessions = pilot.picture.theme, pilot.wiring.sessions
        pilot.window.list_view.select_session(pilot.facts[0][0])
        sessions.open_session(pilot.facts[0][0])
        (controller,) = sessions.controllers
        view = controller.window.panel.view
        await pilot.until(lambda: view.is_moving, "the call that turns")
        tall, ground = pilot.window.list_view.delegate.row_height(), _ground(controller.window)
        settings = settings_window(pilot, 1)
        small = settings.fontMetrics().height()
        choose(settings, "Theme", 3)
        assert theme.tokens.name in {ThemeName.LIGHT_CONTRAST, ThemeName.DARK_CONTRAST}
        choose(settings, "Motion", 2)
        await pilot.until(lambda: not view.is_moving, "stillness")
        slider = next(each for each in settings.findChildren(QSlider) if each.accessibleName() == "Text size")
        slider.setValue(slider.maximum())
        await pilot.until(lambda: settings.fontMetrics().height() > 1.3 * small, "the larger text")
        assert pilot.window.list_view.delegate.row_height() > 1.3 * tall
        assert controller.window.fontMetrics().height() > 1.3 * small
        await pilot.until(lambda: _ground(controller.window) != ground, "the other ground")
        assert not view.is_moving
        choose(settings, "Motion", 1)
        await pilot.until(lambda: view.is_moving, "the call that turns again")
        settings.close()

    with serve(tmp_path / "server") as server:
        server.ingest(
            [
                session("a", seconds=1, title="Runs", status="running"),
                message("a", 1, "Go", seconds=1),
                record("message", "a", said, key="message:a:2", seconds=2),
            ]
        )
        options = Options(
            workspace=server.url,
            token_file=token_file(tmp_path, server.token),
            data_dir=tmp_path / "window",
            theme="light",
        )
        run_window(qapp, options, use)


def _ground(window: QMainWindow) -> int:
    """The colour of the window's ground as it is painted."""
    return window.grab().toImage().pixel(3, window.height() // 2)
