"""Where Claude Code keeps what: subagents beside and below their session, warm-ups, workflows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec import UnsetType

from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_wire.values import Kind, Status
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines, usage
from tests.helpers.index_reading import read, status, told

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_wire.answers import SourceProblem


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path)


def agent(agent_id: str = "a1b2c3d", words: str = "Look at x") -> ClaudeLines:
    lines = ClaudeLines(agent_id=agent_id)
    lines.prompt(words)
    lines.answer("Found.")
    return lines


def units(source: ClaudeCode) -> set[str]:
    problems: list[SourceProblem] = []
    found = {unit.path for unit in source.units(problems.append)}
    assert problems == []
    return found


@pytest.mark.parametrize("beside", [True, False], ids=["2.0: beside", "2.1: below"])
def test_a_subagent_is_a_task_of_its_session(home: ClaudeHome, *, beside: bool) -> None:
    source = ClaudeCode(home.root)
    one = told(source, home.write(agent(), home.agent_path("a1b2c3d", beside=beside)))
    patch = one.facts.patch
    assert one.facts.native_id == f"{SESSION}/agent-a1b2c3d"
    assert (patch.kind, patch.parent, patch.title) == (Kind.TASK, SESSION, "Look at x")
    assert patch.message_count == 1, "a task's prompt was not typed by a person"
    assert len(one.facts.turns) == 1
    assert status(one) is Status.COMPLETED


def test_a_description_beside_a_subagent_is_its_title(home: ClaudeHome) -> None:
    path = home.write(agent(), home.agent_path("a1"))
    path.with_name("agent-a1.meta.json").write_text('{"description": "Find the leak"}', "utf-8")
    source = ClaudeCode(home.root)
    assert told(source, path).facts.patch.title == "Find the leak"
    assert source.units_of(str(path.with_name("agent-a1.meta.json"))) == (str(path),)


def test_the_compaction_helper_is_a_task_too(home: ClaudeHome) -> None:
    path = home.write(agent("acompact-f00"), home.agent_path("acompact-f00"))
    patch = told(ClaudeCode(home.root), path).facts.patch
    assert (patch.kind, patch.title) == (Kind.TASK, "Compaction")


def test_a_warm_up_is_no_session_and_its_spend_is_its_parents(home: ClaudeHome) -> None:
    one = told(ClaudeCode(home.root), home.write(agent("a9", "Warmup"), home.agent_path("a9", beside=True)))
    assert one.standing is None
    assert one.facts.native_id == SESSION
    assert [turn.tokens.output for turn in one.facts.turns] == [100]
    assert one.if_alone is not None
    assert (one.if_alone.patch.kind, one.if_alone.patch.status) == (Kind.CHAT, Status.ENDED)


def test_an_agent_that_got_more_to_do_after_warming_up_is_a_session(home: ClaudeHome) -> None:
    lines = agent("a9", "Warmup")
    path = home.write(lines, home.agent_path("a9"))
    source = ClaudeCode(home.root)
    reader = source.reader(str(path), None)
    unit = source.stat(str(path))
    assert unit is not None
    assert reader.read(unit, lambda: True).told[0].standing is None
    lines.prompt("Now look at x")
    lines.answer("Found.")
    home.write(lines, path)
    unit = source.stat(str(path))
    assert unit is not None
    (one,) = reader.read(unit, lambda: True).told
    assert one.facts.native_id == f"{SESSION}/agent-a9"
    assert len(one.facts.turns) == 2


def workflow(home: ClaudeHome, run_status: str = "completed", *states: str) -> Path:
    document = {
        "runId": "wf_1",
        "status": run_status,
        "workflowName": "review",
        "timestamp": "2026-03-01T10:00:00.000Z",
        "durationMs": 5000,
        "phases": [{"title": "Map"}, {"title": "Judge"}, {"title": "Report"}],
        "workflowProgress": [
            {"type": "workflow_phase", "index": 1, "title": "Map"},
            *(
                {
                    "type": "workflow_agent",
                    "label": f"agent {n}",
                    "phaseIndex": n,
                    "agentId": f"ag{n}",
                    "state": state,
                    "resultPreview": "fine",
                }
                for n, state in enumerate(states, 1)
            ),
        ],
    }
    path = home.folder / SESSION / "workflows" / "wf_1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")
    return path


@pytest.mark.parametrize(
    ("run", "states", "flow", "steps"),
    [
        ("completed", ("done", "done", "done"), Status.COMPLETED, "completed completed completed"),
        ("completed", ("done", "done"), Status.COMPLETED, "completed completed skipped"),
        ("running", ("done", "running"), Status.INTERRUPTED, "completed running pending"),
        ("failed", ("done", "failed"), Status.FAILED, "completed failed skipped"),
        ("cancelled", ("done", "running"), Status.CANCELLED, "completed cancelled skipped"),
        ("paused", ("done",), Status.PAUSED, "completed skipped skipped"),
    ],
)
def test_a_workflow_is_a_flow_run_with_its_phases_as_steps(
    home: ClaudeHome, run: str, states: tuple[str, ...], flow: Status, steps: str
) -> None:
    lines = ClaudeLines()
    lines.prompt("Review")
    home.write(lines)
    first, *agents = read(ClaudeCode(home.root), workflow(home, run, *states)).told
    patch = first.facts.patch
    assert first.facts.native_id == f"{SESSION}/wf_1"
    assert (patch.kind, patch.title, patch.project, patch.cwd) == (Kind.FLOW, "review", "shop", "/home/dev/shop")
    assert (patch.started_at, patch.last_activity_at) == ("2026-03-01T10:00:00.000Z", "2026-03-01T10:00:05.000Z")
    assert status(first) is flow
    assert not isinstance(patch.steps, UnsetType)
    assert " ".join(step.status for step in patch.steps) == steps
    assert [each.facts.patch.parent for each in agents] == [f"{SESSION}/wf_1"] * len(states)


def test_a_workflows_agents_are_tasks_of_its_run(home: ClaudeHome) -> None:
    path = home.write(agent("ag1"), home.agent_path("ag1", run="wf_1"))
    source = ClaudeCode(home.root)
    assert told(source, path).facts.patch.parent == SESSION, "nothing tells of a run"
    workflow(home, "completed", "done")
    patch = told(source, path).facts.patch
    assert (patch.parent, patch.title) == (f"{SESSION}/wf_1", "agent 1")


def test_a_journal_tells_a_run_until_its_document_does(home: ClaudeHome) -> None:
    journal = home.agent_path("ag1", run="wf_1").with_name("journal.jsonl")
    journal.parent.mkdir(parents=True)
    journal.write_text('{"type":"started","key":"k1"}\n', "utf-8")
    source = ClaudeCode(home.root)
    one = told(source, journal)
    assert (one.facts.patch.kind, status(one)) == (Kind.FLOW, Status.INTERRUPTED)
    with journal.open("a") as file:
        file.write('{"type":"result","key":"k1","result":{}}\n')
    assert status(told(source, journal)) is Status.COMPLETED
    workflow(home)
    assert read(source, journal).told == []


def test_a_document_that_is_half_written_tells_nothing(home: ClaudeHome) -> None:
    path = workflow(home)
    path.write_bytes(path.read_bytes()[:100])
    reading = read(ClaudeCode(home.root), path)
    assert list(reading.told) == []
    assert [problem.file for problem in reading.problems] == [str(path)]


def test_what_is_listed_and_what_is_not(home: ClaudeHome) -> None:
    lines = agent()
    expected = {
        home.write(ClaudeLines()),
        home.write(lines, home.agent_path("a1", beside=True)),
        home.write(lines, home.agent_path("a2")),
        home.write(lines, home.agent_path("a3", run="wf_1")),
        workflow(home),
    }
    for name in ("notes.txt", "todo.json", f"{SESSION}/tool-results/x.jsonl", f"{SESSION}/subagents/readme.jsonl"):
        other = home.folder / name
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("{}", "utf-8")
    (home.root / "history.jsonl").write_text("{}", "utf-8")
    source = ClaudeCode(home.root)
    assert units(source) == {str(path) for path in expected}
    assert all(source.units_of(path) == (path,) for path in units(source))


def test_a_folder_that_cannot_be_listed_is_a_problem_and_stops_nothing(
    home: ClaudeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    home.write(ClaudeLines())
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("-locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    (home.root / "projects" / "-locked").mkdir()
    monkeypatch.setattr(os, "scandir", scandir)
    problems: list[SourceProblem] = []
    assert len(list(ClaudeCode(home.root).units(problems.append))) == 1
    assert [(problem.file.endswith("-locked"), problem.detail) for problem in problems] == [(True, "Permission denied")]


def test_forks_repeat_records_that_keep_their_fingerprints(home: ClaudeHome) -> None:
    original = ClaudeLines()
    original.prompt("go")
    original.answer("one", id="m1")
    fork = ClaudeLines(
        session_id="99999999-8888-4777-8666-555555555555",
        records=[{**record, "sessionId": "99999999-8888-4777-8666-555555555555"} for record in original.records],
    )
    source = ClaudeCode(home.root)
    first, second = (told(source, home.write(each)).facts for each in (original, fork))
    assert first.fingerprints == second.fingerprints
    assert len(first.fingerprints) == 2 * 16
    assert first.turns == second.turns
    assert usage(100)["output_tokens"] == first.turns[0].tokens.output
