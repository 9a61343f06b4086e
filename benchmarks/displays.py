"""Where a window is drawn: Qt's offscreen platform, or a real X server without a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator


class Display(NamedTuple):
    """A platform and a scale; `environment` is what Qt is told."""

    platform: str
    scale: int
    environment: dict[str, str]

    def __str__(self) -> str:
        return f"{self.platform}, scale {self.scale}"


def have_xvfb() -> bool:
    return shutil.which("Xvfb") is not None


def offscreen(scale: int = 1) -> Display:
    return Display("offscreen", scale, {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)})


@contextmanager
def xvfb(scale: int = 1) -> Generator[Display]:
    """An X server of its own for the length of a `with`; large enough for the window at the scale."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{1600 * scale}x{1000 * scale}x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb ended with {server.wait()}")
        environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}", "QT_SCALE_FACTOR": str(scale)}
        yield Display("Xvfb", scale, environment)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def all_displays() -> Generator[list[Display]]:
    """Offscreen and, where there is an X server to start, X; each at scale 1 and 2."""
    displays = [offscreen(1), offscreen(2)]
    if not have_xvfb():
        yield displays
        return
    with xvfb(1) as small, xvfb(2) as large:
        yield [*displays, small, large]
