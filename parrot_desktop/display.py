"""Whether a window can be shown at all: Qt itself would abort where it cannot."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_DISPLAY = (
    "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set). "
    "parrot-desktop --screenshot FILE draws the window without one.\n"
)


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """On Linux a display or another platform of Qt has to be named; elsewhere there is always one."""
    if not platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def draw_without_display() -> None:
    """Let Qt paint into memory; before a QApplication is made."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
