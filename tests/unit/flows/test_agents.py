"""Agents run headless: their streams become the run's transcript and their own session's turns."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.flows.gate import Verdict
from parrot_wire.records import TurnRecord
from parrot_wire.session import Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import Decision, MessageRole, Status
from tests.unit.flows.test_runner import flow, until

if TYPE_CHECKING:
    from tests.unit.flows.helpers import Bench


def prints(*lines: dict[str, Any] | str, then: str = "") -> str:
    """A script that takes its prompt and prints these lines, as the agent would."""
    said = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return f"cat > prompt\necho \"$*\" > arguments\ncat <<'EOF'\n{said}\nEOF\n{then}\n"


def ask(agent: str, more: str = "") -> str:
    return f"id = 'do'\nagent = '{agent}'\nprompt = 'Carry out: {{{{ parameters.plan }}}}'\n{more}"


HEAD = "parameters = [{name = 'plan', default = 'the plan'}]\n"

CLAUDE_SESSION = "5f0c2f0e-6f43-4d3c-9d6b-1f2f0c4c7a11"


def claude_message(
    message_id: str, block: dict[str, Any], *, output: int, model: str = "claude-sonnet-4-5"
) -> dict[str, Any]:
    usage = {
        "input_tokens": 4,
        "cache_creation_input_tokens": 900,
        "cache_read_input_tokens": 11_000,
        "output_tokens": output,
        "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 400},
    }
    message = {"id": message_id, "role": "assistant", "model": model, "content": [block], "usage": usage}
    return {"type": "assistant", "message": message, "parent_tool_use_id": None, "session_id": CLAUDE_SESSION}


CLAUDE: list[dict[str, Any] | str] = [
    {"type": "system", "subtype": "init", "session_id": CLAUDE_SESSION, "model": "claude-sonnet-4-5", "tools": []},
    "a line that is no JSON",
    {"type": "some_new_thing", "x": 1},
    {"type": "assistant"},
    claude_message("msg_1", {"type": "thinking", "thinking": "Where is it?", "signature": "x"}, output=3),
    claude_message("msg_1", {"type": "text", "text": "I look at the route."}, output=3),
    claude_message(
        "msg_1", {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}, output=41
    ),
    {
        "type": "user",
        "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.py"}]},
        "parent_tool_use_id": None,
        "session_id": CLAUDE_SESSION,
    },
    claude_message("msg_2", {"type": "text", "text": "Done: see https://github.com/acme/x/pull/7"}, output=20),
    {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "Done: see https://github.com/acme/x/pull/7",
        "session_id": CLAUDE_SESSION,
        "total_cost_usd": 0.0421,
        "num_turns": 2,
    },
]


async def test_claude_codes_stream_is_transcript_turns_and_result(bench: Bench) -> None:
    bench.agent("claude", prints(*CLAUDE))
    text = flow(ask("claude-code"), "id = 'next'\nrun = ['echo', '{{ steps.do.result }}']", head=HEAD)
    assert await bench.run(text) is Status.COMPLETED
    assert (bench.cwd / "prompt").read_text() == "Carry out: the plan"
    assert "--output-format stream-json" in (bench.cwd / "arguments").read_text()
    told = bench.told
    assert told.result_of("next").text == "Done: see https://github.com/acme/x/pull/7\n"
    first, result = (told.messages[f"do.1.1.{name}"] for name in ("msg_1", "result-toolu_1"))
    assert [type(part) for part in first.parts] == [Thinking, Text, ToolCall]
    assert (first.role, first.model, first.step) == (MessageRole.ASSISTANT, "claude-sonnet-4-5", "do")
    assert isinstance(result.parts[0], ToolResult)
    assert told.artifacts[0].title == "acme/x #7"

    child = bench.sessions.told["claude-code", CLAUDE_SESSION]
    assert (child.now["parent"], child.now["parent_source"]) == (bench.run_id, "parrot-run")
    assert child.now["status"] is Status.ENDED
    turn = child.turns["msg_1"]
    assert set(child.turns) == {"msg_1", "msg_2"}
    assert turn.tokens == Tokens(input=4, output=41, cache_read=11_000, cache_write=900, total=11_945)
    assert (turn.cache_write_1h, turn.cost) == (400, None)  # priced where every other Claude turn is priced
    assert told.turns == {}


async def test_an_agents_error_is_the_steps(bench: Bench) -> None:
    result = {"type": "result", "subtype": "error_max_turns", "is_error": True, "session_id": CLAUDE_SESSION}
    bench.agent("claude", prints(CLAUDE[0], result, then="exit 1"))
    assert await bench.run(flow(ask("claude-code"), head=HEAD)) is Status.FAILED
    assert bench.told.now["error"] == "Do: error max turns"
    assert bench.sessions.told["claude-code", CLAUDE_SESSION].now["status"] is Status.FAILED


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("echo 'Invalid API key' >&2; exit 1", "Do: Invalid API key (exit code 1)"),
        ("cat >/dev/null", "Do: it ended without a last word"),
        ("kill -9 $$", "Do: ended by SIGKILL"),
    ],
)
async def test_an_agent_that_says_nothing_fails_with_what_is_known(bench: Bench, script: str, error: str) -> None:
    bench.agent("claude", script)
    assert await bench.run(flow(ask("claude-code"), head=HEAD)) is Status.FAILED
    assert bench.told.now["error"] == error


CODEX: list[dict[str, Any]] = [
    {"type": "thread.started", "thread_id": "019b-thread"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "**Look**"}},
    {"type": "item.started", "item": {"id": "item_1", "type": "command_execution", "command": "make test"}},
    {
        "type": "item.completed",
        "item": {
            "id": "item_1",
            "type": "command_execution",
            "command": "make test",
            "aggregated_output": "1 failed",
            "exit_code": 1,
            "status": "failed",
        },
    },
    {
        "type": "item.completed",
        "item": {
            "id": "item_2",
            "type": "file_change",
            "changes": [{"path": "a.py", "kind": "update"}],
            "status": "completed",
        },
    },
    {"type": "item.completed", "item": {"id": "item_3", "type": "agent_message", "text": "Repaired."}},
    {"type": "turn.completed", "usage": {"input_tokens": 5200, "cached_input_tokens": 4096, "output_tokens": 120}},
]


async def test_codex_usage_without_ids_is_counted_once(bench: Bench) -> None:
    bench.agent("codex", prints(*CODEX))
    assert await bench.run(flow(ask("codex"), head=HEAD)) is Status.COMPLETED
    told = bench.told
    shell = told.messages["do.1.1.result-item_1"].parts[0]
    assert isinstance(shell, ToolResult)
    assert (shell.ok, shell.exit_code, shell.text) == (False, 1, "1 failed")
    child = bench.sessions.told["codex", "019b-thread"]
    assert [turn.tokens for turn in child.turns.values()] == [
        Tokens(input=1104, output=120, cache_read=4096, total=5320)
    ]

    bench.close()
    recorded = TurnRecord(id="resp_1", model="gpt-5.2-codex", tokens=Tokens(input=9, output=1, total=10))
    bench.recorded = lambda source, session_id: [recorded] if (source, session_id) == ("codex", "019b-thread") else []
    bench.sessions.told.clear()
    assert await bench.run(flow(ask("codex"), head=HEAD)) is Status.COMPLETED
    assert bench.sessions.told["codex", "019b-thread"].turns == {"resp_1": recorded}  # the ids of its own file


async def test_codex_failed_turn(bench: Bench) -> None:
    failed = {"type": "turn.failed", "error": {"message": "usage limit reached"}}
    bench.agent("codex", prints(CODEX[0], failed, then="exit 1"))
    assert await bench.run(flow(ask("codex"), head=HEAD)) is Status.FAILED
    assert bench.told.now["error"] == "Do: usage limit reached"


GEMINI: list[dict[str, Any]] = [
    {"type": "init", "timestamp": "2026-01-01T10:00:00.000Z", "session_id": "g-1", "model": "gemini-2.5-pro"},
    {"type": "message", "role": "user", "content": "Carry out"},
    {"type": "message", "role": "assistant", "content": "I ", "delta": True},
    {"type": "message", "role": "assistant", "content": "look.", "delta": True},
    {"type": "tool_use", "tool_name": "run_shell_command", "tool_id": "c1", "parameters": {"command": "ls"}},
    {"type": "tool_result", "tool_id": "c1", "status": "success", "output": "a"},
    {"type": "message", "role": "assistant", "content": "All done.", "delta": True},
    {
        "type": "result",
        "status": "success",
        "stats": {"total_tokens": 6120, "input_tokens": 6000, "output_tokens": 80, "cached": 5000, "tool_calls": 1},
    },
]


async def test_gemini_deltas_join_and_thoughts_are_output(bench: Bench) -> None:
    bench.agent("gemini", prints(*GEMINI))
    text = flow(ask("gemini"), "id = 'next'\nrun = ['echo', '{{ steps.do.result }}']", head=HEAD)
    assert await bench.run(text) is Status.COMPLETED
    assert bench.told.texts == [
        "Carry out: the plan",
        "I look.",
        "",
        "a",
        "All done.",
        "",
        "All done.\n",
    ]
    assert bench.terminal.lines == ["I look.", "All done.", "All done.\n"]
    (turn,) = bench.sessions.told["gemini", "g-1"].turns.values()
    assert turn.tokens == Tokens(input=1000, output=120, cache_read=5000, total=6120)
    assert turn.model == "gemini-2.5-pro"


def opencode(type_: str, **part: Any) -> dict[str, Any]:
    whole = {"messageID": "msg_a", "sessionID": "ses_1", **part}
    return {"type": type_, "timestamp": 1768191337567, "sessionID": "ses_1", "part": whole}


OPENCODE = [
    opencode("step_start", id="prt_1", type="step-start"),
    opencode(
        "tool_use",
        id="prt_2",
        tool="bash",
        callID="c1",
        state={"status": "completed", "input": {"command": "false"}, "output": "no", "metadata": {"exit": 1}},
    ),
    opencode("text", id="prt_3", text="Finished."),
    opencode(
        "step_finish",
        id="prt_4",
        cost=0.01365,
        tokens={"input": 4100, "output": 60, "reasoning": 30, "cache": {"read": 7, "write": 0}},
    ),
]


async def test_opencode_says_its_own_cost(bench: Bench) -> None:
    bench.agent("opencode", prints(*OPENCODE))
    assert await bench.run(flow(ask("opencode"), head=HEAD)) is Status.COMPLETED
    child = bench.sessions.told["opencode", "ses_1"]
    assert child.turns["msg_a"].cost == 13_650
    assert child.turns["msg_a"].tokens == Tokens(input=4100, output=90, cache_read=7, total=4197)
    shell = bench.told.messages["do.1.1.result-c1"].parts[0]
    assert isinstance(shell, ToolResult)
    assert shell.ok is False


COST = HEAD + "[defaults]\nmax_cost_usd = 0.01\n"


async def blocked(bench: Bench, text: str) -> tuple[asyncio.Task[Status], str]:
    """A run that is blocked, and why."""
    run = bench.make(text)
    going = asyncio.create_task(run.run())
    await until(lambda: run.question is not None or going.done())
    assert bench.told.now["status"] is Status.BLOCKED
    return going, bench.told.now["waiting"].reason


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT, Decision.SKIP])
async def test_a_cost_over_the_limit_blocks_until_a_person_decides(bench: Bench, decision: Decision) -> None:
    # Each of these messages costs 0.2 dollars; the agent stands still after the first.
    first = claude_message("msg_1", {"type": "text", "text": "Dear."}, output=13_000)
    bench.agent("claude", prints(CLAUDE[0], first, then=f"sleep 0.2\necho '{json.dumps(CLAUDE[-1])}'"))
    going, reason = await blocked(bench, flow(ask("claude-code"), "id = 'b'\nrun = ['true']", head=COST))
    assert reason.startswith("max_cost_usd = 0.01 is used up: $0.2")
    assert bench.terminal.run is not None
    while not going.done():
        if bench.terminal.run.question:
            bench.terminal.run.decide(None, Verdict(decision=decision, by="m1"))
        await asyncio.sleep(0.01)
    expected = {Decision.APPROVE: "completed", Decision.REJECT: "rejected", Decision.SKIP: "skipped"}
    assert dict(bench.told.states)["do"] == expected[decision]
    assert going.result() is (Status.REJECTED if decision is Decision.REJECT else Status.COMPLETED)


async def test_an_unknown_cost_blocks_at_once_and_says_so(bench: Bench) -> None:
    first = claude_message("msg_1", {"type": "text", "text": "Hi"}, output=5, model="some-model-of-tomorrow")
    bench.agent("claude", prints(CLAUDE[0], first, first, CLAUDE[-1]))
    going, reason = await blocked(bench, flow(ask("claude-code"), head=COST.replace("0.01", "5")))
    assert "the cost is not known (no price is known for some-model-of-tomorrow)" in reason
    assert "max_cost_usd = 5 cannot be kept" in reason
    assert bench.terminal.run is not None
    bench.terminal.run.decide(None, Verdict(decision=Decision.APPROVE, by="m1"))
    assert await going is Status.COMPLETED
    assert len(bench.terminal.asked) == 1


async def test_without_a_limit_no_cost_blocks(bench: Bench) -> None:
    first = claude_message("msg_1", {"type": "text", "text": "Hi"}, output=5, model="some-model-of-tomorrow")
    bench.agent("claude", prints(CLAUDE[0], first, CLAUDE[-1]))
    assert await bench.run(flow(ask("claude-code"), head=HEAD)) is Status.COMPLETED
