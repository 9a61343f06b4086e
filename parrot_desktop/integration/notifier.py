"""Desktop notifications with buttons, through desktop-notifier: D-Bus on Linux, the native centres elsewhere.

On Linux a body is markup to most services, so the text is escaped. Where no service answers, ``say`` answers None and
the caller shows a toast of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from desktop_notifier import DesktopNotifier

log = logging.getLogger(__name__)

_SEND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    pressed: Callable[[], None]


class Notifier:
    """Says things through the desktop. The library and the bus are first touched by the first ``say``."""

    def __init__(self, *, app_name: str, icon: Path) -> None:
        self._app_name = app_name
        self._icon = icon
        self._service: DesktopNotifier | None = None

    async def say(
        self,
        title: str,
        text: str,
        *,
        is_urgent: bool = False,
        opened: Callable[[], None],
        buttons: Sequence[Button] = (),
    ) -> str | None:
        """``opened`` is called for a click on the notification itself. Its id, for `take_back`; None where the desktop
        took nothing.
        """
        from desktop_notifier import Button as ServiceButton
        from desktop_notifier import Urgency

        try:
            async with asyncio.timeout(_SEND_SECONDS):
                service = await self._connected()
                sent = await service.send(
                    title=title,
                    message=html.escape(text, quote=False) if sys.platform == "linux" else text,
                    urgency=Urgency.Critical if is_urgent else Urgency.Normal,
                    on_clicked=opened,
                    buttons=[ServiceButton(title=button.text, on_pressed=button.pressed) for button in buttons],
                )
                # `send` logs a failure and goes on; only what was shown is among the current ones.
                is_shown = sent in await service.get_current_notifications()
        except Exception as error:  # noqa: BLE001  each system's library has errors of its own; all mean "not shown"
            log.info("the desktop shows no notifications: %s", error)
            sent, is_shown = None, False
        if not is_shown:
            # The next one connects anew: the service, or the bus, may have come back by then.
            await self.aclose()
            return None
        return sent

    async def take_back(self, shown: str) -> None:
        """Close a notification, if it is still there; what is shown over a connection that is gone stays."""
        if self._service is None:
            return
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._service.clear(shown)
        except Exception as error:  # noqa: BLE001  as above
            log.info("a notification could not be taken back: %s", error)

    async def aclose(self) -> None:
        """Let go of the bus: buttons of what is still shown do nothing from then on. The next `say` connects anew."""
        service, self._service = self._service, None
        # The library (6.2) leaves its connection open; drop this when it has a way to close it.
        bus = getattr(getattr(service, "_backend", None), "bus", None)
        if bus is not None:
            bus.disconnect()
            with contextlib.suppress(Exception):  # a bus that died is gone as well
                await bus.wait_for_disconnect()

    async def _connected(self) -> DesktopNotifier:
        if self._service is None:
            from desktop_notifier import DesktopNotifier, Icon

            # It logs each failure with a traceback; what failed is told by `say`.
            logging.getLogger("desktop_notifier").setLevel(logging.ERROR)
            service = DesktopNotifier(app_name=self._app_name, app_icon=Icon(path=self._icon))
            await service.request_authorisation()
            self._service = service
        return self._service
