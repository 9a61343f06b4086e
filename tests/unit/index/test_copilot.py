"""Copilot CLI: what a session amounts to, how it reads, and whether it lives."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_server.index import processes
from parrot_server.index.sources.base import Asked, Evidence
from parrot_server.index.sources.copilot import Copilot
from parrot_server.index.sources.copilot.workspace import parse_workspace
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.values import MessageRole, Status
from tests.helpers.copilot_files import SESSION, CopilotEvents, CopilotHome, call, metrics, usage
from tests.helpers.index_reading import messages, read, running, status, told

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Told

REAL = Path(__file__).parents[4] / "shared" / "transcripts" / "copilot"


@pytest.fixture
def home(tmp_path: Path) -> CopilotHome:
    return CopilotHome(tmp_path / "copilot")


def tell(home: CopilotHome, events: CopilotEvents, path: Path | None = None) -> Told:
    return told(Copilot(home.root), home.write(events, path))


def talk(events: CopilotEvents) -> None:
    """A prompt, a call that failed in the shell, and the answer."""
    events.start()
    events.prompt("Fix it")
    events.event("system.message", content="You are the GitHub Copilot CLI, a secret.")
    events.event("assistant.turn_start", turnId="0")
    events.account("api-1", usage(4350, 90, read=3072))
    events.answer("m1", "Let me look.", call("c1"), apiCallId="api-1", model="gpt-5.2", reasoningText="Hm.")
    events.event("tool.execution_start", toolCallId="c1")
    events.result("c1", "no such file", shellExecution={"exitCode": 1})
    events.event("assistant.turn_end", turnId="0")
    events.account("api-2", usage(4600, 112))
    events.answer("m2", "Done.", apiCallId="api-2", model="gpt-5.2")
    events.event("assistant.turn_end", turnId="1")


def test_requests_are_taken_as_they_are_accounted_for(home: CopilotHome) -> None:
    events = CopilotEvents()
    talk(events)
    events.shut_down(modelMetrics=metrics(gpt_x=usage(99_999, 9)))
    one = tell(home, events)
    patch = one.facts.patch
    assert (one.facts.native_id, patch.title, patch.message_count, patch.tool_call_count) == (SESSION, "Fix it", 3, 1)
    assert (patch.cwd, patch.branch, patch.repository, patch.project) == ("/home/dev/shop", "main", "acme/shop", "shop")
    assert (patch.model, patch.agent_version) == ("gpt-5.2", "1.0.102")
    assert patch.resume_command == ("copilot", f"--resume={SESSION}")
    first, second = one.facts.turns
    assert first.tokens == Tokens(input=1278, output=90, cache_read=3072, total=4440)
    assert second.tokens == Tokens(input=4600, output=112, total=4712)
    assert (first.cost, first.credits) == (None, None)
    assert status(one) is Status.OPEN


def test_how_it_reads(home: CopilotHome) -> None:
    events = CopilotEvents()
    talk(events)
    path = home.write(events)
    one = told(Copilot(home.root), path)
    prompt, calling, result, answer = messages(Copilot(home.root), one, path)
    assert prompt.parts == (Text(text="Fix it"),)
    assert [type(part) for part in calling.parts] == [Thinking, Text, ToolCall]
    (outcome,) = result.parts
    assert isinstance(outcome, ToolResult)
    assert (outcome.call_id, outcome.ok, outcome.exit_code, result.role) == ("c1", False, 1, MessageRole.TOOL)
    assert (calling.turn, result.turn, answer.turn, answer.model) == (1, None, 2, "gpt-5.2")
    assert one.facts.patch.event_count == 6


def test_requests_without_an_answer_count_as_well(home: CopilotHome) -> None:
    events = CopilotEvents()
    events.start()
    events.prompt("Go")
    events.account("api-0", usage(10, 1))
    events.account("api-1", usage(20, 2))
    events.answer("m1", "Done.", apiCallId="api-1")
    path = home.write(events)
    one = told(Copilot(home.root), path)
    assert [turn.tokens.input for turn in one.facts.turns] == [10, 20]
    transcript = Copilot(home.root).transcript(SESSION, str(path))
    assert transcript is not None
    assert transcript.refresh() == 2
    assert (transcript.page(2, 2)[0].turn, transcript.turn_total) == (2, 2)


def test_credits_are_no_money(home: CopilotHome) -> None:
    events = CopilotEvents()
    events.start()
    events.prompt("Go")
    events.account("api-1", usage(10, 1), cost=0.33)
    events.account("api-2", usage(10, 1), copilotUsage={"totalNanoAiu": 2_500_000_000}, cost=1)
    assert [(turn.credits, turn.cost) for turn in tell(home, events).facts.turns] == [(0.33, None), (2.5, None)]


def test_formerly_the_end_of_a_run_told_what_all_had_used(home: CopilotHome) -> None:
    events = CopilotEvents(version="1.0.11")
    events.start()
    events.prompt("Fix it")
    events.answer("m1", "", call("c1"), outputTokens=12)
    events.result("c1", "a.py")
    events.answer("m2", "Done.", outputTokens=14)
    assert [turn.tokens for turn in tell(home, events).facts.turns] == [
        Tokens(output=12, total=12),
        Tokens(output=14, total=14),
    ]
    # Each end tells the sum since the beginning.
    events.shut_down(modelMetrics=metrics(gpt_5=usage(1001, 26, read=400)), totalPremiumRequests=1)
    events.event("session.resume")
    events.prompt("And now?")
    events.answer("m3", "Nothing.", outputTokens=10)
    events.shut_down(modelMetrics=metrics(gpt_5=usage(3001, 36, read=1000)), totalPremiumRequests=3)
    turns = tell(home, events).facts.turns
    assert [turn.tokens.output for turn in turns] == [12, 14, 10]
    assert sum(turn.tokens.input for turn in turns) == 2001
    assert sum(turn.tokens.cache_read for turn in turns) == 1000
    assert max(turn.tokens.input for turn in turns) - min(turn.tokens.input for turn in turns) < 3
    assert [turn.credits for turn in turns] == [None, None, 3.0]


def test_several_models_and_details_of_the_oldest_kind(home: CopilotHome) -> None:
    events = CopilotEvents(version="1.0.11")
    events.start()
    events.prompt("Fix it")
    events.answer("m1", "Done.", model="gpt-5", outputTokens=10)
    events.shut_down(modelMetrics=metrics(gpt_5=usage(100, 10), claude_opus=usage(50, 5)))
    assert {(turn.model, turn.tokens.input) for turn in tell(home, events).facts.turns} == {
        ("gpt-5", 100),
        ("claude-opus", 50),
    }
    details = {"input": {"tokenCount": 100}, "output": {"tokenCount": 15}, "cache_read": {"tokenCount": 5}}
    events.shut_down(modelMetrics={"gpt-5": {"requests": 2}}, tokenDetails=details)
    (turn,) = tell(home, events).facts.turns
    assert turn.tokens == Tokens(input=100, output=15, cache_read=5, total=120)


def test_how_a_session_stands(home: CopilotHome) -> None:
    events = CopilotEvents()
    events.start()
    assert read(Copilot(home.root), home.write(events)).told == []
    events.prompt("Go")
    events.event("assistant.turn_end", turnId="0")
    assert status(tell(home, events)) is Status.INTERRUPTED
    events.event("session.error", errorType="query", message="500 out of order")
    events.shut_down()
    failed = tell(home, events)
    assert failed.standing is not None
    assert (status(failed), failed.standing.error) == (Status.FAILED, "500 out of order")
    shown = messages(Copilot(home.root), failed, home.path())
    assert [type(part) for message in shown for part in message.parts] == [Text, ErrorPart]
    events.prompt("Again")
    events.event("abort", reason="user_abort")
    assert status(tell(home, events)) is Status.INTERRUPTED
    events.prompt("Again")
    events.answer("m1", "There.")
    assert status(tell(home, events)) is Status.OPEN
    events.prompt("More")
    events.shut_down()
    left = tell(home, events)
    assert left.standing is not None
    assert left.standing.turn.value == "interrupted"


def test_what_others_said_is_not_counted(home: CopilotHome) -> None:
    events = CopilotEvents()
    events.start()
    events.prompt("Look at this", attachments=[{"type": "file", "path": "/w/a.py"}])
    events.prompt("<skill-context name='x'>", source="skill-x")
    events.answer("m1", "", call("t1"))
    events.event("subagent.started", toolCallId="t1", agentDisplayName="Explorer", agentDescription="looks")
    events.answer("m2", "I looked.", parentToolCallId="t1")
    events.answer("m3", "It is", chunkIndex=0)
    events.answer("m3", " so.", chunkIndex=1)
    path = home.write(events)
    one = told(Copilot(home.root), path)
    assert one.facts.patch.message_count == 3
    shown = messages(Copilot(home.root), one, path)
    assert [len(message.parts) for message in shown] == [2, 1, 1, 1, 1, 2]
    assert isinstance(shown[1].parts[0], Notice)
    assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count


def test_images_can_be_fetched(home: CopilotHome) -> None:
    events = CopilotEvents()
    events.start()
    events.prompt("What is this?", attachments=[{"type": "blob", "mimeType": "image/png", "data": "iVBORw=="}])
    transcript = Copilot(home.root).transcript(SESSION, str(home.write(events)))
    assert transcript is not None
    transcript.refresh()
    assert transcript.page(1, 1)[0].parts[1] == Image(media_type="image/png")
    image = transcript.part(1, 1)
    assert getattr(image, "data", None) == b"\x89PNG"


def test_a_session_is_called_what_the_workspace_says(home: CopilotHome, tmp_path: Path) -> None:
    events = CopilotEvents()
    talk(events)
    home.write(events)
    home.workspace(id=SESSION, cwd="/elsewhere", branch="other", name="Mend the shop", user_named="false")
    with running(tmp_path / "data", Copilot(home.root), sweep_s=60.0) as index:
        assert index.row(SESSION, "copilot").title == "Mend the shop"
        before = index.bytes_read
        home.workspace(name='"Mend: the \\"shop\\""')
        index.until(lambda: index.row(SESSION, "copilot").title == 'Mend: the "shop"')
        assert index.bytes_read == before


def test_the_flat_layout(home: CopilotHome) -> None:
    events = CopilotEvents()
    talk(events)
    path = home.root / "session-state" / "some-name.jsonl"
    assert tell(home, events, path).facts.native_id == SESSION
    del events.records[0]
    assert tell(home, events, path).facts.native_id == "some-name"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name: Fix it", "Fix it"),
        ("name:   Fix it   # not that", "Fix it"),
        ("name: C#1", "C#1"),
        ("name: 'It''s so: there'", "It's so: there"),
        ('name: "Tab\\tand \\u00e9: \\"x\\""', 'Tab\tand é: "x"'),
        ("name: goes on\n  in a second line\nother: x", "goes on in a second line"),
        ("name: >-\n  folded\n  text\nother: x", "folded text"),
        ("name: |\n  two\n  lines\n", "two\nlines"),
        ("# nothing\nname: null", None),
        ("name:", None),
        ("\tname: indented", None),
        ("name: 'never closed", "never closed"),
    ],
)
def test_so_much_of_yaml_is_read(text: str, value: str | None) -> None:
    assert parse_workspace(text).get("name") == value


def asked(home: CopilotHome) -> dict[str, Evidence]:
    events = CopilotEvents()
    events.start()
    events.prompt("Go")
    one = tell(home, events)
    assert one.standing is not None
    source = Copilot(home.root)
    return dict(source.evidence([Asked(native_id=SESSION, path=str(home.path()), standing=one.standing)]))


def test_a_session_lives_while_the_process_of_its_lock_does(home: CopilotHome) -> None:
    home.path().parent.mkdir(parents=True)
    lock = home.lock(os.getpid())
    # This process runs no Copilot: that it lives is sure, not that it may be stopped.
    assert asked(home) == {SESSION: Evidence(alive=True)}
    lock.unlink()
    assert asked(home) == {SESSION: Evidence(alive=False)}
    home.lock(2**22 + 7)
    assert asked(home) == {SESSION: Evidence(alive=False)}


@pytest.mark.skipif(not processes.has_proc(), reason="the start of a process is told by /proc")
def test_a_lock_that_is_older_than_its_process_was_left_behind(home: CopilotHome) -> None:
    home.path().parent.mkdir(parents=True)
    os.utime(home.lock(os.getpid()), (0, 0))
    assert asked(home) == {SESSION: Evidence(alive=False)}


def test_what_is_broken_is_named_and_the_rest_is_read(home: CopilotHome) -> None:
    events = CopilotEvents()
    talk(events)
    events.records[1:1] = [b"{torn\n", {"type": "session.usage_record", "data": None}, {"type": None, "data": []}]
    reading = read(Copilot(home.root), home.write(events))
    assert [problem.line for problem in reading.problems] == [2]
    assert reading.told[0].facts.patch.message_count == 3


@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/transcripts beside the repository")
def test_real_sessions() -> None:
    source = Copilot(REAL)
    found: dict[str, Told] = {}
    for unit in source.units(lambda problem: None):
        for one in read(source, Path(unit.path)).told:
            found[one.facts.native_id] = one
            shown = messages(source, one, Path(unit.path))
            assert sum(len(message.parts) for message in shown) == one.facts.patch.event_count
            assert not any("GitHub Copilot CLI, a terminal" in str(message.parts) for message in shown)
    session = "81a3ada1-ee41-454f-87d6-4d67740c7121"
    lines = [json.loads(line) for line in (REAL / "session-state" / session / "events.jsonl").read_text().splitlines()]
    ends = [line["data"]["modelMetrics"] for line in lines if line["type"] == "session.shutdown"]
    (total,) = (each["usage"] for each in ends[-1].values())
    turns = found[session].facts.turns
    assert sum(turn.tokens.input + turn.tokens.cache_read for turn in turns) == total["inputTokens"]
    assert sum(turn.tokens.output for turn in turns) == total["outputTokens"]
    assert found[session].facts.patch.message_count == 6
    assert status(found["e545db6a-8385-4790-8f72-f8b60d16c646"]) is Status.FAILED
    assert status(found["f05fe688-4df3-4369-bd59-c7f353ffa5e3"]) is Status.INTERRUPTED
    assert len(found) == 5
