"""What a person left comes back: windows, their places and panes, and the sessions that were open."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.e2e.desktop.test_real_desktop import flow, program
from tests.helpers.records import delete
from tests.helpers.server import RunningServer, serve, wait_until
from tests.helpers.virtual_desktop import VirtualDesktop, virtual_desktop

if TYPE_CHECKING:
    from pathlib import Path

BORDER, TITLE_BAR = 1, 20
"""Openbox's."""
MAIN = "Parrot — .*"
SESSIONS = ("Nightly — Parrot", "Billing — Parrot")


def open_by_link(desktop: VirtualDesktop, server: RunningServer, folder: Path, title: str) -> None:
    """As a click on a link does while the program runs."""
    row = next(row for row in server.rows() if f"{row['title']} — Parrot" == title)
    link = f"parrot://{server.get('/v1/me')['workspace']['id']}/sessions/{row['id']}"
    subprocess.run(program(server, folder, link), env=desktop.environment, timeout=20, check=True)
    wait_until(lambda: desktop.shows(title), title)


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def start(desktop: VirtualDesktop, server: RunningServer, folder: Path) -> subprocess.Popen[bytes]:
    parrot = desktop.start(program(server, folder), output="parrot.txt")
    wait_until(lambda: desktop.shows(MAIN), "the window, and its workspace", within_s=30)
    return parrot


def end(parrot: subprocess.Popen[bytes]) -> None:
    parrot.terminate()
    assert parrot.wait(10) == 0


def test_windows_come_back_where_they_were_also_onto_a_smaller_screen(tmp_path: Path) -> None:
    """The main window, and one for each session that was open; on a screen that is smaller, all of each is on it."""
    wanted = {MAIN: (60, 80, 1100, 700), SESSIONS[0]: (900, 300, 980, 640), SESSIONS[1]: (1000, 420, 900, 600)}
    with serve(tmp_path / "server") as server:
        for title in ("Nightly", "Billing", "Gone"):
            flow(server, title, "completed")
        with virtual_desktop(tmp_path, "openbox", size="1920x1080") as desktop:
            parrot = start(desktop, server, tmp_path)
            for title in (*SESSIONS, "Gone — Parrot"):
                open_by_link(desktop, server, tmp_path, title)
            for title, place in wanted.items():
                desktop.put("Parrot — " if title == MAIN else title, *place)
                wait_until(lambda title=title, w=place[2:]: desktop.place(title)[2:] == w, f"the size of {title}")
            left = {title: desktop.place(title) for title in wanted}
            end(parrot)
            server.ingest([{**delete("Gone"), "at": server.rows()[0]["last_activity_at"]}])
            parrot = start(desktop, server, tmp_path)
            for title in SESSIONS:
                wait_until(lambda title=title: desktop.shows(title), title)
            for title, place in left.items():
                wait_until(lambda title=title, place=place: near(desktop.place(title), place), f"the place of {title}")
            wait_until(lambda: len(_windows(desktop)) == 3, "no window for what is gone")
            end(parrot)
        with virtual_desktop(tmp_path, "openbox", size="1024x720") as desktop:
            parrot = start(desktop, server, tmp_path)
            for title in (MAIN, *SESSIONS):
                wait_until(lambda title=title: desktop.shows(title), title)
                wait_until(lambda title=title: _fits(desktop.place(title), 1024, 720), f"{title} on the screen")
            end(parrot)


def _fits(place: tuple[int, int, int, int], width: int, height: int) -> bool:
    """All of it, its title bar too. What is told of a place counts border and title bar twice."""
    left, top = place[0] - BORDER, place[1] - TITLE_BAR
    return left >= 0 and top >= TITLE_BAR and left + place[2] <= width and top + place[3] <= height


def _windows(desktop: VirtualDesktop) -> list[str]:
    return [line for line in desktop.run("wmctrl", "-l").splitlines() if "Parrot" in line]
