"""The Command Center beside the list, over a real server that reads a tool's files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from parrot_desktop.actions import ActionId
from parrot_desktop.options import Options
from parrot_wire.values import Kind
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines, call
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.views.command_center import CommandCenter


def options(server: RunningServer, folder: Path) -> Options:
    return Options(workspace=server.url, token_file=token_file(folder, server.token), data_dir=folder / "desk")


def center(pilot: Pilot) -> CommandCenter | None:
    return pilot.window.panes.center.center


def shown(pilot: Pilot) -> dict[str, set[str]]:
    """The titles under each heading."""
    lookout = pilot.wiring.presence.lookout if pilot.wiring.presence is not None else None
    pane = center(pilot)
    if lookout is None or pane is None:
        return {}
    rows = lookout.activity.active + lookout.activity.recent
    title_of = {row.id: f"{row.kind}: {row.title}" for row in rows}
    return {heading: {title_of.get(each, each) for each in ids} for heading, ids in pane.shown}


def chat(home: ClaudeHome, *, is_done: bool) -> None:
    """A chat that sent a subagent off, a minute ago."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    lines = ClaudeLines(at=begun)
    lines.prompt("Fix the login")
    lines.assistant(call("c1", "Task", prompt="Look", description="Look for the bug"), id="m1")
    agent = ClaudeLines(agent_id="a1", at=begun + timedelta(seconds=5), name="t")
    agent.prompt("Look for the bug")
    agent.assistant(call("c2"), id="m2")
    if is_done:
        agent.result("c2")
        agent.answer("Found it.")
        lines.result("c1", "Found it.")
        lines.answer("Fixed.")
    home.write(agent, home.agent_path("a1", SESSION))
    home.write(lines)


def test_subagents_are_in_it_and_it_lives(qapp: QApplication, tmp_path: Path) -> None:
    """A chat and the task it sent off stand there while they run, and go down to the last day when they are done."""
    home = ClaudeHome(tmp_path / "claude")
    chat(home, is_done=False)

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.actions_by_id[ActionId.CENTER_PANE].trigger()
        both = {f"{Kind.CHAT}: Fix the login", f"{Kind.TASK}: Look for the bug"}
        await pilot.until(lambda: shown(pilot) == {"Active now": both}, "both, active")
        chat(home, is_done=True)
        await pilot.until(lambda: shown(pilot) == {"Recent": both}, "both, done")

    with serve(tmp_path / "server", sources={"claude-code": home.root}) as server:
        run_window(qapp, options(server, tmp_path), use)


def test_a_restart_finds_it_where_it_was(qapp: QApplication, tmp_path: Path) -> None:
    """Open and below the list; closed it stays closed, and then nothing is made for it."""
    home = ClaudeHome(tmp_path / "claude")
    chat(home, is_done=True)

    async def open_it(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.actions_by_id[ActionId.CENTER_PANE].trigger()
        pilot.window.panes.center.place_chosen.emit(Qt.DockWidgetArea.BottomDockWidgetArea)

    async def close_it(pilot: Pilot) -> None:
        await pilot.until(lambda: "Recent" in shown(pilot), "its rows")
        window = pilot.window
        assert window.has_center
        assert window.dockWidgetArea(window.panes.center) is Qt.DockWidgetArea.BottomDockWidgetArea
        # From inside the window there is no need for a popup of the same.
        window.actions_by_id[ActionId.COMMAND_CENTER].trigger()
        assert pilot.wiring.presence is not None
        assert not pilot.wiring.presence.lookout.panel.isVisible()
        window.actions_by_id[ActionId.CENTER_PANE].trigger()

    async def find_it_closed(pilot: Pilot) -> None:
        await pilot.live()
        assert not pilot.window.has_center
        assert center(pilot) is None

    with serve(tmp_path / "server", sources={"claude-code": home.root}) as server:
        for use in (open_it, close_it, find_it_closed):
            run_window(qapp, options(server, tmp_path), use)
