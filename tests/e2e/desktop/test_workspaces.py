"""Several workspaces on one desktop: how each stands, whose token goes where, and links from one into another."""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from typing_extensions import override

from parrot_desktop.actions import ActionId
from parrot_desktop.known_workspaces import (
    KnownWorkspace,
    KnownWorkspaces,
    load_known_workspaces,
    save_known_workspaces,
)
from parrot_desktop.links import SessionLink
from parrot_desktop.options import Options
from parrot_desktop.views.connect_dialog import ConnectDialog
from parrot_desktop.views.settings.workspaces_page import WorkspacesPage
from tests.helpers.memory_keyring import memory_keyring
from tests.helpers.records import session
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

SERVICE = "parrot"
WORKSPACES_PAGE = 3


class Stranger:
    """A server of another version, which writes down what it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        """(path, Authorization)"""
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers.get("Authorization")))
                self.send_response(200 if self.path == "/healthz" else 401)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"status": "ok", "version": "7.3.0"}')

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="stranger")
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "home") as running:
        yield running


@pytest.fixture
def team(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "team") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


def know(tmp_path: Path, *workspaces: KnownWorkspace) -> None:
    """As if they had been joined before."""
    folder = tmp_path / "window" / "desktop"
    folder.mkdir(parents=True)
    save_known_workspaces(folder, KnownWorkspaces(known=workspaces))


def known(server: RunningServer, name: str) -> KnownWorkspace:
    return KnownWorkspace(url=server.url, id=server.get("/v1/me")["workspace"]["id"], name=name)


def standings(pilot: Pilot) -> dict[str, str]:
    """What the page says of each workspace, by its name."""
    window = pilot.wiring.preferences.window
    assert window is not None
    spoken = [
        label.accessibleName() for label in window.findChildren(QLabel) if ": " in label.accessibleName()
    ]  # "NAME: STATE"
    return dict(words.split(": ", 1) for words in spoken)


def test_each_saved_workspace_says_how_it_stands(
    qapp: QApplication, home: RunningServer, team: RunningServer, tmp_path: Path
) -> None:
    """Reachable, not reachable, not signed in or another version, in words; no token goes to another's host."""
    stranger = Stranger()
    gone = KnownWorkspace(url="http://127.0.0.1:9", id="w-gone", name="Gone")
    other = KnownWorkspace(url=team.url.replace("127.0.0.1", "localhost"), id="w-other", name="Refused")
    newer = KnownWorkspace(url=stranger.url, id="w-newer", name="Newer")
    know(tmp_path, known(team, "Team"), gone, other, newer)

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.actions_by_id[ActionId.SETTINGS].trigger()
        window = pilot.wiring.preferences.window
        assert window is not None
        assert stranger.asked == []
        window.show_page(WORKSPACES_PAGE)
        wanted = {
            "This machine": "Starts when it is opened",
            "Team": "Reachable",
            "Gone": "Not reachable",
            "Refused": "Not signed in",
            "Newer": "Another version: 7.3.0",
            "Workspace": "Live",
        }
        await pilot.until(lambda: standings(pilot) == wanted, "how they stand")
        page = window.pages.currentWidget()
        assert isinstance(page, WorkspacesPage)
        buttons = {button.accessibleName() for button in page.findChildren(QPushButton) if not button.isHidden()}
        assert {"Open Team", "Forget Team", "Open This machine"} <= buttons
        assert not {"Forget This machine", "Open Workspace"} & buttons
        forget = next(button for button in page.findChildren(QPushButton) if button.accessibleName() == "Forget Gone")
        forget.click()
        await pilot.until(lambda: "Gone" not in standings(pilot), "its row's end")
        home.kill()
        await pilot.until(lambda: standings(pilot)["Workspace"] in {"Reconnecting…", "Offline"}, "the loss")
        window.close()

    try:
        with memory_keyring() as kept:
            kept[SERVICE, team.url] = team.token
            kept[SERVICE, other.url] = "withdrawn"
            kept[SERVICE, gone.url] = "secret-of-gone"
            run_window(qapp, options(home, tmp_path), use)
            assert (SERVICE, gone.url) not in kept
    finally:
        stranger.close()
    assert {path for path, _ in stranger.asked} == {"/healthz"}
    assert {authorization for _, authorization in stranger.asked} == {None}
    assert gone not in load_known_workspaces(tmp_path / "window" / "desktop").known


