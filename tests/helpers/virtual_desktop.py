"""A desktop of one's own: a display, a session bus, and whichever window manager, tray and notifications are wanted.

    with virtual_desktop(tmp_path, "openbox", "dunst", "trayer") as desktop:
        program = desktop.start([sys.executable, "-m", "parrot_desktop"])

Skips the test, and says why, where a program that it needs is missing; `make syslibs-desktop-tests` installs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.server import wait_until

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_ALWAYS = ("Xvfb", "dbus-daemon", "xdotool", "wmctrl")
_AT_SPI = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
_ARGUMENTS = {"trayer": ("--edge", "bottom", "--SetDockType", "false"), "dunst": ("-verbosity", "crit")}


class VirtualDesktop:
    """Programs started here end with it."""

    def __init__(self, stack: ExitStack, folder: Path, environment: dict[str, str]) -> None:
        self._stack = stack
        self.folder = folder
        self.environment = environment

    def start(self, command: Sequence[str], *, output: str = "") -> subprocess.Popen[bytes]:
        """In the background; ``output`` names a file of the folder for what it prints."""
        sink = self._stack.enter_context((self.folder / (output or "output.txt")).open("ab"))
        process = subprocess.Popen(command, env=self.environment, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)
        self._stack.callback(_end, process)
        return process

    def run(self, *command: str) -> str:
        """What a program prints; "" where it fails."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout if done.returncode == 0 else ""

    def shows(self, title: str) -> bool:
        """Whether a window of this title is on the screen."""
        return bool(self.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").split())

    def active(self) -> str:
        """The title of the window that has the keyboard."""
        return self.run("xdotool", "getactivewindow", "getwindowname").strip()

    def place(self, title: str) -> tuple[int, int, int, int]:
        """Left, top, width and height of a window's inside, on the screen; ``title`` as in `shows`."""
        window = self.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").split()[0]
        told = dict(line.split("=") for line in self.run("xdotool", "getwindowgeometry", "--shell", window).split())
        return int(told["X"]), int(told["Y"]), int(told["WIDTH"]), int(told["HEIGHT"])

    def put(self, title: str, left: int, top: int, width: int, height: int) -> None:
        """Move and resize a window from outside, as a person does."""
        self.run("wmctrl", "-r", title, "-e", f"0,{left},{top},{width},{height}")


@contextmanager
def virtual_desktop(
    folder: Path, *programs: str, at_spi: bool = False, size: str = "1440x900"
) -> Generator[VirtualDesktop]:
    """``programs`` run on it: openbox, dunst, trayer. ``at_spi``: what screen readers listen to, switched on.

    size: of its one screen, in pixels.
    """
    missing = [name for name in (*_ALWAYS, *programs) if shutil.which(name) is None]
    launcher = next((path for path in _AT_SPI if Path(path).exists()), None)
    if at_spi and launcher is None:
        missing.append("at-spi-bus-launcher")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: make syslibs-desktop-tests")
    with ExitStack() as stack:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"},
            "QT_QPA_PLATFORM": "xcb",
            "DISPLAY": _display(stack, size),
            "DBUS_SESSION_BUS_ADDRESS": session_bus(stack),
            "LANG": "C.UTF-8",
        }
        desktop = VirtualDesktop(stack, folder, environment)
        if at_spi and launcher is not None:
            desktop.start([launcher, "--launch-immediately", "--a11y=1"])
            wait_until(lambda: _switch_on_at_spi(desktop), "the accessibility bus")
        for name in programs:
            desktop.start([name, *_ARGUMENTS.get(name, ())])
        if "openbox" in programs:
            wait_until(lambda: "Name: Openbox" in desktop.run("wmctrl", "-m"), "the window manager")
        yield desktop


def _display(stack: ExitStack, size: str) -> str:
    """Of a new X server, which chooses its number itself."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(_end, server)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return f":{pipe.readline().strip()}"


def session_bus(stack: ExitStack) -> str:
    """The address of a new session bus. Skips the test where there is none to start."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon: make syslibs-desktop-tests")
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    stack.callback(_end, bus)
    assert bus.stdout is not None
    stack.callback(bus.stdout.close)
    return bus.stdout.readline().strip()


def _switch_on_at_spi(desktop: VirtualDesktop) -> bool:
    return bool(
        desktop.run(
            *("dbus-send", "--session", "--print-reply", "--dest=org.a11y.Bus", "/org/a11y/bus"),
            *("org.freedesktop.DBus.Properties.Set", "string:org.a11y.Status"),
            *("string:IsEnabled", "variant:boolean:true"),
        )
    )


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
