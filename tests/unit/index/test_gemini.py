"""Gemini CLI: what a recording amounts to when it is played forward, and how it reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.sources.gemini import Gemini
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import Kind, MessageRole, SourceState, Status
from tests.helpers.gemini_files import OTHER, SESSION, GeminiHome, GeminiLog, given_back, shell, tokens
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Told
    from parrot_wire.session import Message

REAL = Path(__file__).parents[4] / "shared" / "transcripts" / "gemini"


@pytest.fixture
def home(tmp_path: Path) -> GeminiHome:
    return GeminiHome(tmp_path / "gemini")


def tell(home: GeminiHome, log: GeminiLog, path: Path | None = None) -> Told:
    return told(Gemini(home.root), home.write(log, path))


def read_out(home: GeminiHome, log: GeminiLog) -> list[Message]:
    path = home.write(log)
    return messages(Gemini(home.root), told(Gemini(home.root), path), path)


def talk(log: GeminiLog) -> None:
    """A prompt, a call that failed in the shell, and the answer."""
    log.header()
    log.set(messages=[log.say("ctx", "user", [{"text": "<session_context>\nhere we are"}])])
    log.records.pop(-2)
    log.prompt("p1", "Fix it")
    used = tokens(6000, 80, cached=5000, thoughts=40)
    log.answer("a1", thoughts=[{"subject": "Look", "description": "I should."}], tokens=used)
    log.answer("a1", tokens=used, toolCalls=[shell("c1", "no such file\nExit Code: 1\nProcess Group PGID: 1")])
    log.say("r1", "user", given_back("c1", "no such file\nExit Code: 1"))
    log.answer("a2", "Done.", tokens=tokens(6400, 90, cached=5000))


def test_records_with_one_id_are_one_message(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    one = tell(home, log)
    patch = one.facts.patch
    assert one.facts.native_id == SESSION
    assert (patch.title, patch.message_count, patch.tool_call_count) == ("Fix it", 3, 1)
    assert (patch.started_at, patch.last_activity_at) == ("2026-03-01T10:00:00.000Z", "2026-03-01T10:00:06.000Z")
    assert patch.resume_command == ("gemini", "--resume", SESSION)
    assert status(one) is Status.OPEN
    first, second = one.facts.turns
    assert first.tokens == Tokens(input=1000, output=120, cache_read=5000, total=6120)
    assert second.tokens == Tokens(input=1400, output=90, cache_read=5000, total=6490)
    assert (first.model, first.started_at) == ("gemini-2.5-pro", "2026-03-01T10:00:03.000Z")


def test_a_result_is_shown_once_and_its_exit_code_counts(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    found = read_out(home, log)
    assert [message.role.value for message in found] == ["system", "user", "assistant", "assistant"]
    context, prompt, calling, answer = found
    assert isinstance(context.parts[0], Notice)
    assert prompt.parts == (Text(text="Fix it"),)
    call, result = calling.parts
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (call.name, call.input) == ("run_shell_command", {"command": "ls"})
    assert (result.call_id, result.ok, result.exit_code) == ("c1", False, 1)
    assert (calling.turn, answer.turn, answer.model) == (1, 2, "gemini-2.5-pro")
    assert sum(len(message.parts) for message in found) == tell(home, log).facts.patch.event_count


def test_a_result_whose_call_is_not_recorded_is_a_message_of_the_tool(home: GeminiHome) -> None:
    log = GeminiLog()
    log.header()
    log.prompt("p1", "Fix it")
    content: list[Any] = [
        {"text": "Let me", "thought": True},
        {"functionCall": {"id": "c1", "name": "read_file", "args": {}}},
    ]
    log.say("a1", "gemini", content)
    log.say("r1", "user", given_back("c1", "words"))
    found = read_out(home, log)
    assert [type(part) for part in found[1].parts] == [Thinking, ToolCall]
    assert found[2].role is MessageRole.TOOL
    assert status(tell(home, log)) is Status.INTERRUPTED


def test_a_resumed_chat_is_one_chat_and_keeps_what_its_copy_lacks(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    before = read_out(home, log)
    spent = tell(home, log).facts.turns
    context = {
        "id": "ctx",
        "timestamp": "2026-03-01T11:00:00.000Z",
        "type": "user",
        "content": [{"text": "<session_context>"}],
    }
    copies: list[dict[str, Any]] = [
        {**context},
        {"id": "p1", "timestamp": "2026-03-01T11:00:00.000Z", "type": "user", "content": [{"text": "Fix it"}]},
        {
            "id": "a1",
            "timestamp": "2026-03-01T11:00:00.000Z",
            "type": "gemini",
            "content": [{"functionCall": {"id": "c1", "name": "run_shell_command", "args": {}}}],
        },
        {
            "id": "a1_response",
            "timestamp": "2026-03-01T11:00:00.000Z",
            "type": "user",
            "content": given_back("c1", "?"),
        },
        {"id": "a2", "timestamp": "2026-03-01T11:00:00.000Z", "type": "gemini", "content": [{"text": "Done."}]},
    ]
    log.header()
    log.set(messages=[context])
    log.set(messages=copies)
    assert read_out(home, log) == before
    log.prompt("p2", "And now?")
    log.answer("a3", "Nothing.", tokens=tokens(100, 10))
    one = tell(home, log)
    assert one.facts.patch.message_count == 5
    assert one.facts.turns[:2] == spent
    assert len(one.facts.turns) == 3
    assert read_out(home, log)[-1].turn == 3


def test_a_new_list_replaces_the_old_one(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    log.set(messages=[log.say("s1", "gemini", [{"text": "So far: fixed."}])])
    log.records.pop(-2)
    one = tell(home, log)
    assert (one.facts.patch.message_count, one.facts.patch.title) == (1, "Fix it")
    assert [part for message in read_out(home, log) for part in message.parts] == [Text(text="So far: fixed.")]


def test_rewinding_drops_messages_but_not_what_they_cost(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    log.rewind("a1")
    one = tell(home, log)
    assert (one.facts.patch.message_count, one.facts.patch.tool_call_count) == (1, 0)
    assert len(one.facts.turns) == 2
    assert status(one) is Status.INTERRUPTED
    log.answer("a9", "Otherwise.", tokens=tokens(10, 1))
    found = read_out(home, log)
    assert [message.id for message in found] == ["ctx", "p1", "a9"]
    assert found[-1].turn == 3
    log.rewind("no such id")
    assert tell(home, log).facts.patch.message_count == 0


def test_a_prompt_that_was_taken_back_has_failed(home: GeminiHome) -> None:
    log = GeminiLog()
    log.header()
    log.prompt("p1", "Break")
    log.set(messages=[], lastUpdated=log.now())
    one = tell(home, log)
    assert (one.facts.patch.message_count, one.facts.patch.title) == (1, "Break")
    assert status(one) is Status.FAILED
    (message,) = read_out(home, log)
    assert [type(part) for part in message.parts] == [Text, ErrorPart]
    log.prompt("p2", "Again")
    log.answer("a2", "Yes.", tokens=tokens(1, 1))
    assert status(tell(home, log)) is Status.OPEN


def test_how_a_chat_stands(home: GeminiHome) -> None:
    log = GeminiLog()
    log.header()
    log.say("i0", "info", "Update available")
    assert read(Gemini(home.root), home.write(log)).told == []
    log.prompt("p1", "Go")
    assert status(tell(home, log)) is Status.INTERRUPTED
    log.say("e1", "error", "[API Error: 500]")
    failed = tell(home, log)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "[API Error: 500]")
    log.prompt("p2", "Go on")
    log.say("i1", "info", "Request cancelled.")
    assert status(tell(home, log)) is Status.INTERRUPTED
    log.answer("a1", tokens=tokens(1, 1), toolCalls=[shell("c1", "", status="cancelled")])
    assert status(tell(home, log)) is Status.INTERRUPTED
    log.set(summary="A name")
    assert tell(home, log).facts.patch.title == "A name"


def test_an_old_document_amounts_to_the_same(home: GeminiHome) -> None:
    log = GeminiLog()
    log.header()
    log.say("p1", "user", "Fix it")
    log.answer("a1", tokens=tokens(6000, 80, cached=5000), toolCalls=[shell("c1", "ok\nExit Code: 0")])
    log.answer("a2", "Done.", tokens=tokens(10, 1))
    new, old = tell(home, log), tell(home, log, home.path("session-old.json"))
    assert (old.facts.patch.message_count, old.facts.turns) == (3, new.facts.turns)
    path = home.path("session-old.json")
    assert messages(Gemini(home.root), old, path) == read_out(home, log)


def test_a_document_that_is_half_written_leaves_what_was_read(home: GeminiHome, tmp_path: Path) -> None:
    log = GeminiLog()
    log.header()
    log.prompt("p1", "Fix it")
    path = home.write(log, home.path("session-old.json"))
    with running(tmp_path / "data", Gemini(home.root), sweep_s=0.05) as index:
        log.answer("a1", "Done.", tokens=tokens(10, 1))
        whole = log.document()
        path.write_bytes(whole[:-20])
        index.until(lambda: bool(index.problems()))
        assert index.row(SESSION, "gemini").message_count == 1
        path.write_bytes(whole)
        index.until(lambda: index.row(SESSION, "gemini").message_count == 2)
        index.until(lambda: not index.problems())
        # Resumed by a newer version, it goes on as a recording.
        path.with_suffix(".jsonl").write_bytes(log.bytes())
        index.until(lambda: [known.unit.path for known in index.engine.indexes[0].catalog][-1].endswith(".jsonl"))
        index.until(lambda: not index.problems())


def test_the_folder_is_found_by_its_name_by_the_register_or_by_its_hash(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    path = home.write(log)
    source = Gemini(home.root)
    assert told(source, path).facts.patch.cwd is None
    (home.root / "projects.json").write_text(json.dumps({"projects": {"/w/registered": "shop"}}))
    assert told(Gemini(home.root), path).facts.patch.cwd == "/w/registered"
    (path.parents[1] / ".project_root").write_text("/w/shop\n")
    patch = told(Gemini(home.root), path).facts.patch
    assert (patch.cwd, patch.project) == ("/w/shop", "shop")
    assert patch.can == ("resume", "open_editor")
    hashed = hashlib.sha256(b"/home/dev/old shop").hexdigest()
    call = {**shell("c9", ""), "args": {"dir_path": "/home/dev/old shop/src", "file": "/home/dev/elsewhere/a.py"}}
    log.answer("a9", toolCalls=[call])
    assert tell(home, log, home.path(project=hashed)).facts.patch.cwd is None
    deeper = hashlib.sha256(b"/home/dev/elsewhere").hexdigest()
    assert tell(home, log, home.path(project=deeper)).facts.patch.cwd == "/home/dev/elsewhere"


def test_a_subagent_is_a_task_of_its_chat(home: GeminiHome) -> None:
    log = GeminiLog(session_id=OTHER)
    log.header(kind="subagent")
    log.prompt("p1", "Look around")
    log.answer("a1", "Seen.", tokens=tokens(10, 1))
    one = tell(home, log, home.path(f"{SESSION}/{OTHER}.jsonl"))
    assert (one.facts.patch.kind, one.facts.patch.parent) == (Kind.TASK, SESSION)
    assert status(one) is Status.COMPLETED


def test_images_can_be_fetched(home: GeminiHome) -> None:
    log = GeminiLog()
    log.header()
    data = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
    log.say("p1", "user", [{"text": "What is this?"}, data])
    path = home.write(log)
    transcript = Gemini(home.root).transcript(SESSION, str(path))
    assert transcript is not None
    assert transcript.refresh() == 1
    assert transcript.page(1, 1)[0].parts[1] == Image(media_type="image/png")
    assert transcript.part(1, 1) == ImageBytes(media_type="image/png", data=b"\x89PNG")


def test_what_is_broken_is_named_and_the_rest_is_read(home: GeminiHome) -> None:
    log = GeminiLog()
    talk(log)
    log.records.insert(2, b"{torn\n")
    log.records.insert(3, b'["not", "an object"]\n')
    log.records.insert(4, {"id": "x1", "type": "novelty", "content": {"a": 1}})
    log.records.insert(5, {"id": "x2", "type": "gemini", "tokens": {"input": "12", "output": None}, "content": None})
    reading = read(Gemini(home.root), home.write(log))
    assert [problem.line for problem in reading.problems] == [3, 4]
    (one,) = reading.told
    assert one.facts.patch.message_count == 4
    assert one.facts.turns[0].tokens.input == 12


def test_a_chat_is_followed_and_only_what_is_new_is_read(home: GeminiHome, tmp_path: Path) -> None:
    log = GeminiLog()
    talk(log)
    path = home.write(log)
    with running(tmp_path / "data", Gemini(home.root), sweep_s=60.0) as index:
        read_before = index.bytes_read
        more = GeminiLog(at=log.at)
        more.prompt("p2", "And now?")
        more.answer("a3", "Nothing.", tokens=tokens(100, 10))
        with path.open("ab") as file:
            file.write(more.bytes())
        index.until(lambda: index.row(SESSION, "gemini").message_count == 5)
        assert index.bytes_read - read_before == len(more.bytes())
    with running(tmp_path / "data", Gemini(home.root)) as index:
        assert index.units_read == 0
        with path.open("ab") as file:
            file.write(b'{"$rewindTo":"p2"}\n')
        index.until(lambda: index.row(SESSION, "gemini").message_count == 3)
        assert index.detail(SESSION, "gemini").detail.turn_count == 3


def test_the_folder_that_the_variable_names_holds_the_tools_own(home: GeminiHome, tmp_path: Path) -> None:
    log = GeminiLog()
    talk(log)
    GeminiHome(tmp_path / "home" / ".gemini").write(log)
    source = Gemini(tmp_path / "home")
    assert len(list(source.units(lambda problem: None))) == 1
    with running(tmp_path / "data", source) as index:
        assert index.engine.indexes[0].report.state is SourceState.LIVE
        assert index.has(SESSION, "gemini")


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_recordings() -> None:
    source = Gemini(REAL)
    found: dict[str, Told] = {}
    for unit in source.units(lambda problem: None):
        for one in read(source, Path(unit.path)).told:
            found[one.facts.native_id] = one
            shown = messages(source, one, Path(unit.path))
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
    resumed = found["d237bc40-2f52-4ac2-bbc6-5f4afe0bd0b1"].facts
    text = (REAL / "tmp/acme-shop/chats/session-2026-11-23T00-20-d237bc40.jsonl").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    used = {record["id"]: record["tokens"] for record in records if record.get("tokens")}
    assert sum(turn.tokens.total for turn in resumed.turns) == sum(each["total"] for each in used.values())
    assert sum(turn.tokens.cache_read for turn in resumed.turns) == sum(each["cached"] for each in used.values())
    assert (resumed.patch.message_count, resumed.patch.cwd) == (6, "/home/dev/acme-shop")
    assert status(found["8f82150c-456f-4453-b761-c55b15d7457e"]) is Status.FAILED
    hashed = found["fa4593e0-f7e1-4dd1-b656-da95fb4d60fa"].facts.patch
    assert hashed.cwd == "/Users/peytonmontei/Documents/entire/devenv/entireio/cli"
    assert len(found) == 5
