"""The program in a panel that shows StatusNotifierItems, as most desktops' panels do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.desktop.test_real_desktop import flow, program
from tests.helpers.server import serve
from tests.helpers.status_notifier import Icon, panel, until, until_told
from tests.helpers.virtual_desktop import virtual_desktop

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {16, 22, 24, 32, 44, 48, 64}


async def says(icon: Icon, words: str, *, without: str = "nothing of it") -> bytes:
    """Waits until it says so when pointed at, and answers with its picture at 22 pixels."""
    await until_told(icon.tooltip, lambda told: words in told and without not in told, words)
    return (await icon.pictures())[22, 22]


async def test_the_panels_icon_says_what_happens_and_its_menu_acts(tmp_path: Path) -> None:
    """Each state looks different and is told in words; a click opens the Command Center; the menu does what it says."""
    with virtual_desktop(tmp_path, "openbox") as desktop, serve(tmp_path / "server") as server:
        async with panel(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as bar:
            parrot = desktop.start(program(server, tmp_path), output="parrot.txt")
            icon = await bar.icon()
            await until(lambda: desktop.shows("Parrot — .*"), "the window, and its workspace")
            assert {width for width, _ in await icon.pictures()} >= SIZES
            seen = {"nothing": await says(icon, "Parrot", without="offline")}
            flow(server, "Nightly", "running")
            seen["live"] = await says(icon, "1 live")
            flow(server, "Billing", "paused")
            seen["waiting"] = await says(icon, "1 waits")
            flow(server, "Nightly", "failed")
            seen["failed"] = await says(icon, "1 failed")
            assert "NewIcon" in bar.signals
            menu = await icon.menu()
            shown = [entry.label for entry in menu.entries if entry.is_visible and entry.label]
            assert shown == ["Open Parrot", "Command Center", "Snooze notifications", "Quit"]
            await icon.choose("For an hour")
            seen["muted"] = await says(icon, "notifications are off")
            await icon.choose("Notify again")
            assert await says(icon, "1 failed", without="notifications are off") == seen["failed"]
            await icon.activate()
            await until(lambda: desktop.shows("Command Center"), "the Command Center")
            desktop.run("wmctrl", "-c", "Parrot — ")
            await until(lambda: not desktop.shows("Parrot — .*"), "the window's end")
            await icon.choose("Open Parrot")
            await until(lambda: desktop.shows("Parrot — .*"), "the window again")
            server.kill()
            seen["offline"] = await says(icon, "offline")
            assert len(set(seen.values())) == len(seen)
            await icon.choose("Quit")
            await until(lambda: parrot.poll() is not None, "the end")
            assert parrot.returncode == 0
        assert (tmp_path / "parrot.txt").read_text() == ""


async def test_a_start_at_login_waits_for_the_panel(tmp_path: Path) -> None:
    """No window pops up; the icon comes when the panel does, and comes back when the panel starts anew."""
    with virtual_desktop(tmp_path, "openbox") as desktop, serve(tmp_path / "server") as server:
        flow(server, "Nightly", "running")
        parrot = desktop.start(program(server, tmp_path, "--in-tray"), output="parrot.txt")
        log = tmp_path / "desk" / "desktop" / "logs" / "parrot-desktop.log"
        await until(lambda: log.exists() and "connection: live" in log.read_text(), "the workspace")
        for _ in range(2):
            async with panel(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as bar:
                await says(await bar.icon(), "1 live")
        assert not desktop.shows("Parrot — .*")
        parrot.terminate()
        assert parrot.wait(10) == 0
