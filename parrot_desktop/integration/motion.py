"""Whether the desktop asks for reduced motion: through the settings portal on Linux, as long as one listens.

Elsewhere, and where no portal answers, the desktop says nothing: the setting decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

log = logging.getLogger(__name__)

_ANSWER_S = 2.0
_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SETTINGS = "org.freedesktop.portal.Settings"
_CALM: dict[tuple[str, str], object] = {
    ("org.freedesktop.appearance", "reduced-motion"): 1,
    ("org.gnome.desktop.interface", "enable-animations"): False,
}
"""By group and key, the value that asks for calm; the first that the portal knows decides."""


async def follow_motion(tell: Callable[[bool], None]) -> None:
    """Tells whether the desktop asks for calm: once, and again whenever it changes its mind. Runs until cancelled.

    Returns where there is nobody to listen to.
    """
    if sys.platform != "linux":
        return
    try:
        async with asyncio.timeout(_ANSWER_S):
            bus = await _connected()
    except Exception as error:  # noqa: BLE001  no bus, an odd one: all mean that nothing is asked for
        log.debug("the desktop says nothing about motion: %s", error)
        return
    known: dict[tuple[str, str], object] = {}

    def hear(message: Message) -> None:
        if message.interface == _SETTINGS and message.member == "SettingChanged" and len(message.body) == 3:
            group, key, value = message.body
            if (group, key) in _CALM:
                known[group, key] = _bare(value)
                tell(_is_calm(known))

    try:
        bus.add_message_handler(hear)
        for group, key in _CALM:
            value = await _read(bus, group, key)
            if value is not None:
                known[group, key] = value
        tell(_is_calm(known))
        await bus.wait_for_disconnect()
    except Exception as error:  # noqa: BLE001  what a portal may answer is no reason to fail
        log.debug("the desktop says no more about motion: %s", error)
    finally:
        bus.disconnect()
        with contextlib.suppress(Exception):  # a bus that died is gone as well
            await bus.wait_for_disconnect()


async def _connected() -> MessageBus:
    """A session bus on which the portal's changes are heard."""
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus().connect()
    rule = f"type='signal',interface='{_SETTINGS}',member='SettingChanged',path='{_PATH}'"
    await bus.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=[rule],
        )
    )
    return bus


def _is_calm(known: dict[tuple[str, str], object]) -> bool:
    return next((known[key] == calm for key, calm in _CALM.items() if key in known), False)


async def _read(bus: MessageBus, group: str, key: str) -> object:
    """The value, or None where the portal does not know the key, or is not there."""
    from dbus_fast import Message, MessageType

    async with asyncio.timeout(_ANSWER_S):
        reply = await bus.call(
            Message(
                destination=_NAME, path=_PATH, interface=_SETTINGS, member="Read", signature="ss", body=[group, key]
            )
        )
    return _bare(reply.body[0]) if reply.message_type is MessageType.METHOD_RETURN else None


def _bare(value: Any) -> object:
    """Out of its variants: `Read` wraps a value in one too many."""
    while hasattr(value, "value"):
        value = value.value
    return value
