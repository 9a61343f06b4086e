"""A window over a server of a later version, which says words that this one has never heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.options import Options
from parrot_wire.session import Notice, Text
from tests.e2e.desktop.test_sessions import opened, parts
from tests.helpers.proxy import network
from tests.helpers.records import session
from tests.helpers.server import serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

WORDS = {
    b'"status":"merged"': b'"status":"kissed"',
    b'"kind":"flow"': b'"kind":"opus"',
    b'"mode":"ask"': b'"mode":"odd"',
    b'"end"': b'"hug"',
    b'"type":"error"': b'"type":"omens"',
    b'"role":"assistant"': b'"role":"prophetic"',
    b'"flow":': b'"opus":',
    b'"members.read"': b'"wizards.read"',
}


def test_it_shows_what_it_knows_and_goes_on(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server, network(server.url) as net:
        server.ingest(
            [
                session("a", seconds=1, title="Odd", status="merged", mode="ask", can=["end"]),
                session("b", seconds=2, title="Run", kind="flow"),
                session("c", seconds=3, title="Plain"),
                parts("a", 1, {"type": "text", "text": "Before"}, {"type": "error", "text": "Sorry"}),
            ]
        )
        for old, new in WORDS.items():
            net.do(lambda old=old, new=new: net.proxy.reword(old, new))

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            assert pilot.titles == ["Plain", "Run", "Odd"]
            controller = await opened(pilot, "Odd")
            store = controller.window.panel.view.store
            said = next(store.held(1, 1)).parts
            assert said[0] == Text(text="Before")
            assert isinstance(said[1], Notice)
            assert "omens" in said[1].text

            # Live, the same: a row and a message with such words, and the plain ones after them.
            server.ingest(
                [
                    session("b", seconds=20, title="Odd run", kind="flow", status="merged", key="odd"),
                    parts("a", 2, {"type": "error", "text": "Live"}, {"type": "text", "text": "After"}),
                    session("c", seconds=21, title="Plain still", key="plain"),
                ]
            )
            await pilot.until(lambda: pilot.titles[:2] == ["Plain still", "Odd run"], "the live rows")
            await pilot.until(lambda: len([*store.held(2, 2)]) == 1, "the live message")
            assert [type(part) for part in next(store.held(2, 2)).parts] == [Notice, Text]
            row = pilot.picture.model.row_at(1)
            assert row is not None
            assert row.status_detail == "kissed"
            assert pilot.notices == []

        token = token_file(tmp_path, server.token)
        run_window(qapp, Options(workspace=net.url, token_file=token, data_dir=tmp_path / "window"), use)
