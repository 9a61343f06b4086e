"""How the desktop starts this application: the command for autostart and links."""

from __future__ import annotations

import sys
from pathlib import Path


def launch_command() -> tuple[str, ...]:
    """The frozen program, the installed script, or this interpreter with the module."""
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    script = Path(sys.executable).with_name("parrot-desktop.exe" if sys.platform == "win32" else "parrot-desktop")
    if script.exists():
        return (str(script),)
    return (sys.executable, "-m", "parrot_desktop")
