"""Whether the desktop asks for reduced motion: through the settings portal on Linux.

Elsewhere, and where no portal answers, the desktop says nothing: the setting decides.
"""

from __future__ import annotations

import asyncio
import logging
import sys

log = logging.getLogger(__name__)

_ANSWER_S = 2.0
_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SETTINGS = "org.freedesktop.portal.Settings"


async def desktop_reduces_motion() -> bool:
    """Asks once. Source: org.freedesktop.appearance "reduced-motion", else GNOME's "enable-animations"."""
    if sys.platform != "linux":
        return False
    try:
        async with asyncio.timeout(_ANSWER_S):
            return await _ask_portal()
    except Exception as error:  # noqa: BLE001  no bus, no portal, an odd answer: all mean that nothing is asked for
        log.debug("the desktop says nothing about motion: %s", error)
        return False


async def _ask_portal() -> bool:
    from dbus_fast.aio import MessageBus

    bus = await MessageBus().connect()
    try:
        for group, key, reduced in (
            ("org.freedesktop.appearance", "reduced-motion", 1),
            ("org.gnome.desktop.interface", "enable-animations", False),
        ):
            answer = await _read(bus, group, key)
            if answer is not None:
                return answer == reduced
    finally:
        bus.disconnect()
    return False


async def _read(bus: object, group: str, key: str) -> object:
    """The value, or None where the portal does not know the key."""
    from dbus_fast import Message, MessageType
    from dbus_fast.aio import MessageBus

    assert isinstance(bus, MessageBus)
    reply = await bus.call(
        Message(destination=_NAME, path=_PATH, interface=_SETTINGS, member="Read", signature="ss", body=[group, key])
    )
    if reply.message_type is not MessageType.METHOD_RETURN:
        return None
    value = reply.body[0]
    while hasattr(value, "value"):  # Read wraps the value in one variant too many
        value = value.value
    return value
