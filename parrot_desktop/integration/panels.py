"""When Qt may be asked whether there is a tray.

On Linux a panel shows StatusNotifierItems through a watcher on the session bus; older ones embed X11 windows. Qt (6.11,
``isDBusTrayAvailable``) looks for the watcher once in a process and keeps the answer: asked before the panel is up, it
never shows an item. So the watcher is looked for here first. Drop this when Qt asks anew.
"""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication

WATCHER = "org.kde.StatusNotifierWatcher"


def can_ask_for_tray(*, may_miss: bool) -> bool:
    """Whether Qt's answer holds from now on.

    ``may_miss``: on X11, where an older tray may be there and only Qt can tell, ask it all the same. Wayland has no
    other trays, so that there a panel may come at any time.
    """
    if sys.platform != "linux" or has_watcher():
        return True
    return may_miss and not QGuiApplication.platformName().startswith("wayland")


def has_watcher() -> bool:
    """Whether a panel listens for items; False without a session bus."""
    from PySide6.QtDBus import QDBusConnection

    bus = QDBusConnection.sessionBus()
    return bus.isConnected() and bool(bus.interface().isServiceRegistered(WATCHER).value())
