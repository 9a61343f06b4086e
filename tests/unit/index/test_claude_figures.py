"""What a Claude Code transcript amounts to: messages, turns, tokens, titles, by the tool's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_wire.session import Tokens
from parrot_wire.values import Basis, Kind, Mode, Status
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines, call, text, usage
from tests.helpers.index_reading import read, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Told
    from parrot_wire.records import TurnRecord


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path)


def tell(home: ClaudeHome, lines: ClaudeLines) -> Told:
    return told(ClaudeCode(home.root), home.write(lines))


def turns(home: ClaudeHome, lines: ClaudeLines) -> Sequence[TurnRecord]:
    return tell(home, lines).facts.turns


def test_an_answer_on_several_lines_is_one_message_and_one_turn(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("Fix the login")
    for block in ({"type": "thinking", "thinking": "", "signature": "x"}, text("I look."), call("t1"), call("t2")):
        lines.assistant(block, id="m1", request="r1", used=usage(40, input=3, cache_read=11_000, write_5m=900))
    lines.result("t1")
    lines.assistant(text("Done."), id="m2", request="r2", used=usage(7), stop="end_turn")
    one = tell(home, lines)
    assert one.facts.patch.message_count == 3
    assert one.facts.patch.tool_call_count == 2
    assert [turn.id for turn in one.facts.turns] == ["m1", "m2"]
    assert one.facts.turns[0].tokens == Tokens(input=3, output=40, cache_read=11_000, cache_write=900, total=11_943)


@pytest.mark.parametrize(
    ("outputs", "inputs", "counted"),
    [((5, 631), (1, 2), (631, 2)), ((631, 5), (1, 2), (631, 1)), ((8, 8), (1, 2), (8, 2)), ((0, 0), (4, 9), (0, 9))],
    ids=["later is larger", "earlier is larger", "equal: the last", "frozen at nothing"],
)
def test_the_largest_snapshot_counts_and_of_equals_the_last(
    home: ClaudeHome, outputs: tuple[int, int], inputs: tuple[int, int], counted: tuple[int, int]
) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    for output, given in zip(outputs, inputs, strict=True):
        lines.assistant(text("x"), id="m1", used=usage(output, input=given))
    (turn,) = turns(home, lines)
    assert (turn.tokens.output, turn.tokens.input) == counted


def test_an_id_is_two_answers_only_where_two_request_ids_say_so(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.assistant(text("a"), id="m1", request="r1", used=usage(10))
    lines.assistant(text("b"), id="m1", used=usage(20))
    lines.assistant(text("c"), id="m1", request="r2", used=usage(30))
    one = tell(home, lines)
    assert [(turn.request_id, turn.tokens.output) for turn in one.facts.turns] == [("r1", 20), ("r2", 30)]
    assert one.facts.patch.message_count == 2


def test_hour_long_cache_writes_are_told_apart(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.answer("a", used=usage(1, write_5m=300, write_1h=700))
    lines.answer("b", used={"output_tokens": 1, "cache_creation": {"ephemeral_1h_input_tokens": 50}})
    first, second = turns(home, lines)
    assert (first.tokens.cache_write, first.cache_write_1h) == (1000, 700)
    assert (second.tokens.cache_write, second.cache_write_1h) == (50, 50)


def test_a_charge_in_the_record_is_kept_to_the_micro_dollar(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.answer("a", costUSD=0.0123455)
    (turn,) = turns(home, lines)
    assert turn.cost == 12_346, "half a micro-dollar is rounded up"


def test_what_the_tool_answers_by_itself_cost_nothing(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.answer("No response requested.", model="<synthetic>", used=usage(0, input=0))
    one = tell(home, lines)
    (turn,) = one.facts.turns
    assert turn.basis is Basis.UNPRICED
    assert one.facts.patch.model is None


def test_an_api_error_is_a_failed_turn(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.answer("API Error: 400 no", model="<synthetic>", used=usage(0, input=0), isApiErrorMessage=True)
    one = tell(home, lines)
    assert one.facts.turns[0].status is Status.FAILED
    assert one.standing is not None
    assert one.standing.error == "API Error: 400 no"


def test_numbers_as_strings_and_nulls_are_numbers_and_nothing(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.answer("a", used={"input_tokens": "12", "output_tokens": 3.0, "cache_read_input_tokens": None})
    lines.answer("b", used={"input_tokens": -5, "output_tokens": "many"})
    first, second = turns(home, lines)
    assert first.tokens == Tokens(input=12, output=3, total=15)
    assert second.tokens == Tokens()


TYPED: list[tuple[str, Any, dict[str, Any], int]] = [
    ("a prompt", "Fix it", {}, 1),
    ("by the sdk", "Fix it", {"promptSource": "sdk"}, 1),
    ("by the system", "Fix it", {"promptSource": "system"}, 0),
    ("meta", "expanded skill", {"isMeta": True}, 0),
    ("a summary", "This session is being continued…", {"isCompactSummary": True}, 0),
    ("of an inline subagent", "Look at x", {"isSidechain": True}, 0),
    ("local output", "<local-command-stdout>x</local-command-stdout>", {}, 0),
    ("caveat", "Caveat: The messages below were generated", {}, 0),
    ("reminder", "<system-reminder>x</system-reminder>", {}, 0),
    ("notification", "<task-notification><task-id>1</task-id></task-notification>", {}, 0),
    ("shell output", "<bash-stdout>x</bash-stdout><bash-stderr></bash-stderr>", {}, 0),
    ("an open file alone", [text("<ide_opened_file>a.py</ide_opened_file>")], {}, 0),
    ("an open file and a prompt", [text("<ide_opened_file>a.py</ide_opened_file>"), text("Fix it")], {}, 1),
    ("an open file before a prompt", "<ide_opened_file>a.py</ide_opened_file>\nFix it", {}, 1),
    ("an interruption", [text("[Request interrupted by user for tool use]")], {}, 0),
    ("an image", [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}], {}, 1),
    ("a tool's result", [{"type": "tool_result", "tool_use_id": "t", "content": "x"}], {}, 0),
    ("html", "<div> is not closed", {}, 1),
]


@pytest.mark.parametrize(("content", "more", "counted"), [each[1:] for each in TYPED], ids=[each[0] for each in TYPED])
def test_only_what_a_person_typed_counts_as_a_prompt(
    home: ClaudeHome, content: Any, more: dict[str, Any], counted: int
) -> None:
    lines = ClaudeLines()
    lines.user(content, **more)
    assert tell(home, lines).facts.patch.message_count == counted


def test_slash_commands_count_where_the_model_was_asked(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.user("<command-name>/clear</command-name>\n<command-message>clear</command-message>")
    lines.user("<local-command-stdout></local-command-stdout>")
    lines.user("<command-message>init is running…</command-message>\n<command-name>/init</command-name>")
    lines.answer("Done.")
    lines.user("<command-name>/review</command-name>\n<command-args>the diff</command-args>")
    lines.user([text("Please review …")], isMeta=True)
    lines.answer("Fine.")
    one = tell(home, lines)
    assert one.facts.patch.message_count == 4
    assert one.facts.patch.title == "/init"


def test_inline_subagents_count_in_turns_and_not_in_messages(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    lines.user("Look at x", isSidechain=True)
    lines.answer("Found.", isSidechain=True)
    lines.answer("Done.")
    one = tell(home, lines)
    assert one.facts.patch.message_count == 2
    assert len(one.facts.turns) == 2


def test_titles_in_their_order(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.bare(type="summary", summary="Of another session", leafUuid="elsewhere")
    prompt = lines.prompt("Fix\n  the login\tpage")
    assert tell(home, lines).facts.patch.title == "Fix the login page"
    lines.bare(type="summary", summary="Login fix", leafUuid=prompt["uuid"])
    assert tell(home, lines).facts.patch.title == "Login fix"
    lines.bare(type="ai-title", aiTitle="The login", sessionId=SESSION)
    lines.bare(type="ai-title", aiTitle="The login page", sessionId=SESSION)
    assert tell(home, lines).facts.patch.title == "The login page"
    lines.bare(type="custom-title", customTitle="Mine", sessionId=SESSION)
    assert tell(home, lines).facts.patch.title == "Mine"


def test_a_summary_that_comes_late_finds_its_message(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    prompt = lines.prompt("Fix it")
    path = home.write(lines)
    source = ClaudeCode(home.root)
    unit = source.stat(str(path))
    assert unit is not None
    reader = source.reader(str(path), None)
    reader.read(unit, lambda: True)
    lines.bare(type="summary", summary="Found later", leafUuid=prompt["uuid"])
    home.write(lines)
    again = source.reader(str(path), reader.state())
    unit = source.stat(str(path))
    assert unit is not None
    reading = again.read(unit, lambda: True)
    assert not reading.whole
    assert reading.told[0].facts.patch.title == "Found later"


def test_what_else_a_row_says(home: ClaudeHome) -> None:
    lines = ClaudeLines(cwd="/home/dev/shop/.claude/worktrees/fix-1")
    lines.prompt("go")
    lines.branch = "fix"
    lines.cwd = "/home/dev/shop/server"
    lines.answer("a", model="claude-opus-4-5")
    lines.answer("b", model="claude-haiku-4-5")
    patch = tell(home, lines).facts.patch
    assert (patch.kind, patch.mode) == (Kind.CHAT, Mode.WORKING)
    assert (patch.project, patch.cwd) == ("shop", "/home/dev/shop/.claude/worktrees/fix-1")
    assert patch.branch == "fix"
    assert (patch.model, patch.models) == ("claude-haiku-4-5", ("claude-opus-4-5", "claude-haiku-4-5"))
    assert (patch.started_at, patch.last_activity_at) == ("2026-03-01T10:00:00.000Z", "2026-03-01T10:00:02.000Z")
    assert patch.resume_command == ("claude", "--resume", SESSION)
    assert patch.agent_version == "2.0.42"
    assert patch.source_file == str(home.path())


def test_plan_mode_all_along_is_asking(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("What is this?", permissionMode="plan")
    lines.answer("A shop.")
    assert tell(home, lines).facts.patch.mode is Mode.ASK
    lines.bare(type="permission-mode", permissionMode="acceptEdits", sessionId=SESSION)
    assert tell(home, lines).facts.patch.mode is Mode.WORKING


def test_what_is_no_session(home: ClaudeHome) -> None:
    empty, summaries = ClaudeLines(), ClaudeLines()
    summaries.bare(type="summary", summary="Of another", leafUuid="x")
    summaries.bare(type="file-history-snapshot", messageId="x", snapshot={})
    source = ClaudeCode(home.root)
    assert read(source, home.write(empty)).told == []
    assert read(source, home.write(summaries)).told == []


def test_a_file_under_another_name_is_its_own_session(home: ClaudeHome) -> None:
    lines = ClaudeLines()
    lines.prompt("go")
    one = told(ClaudeCode(home.root), home.write(lines, home.folder / "copy of a session.jsonl"))
    assert one.facts.native_id == "copy of a session"
