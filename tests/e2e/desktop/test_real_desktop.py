"""The program on a desktop with a window manager, a tray, a notification service and a screen reader's bus."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import at_spi_reader
from tests.helpers.records import record
from tests.helpers.server import RunningServer, serve, wait_until
from tests.helpers.virtual_desktop import VirtualDesktop, virtual_desktop
from tests.helpers.window import token_file

SYSTEM_PYTHON = "/usr/bin/python3"


def program(server: RunningServer, folder: Path, *more: str) -> list[str]:
    token = folder / "token"
    if not token.exists():
        token_file(folder, server.token)
    return [
        *(sys.executable, "-m", "parrot_desktop", f"--workspace={server.url}", f"--token-file={token}"),
        *(f"--data-dir={folder / 'desk'}", *more),
    ]


def flow(server: RunningServer, title: str, status: str) -> None:
    """A run that moved just now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"kind": "flow", "title": title, "status": status, "started_at": now, "last_activity_at": now}
    server.ingest([{**record("session", title, body, key=f"{title}:{status}:{now}"), "at": now}])


def notified(desktop: VirtualDesktop, words: str) -> int:
    """How many notifications had these words."""
    calls = (desktop.folder / "bus.txt").read_text(errors="replace").split("method call ")
    return sum("member=Notify" in call.partition("\n")[0] and words in call for call in calls)


class Rehearsal:
    """Lets runs fail, one a second, until one is told: what failed before the stream was open is no news."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._last = 0.0
        self._count = 0

    def fail(self) -> None:
        if time.monotonic() - self._last > 1:
            self._last = time.monotonic()
            self._count += 1
            flow(self._server, f"Rehearsal {self._count}", "failed")


def test_a_failure_is_told_once_and_the_tray_keeps_the_program(tmp_path: Path) -> None:
    """One notification with its title; the cross leaves the program in the tray; another start brings it back."""
    with virtual_desktop(tmp_path, "openbox", "dunst", "trayer") as desktop, serve(tmp_path / "server") as server:
        desktop.start(["dbus-monitor", "--session", "interface='org.freedesktop.Notifications'"], output="bus.txt")
        parrot = desktop.start(program(server, tmp_path), output="parrot.txt")
        wait_until(lambda: desktop.shows("Parrot — .*"), "the window, and its workspace")
        rehearsal = Rehearsal(server)

        def rehearsed() -> bool:
            rehearsal.fail()
            return notified(desktop, "Rehearsal") > 0

        wait_until(rehearsed, "the first notification", within_s=30)
        flow(server, "Migrate billing", "running")
        flow(server, "Migrate billing", "failed")
        wait_until(lambda: notified(desktop, "Migrate billing") > 0, "the notification")

        desktop.run("wmctrl", "-c", "Parrot — ")
        wait_until(lambda: not desktop.shows("Parrot — .*"), "the window's end")
        wait_until(lambda: notified(desktop, "Parrot goes on in the tray") == 1, "where it is")
        assert parrot.poll() is None

        link = f"parrot://{server.get('/v1/me')['workspace']['id']}/sessions/{server.rows()[0]['id']}"
        second = subprocess.run(program(server, tmp_path, link), env=desktop.environment, timeout=20, check=False)
        assert second.returncode == 0
        wait_until(lambda: desktop.shows("Parrot — .*"), "the window again")
        wait_until(lambda: desktop.shows("Migrate billing — Parrot"), "the session's window")
        assert notified(desktop, "Migrate billing") == 1
        parrot.terminate()
        assert parrot.wait(10) == 0


def test_a_screen_reader_reads_the_window_and_hears_a_failure(tmp_path: Path) -> None:
    """Over AT-SPI, with the reader's own library: rows as sentences, buttons by name, a new failure once."""
    has_library = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Atspi', '2.0')"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(has_library, capture_output=True, check=False).returncode:
        pytest.skip("needs python3-gi and gir1.2-atspi-2.0: make syslibs-desktop-tests")
    with virtual_desktop(tmp_path, "openbox", at_spi=True) as desktop, serve(tmp_path / "server") as server:
        flow(server, "Full SDLC", "running")
        desktop.start(program(server, tmp_path), output="parrot.txt")
        wait_until(lambda: desktop.shows("Parrot — .*"), "the window, and its workspace")
        desktop.start([SYSTEM_PYTHON, str(Path(at_spi_reader.__file__))], output="reader.txt")

        def heard(kind: str) -> list[list[Any]]:
            lines = (tmp_path / "reader.txt").read_text().splitlines()
            found = [json.loads(line) for line in lines if line.startswith("[")]
            return [words for words in found if words[0] == kind]

        wait_until(lambda: bool(heard("ready")), "the reader", within_s=40)
        named = {(role, name) for _, role, name, _ in heard("tree")}
        assert ("table", "Sessions") in named
        row = next(name for role, name in named if role == "table cell" and name)
        assert row.startswith("Full SDLC, Flow run, Running, ")
        buttons = {name for role, name in named if "button" in role or role == "check box"}
        assert {"Filter", "Details", "Command Center", "Menu"} <= {name.partition(",")[0] for name in buttons}
        assert "" not in buttons
        rehearsal = Rehearsal(server)

        def announced() -> bool:
            rehearsal.fail()
            return bool(heard("announcement"))

        wait_until(announced, "an announcement", within_s=30)
        said = [text for _, text in heard("announcement")]
        assert any("Rehearsal" in text or "failed" in text for text in said)
        assert len(said) == len(set(said))
