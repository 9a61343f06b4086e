"""How a Claude Code transcript reads."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.sources.claude_code import NAME, ClaudeCode
from parrot_server.store.ids import derive_id
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines, call, text, usage
from tests.helpers.index_reading import messages, told

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_wire.session import Message

PNG = b"\x89PNG not really"


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path)


def transcript(home: ClaudeHome, lines: ClaudeLines) -> list[Message]:
    """The messages; their parts are as many as the session's figures say."""
    source, path = ClaudeCode(home.root), home.write(lines)
    one = told(source, path)
    found = messages(source, one, path)
    assert sum(len(message.parts) for message in found) == one.facts.patch.event_count
    assert [message.n for message in found] == list(range(1, len(found) + 1))
    return found


def test_a_turn_reads_as_it_went(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    prompt = lines.prompt("Fix the login")
    lines.assistant({"type": "thinking", "thinking": "Hm.", "signature": "x"}, id="m1", used=usage())
    lines.assistant(text("I look."), id="m1", used=usage())
    lines.assistant(call("t1", command="ls"), id="m1", used=usage())
    lines.result("t1", "a.py\nb.py", outcome={"stdout": "a.py\nb.py", "stderr": "", "interrupted": False})
    lines.answer("Done.", id="m2")
    first, answer, result, last = transcript(home, lines)
    assert (first.role, first.parts, first.id, first.at) == (
        MessageRole.USER,
        (Text(text="Fix the login"),),
        prompt["uuid"],
        "2026-03-01T10:00:00.000Z",
    )
    assert (answer.role, answer.id, answer.turn, answer.model) == (MessageRole.ASSISTANT, "m1", 1, "claude-sonnet-4-5")
    assert answer.parts == (
        Thinking(text="Hm."),
        Text(text="I look."),
        ToolCall(call_id="t1", name="Bash", input={"command": "ls"}),
    )
    assert (result.role, result.parts) == (
        MessageRole.TOOL,
        (ToolResult(call_id="t1", ok=True, text="a.py\nb.py", exit_code=0),),
    )
    assert (last.turn, last.parts) == (2, (Text(text="Done."),))


def test_a_result_between_the_pieces_of_an_answer_keeps_its_place(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.assistant(call("t1"), id="m1")
    lines.result("t1")
    lines.assistant(call("t2"), id="m1")
    lines.result("t2")
    answer, first, second = transcript(home, lines)
    assert [part.call_id for part in answer.parts if isinstance(part, ToolCall)] == ["t1", "t2"]
    assert [message.parts[0].call_id for message in (first, second)] == ["t1", "t2"]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def came(text: str, *, ok: bool = True, exit_code: int | None = None, duration: int | None = None) -> ToolResult:
    return ToolResult(call_id="t", ok=ok, text=text, exit_code=exit_code, duration=duration)


NO_FILE = "Exit code 2\nno such file"
REFUSED = "The user doesn't want it"
RESULTS: dict[str, tuple[dict[str, Any], ToolResult]] = {
    "a failed command": (
        {"content": NO_FILE, "failed": True, "outcome": f"Error: {NO_FILE}"},
        came(NO_FILE, ok=False, exit_code=2),
    ),
    "a refusal": ({"content": REFUSED, "failed": True, "outcome": "Error: no"}, came(REFUSED, ok=False)),
    "a web page": ({"content": "page", "outcome": {"durationMs": 120, "code": 200}}, came("page", duration=120)),
    "a shell in the background": (
        {"content": "on its way", "outcome": {"stdout": "", "backgroundTaskId": "b"}},
        came("on its way"),
    ),
    "a shell that ended": (
        {"content": "x", "outcome": {"exitCode": 3, "stdout": "x"}},
        came("x", ok=False, exit_code=3),
    ),
    "parts": ({"content": [text("a"), {"type": "tool_reference", "tool_name": "Read"}]}, came("a\n[Read]")),
}


@pytest.mark.parametrize(("given", "result"), RESULTS.values(), ids=RESULTS)
def test_what_came_of_a_tool(home: ClaudeHome, given: dict[str, Any], result: ToolResult) -> None:
    lines = ClaudeLines()
    lines.assistant(call("t"), id="m1")
    lines.result("t", given["content"], failed=given.get("failed", False), outcome=given.get("outcome"))
    assert transcript(home, lines)[1].parts == (result,)


def test_images_are_parts_whose_bytes_can_be_had(home: ClaudeHome) -> None:
    image = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()},
    }
    lines = ClaudeLines()
    lines.user([text("See"), image])
    lines.assistant(call("t"), id="m1")
    lines.result("t", [text("shot"), image, image])
    shown, _, result = transcript(home, lines)
    assert shown.parts == (Text(text="See"), Image(media_type="image/png"))
    assert [type(part) for part in result.parts] == [ToolResult, Image, Image]
    reader = ClaudeCode(home.root).transcript(SESSION, str(home.path()))
    assert reader is not None
    reader.refresh()
    assert reader.part(1, 1) == ImageBytes(media_type="image/png", data=PNG)
    assert reader.part(3, 2) == ImageBytes(media_type="image/png", data=PNG)
    assert reader.part(1, 0) == Text(text="See")
    assert reader.part(1, 2) is reader.part(9, 0) is None


