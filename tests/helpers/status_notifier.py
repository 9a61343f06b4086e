"""A panel that shows StatusNotifierItems, as KDE's and others do: their watcher and host on a session bus.

    async with panel(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as bar:
        icon = await bar.icon()
        await icon.activate()

It draws nothing; it asks what a panel asks, so that a test can look at it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

_WATCHER = "org.kde.StatusNotifierWatcher"
_ITEM = "org.kde.StatusNotifierItem"
_MENU = "com.canonical.dbusmenu"
_PROPERTIES = "org.freedesktop.DBus.Properties"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a menu, with those under it."""

    id: int
    label: str
    is_visible: bool
    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        """It and all below it, as a person reads them."""
        yield self
        for entry in self.entries:
            yield from entry


class Panel:
    """The watcher that applications register their items with."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.items: list[tuple[str, str]] = []
        """(bus name, object path), in the order in which they came."""
        self.signals: list[str] = []
        """What items told since: NewIcon, NewToolTip and so on."""

    async def icon(self) -> Icon:
        """The last item, once there is one."""
        await until(lambda: bool(self.items), "the tray item")
        return Icon(self.bus, *self.items[-1])

    def answer(self, message: Message) -> Message | None:
        if message.message_type is MessageType.SIGNAL and message.interface == _ITEM:
            self.signals.append(message.member or "")
        if message.message_type is not MessageType.METHOD_CALL or message.path != "/StatusNotifierWatcher":
            return None
        match message.member:
            case "RegisterStatusNotifierItem":
                named = str(message.body[0])
                # A name, or a path on the caller's own.
                place = (message.sender or "", named) if named.startswith("/") else (named, "/StatusNotifierItem")
                self.items.append(place)
                return Message.new_method_return(message)
            case "RegisterStatusNotifierHost":
                return Message.new_method_return(message)
            case "Get":
                return Message.new_method_return(message, "v", [self._values[message.body[1]]])
            case "GetAll":
                return Message.new_method_return(message, "a{sv}", [self._values])
            case _:
                return None

    @property
    def _values(self) -> dict[str, Variant]:
        return {
            "RegisteredStatusNotifierItems": Variant("as", [name + path for name, path in self.items]),
            "IsStatusNotifierHostRegistered": Variant("b", True),
            "ProtocolVersion": Variant("i", 0),
        }


class Icon:
    """One item in the panel."""

    def __init__(self, bus: MessageBus, name: str, path: str) -> None:
        self._bus = bus
        self._name = name
        self._path = path

    async def get(self, name: str) -> Any:
        return (await self._call(self._path, _PROPERTIES, "Get", "ss", [_ITEM, name]))[0].value

    async def pictures(self) -> dict[tuple[int, int], bytes]:
        """The icon's pixels (ARGB32, network byte order) by size."""
        return {(width, height): bytes(pixels) for width, height, pixels in await self.get("IconPixmap")}

    async def tooltip(self) -> str:
        """Title and text in one line."""
        _, _, title, text = await self.get("ToolTip")
        return f"{title} {text}".strip()

    async def activate(self) -> None:
        """A click."""
        await self._call(self._path, _ITEM, "Activate", "ii", [700, 10])

    async def menu(self) -> Entry:
        """The whole menu, as the panel shows it."""
        path = await self.get("Menu")
        await self._call(path, _MENU, "AboutToShow", "i", [0])
        _, layout = await self._call(path, _MENU, "GetLayout", "iias", [0, -1, []])
        return _entry(layout)

    async def choose(self, label: str) -> None:
        """Click the entry of this label."""
        entry = next(entry for entry in await self.menu() if entry.label == label)
        path = await self.get("Menu")
        await self._call(path, _MENU, "Event", "isvu", [entry.id, "clicked", Variant("i", 0), 0])

    async def _call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        reply = await self._bus.call(
            Message(
                destination=self._name, path=path, interface=interface, member=member, signature=signature, body=body
            )
        )
        assert reply.message_type is MessageType.METHOD_RETURN, (member, reply.error_name, reply.body)
        return reply.body


@asynccontextmanager
async def panel(address: str) -> AsyncGenerator[Panel]:
    """Owns the watcher's name on the session bus for as long as it lasts."""
    bus = await MessageBus(bus_address=address).connect()
    bar = Panel(bus)
    bus.add_message_handler(bar.answer)
    try:
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=[f"type='signal',interface='{_ITEM}'"],
            )
        )
        await bus.request_name(_WATCHER)
        yield bar
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()


async def until(condition: Callable[[], bool], what: str, *, within_s: float = 30.0) -> None:
    """Answers on the bus until the condition holds."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"still waiting for {what} after {within_s} s"
        await asyncio.sleep(0.02)


async def until_told(
    ask: Callable[[], Awaitable[str]], is_it: Callable[[str], bool], what: str, *, within_s: float = 30.0
) -> None:
    """Asks until the answer is what is wanted."""
    end = time.monotonic() + within_s
    while not is_it(told := await ask()):
        assert time.monotonic() < end, f"still waiting for {what} after {within_s} s, told {told!r}"
        await asyncio.sleep(0.05)


def _entry(layout: list[Any]) -> Entry:
    """From (id, properties, children), where each child is a variant of the same."""
    number, properties, children = layout
    values = {name: variant.value for name, variant in properties.items()}
    return Entry(
        id=number,
        # An underscore marks the key of an entry.
        label=str(values.get("label", "")).replace("_", ""),
        is_visible=bool(values.get("visible", True)),
        entries=tuple(_entry(child.value) for child in children),
    )
