"""Makes this application the one that opens ``parrot://`` links.

Linux: a desktop entry and xdg-mime's default. Windows: the person's own classes. macOS: the bundle's Info.plist says it
(installers/), nothing is registered at run time; links arrive there as QFileOpenEvent. Windows has not been run.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.integration.desktop_entry import data_home, exec_line, write_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

_ENTRY = "parrot-desktop.desktop"
_MIME = "x-scheme-handler/parrot"


class ClassKey(Protocol):
    def set(self, name: str, value: str) -> None: ...


def register(command: Sequence[str]) -> None:
    """Registers for the person who runs it. Raises OSError."""
    if sys.platform == "win32":
        from parrot_desktop.integration.windows_registry import UserKey

        register_on_windows(command, UserKey)
    elif sys.platform != "darwin":
        register_on_linux(command)


def register_on_linux(command: Sequence[str], folder: Path | None = None) -> None:
    """Writes the entry, and makes it the default where ``xdg-mime`` is at hand."""
    applications = folder or data_home() / "applications"
    changed = write_entry(
        applications / _ENTRY,
        {
            "Type": "Application",
            "Name": "Parrot Desktop",
            "Comment": "One live window on the work of your agents",
            "Exec": exec_line(command, takes_url=True),
            "Icon": "parrot-desktop",
            "Terminal": "false",
            "Categories": "Development;",
            "MimeType": f"{_MIME};",
            "StartupWMClass": "parrot-desktop",
        },
    )
    xdg_mime = shutil.which("xdg-mime")
    if not changed or xdg_mime is None:
        return
    done = subprocess.run([xdg_mime, "default", _ENTRY, _MIME], check=False, capture_output=True, timeout=10)
    if done.returncode != 0:
        log.warning("parrot:// links could not be made ours: xdg-mime ended with %s", done.returncode)


def register_on_windows(command: Sequence[str], open_key: Callable[[str], ClassKey]) -> None:
    root = open_key(r"Software\Classes\parrot")
    root.set("", "URL:Parrot link")
    root.set("URL Protocol", "")
    open_key(r"Software\Classes\parrot\shell\open\command").set("", f'{subprocess.list2cmdline(command)} "%1"')
