"""Amp: what a thread amounts to, and how it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.index.sources.amp import Amp
from parrot_wire.session import Image, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import MessageRole, Status
from tests.helpers.amp_files import THREAD, AmpHome, AmpThread, call, result, text, used
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_server.index.sources.base import Told


@pytest.fixture
def home(tmp_path: Path) -> AmpHome:
    return AmpHome(tmp_path / "amp")


def tell(home: AmpHome, thread: AmpThread) -> Told:
    return told(Amp(home.root), home.write(thread))


def talk(thread: AmpThread) -> None:
    thread.prompt(text("Fix it"))
    thread.answer(
        {"type": "thinking", "thinking": "Hm."},
        call("c1"),
        usage=used(10, 40, read=11_000, write=900, timestamp="2026-11-23T00:20:05.000Z"),
        stop="tool_use",
    )
    thread.results(result("c1", status="done", result={"output": "no such file", "exitCode": 1}))
    thread.answer(text("Done."), usage=used(12, 50, read=12_000))


def test_what_a_thread_amounts_to(home: AmpHome) -> None:
    thread = AmpThread()
    talk(thread)
    one = tell(home, thread)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count) == (THREAD, "Mend the shop", 3)
    assert (patch.tool_call_count, patch.event_count, patch.model) == (1, 5, "claude-opus-4-5")
    assert (patch.cwd, patch.repository, patch.branch) == ("/home/dev/my shop", "acme/shop", "main")
    assert patch.resume_command == ("amp", "threads", "continue", THREAD)
    assert (patch.started_at, patch.last_activity_at) == ("2026-11-23T00:20:00.000Z", "2026-11-23T00:20:05.000Z")
    first, second = one.facts.turns
    assert first.tokens == Tokens(input=10, output=40, cache_read=11_000, cache_write=900, total=11_950)
    assert (first.started_at, second.started_at) == ("2026-11-23T00:20:05.000Z", "2026-11-23T00:20:05.001Z")
    assert status(one) is Status.OPEN


def test_how_it_reads(home: AmpHome) -> None:
    thread = AmpThread()
    talk(thread)
    path = home.write(thread)
    prompt, calling, answer, last = messages(Amp(home.root), told(Amp(home.root), path), path)
    assert (prompt.role, prompt.parts) == (MessageRole.USER, (Text(text="Fix it"),))
    assert [type(part) for part in calling.parts] == [Thinking, ToolCall]
    (outcome,) = answer.parts
    assert isinstance(outcome, ToolResult)
    assert (outcome.ok, outcome.exit_code, outcome.text, answer.role) == (False, 1, "no such file", MessageRole.TOOL)
    assert (calling.turn, answer.turn, last.turn, last.model) == (1, None, 2, "claude-opus-4-5")


def test_results_of_every_form(home: AmpHome) -> None:
    thread = AmpThread()
    thread.prompt(text("Look"), {"type": "mention", "uri": "file:///w/a.py"})
    thread.answer(call("c1"), call("c2"), call("c3"), call("c4"), call("c5"), stop="tool_use")
    thread.results(
        result("c1", status="done", result=["a.py", "b.py"]),
        result("c2", status="error", error={"message": "no such tool"}),
        result("c3", status="cancelled"),
        {"type": "tool_result", "tool_use_id": "c4", "content": [text("old"), text("form")], "is_error": True},
        result("c5", status="in-progress"),
    )
    path = home.write(thread)
    shown = messages(Amp(home.root), told(Amp(home.root), path), path)
    assert isinstance(shown[0].parts[1], Notice)
    found = [(part.text, part.ok) for part in shown[2].parts if isinstance(part, ToolResult)]
    assert found == [
        ("a.py\nb.py", True),
        ("no such tool", False),
        ("cancelled", False),
        ("old\nform", False),
        ("", None),
    ]


def test_how_a_thread_stands(home: AmpHome) -> None:
    thread = AmpThread(title=None)
    assert read(Amp(home.root), home.write(thread)).told == ()
    thread.prompt(text("Go"))
    assert (tell(home, thread).facts.patch.title, status(tell(home, thread))) == ("Go", Status.INTERRUPTED)
    thread.answer(text("So"), type="streaming")
    assert status(tell(home, thread)) is Status.INTERRUPTED
    thread.messages[-1]["state"] = {"type": "cancelled"}
    assert status(tell(home, thread)) is Status.INTERRUPTED
    thread.messages[-1]["state"] = {"type": "error", "error": {"message": "500 out of order"}}
    failed = tell(home, thread)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "500 out of order")
    thread.answer(text("There."))
    assert status(tell(home, thread)) is Status.OPEN


def test_what_identifies_a_machine_is_not_taken(home: AmpHome, tmp_path: Path) -> None:
    thread = AmpThread()
    talk(thread)
    path = home.write(thread)
    transcript = Amp(home.root).transcript(THREAD, str(path))
    assert transcript is not None
    total = transcript.refresh()
    everything = repr([transcript.raw(n) for n in range(1, total + 1)]) + repr(read(Amp(home.root), path))
    assert "a-secret" not in everything
    with running(tmp_path / "data", Amp(home.root)):
        pass
    assert all(b"a-secret" not in file.read_bytes() for file in (tmp_path / "data").iterdir())


def test_a_thread_is_followed_and_half_a_document_leaves_what_was_read(home: AmpHome, tmp_path: Path) -> None:
    thread = AmpThread()
    thread.prompt(text("Fix it"))
    path = home.write(thread)
    with running(tmp_path / "data", Amp(home.root), sweep_s=60.0) as index:
        talk(thread)
        path.write_bytes(thread.document()[:-5])
        index.until(lambda: bool(index.problems()))
        assert index.row(THREAD, "amp").message_count == 1
        path.write_bytes(thread.document())
        index.until(lambda: index.row(THREAD, "amp").message_count == 4)
        assert not index.problems()
        del thread.messages[2:]
        path.write_bytes(thread.document())
        index.until(lambda: index.row(THREAD, "amp").message_count == 2)
        assert index.detail(THREAD, "amp").detail.turn_count == 0
    with running(tmp_path / "data", Amp(home.root)) as index:
        assert index.units_read == 0


def test_images_can_be_fetched(home: AmpHome) -> None:
    thread = AmpThread()
    image = {"type": "image", "source": {"type": "base64", "mediaType": "image/png", "data": "iVBORw=="}}
    thread.prompt(text("What is this?"), image)
    transcript = Amp(home.root).transcript(THREAD, str(home.write(thread)))
    assert transcript is not None
    transcript.refresh()
    assert transcript.page(1, 1)[0].parts[1] == Image(media_type="image/png")
    assert getattr(transcript.part(1, 1), "data", None) == b"\x89PNG"


def test_broken_fields_are_as_if_they_were_missing(home: AmpHome) -> None:
    thread = AmpThread()
    thread.messages = [
        None,
        {"role": "user", "content": "plain words"},
        {"role": "assistant", "content": 5},
        {"role": 7},
    ]
    thread.messages.append({"role": "assistant", "content": [None, text("Yes.")], "usage": {"inputTokens": "12"}})
    path = home.write(thread, env=None, created="soon", title=5)
    one = told(Amp(home.root), path)
    assert (one.facts.patch.message_count, one.facts.patch.cwd) == (2, None)
    assert one.facts.turns[0].tokens.input == 12
