"""Start at login: an autostart entry on Linux, a LaunchAgent on macOS, a Run key on Windows.

The macOS and Windows parts are unit-tested on what they write; they have not been run on those systems.
"""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.integration.desktop_entry import config_home, exec_line, write_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_TRAY = "--in-tray"
"""The argument of a start at login: no window, just the tray."""

_LABEL = "org.parrotdesktop.parrot"


class Autostart(Protocol):
    """Raises OSError where the desktop does not let it."""

    def is_on(self) -> bool: ...
    def turn_on(self, command: Sequence[str]) -> None: ...
    def turn_off(self) -> None: ...


class LinuxAutostart:
    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or config_home() / "autostart") / "parrot-desktop.desktop"

    def is_on(self) -> bool:
        return self._path.exists()

    def turn_on(self, command: Sequence[str]) -> None:
        write_entry(
            self._path,
            {
                "Type": "Application",
                "Name": "Parrot Desktop",
                "Exec": exec_line([*command, IN_TRAY]),
                "Icon": "parrot-desktop",
                "Terminal": "false",
                "X-GNOME-Autostart-enabled": "true",
            },
        )

    def turn_off(self) -> None:
        self._path.unlink(missing_ok=True)


class MacAutostart:
    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or Path.home() / "Library" / "LaunchAgents") / f"{_LABEL}.plist"

    def is_on(self) -> bool:
        return self._path.exists()

    def turn_on(self, command: Sequence[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(
            plistlib.dumps({"Label": _LABEL, "ProgramArguments": [*command, IN_TRAY], "RunAtLoad": True})
        )

    def turn_off(self) -> None:
        self._path.unlink(missing_ok=True)


class RunKey(Protocol):
    """``HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run``, as the few calls that are needed of it."""

    def get(self, name: str) -> str | None: ...
    def set(self, name: str, value: str) -> None: ...
    def delete(self, name: str) -> None: ...


class WindowsAutostart:
    def __init__(self, key: RunKey) -> None:
        self._key = key

    def is_on(self) -> bool:
        return self._key.get(_LABEL) is not None

    def turn_on(self, command: Sequence[str]) -> None:
        import subprocess

        self._key.set(_LABEL, subprocess.list2cmdline([*command, IN_TRAY]))

    def turn_off(self) -> None:
        self._key.delete(_LABEL)


def autostart() -> Autostart:
    """This system's."""
    if sys.platform == "darwin":
        return MacAutostart()
    if sys.platform == "win32":
        from parrot_desktop.integration.windows_registry import UserKey

        return WindowsAutostart(UserKey(r"Software\Microsoft\Windows\CurrentVersion\Run"))
    return LinuxAutostart()