def test_the_tools_own_words_are_notices(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.user("<command-name>/cost</command-name>\n<command-args></command-args>")
    lines.user("<local-command-stdout>$3</local-command-stdout>")
    lines.user("<bash-input>git status</bash-input>")
    lines.user("<bash-stdout>clean</bash-stdout><bash-stderr></bash-stderr>")
    lines.user([text("[Request interrupted by user]")])
    lines.line("system", subtype="compact_boundary", content="Conversation compacted")
    lines.user("This session is being continued…", isCompactSummary=True)
    lines.line(
        "system", subtype="api_error", error={"cause": {"code": "ConnectionRefused"}}, retryAttempt=2, maxRetries=10
    )
    lines.answer("API Error: 500", model="<synthetic>", isApiErrorMessage=True)
    lines.line("attachment", attachment={"type": "queued_command", "prompt": "And the tests"})
    kinds = [
        (part.kind, part.text) if isinstance(part, Notice) else part
        for message in transcript(home, lines)
        for part in message.parts
    ]
    assert kinds == [
        ("command", "/cost"),
        ("output", "$3"),
        ("command", "! git status"),
        ("output", "clean"),
        ("interrupted", "[Request interrupted by user]"),
        ("compaction", "Conversation compacted"),
        ("compaction", "This session is being continued…"),
        ("retry", "API error (ConnectionRefused), attempt 2 of 10"),
        ErrorPart(text="API Error: 500"),
        Text(text="And the tests"),
    ]


def test_an_open_file_is_set_apart_from_the_prompt(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.user([text("<ide_opened_file>a.py</ide_opened_file>"), text("Fix it")])
    lines.user("<ide_selection>x</ide_selection>\nAnd this")
    first, second = transcript(home, lines)
    assert first.parts == (Notice(kind="context", text="<ide_opened_file>a.py</ide_opened_file>"), Text(text="Fix it"))
    assert second.parts == (Text(text="And this"),)


def test_a_call_names_the_session_it_started(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.assistant(call("t1", "Task"), id="m1")
    lines.assistant(call("t2", "Task"), id="m1")
    lines.result("t1", outcome={"agentId": "a1", "status": "completed"})
    lines.result("t2", outcome={"agentId": "gone", "status": "completed"})
    agent = ClaudeLines(agent_id="a1")
    agent.prompt("x")
    home.write(agent, home.agent_path("a1"))
    answer = transcript(home, lines)[0]
    children = [part.child for part in answer.parts if isinstance(part, ToolCall)]
    assert children == [derive_id(NAME, f"{SESSION}/agent-a1"), None]


def test_blocks_of_an_unknown_kind_are_shown_as_they_are(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.assistant({"type": "hologram", "x": 1}, id="m1")
    (answer,) = transcript(home, lines)
    assert answer.parts == (Notice(kind="raw", text='{"type":"hologram","x":1}'),)


def test_raw_is_the_tools_own_record_all_its_lines(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    first = lines.assistant(text("a"), id="m1")
    second = lines.assistant(text("b"), id="m1")
    path = home.write(lines)
    reader = ClaudeCode(home.root).transcript(SESSION, str(path))
    assert reader is not None
    assert reader.refresh() == 2
    assert reader.raw(2) is not None
    assert [json.loads(line) for line in (reader.raw(2) or b"").split(b"\n")] == [first, second]
    assert reader.raw(3) is None


def test_answers_of_one_id_are_told_apart_where_both_name_their_requests(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.assistant(text("a"), id="m1")
    lines.assistant(text("b"), id="m1", request="r1")
    lines.assistant(text("c"), id="m1", request="r2")
    lines.prompt("go on")
    lines.assistant(text("d"), id="m1", request="r1")
    lines.assistant(text("e"), id="m1", request="r2")
    lines.assistant(text("f"), id="m1")
    said = transcript(home, lines)
    words = ["".join(part.text for part in message.parts if isinstance(part, Text)) for message in said]
    assert words == ["abdf", "ce", "go on"]
    assert [message.turn for message in said] == [1, 2, None]


def test_numbers_stay_while_the_file_grows_and_only_news_is_told(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.assistant(text("a"), id="m1")
    path = home.write(lines)
    reader = ClaudeCode(home.root).transcript(SESSION, str(path))
    assert reader is not None
    assert reader.refresh() == 2
    assert reader.refresh() == 2
    assert reader.changed_from() == 3
    before = reader.page(1, 2)
    lines.assistant(text("b"), id="m1")
    lines.prompt("more")
    home.write(lines)
    assert reader.refresh() == 3
    assert reader.changed_from() == 2
    after = reader.page(1, 3)
    assert after[0] == before[0]
    assert after[1].parts == (Text(text="a"), Text(text="b"))
    lines.records = lines.records[:1]
    home.write(lines)
    assert reader.refresh() == 1, "a file that became shorter is read anew"


def test_damaged_lines_hide_no_message(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("one")
    lines.raw(b"garbage\n")
    lines.raw(b'{"type":"user","message":{"role":"user","content":"cut o')
    lines.prompt("two")
    lines.raw(b'\x00\x00{"type":"assistant","message":{"id":null,"content":null}}\n')
    lines.prompt("three \udcff".encode("utf-8", "replace").decode())
    found = transcript(home, lines)
    assert [part.text for message in found for part in message.parts if isinstance(part, Text)] == [
        "one",
        "two",
        "three ?",
    ]
