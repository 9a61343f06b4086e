"""Qwen Code: what a chat amounts to, and how it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_server.index.sources.qwen import Qwen
from parrot_wire.session import ErrorPart, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import Kind, MessageRole, Mode, Status
from tests.helpers.index_reading import messages, read, running, status, told
from tests.helpers.qwen_files import OTHER, SESSION, QwenHome, QwenLines, call, usage

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Told

REAL = Path(__file__).parents[4] / "shared" / "transcripts" / "qwen"


@pytest.fixture
def home(tmp_path: Path) -> QwenHome:
    return QwenHome(tmp_path / "qwen")


def tell(home: QwenHome, lines: QwenLines, path: Path | None = None) -> Told:
    return told(Qwen(home.root), home.write(lines, path))


def talk(lines: QwenLines) -> None:
    """A prompt, a call that failed in the shell, and the answer, with all that telemetry repeats of it."""
    lines.prompt("Fix it")
    lines.telemetry("api_response", input_token_count=4100, output_token_count=90, model="m")
    lines.answer({"text": "Hm.", "thought": True}, call("c1"), usageMetadata=usage(4100, 90, cached=3000))
    lines.telemetry("tool_call", function_name="run_shell_command", success=True)
    lines.result("c1", "no such file\nExit Code: 1\nSignal: 0")
    lines.answer({"text": "Done."}, usageMetadata=usage(4600, 112))


def test_usage_is_counted_once(home: QwenHome) -> None:
    lines = QwenLines()
    talk(lines)
    one = tell(home, lines)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count, patch.tool_call_count) == (SESSION, "Fix it", 3, 1)
    assert (patch.cwd, patch.branch, patch.agent_version, patch.model) == (
        "/home/dev/shop",
        "main",
        "0.15.10",
        "qwen3-coder-plus",
    )
    assert patch.resume_command == ("qwen", "--resume", SESSION)
    first, second = one.facts.turns
    assert first.tokens == Tokens(input=1100, output=90, cache_read=3000, total=4190)
    assert second.tokens == Tokens(input=4600, output=112, total=4712)
    assert status(one) is Status.OPEN


@pytest.mark.parametrize(("total", "output"), [(150, 50), (170, 70), (None, 70)])
def test_thoughts_count_as_output_once(home: QwenHome, total: int | None, output: int) -> None:
    lines = QwenLines()
    lines.prompt("Go")
    used = usage(100, 50, thoughts=20, total=total)
    if total is None:
        del used["totalTokenCount"]
    lines.answer({"text": "Yes."}, usageMetadata=used)
    assert tell(home, lines).facts.turns[0].tokens.output == output


def test_how_it_reads(home: QwenHome) -> None:
    lines = QwenLines()
    talk(lines)
    path = home.write(lines)
    one = told(Qwen(home.root), path)
    prompt, calling, result, answer = messages(Qwen(home.root), one, path)
    assert (prompt.role, prompt.parts) == (MessageRole.USER, (Text(text="Fix it"),))
    assert [type(part) for part in calling.parts] == [Thinking, ToolCall]
    (outcome,) = result.parts
    assert isinstance(outcome, ToolResult)
    assert (outcome.call_id, outcome.ok, outcome.exit_code, result.role) == ("c1", False, 1, MessageRole.TOOL)
    assert (calling.turn, result.turn, answer.turn, answer.model) == (1, None, 2, "qwen3-coder-plus")
    assert one.facts.patch.event_count == 5


def test_only_what_a_person_typed_is_a_prompt(home: QwenHome) -> None:
    lines = QwenLines()
    lines.line("user", [{"text": "Look"}, {"text": "<qwen:user-prompt-submit-context>\nhook"}])
    lines.prompt("A task is done.", subtype="notification")
    lines.prompt("Go on with the goal.", provenance="goal_runtime")
    lines.prompt("And the other?", subtype="mid_turn_user_message")
    lines.answer({"text": "Yes."})
    path = home.write(lines)
    one = told(Qwen(home.root), path)
    assert (one.facts.patch.message_count, one.facts.patch.title) == (3, "Look")
    shown = messages(Qwen(home.root), one, path)
    assert [message.role.value for message in shown] == ["user", "system", "system", "user", "assistant"]
    assert isinstance(shown[0].parts[1], Notice)


def test_how_a_chat_stands(home: QwenHome) -> None:
    lines = QwenLines()
    lines.system("attribution_snapshot", snapshot={})
    assert read(Qwen(home.root), home.write(lines)).told == []
    lines.prompt("Go")
    assert status(tell(home, lines)) is Status.INTERRUPTED
    lines.telemetry("api_error", error_type="APIUserAbortError", error_message="Request was aborted.")
    stopped = tell(home, lines)
    assert status(stopped) is Status.INTERRUPTED
    lines.prompt("Again")
    lines.telemetry("api_error", error_type="APIError", error_message="500 out of order")
    failed = tell(home, lines)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "500 out of order")
    path = home.path()
    shown = messages(Qwen(home.root), failed, path)
    assert [type(part) for message in shown for part in message.parts] == [Text, Notice, Text, ErrorPart]
    lines.answer({"text": "There."})
    assert status(tell(home, lines)) is Status.OPEN
    lines.answer(call("c1"))
    lines.result("c1", "", status="cancelled")
    assert status(tell(home, lines)) is Status.INTERRUPTED


def test_names_modes_and_origins(home: QwenHome) -> None:
    lines = QwenLines(session_id=OTHER)
    lines.prompt("Plan it", forkedFrom={"sessionId": SESSION, "messageUuid": "x"})
    lines.answer({"text": "So."}, usageMetadata=usage(10, 1))
    lines.system("session_approval_mode", mode="plan")
    lines.system("custom_title", customTitle="Made up", titleSource="auto")
    one = tell(home, lines)
    assert (one.facts.patch.title, one.facts.patch.mode, one.facts.copied_from) == ("Made up", Mode.ASK, SESSION)
    lines.system("custom_title", customTitle="Mine", titleSource="manual")
    lines.system("custom_title", customTitle="Made up again", titleSource="auto")
    lines.system("session_approval_mode", mode="yolo")
    one = tell(home, lines)
    assert (one.facts.patch.title, one.facts.patch.mode) == ("Mine", Mode.WORKING)
    lines.system("parent_session", parentSessionId=SESSION)
    one = tell(home, lines)
    assert (one.facts.patch.kind, one.facts.patch.parent, status(one)) == (Kind.TASK, SESSION, Status.COMPLETED)


def test_a_branch_counts_its_copied_answers_in_the_original(home: QwenHome, tmp_path: Path) -> None:
    original = QwenLines()
    talk(original)
    home.write(original)
    branch = QwenLines(session_id=OTHER)
    branch.records = [
        {**record, "sessionId": OTHER, "forkedFrom": {"sessionId": SESSION, "messageUuid": record["uuid"]}}
        for record in original.records
    ]
    branch.at = original.at
    branch.prompt("Otherwise")
    branch.answer({"text": "So."}, usageMetadata=usage(10, 1))
    home.write(branch)
    with running(tmp_path / "data", Qwen(home.root)) as index:
        assert index.detail(SESSION, "qwen").detail.turn_count == 2
        assert index.detail(OTHER, "qwen").detail.tokens.total == 11
        assert index.row(OTHER, "qwen").message_count == 5


def test_a_file_under_another_name_is_known_by_its_lines(home: QwenHome) -> None:
    lines = QwenLines()
    talk(lines)
    assert tell(home, lines, home.path("copy of it")).facts.native_id == SESSION
    assert tell(home, lines, home.path(OTHER)).facts.native_id == OTHER


def test_what_is_broken_is_named_and_the_rest_is_read(home: QwenHome) -> None:
    lines = QwenLines()
    talk(lines)
    lines.records[1:1] = [b"\xff{\n", b"\n", {"type": "user"}, {"type": "assistant", "message": {"parts": [None, 1]}}]
    reading = read(Qwen(home.root), home.write(lines))
    assert [problem.line for problem in reading.problems] == [2]
    assert reading.told[0].facts.patch.message_count == 4


def test_a_chat_is_followed_and_only_what_is_new_is_read(home: QwenHome, tmp_path: Path) -> None:
    lines = QwenLines()
    talk(lines)
    path = home.write(lines)
    with running(tmp_path / "data", Qwen(home.root), sweep_s=60.0) as index:
        before = index.bytes_read
        lines.prompt("And now?")
        added = lines.bytes()[before:]
        with path.open("ab") as file:
            file.write(added)
        index.until(lambda: index.row(SESSION, "qwen").message_count == 4)
        assert index.bytes_read - before == len(added)


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_chats() -> None:
    source = Qwen(REAL)
    found: dict[str, Told] = {}
    for unit in source.units(lambda problem: None):
        for one in read(source, Path(unit.path)).told:
            found[one.facts.native_id] = one
            shown = messages(source, one, Path(unit.path))
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
    session = "37a4ae58-3df8-4366-ba42-7523f14d6bfd"
    text = (REAL / "projects/-home-dev-acme-shop/chats" / f"{session}.jsonl").read_text()
    used = [json.loads(line)["usageMetadata"] for line in text.splitlines() if "usageMetadata" in line]
    turns = found[session].facts.turns
    assert [turn.tokens.total for turn in turns] == [each["totalTokenCount"] for each in used]
    assert [turn.tokens.cache_read for turn in turns] == [each["cachedContentTokenCount"] for each in used]
    assert status(found["03f0d132-ca9d-423e-92ad-7f193b9b3d16"]) is Status.INTERRUPTED
    assert len(found) == 4