def test_a_typed_token_is_kept_and_the_next_start_opens_that_workspace(
    qapp: QApplication, home: RunningServer, team: RunningServer, tmp_path: Path
) -> None:
    """What was open last opens again, with the token that was typed once; what a command line names stays its own."""
    team.ingest([session("a", seconds=1, title="Of the team")])
    folder = tmp_path / "window" / "desktop"

    async def connect(pilot: Pilot) -> None:
        await pilot.live()
        assert load_known_workspaces(folder).last == ""
        pilot.window.actions_by_id[ActionId.CONNECT].trigger()
        dialog = next(each for each in pilot.window.children() if isinstance(each, ConnectDialog))
        dialog.chosen.emit(team.url, team.token)
        dialog.reject()
        await pilot.until(lambda: pilot.titles == ["Of the team"], "the team's rows")
        await pilot.until(lambda: bool(kept), "the kept token")

    async def again(pilot: Pilot) -> None:
        assert pilot.titles == ["Of the team"]
        await pilot.live()
        target = pilot.shell.target
        assert target is not None
        assert target.url == team.url

    with memory_keyring() as kept:
        run_window(qapp, options(home, tmp_path), connect)
        assert load_known_workspaces(folder).last == team.url
        run_window(qapp, Options(data_dir=tmp_path / "window"), again)
    assert not (tmp_path / "window" / "server.json").exists()


def test_a_link_into_another_workspace_of_ones_own_opens_it_there(
    qapp: QApplication, home: RunningServer, team: RunningServer, tmp_path: Path
) -> None:
    """Also for a program that was not running; the way back is one press."""
    team.ingest([session("a", seconds=1, title="Of the team")])
    home.ingest([session("b", seconds=1, title="Of one's own")])
    there = known(team, "Team")
    know(tmp_path, there)
    link = SessionLink(there.id, team.rows()[0]["id"])

    async def use(pilot: Pilot) -> None:
        await pilot.until(lambda: len(pilot.wiring.sessions.controllers) == 1, "the session's window")
        assert pilot.wiring.sessions.controllers[0].session_id == link.session
        await pilot.live()
        assert pilot.titles == ["Of the team"]
        notice = next(notice for notice in pilot.window.toasts.notices if "Workspace" in notice.button)
        assert notice.on_button is not None
        notice.on_button()
        await pilot.until(lambda: pilot.titles == ["Of one's own"], "the way back")

    with memory_keyring() as kept:
        kept[SERVICE, team.url] = team.token
        run_window(qapp, replace(options(home, tmp_path), link=link), use)


def test_a_link_into_a_strangers_workspace_is_refused_until_one_connects(
    qapp: QApplication, home: RunningServer, team: RunningServer, tmp_path: Path
) -> None:
    team.ingest([session("a", seconds=1, title="Of the team")])
    link = SessionLink(known(team, "Team").id, team.rows()[0]["id"])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        await pilot.until(lambda: any("not one of yours" in text for text in pilot.notices), "the refusal")
        assert pilot.wiring.sessions.controllers == ()
        notice = pilot.window.toasts.notices[0]
        assert notice.button == "Connect…"
        assert notice.on_button is not None
        notice.on_button()
        dialog = next(each for each in pilot.window.children() if isinstance(each, ConnectDialog))
        dialog.chosen.emit(team.url, team.token)
        dialog.reject()
        await pilot.until(lambda: len(pilot.wiring.sessions.controllers) == 1, "the session's window")

    with memory_keyring():
        run_window(qapp, replace(options(home, tmp_path), link=link), use)
