"""A desktop's notification service on a session bus, which writes down what it is asked to show and can be pressed.

async with notification_service(address) as shown:
    await pilot.until(lambda: len(shown.all) == 1, "the notification")
    await shown.press(shown.all[0], "Open")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_DESCRIBED = """<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg direction="in" type="s"/><arg direction="in" type="u"/><arg direction="in" type="s"/>
<arg direction="in" type="s"/><arg direction="in" type="s"/><arg direction="in" type="as"/>
<arg direction="in" type="a{sv}" name="hints"/><arg direction="in" type="i"/><arg direction="out" type="u"/></method>
<method name="CloseNotification"><arg direction="in" type="u"/></method>
<method name="GetCapabilities"><arg direction="out" type="as"/></method>
<method name="GetServerInformation"><arg direction="out" type="s"/><arg direction="out" type="s"/>
<arg direction="out" type="s"/><arg direction="out" type="s"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>"""


@dataclass(frozen=True, slots=True)
class Shown:
    """``buttons`` are titles by key; a click on the notification itself has the key "default"."""

    id: int
    title: str
    text: str
    buttons: dict[str, str]
    is_urgent: bool


class NotificationService:
    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self.all: list[Shown] = []
        """In the order in which they came."""
        self.closed: list[int] = []
        """Ids of those that were taken back."""

    @property
    def titles(self) -> list[str]:
        return [shown.title for shown in self.all]

    async def press(self, shown: Shown, button: str = "") -> None:
        """A button by its title; without one, the notification itself."""
        key = next(key for key, title in shown.buttons.items() if title == button) if button else "default"
        assert key in shown.buttons
        signal = Message.new_signal(_PATH, _NAME, "ActionInvoked", "us", [shown.id, key])
        await self._bus.send(signal)  # pyright: ignore[reportUnknownMemberType]  the library leaves its answer open

    def answer(self, call: Message) -> Message | None:
        if call.message_type is not MessageType.METHOD_CALL or call.path != _PATH:
            return None
        match call.member:
            case "Introspect":
                return Message.new_method_return(call, "s", [_DESCRIBED])
            case "GetCapabilities":
                return Message.new_method_return(call, "as", [["body", "actions", "body-markup"]])
            case "GetServerInformation":
                return Message.new_method_return(call, "ssss", ["tests", "parrot", "1", "1.2"])
            case "Notify":
                _, _, _, title, text, actions, hints, _ = call.body
                buttons = dict(zip(actions[::2], actions[1::2], strict=True))
                number = len(self.all) + 1
                self.all.append(Shown(number, title, text, buttons, is_urgent=hints["urgency"].value == 2))
                return Message.new_method_return(call, "u", [number])
            case "CloseNotification":
                self.closed.append(call.body[0])
                return Message.new_method_return(call)
            case _:
                return None


@asynccontextmanager
async def notification_service(address: str) -> AsyncGenerator[NotificationService]:
    """Owns the service's name on the session bus for as long as it lasts."""
    bus = await MessageBus(bus_address=address).connect()
    made = NotificationService(bus)
    bus.add_message_handler(made.answer)
    await bus.request_name(_NAME)
    try:
        yield made
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()
