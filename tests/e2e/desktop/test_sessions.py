"""Single sessions in the real window, over a real server: opened, followed, searched, decided, exported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from parrot_desktop.actions import ActionId
from parrot_desktop.controllers.session_pane import SessionPane
from parrot_desktop.controllers.session_search import SessionSearch
from parrot_desktop.export.session_export import ExportKind, verify
from parrot_desktop.options import Options
from parrot_desktop.views.session_window.card import FactLabel
from parrot_desktop.views.session_window.checkpoint_row import CheckpointRow
from parrot_desktop.views.transcript.raw_dialog import RawDialog
from parrot_wire.values import Decision
from tests.helpers.records import at, checkpoint, message, record, session, turn
from tests.helpers.server import serve
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.controllers.session_window import SessionController
    from tests.helpers.server import RunningServer


Guest = TypeVar("Guest")


def options(server: RunningServer, folder: Path) -> Options:
    return Options(workspace=server.url, token_file=token_file(folder, server.token), data_dir=folder / "desktop")


def parts(native_id: str, n: int, *what: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    """A message record with these parts."""
    body = {"n": n, "id": f"m{n}", "role": role, "at": at(n), "parts": list(what), "turn": n}
    return record("message", native_id, body, key=f"message:{native_id}:{n}:{len(what)}", seconds=n)


def chat(native_id: str = "a", *, messages: int = 3, **patch: Any) -> list[dict[str, Any]]:
    return [
        session(native_id, title=f"The {native_id} chat", can=["end"], **patch),
        *(message(native_id, n, f"Message {n} of {native_id}", seconds=n) for n in range(1, messages + 1)),
    ]


async def opened(pilot: Pilot, title: str) -> SessionController:
    """Open the session of a row, and wait until it is there."""
    row = next(row for at in range(20) if (row := pilot.picture.model.row_at(at)) is not None and row.title == title)
    windows = pilot.wiring.sessions
    windows.open_session(row.id)
    controller = next(each for each in windows.controllers if each.session_id == row.id)
    await pilot.until(lambda: controller.is_settled, f"{title} in its window")
    return controller


def guest(pilot: Pilot, kind: type[Guest]) -> Guest:
    """One of those who live with the workspace."""
    return next(each for each in pilot.shell.guests if isinstance(each, kind))


def face_title(controller: SessionController) -> str:
    """What stands in place of the session; empty for the session itself."""
    face = controller.window.face
    return face.title if face is not None else ""


def texts(controller: SessionController) -> list[str]:
    """The first words of every message at hand."""
    store = controller.window.panel.view.store
    return [getattr(each.parts[0], "text", "") for each in store.held(1, store.total)]


def test_a_session_has_one_window_which_follows_it(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat(status="running"))

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            first = await opened(pilot, "The a chat")
            assert texts(first) == [f"Message {n} of a" for n in (1, 2, 3)]
            assert first.window.panel.view.is_following
            assert (await opened(pilot, "The a chat")) is first
            assert len(pilot.wiring.sessions.controllers) == 1

            # What is said now is there a moment later, and so is what changes of the row.
            server.ingest([message("a", 4, "And another", seconds=4)])
            await pilot.until(lambda: texts(first)[-1:] == ["And another"], "the new message")
            server.ingest([session("a", seconds=9, title="Renamed", status="open", key="renamed")])
            await pilot.until(lambda: "Renamed" in first.window.windowTitle(), "the new title")

            first.window.close()
            assert pilot.wiring.sessions.controllers == ()

        run_window(qapp, options(server, tmp_path), use)


def test_a_window_follows_what_no_list_shows_without_asking_again_and_again(qapp: QApplication, tmp_path: Path) -> None:
    """A subagent's status and its parent's view of it change without an event of their own streams."""
    with serve(tmp_path / "server") as server:
        server.ingest([*chat("a"), session("sub", kind="task", parent="a", status="running", title="Sub")])

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            parent = await opened(pilot, "The a chat")
            assert parent.feed.detail is not None
            sub = parent.feed.detail.children[0].id
            pilot.wiring.sessions.open_session(sub)
            child = next(each for each in pilot.wiring.sessions.controllers if each.session_id == sub)
            await pilot.until(lambda: child.is_settled, "the subagent's window")

            server.ingest([session("sub", kind="task", seconds=9, status="failed", title="Sub", key="failed")])
            for each in (parent, child):
                await pilot.until(lambda each=each: "failed" in statuses(each), f"the failure in {each.session_id}")
            assert pilot.titles == ["The a chat"]

        run_window(qapp, options(server, tmp_path), use)


def statuses(controller: SessionController) -> set[str]:
    """Of the session and its children, as its window knows them."""
    detail = controller.feed.detail
    return {each.status for each in (detail, *detail.children)} if detail is not None else set()


def test_a_long_transcript_is_found_through_without_being_loaded(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat(messages=900))
        server.ingest([parts("a", 850, {"type": "error", "text": "The needle broke"})])

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "The a chat")
            panel = controller.window.panel
            assert len(panel.view.store) < 300
            controller.window.actions_by_id[ActionId.FIND].trigger()
            panel.find_bar.look_for("NEEDLE")
            await pilot.until(lambda: panel.find_bar.is_done and bool(panel.find_bar.current), "the match")
            await pilot.until(lambda: panel.view.current is not None and panel.view.current.n == 850, "its message")
            assert panel.find_bar.count_text == "1 of 1"

            panel.find_bar.close_bar()
            panel.view.scroll_to(1)
            controller.window.actions_by_id[ActionId.NEXT_ERROR].trigger()
            await pilot.until(lambda: panel.view.reading > 800, "the error")

        run_window(qapp, options(server, tmp_path), use)


def test_the_name_of_an_initiative_leads_to_all_its_sessions(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest([*chat(initiative="Exports"), *chat("b", initiative="Exports"), *chat("c")])

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "The a chat")
            (name,) = [each for each in controller.window.summary.findChildren(FactLabel) if "Exports" in each.text()]
            name.linkActivated.emit("open")
            await pilot.until(lambda: pilot.picture.model.loaded_count == 2, "its two sessions")

        run_window(qapp, options(server, tmp_path), use)


def test_end_and_its_undo(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat())

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "The a chat")
            assert ActionId.END in controller.window.header.offered
            controller.window.header.buttons[ActionId.END].click()
            await pilot.until(lambda: ActionId.END not in controller.window.header.offered, "the end")
            await pilot.until(lambda: bool(controller.window.toasts.notices), "the word of it")
            (notice,) = controller.window.toasts.notices
            assert notice.button == "Undo"
            assert notice.on_button is not None
            notice.on_button()
            await pilot.until(lambda: ActionId.END in controller.window.header.offered, "the undoing")

        run_window(qapp, options(server, tmp_path), use)


def test_a_checkpoint_is_decided_once(qapp: QApplication, tmp_path: Path) -> None:
    run = [
        session("r", kind="flow", status="paused", title="Full run", can=["decide", "cancel"]),
        record("step", "r", {"id": "plan", "name": "Plan", "status": "completed"}, key="s1"),
        record("step", "r", {"id": "verify", "name": "Verify", "status": "pending"}, key="s2"),
        checkpoint("r", "c1"),
        message("r", 1, "Planned", role="assistant", step="plan"),
        message("r", 2, "Verifying", role="assistant", step="verify", seconds=2),
    ]
    with serve(tmp_path / "server") as server:
        server.ingest(run)

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "Full run")
            window = controller.window
            await pilot.until(lambda: len(window.timeline.rows) == 3, "the timeline")
            waiting = next(row for row in window.timeline.rows if isinstance(row, CheckpointRow))
            server.http.post(f"/v1/sessions/{controller.session_id}/checkpoints/c1", json={"decision": "reject"})
            waiting.approve.click()
            await pilot.until(lambda: not waiting.takes_decisions, "the earlier decision")

            window.step_chosen.emit("verify")
            await pilot.until(lambda: window.panel.view.shown.step == "verify", "the step alone")

            # What comes of it is told where somebody still looks.
            window.decided.emit("c1", Decision.SKIP, "")
            window.close()
            await pilot.until(lambda: any("decided before" in text for text in pilot.notices), "the word of it")

        run_window(qapp, options(server, tmp_path), use)


def test_the_pane_follows_the_list_and_takes_no_focus(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        for n in range(12):
            server.ingest(chat(f"c{n}", seconds=n))

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            window = pilot.window
            pane = guest(pilot, SessionPane).pane
            window.show_details(True)
            view = window.list_view
            view.setFocus()
            for _ in range(11):
                QTest.keyClick(view, Qt.Key.Key_Down)
            last = view.current_session()
            await pilot.until(lambda: pane.session_id == last, "the session that is selected")
            assert view.hasFocus()
            window.show_details(False)

        run_window(qapp, options(server, tmp_path), use)


def test_search_finds_what_was_said_and_opens_it_there(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat("a", messages=30))
        server.ingest([message("a", 31, "The marmalade is in the cupboard", seconds=31)])
        server.ingest(chat("b"))

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            pilot.window.actions_by_id[ActionId.SEARCH_TRANSCRIPTS].trigger()
            dialog = guest(pilot, SessionSearch).dialog
            assert dialog is not None
            dialog.field.setText("marmalade")
            await pilot.until(lambda: dialog.model.rowCount() == 1, "the hit")
            line = dialog.model.line_at(0)
            assert line is not None
            assert [line.text[start:end] for start, end in line.marks] == ["marmalade"]
            QTest.keyClick(dialog.field, Qt.Key.Key_Return)
            (controller,) = pilot.wiring.sessions.controllers
            view = controller.window.panel.view
            await pilot.until(lambda: view.current is not None and view.current.n == 31, "its message")
            dialog.field.setText("nothing like it")
            await pilot.until(lambda: dialog.face is not None and dialog.face.title == "Nothing found", "no hit")
            dialog.close()

        run_window(qapp, options(server, tmp_path), use)


def test_a_session_is_exported_whole_and_without_secrets(qapp: QApplication, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 4
    long = "word " * 30_000  # longer than a list of messages carries
    with serve(tmp_path / "server") as server:
        server.ingest(
            [
                *chat(messages=2),
                turn("a", "t1", cost=31_000, model="sonnet"),
                parts("a", 3, {"type": "text", "text": f"The token is {secret}"}),
                parts("a", 4, {"type": "text", "text": long}),
            ]
        )

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "The a chat")
            for kind in ExportKind:
                path = tmp_path / f"export.{kind}"
                controller.export_to(path, kind, True)
                await pilot.until(path.exists, "the file")
                await pilot.until(lambda: any(path.name in n.text for n in controller.window.toasts.notices), "a word")  # noqa: B023

        run_window(qapp, options(server, tmp_path), use)
    for kind in ExportKind:
        data = (tmp_path / f"export.{kind}").read_bytes()
        assert secret.encode() not in data
        assert data.count(b"word") >= 30_000
        if kind is not ExportKind.JSON:
            assert verify(data)
    assert json.loads((tmp_path / "export.json").read_bytes())["session"]["turns"][0]["cost"] == 31_000


def test_what_cannot_be_shown_says_why(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat(messages=0))

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            windows = pilot.wiring.sessions
            windows.open_session("no-such-session")
            (stranger,) = windows.controllers
            await pilot.until(lambda: face_title(stranger) == "No such session", "a face")
            stranger.window.close()

            pane = guest(pilot, SessionPane).pane
            pilot.window.show_details(True)
            pilot.window.list_view.setCurrentIndex(pilot.picture.model.index(0))
            await pilot.until(lambda: pane.transcript_face is not None, "nothing in the pane")
            empty = await opened(pilot, "The a chat")
            assert empty.window.panel.face is not None
            assert empty.window.panel.face.title == "No messages"
            server.ingest([message("a", 1, "First words", seconds=1)])
            await pilot.until(lambda: empty.window.panel.face is None, "the words")
            await pilot.until(lambda: pane.transcript_face is None, "the words in the pane")

            empty.window.panel.message_link_requested.emit(1)
            assert QGuiApplication.clipboard().text().endswith(f"/sessions/{empty.session_id}?message=1")
            empty.window.panel.raw_requested.emit(1)
            await pilot.until(lambda: bool(empty.window.findChildren(RawDialog)), "the record")
            (dialog,) = empty.window.findChildren(RawDialog)
            assert "First words" in dialog.field.toPlainText()
            dialog.close()

        run_window(qapp, options(server, tmp_path), use)


def test_a_lost_connection_keeps_what_is_shown(qapp: QApplication, tmp_path: Path) -> None:
    with serve(tmp_path / "server") as server:
        server.ingest(chat())

        async def use(pilot: Pilot) -> None:
            await pilot.live()
            controller = await opened(pilot, "The a chat")
            server.kill()
            await pilot.until(lambda: controller.window.banner.isVisible(), "the banner")
            assert len(texts(controller)) == 3

        run_window(qapp, options(server, tmp_path), use)
