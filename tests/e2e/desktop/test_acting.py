"""Cancel, End and the actions on this machine, as one does them in the window."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from parrot_desktop.actions import ActionId
from parrot_desktop.options import Options
from tests.helpers.records import session
from tests.helpers.server import RunningServer, serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(server: RunningServer, tmp_path: Path) -> Options:
    return Options(
        workspace=server.url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window", theme="dark"
    )


class Source:
    """A tool that hears of commands; it obeys when told to."""

    def __init__(self, server: RunningServer) -> None:
        self.heard: list[str] = []
        self.obey = threading.Event()
        self.listening = threading.Event()
        self._server = server
        self._http = httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=20, trust_env=False
        )
        self._thread = threading.Thread(target=self._listen, name="source")
        self._thread.start()

    def _listen(self) -> None:
        try:
            with self._http.stream("GET", "/v1/commands") as stream:
                self.listening.set()
                for text in stream.iter_lines():
                    if text.startswith("data: {") and '"verb"' in text:
                        self._answer(json.loads(text.removeprefix("data: ")))
        except httpx.HTTPError:
            return

    def _answer(self, command: dict[str, str]) -> None:
        self.heard.append(command["verb"])
        self.obey.wait(20)
        self._server.ingest(
            [session(command["native_id"], seconds=9, kind="flow", status="cancelled", title="Nightly")]
        )
        self._server.http.post(f"/v1/commands/{command['id']}/result", json={"ok": True}).raise_for_status()

    def close(self) -> None:
        self.obey.set()
        self._server.kill()
        self._thread.join(10)
        self._http.close()


def test_cancel_asks_shows_and_ends_with_the_source(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Cancel asks first, names the run, says "Cancelling…" until the source confirms, and then shows what it says."""
    server.ingest([session("a", seconds=1, kind="flow", status="running", title="Nightly", can=["cancel"])])
    source = Source(server)
    assert source.listening.wait(10)

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        pilot.window.list_view.select_session(pilot.facts[0][0])
        await pilot.until(lambda: pilot.window.actions_by_id[ActionId.CANCEL].isEnabled(), "the action")
        pilot.window.actions_by_id[ActionId.CANCEL].trigger()
        box = pilot.window.findChild(QMessageBox)
        assert isinstance(box, QMessageBox)
        assert box.text() == "Cancel “Nightly”?"
        assert box.defaultButton().text() == "Keep it running"
        next(button for button in box.buttons() if button is not box.defaultButton()).click()

        def status() -> str:
            view = pilot.picture.model.view_at(0)
            return "" if view is None else view.status_word

        await pilot.until(lambda: status() == "Cancelling…", "the word")
        await pilot.until(lambda: source.heard == ["cancel"], "the command")
        source.obey.set()
        await pilot.until(lambda: status() == "Cancelled", "the end")

    try:
        run_window(qapp, options(server, tmp_path), use)
    finally:
        source.close()


def test_a_refusal_is_told_where_it_was_asked(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """What failed says why, names the session, and can be tried again."""
    server.ingest([session("a", seconds=1, title="Old talk", can=["end"])])

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        live = pilot.shell.live
        row = pilot.picture.model.row_at(0)
        assert live is not None
        assert row is not None
        server.http.post(f"/v1/sessions/{row.id}/end").raise_for_status()
        await pilot.until(lambda: pilot.facts[0][2] == "ended", "the end by somebody else")
        live.acting.do(ActionId.END, (row,), pilot.shell)
        await pilot.until(lambda: bool(pilot.notices), "the refusal")
        notice = pilot.window.toasts.notices[0]
        assert notice.text.startswith("“Old talk” was not ended.")
        assert notice.button == "Retry"
        assert notice.is_trouble

    run_window(qapp, options(server, tmp_path), use)


def test_copies(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Links open from anywhere, ids are for scripts, the resume command goes to the folder first."""
    folder = "/home/me/my shop"
    server.ingest(
        [
            session(
                "a", seconds=1, title="Talk", cwd=folder, resume_command=["claude", "--resume", "x y"], can=["resume"]
            )
        ]
    )

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        session_id = pilot.facts[0][0]
        pilot.window.list_view.select_session(session_id)
        actions = pilot.window.actions_by_id
        await pilot.until(lambda: actions[ActionId.COPY_LINK].isEnabled(), "the actions")
        clipboard = QGuiApplication.clipboard()
        actions[ActionId.COPY_LINK].trigger()
        assert clipboard.text().startswith("parrot://")
        assert clipboard.text().endswith(f"/sessions/{session_id}")
        actions[ActionId.COPY_ID].trigger()
        assert clipboard.text() == session_id
        actions[ActionId.COPY_RESUME_COMMAND].trigger()
        await pilot.until(lambda: "resume" in clipboard.text(), "the command")
        if sys.platform != "win32":
            assert clipboard.text() == f"cd {shlex.quote(folder)} && claude --resume 'x y'"

    run_window(qapp, options(server, tmp_path), use)


def test_resume_says_what_is_in_the_way(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A session of another machine, or of a folder that is gone, is not resumed here; the window says where it is."""
    command = ["claude", "--resume", "x"]
    server.ingest(
        [
            session("a", seconds=2, cwd="/srv/shop", machine="build-7", resume_command=command, can=["resume"]),
            session("b", seconds=1, cwd=str(tmp_path / "gone"), resume_command=command, can=["resume"]),
        ]
    )

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        live = pilot.shell.live
        assert live is not None
        for at, told in ((0, "It worked on build-7, in /srv/shop."), (1, "is no longer there.")):
            row = pilot.picture.model.row_at(at)
            assert row is not None
            live.acting.do(ActionId.RESUME, (row,), pilot.shell)
            await pilot.until(lambda told=told: any(told in notice for notice in pilot.notices), told)

    run_window(qapp, options(server, tmp_path), use)
