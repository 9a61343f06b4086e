"""What the window says and shows when the network or the server misbehaves; it always ends with the server's rows."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parrot_client.data_dir import read_server_json
from parrot_desktop.actions import ActionId
from parrot_desktop.options import Options
from tests.helpers.proxy import network
from tests.helpers.records import message, session
from tests.helpers.server import RunningServer, serve, start_server
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "server") as running:
        yield running


def options(url: str, server: RunningServer, tmp_path: Path) -> Options:
    return Options(workspace=url, token_file=token_file(tmp_path, server.token), data_dir=tmp_path / "window")


def same_as(server: RunningServer, pilot: Pilot) -> bool:
    """Whether the loaded rows are exactly the server's."""
    rows = server.rows()
    return pilot.facts == [(row["id"], row["title"], row["status"], row["message_count"]) for row in rows]


def test_cut_again_and_again(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A network that breaks every connection while work goes on loses nothing and doubles nothing."""
    server.ingest([session(f"s{n}", seconds=n) for n in range(30)])
    with network(server.url) as net:

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            for n in range(6):
                server.ingest([session(f"s{n}", seconds=100 + n, title=f"Round {n}", message_count=n)])
                net.do(net.proxy.cut)
                server.ingest([session(f"new{n}", seconds=200 + n)])
                await pilot.until(lambda n=n: f"new{n}" in pilot.titles, f"what came in round {n}")
            await pilot.until(lambda: same_as(server, pilot), "the server's rows")
            await pilot.until(lambda: pilot.state == "live", "a live connection")

        run_window(qapp, options(net.url, server, tmp_path), use)


def test_half_an_event(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A connection that breaks in the middle of an event: the event comes whole on the next one."""
    server.ingest([session("a", seconds=1, title="Before")])
    with network(server.url) as net:

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            net.do(lambda: net.proxy.cut_after(600))
            net.do(net.proxy.cut)
            server.ingest([session("a", seconds=2, title="x" * 2_000)])
            await pilot.until(lambda: pilot.state == "reconnecting", "the news of the break")
            net.do(lambda: net.proxy.cut_after(None))
            await pilot.until(lambda: same_as(server, pilot), "the whole event")

        run_window(qapp, options(net.url, server, tmp_path), use)


def test_silence_is_told(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """Nobody answers any more: the window says so, keeps its rows, and is right again when the network is back."""
    server.ingest([session("a", seconds=1, title="Still here")])
    with network(server.url) as net:

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            net.do(net.proxy.refuse)
            net.do(net.proxy.cut)
            await pilot.until(lambda: pilot.state == "reconnecting", "reconnecting")
            server.ingest([session("b", seconds=2, title="Meanwhile")])
            await pilot.until(lambda: pilot.state == "offline", "offline")
            assert pilot.titles == ["Still here"]
            assert pilot.window.area.banner.isVisible()
            assert pilot.window.status.texts[0].startswith("Offline since")
            net.do(net.proxy.flow)
            pilot.shell.retry()
            await pilot.until(lambda: pilot.state == "live", "the network again")
            await pilot.until(lambda: same_as(server, pilot), "the server's rows")
            assert not pilot.window.area.banner.isVisible()

        run_window(qapp, options(net.url, server, tmp_path), use)


def test_slow_answers_do_not_hold_up_quitting(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A network that passes nothing on: rows to come are shown, and the window closes at once all the same."""
    with network(server.url) as net:
        net.do(net.proxy.stall)

        async def use(pilot: Pilot) -> None:
            await pilot.until(lambda: pilot.state == "connecting", "the try")
            assert pilot.window.area.face is None
            assert not pilot.window.area.shows_list

        run_window(qapp, options(net.url, server, tmp_path), use)


def test_server_comes_back(qapp: QApplication, tmp_path: Path) -> None:
    """A server that is killed and started again on the same data, elsewhere: the list goes on where it was."""
    first = start_server(tmp_path / "server")
    try:
        first.ingest([session(f"s{n}", seconds=n) for n in range(10)])
        with network(first.url) as net:

            async def use(pilot: Pilot) -> None:
                await pilot.live()
                pilot.window.list_view.select_session(pilot.facts[4][0])
                selected = pilot.window.list_view.selected_sessions()
                first.kill()
                await pilot.until(lambda: pilot.state == "reconnecting", "the news")
                with serve(tmp_path / "server") as second:
                    second.ingest([session("late", seconds=50)])
                    net.do(lambda: net.proxy.aim(second.url))
                    await pilot.until(lambda: pilot.titles[:1] == ["late"], "what came meanwhile")
                    assert same_as(second, pilot)
                    assert pilot.window.list_view.selected_sessions() == selected

            run_window(qapp, options(net.url, first, tmp_path), use)
    finally:
        first.close()


def test_an_open_session_misses_no_change_of_an_older_message(qapp: QApplication, tmp_path: Path) -> None:
    """Nobody told the window of what a message became while its server was away; it asks for it."""
    first = start_server(tmp_path / "server")
    try:
        first.ingest([session("a", title="Open"), *(message("a", n, f"Message {n}", seconds=n) for n in range(1, 41))])
        with network(first.url) as net:

            async def use(pilot: Pilot) -> None:
                await pilot.live()
                pilot.wiring.sessions.open_session(pilot.facts[0][0])
                (controller,) = pilot.wiring.sessions.controllers
                await pilot.until(lambda: controller.is_settled, "the session in its window")
                first.ingest([message("a", 41, "One more", seconds=80)])
                await pilot.until(lambda: controller.feed.total == 41, "its stream")
                first.kill()
                with serve(tmp_path / "server") as second:
                    second.ingest([message("a", 12, "What it became", seconds=90)])
                    net.do(lambda: net.proxy.aim(second.url))
                    store = controller.window.panel.view.store

                    def words() -> str:
                        return getattr(next(store.held(12, 12)).parts[0], "text", "")

                    await pilot.until(lambda: words() == "What it became", "the changed message")

            run_window(qapp, options(net.url, first, tmp_path), use)
    finally:
        first.close()


def test_another_database_is_fetched_anew(qapp: QApplication, tmp_path: Path) -> None:
    """A server that comes back with its database made anew says so: the list becomes what it has now."""
    with serve(tmp_path / "server") as first:
        first.ingest([session("a", seconds=1), session("b", seconds=2)])
        with network(first.url) as net:

            async def use(pilot: Pilot) -> None:
                await pilot.live()
                assert pilot.titles == ["b", "a"]
                first.kill()
                for path in (tmp_path / "server").glob("workspace.db*"):
                    path.unlink()
                with serve(tmp_path / "server") as second:
                    second.ingest([session("b", seconds=2, title="b again"), session("c", seconds=3)])
                    net.do(lambda: net.proxy.aim(second.url))
                    await pilot.until(lambda: pilot.titles == ["c", "b again"], "the other rows")
                    assert same_as(second, pilot)

            run_window(qapp, options(net.url, first, tmp_path), use)


def test_a_withdrawn_token_is_told(qapp: QApplication, server: RunningServer, tmp_path: Path) -> None:
    """A server that does not know the token (any more): the window says so instead of trying for ever."""
    wrong = replace(options(server.url, server, tmp_path), token_file=token_file(tmp_path, "not-a-token"))

    async def use(pilot: Pilot) -> None:
        await pilot.until(lambda: pilot.state == "unauthorised", "the refusal")
        face = pilot.window.area.face
        assert face is not None
        assert face.buttons[0].action is ActionId.CONNECT

    run_window(qapp, wrong, use)


def test_own_server_is_started_again(qapp: QApplication, tmp_path: Path) -> None:
    """This machine's own server dies: the window starts it again by itself and goes on."""

    async def use(pilot: Pilot) -> None:
        await pilot.live()
        before = read_server_json(pilot.desktop.data_dir)
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        await pilot.until(lambda: pilot.state == "reconnecting", "the news")
        await pilot.until(lambda: pilot.state == "live", "the server again")
        after = read_server_json(pilot.desktop.data_dir)
        assert after is not None
        assert after.pid != before.pid

    run_window(qapp, Options(data_dir=tmp_path / "own", no_local_sources=True), use)
