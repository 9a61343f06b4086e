"""What a Codex rollout amounts to, in each of its generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.index.sources.codex import Codex
from parrot_wire.session import Tokens
from parrot_wire.values import Basis, Kind, Mode, Status
from tests.helpers.codex_files import OTHER_THREAD, THREAD, CodexHome, CodexLines, counts
from tests.helpers.index_reading import read, status, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_server.index.sources.base import Told

TURN = "019c0000-0000-7000-8000-00000000000a"
OTHER_TURN = "019c0000-0000-7000-8000-00000000000b"


@pytest.fixture
def home(tmp_path: Path) -> CodexHome:
    return CodexHome(tmp_path)


def tell(home: CodexHome, lines: CodexLines) -> Told:
    return told(Codex(home.root), home.write(lines))


def bare(lines: CodexLines) -> None:
    """Mid-2025: no envelopes."""
    lines.records += [
        {"id": THREAD, "timestamp": "2026-03-01T10:00:00.000Z", "instructions": "be good", "git": {"branch": "main"}},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context>x"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix it"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"},
        {"type": "function_call_output", "call_id": "c1", "output": '{"output":"a.py","metadata":{"exit_code":0}}'},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
    ]


def enveloped(lines: CodexLines) -> None:
    """0.3 to 0.14: items, and events that repeat them."""
    lines.meta(git={"branch": "main", "repository_url": "git@github.com:acme/shop.git"})
    lines.message("developer", "be good")
    lines.message("user", "# AGENTS.md instructions for /x")
    lines.event("task_started", turn_id=TURN)
    lines.context(TURN)
    lines.message("user", "Fix it")
    lines.event("user_message", message="Fix it")
    lines.item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}])
    lines.event("agent_reasoning", text="Hm.")
    lines.item("function_call", name="shell", arguments='{"command":["ls"]}', call_id="c1")
    lines.item("function_call_output", call_id="c1", output="a.py")
    lines.event("agent_message", message="Done.")
    lines.message("assistant", "Done.")
    lines.event("task_complete", turn_id=TURN)


def paginated(lines: CodexLines) -> None:
    """Since 0.169: items, and completed items that repeat them."""
    lines.meta(history_mode="paginated", git={"branch": "main"})
    lines.event("task_started", turn_id=TURN)
    passthrough = {"content_item_kinds": ["user.text"]}
    injected = {"content_item_kinds": ["generic.environment_context"]}
    lines.message("user", "where we are", internal_chat_message_metadata_passthrough=injected)
    lines.context(TURN)
    lines.message("user", "Fix it", internal_chat_message_metadata_passthrough=passthrough)
    lines.completed("UserMessage", "Fix it")
    lines.completed("Reasoning")
    lines.item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}])
    lines.item("function_call", name="exec_command", arguments='{"cmd":"ls"}', call_id="c1")
    lines.completed("CommandExecution", id="c1", exit_code=0, status="completed")
    lines.item("function_call_output", call_id="c1", output="a.py")
    lines.message("assistant", "Done.")
    lines.completed("AgentMessage", "Done.")
    lines.event("task_complete", turn_id=TURN)


@pytest.mark.parametrize("write", [bare, enveloped, paginated])
def test_each_generation_counts_everything_once(home: CodexHome, write: Callable[[CodexLines], None]) -> None:
    lines = CodexLines()
    write(lines)
    one = tell(home, lines)
    patch = one.facts.patch
    assert one.facts.native_id == THREAD
    assert (patch.title, patch.branch) == ("Fix it", "main")
    assert (patch.message_count, patch.tool_call_count, patch.event_count) == (2, 1, 5)
    assert status(one) is Status.OPEN


def test_a_prompt_that_is_typed_twice_counts_twice(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    for _ in range(3):
        lines.message("user", "yes")
        lines.event("user_message", message="yes")
        lines.message("assistant", "ok")
        lines.event("agent_message", message="ok")
    assert tell(home, lines).facts.patch.message_count == 6


def test_voices_may_differ_in_what_the_editor_added(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.message("user", "# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\nFix it\n")
    lines.event("user_message", message="Fix it")
    patch = tell(home, lines).facts.patch
    assert (patch.message_count, patch.title) == (1, "Fix it")


def test_running_counts_are_drops_of_one_total(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.event("user_message", message="go")
    lines.tokens(None)
    for total, last in (
        (counts(5200, 120, cached=4096), counts(5200, 120, cached=4096)),
        (counts(10_700, 260), counts(5500, 140)),
    ):
        lines.tokens(total, last)
        lines.tokens(total, last)
    first, second = tell(home, lines).facts.turns
    assert first.tokens == Tokens(input=1104, output=120, cache_read=4096, total=5320)
    assert second.tokens == Tokens(input=5500, output=140, total=5640)
    assert (first.model, first.started_at) == ("gpt-5.2-codex", "2026-03-01T10:00:04.000Z")


def test_a_total_without_a_last_count_is_taken_by_its_growth(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.event("user_message", message="go")
    lines.event("token_count", info={"total_token_usage": counts(100, 10, cached=50)})
    lines.event("token_count", info={"total_token_usage": counts(250, 30, cached=150)})
    first, second = tell(home, lines).facts.turns
    assert first.tokens == Tokens(input=50, output=10, cache_read=50, total=110)
    assert second.tokens == Tokens(input=50, output=20, cache_read=100, total=170)


def test_usage_records_are_preferred_to_running_counts(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.event("user_message", message="go")
    lines.usage("resp_1", counts(5200, 120, cached=4000, written=200))
    lines.tokens(counts(5200, 120))
    lines.usage("resp_2", counts(5500, 140))
    lines.tokens(counts(10_700, 260), counts(5500, 140))
    first, second = tell(home, lines).facts.turns
    assert (first.id, second.id) == ("resp_1", "resp_2")
    assert first.tokens == Tokens(input=1000, output=120, cache_read=4000, cache_write=200, total=5320)


def test_an_older_writers_counts_stay_when_a_newer_one_goes_on(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.tokens(counts(100, 10))
    lines.context(OTHER_TURN)
    lines.usage("resp_1", counts(200, 20))
    lines.tokens(counts(300, 30), counts(200, 20))
    lines.message("assistant", "ok")
    assert [turn.tokens.total for turn in tell(home, lines).facts.turns] == [110, 220]


def test_copied_turns_have_one_id_in_both_files(home: CodexHome) -> None:
    parent = CodexLines()
    parent.meta()
    parent.context(TURN)
    parent.message("user", "go")
    parent.tokens(counts(100, 10))
    parent.tokens(counts(300, 30), counts(200, 20))
    child = CodexLines(thread_id=OTHER_THREAD)
    child.meta(forked_from_id=THREAD)
    child.meta(id=THREAD)
    child.context(TURN)
    child.message("user", "go")
    child.tokens(counts(100, 10))
    child.tokens(counts(300, 30), counts(200, 20))
    child.context(OTHER_TURN)
    child.message("user", "and now this")
    child.tokens(counts(600, 60), counts(300, 30))
    first, second = tell(home, parent).facts, tell(home, child).facts
    assert second.native_id == OTHER_THREAD, "the first header rules"
    assert second.copied_from == THREAD
    ids = [turn.id for turn in second.turns]
    assert ids[:2] == [turn.id for turn in first.turns]
    assert len(set(ids)) == 3
    assert second.patch.kind is Kind.CHAT


def test_turn_ids_that_are_no_uuids_do_not_meet_in_unrelated_threads(home: CodexHome) -> None:
    ids: list[str] = []
    for thread_id in (THREAD, OTHER_THREAD):
        lines = CodexLines(thread_id=thread_id)
        lines.meta()
        lines.context("t1")
        lines.message("user", "go")
        lines.tokens(counts(100, 10))
        ids += [turn.id for turn in tell(home, lines).facts.turns]
    assert len(set(ids)) == 2


def test_a_subagent_is_a_task_of_the_thread_that_spawned_it(home: CodexHome) -> None:
    lines = CodexLines(thread_id=OTHER_THREAD)
    spawn = {"parent_thread_id": THREAD, "depth": 1, "agent_nickname": "Ada", "agent_role": "explorer"}
    lines.meta(source={"subagent": {"thread_spawn": spawn}}, thread_source="subagent")
    lines.event("task_started", turn_id=TURN)
    patch = tell(home, lines).facts.patch
    assert (patch.kind, patch.parent, patch.title) == (Kind.TASK, THREAD, "Agent Ada")
    lines.message("assistant", "Found.")
    lines.event("task_complete", turn_id=TURN)
    assert status(tell(home, lines)) is Status.COMPLETED


STANDINGS: list[tuple[str, list[dict[str, Any]], Status]] = [
    ("complete", [{"kind": "task_complete"}], Status.OPEN),
    ("complete with an error", [{"kind": "task_complete", "error": {"message": "high demand"}}], Status.FAILED),
    ("aborted", [{"kind": "turn_aborted", "reason": "interrupted"}], Status.INTERRUPTED),
    ("replaced", [{"kind": "turn_aborted", "reason": "replaced"}], Status.OPEN),
    ("cut off", [], Status.INTERRUPTED),
    (
        "failed, then asked again",
        [{"kind": "task_complete", "error": {"message": "x"}}, {"kind": "task_started"}, {"kind": "task_complete"}],
        Status.OPEN,
    ),
]


@pytest.mark.parametrize(("events", "expected"), [each[1:] for each in STANDINGS], ids=[each[0] for each in STANDINGS])
def test_where_a_thread_stands(home: CodexHome, events: list[dict[str, Any]], expected: Status) -> None:
    lines = CodexLines()
    lines.meta()
    lines.event("task_started", turn_id=TURN)
    lines.message("user", "go")
    lines.message("assistant", "I look.")
    for event in events:
        lines.event(**event)
    assert status(tell(home, lines)) is expected


def test_an_archived_thread_has_ended(home: CodexHome) -> None:
    lines = CodexLines()
    enveloped(lines)
    assert status(told(Codex(home.root), home.write(lines, home.archived()))) is Status.ENDED


@pytest.mark.parametrize(
    ("policies", "mode"),
    [
        ([{"type": "read-only"}], Mode.ASK),
        (["read-only", {"mode": "read-only"}], Mode.ASK),
        ([{"type": "read-only"}, {"type": "workspace-write"}], Mode.WORKING),
        ([{"type": "danger-full-access"}], Mode.WORKING),
        ([], Mode.WORKING),
    ],
)
def test_a_read_only_sandbox_all_along_is_asking(home: CodexHome, policies: list[Any], mode: Mode) -> None:
    lines = CodexLines()
    lines.meta()
    lines.message("user", "what is this?")
    for policy in policies:
        lines.context(TURN, sandbox_policy=policy)
    assert tell(home, lines).facts.patch.mode is mode


def test_a_local_model_costs_nothing(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta(model_provider="ollama")
    lines.context(TURN, model="gpt-oss:20b")
    lines.message("user", "go")
    lines.tokens(counts(100, 10))
    assert tell(home, lines).facts.turns[0].basis is Basis.UNPRICED


def test_what_a_row_says_of_where_and_with_what(home: CodexHome) -> None:
    lines = CodexLines(cwd="/home/dev/checkout")
    lines.meta(git={"branch": "fix", "repository_url": "https://github.com/acme/shop.git"})
    lines.context(TURN, model="gpt-5.2-codex")
    lines.message("user", "go")
    lines.context(TURN, model="gpt-5.4")
    patch = tell(home, lines).facts.patch
    assert (patch.project, patch.repository, patch.branch) == ("shop", "acme/shop", "fix")
    assert (patch.model, patch.models) == ("gpt-5.4", ("gpt-5.2-codex", "gpt-5.4"))
    assert patch.resume_command == ("codex", "resume", THREAD)
    assert patch.agent_version == "0.169.0"


def test_a_thread_that_was_opened_and_never_used_is_no_session(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.context(TURN)
    lines.event("thread_settings_applied")
    lines.message("developer", "be good")
    lines.message("user", "<environment_context>x</environment_context>")
    lines.tokens(None)
    lines.event("turn.completed", message="ok")
    lines.event("mcp_startup_complete")
    lines.line("world_state", x=1)
    source = Codex(home.root)
    assert read(source, home.write(lines)).told == []
    assert read(source, home.write(CodexLines())).told == []


def test_what_nobody_said_but_somebody_pays_for_is_a_session(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta()
    lines.usage("resp_1", counts(100, 10))
    assert len(tell(home, lines).facts.turns) == 1


def test_wild_shapes_are_passed_over(home: CodexHome) -> None:
    lines = CodexLines()
    lines.meta(source="cli", git="none", history_base=7)
    lines.context(TURN, sandbox_policy=None)
    lines.event("task_started", turn_id=TURN, started_at="now")
    lines.item("message", role="user", content="Fix it")
    lines.item("function_call_output", call_id=None, output={"content": "x", "success": False})
    lines.item("custom_tool_call_output", call_id="c", output=[{"type": "input_text", "text": "x"}, 7])
    lines.event("token_count", info={"prompt": 7})
    lines.event("user_message", message=None)
    lines.line("something_new", x=1)
    reading = read(Codex(home.root), home.write(lines))
    assert reading.problems == ()
    assert reading.told[0].facts.patch.title == "Fix it"
