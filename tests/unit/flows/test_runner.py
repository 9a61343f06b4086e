"""A run does what its Flow says, tells everything it does, waits for people, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

from parrot_server.flows.gate import Verdict
from parrot_server.flows.journal import RunIsAlive, find_run, is_alive, read_run
from parrot_server.flows.processes import carriers, marks
from parrot_wire.values import CheckpointStatus, Decision, Status

if TYPE_CHECKING:
    from tests.unit.flows.helpers import Bench


def flow(*steps: str, head: str = "") -> str:
    """A Flow of steps, each given as its lines."""
    return f'id = "test"\ntitle = "A test"\n{head}\n' + "\n".join(f"[[steps]]\n{step}" for step in steps)


def sh(step_id: str, script: str, more: str = "") -> str:
    """A step that runs a shell script."""
    return f"id = '{step_id}'\nrun = ['sh', '-c', '''{script}''']\n{more}"


async def until(condition: object, *, within_s: float = 10.0) -> None:
    """Wait for a condition, looking often."""
    assert callable(condition)
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        await asyncio.sleep(0.01)


async def test_steps_run_in_order_and_hand_on_their_results(bench: Bench) -> None:
    status = await bench.run(
        flow(
            sh("plan", 'echo first; echo "planning on $PARROT_BRANCH"; echo to-stderr >&2'),
            sh("use", 'echo "$1|$PARROT_STEP_PLAN_RESULT|$PARROT_DEEP|$PARROT_STEP_PLAN_STATUS"').replace(
                "''']", "''', 'sh', '{{ steps.plan.result }}!']"
            ),
            head="parameters = [{name = 'branch'}, {name = 'deep', type = 'boolean', default = true}]",
        ),
        branch="fix; rm -rf /",
    )
    assert status is Status.COMPLETED
    told = bench.told
    assert told.states == [("plan", "running"), ("plan", "completed"), ("use", "running"), ("use", "completed")]
    plan = "planning on fix; rm -rf /"
    assert told.result_of("use").text == f"{plan}!|{plan}|true|completed\n"
    assert told.result_of("plan").exit_code == 0
    assert sorted(told.result_of("plan").text.splitlines()) == ["first", plan, "to-stderr"]
    assert told.now["status"] is Status.COMPLETED
    assert told.now["ended_at"]
    assert [step.status for step in told.patches[0]["steps"]] == [Status.PENDING, Status.PENDING]


async def test_a_step_does_not_get_the_workspaces_token(bench: Bench) -> None:
    await bench.run(flow(sh("a", 'echo "[$PARROT_TOKEN][${PARROT_RUN_ID}]"')))
    assert bench.told.result_of("a").text == f"[][{bench.run_id}]\n"


async def test_a_failing_step_fails_the_run_and_says_why(bench: Bench) -> None:
    status = await bench.run(flow(sh("tests", "echo 4 tests failed >&2; exit 3"), sh("after", "true")))
    assert status is Status.FAILED
    assert bench.told.now["status_detail"] == "Tests: 4 tests failed (exit code 3)"
    assert bench.told.states[-1] == ("tests", "failed")


async def test_what_follows_a_failure_is_the_steps_choice(bench: Bench) -> None:
    status = await bench.run(
        flow(
            sh("soft", "exit 1", 'on_error = "skip"'),
            sh("flaky", "echo x >> tries; test $(wc -l < tries) -eq 3", 'on_error = "retry:2"'),
            sh("only_if", "true", "when = \"steps.soft.status == 'completed'\""),
            sh("last", "true", "when = \"steps.flaky.status == 'completed' and steps.soft.error\""),
        )
    )
    assert status is Status.COMPLETED
    ends = {step: status for step, status in bench.told.states if status != "running"}
    assert ends == {"soft": "skipped", "flaky": "completed", "only_if": "skipped", "last": "completed"}
    assert sum("trying again" in text for text in bench.told.texts) == 2


async def test_a_command_that_is_not_there_is_told_plainly(bench: Bench) -> None:
    assert await bench.run(flow("id = 'a'\nrun = ['no-such-tool', 'x']")) is Status.FAILED
    assert bench.told.now["error"] == "A: no-such-tool is not on the PATH"


async def test_a_step_that_takes_too_long_is_ended_with_all_it_started(bench: Bench) -> None:
    text = flow(sh("slow", "sleep 60 & sleep 61; echo never", 'timeout = "1s"'))
    started = time.monotonic()
    assert await bench.run(text) is Status.FAILED
    assert time.monotonic() - started < 3.5
    assert bench.told.now["error"] == "Slow: timed out after 1s"
    assert not carriers(marks(bench.run_id))


async def test_output_is_told_while_it_comes(bench: Bench) -> None:
    run = bench.make(flow(sh("a", r"printf '\033[1mone\033[0m\n10%%\r50%%'; read go < gate; echo; printf 'end'")))
    os.mkfifo(bench.cwd / "gate")
    going = asyncio.create_task(run.run())
    await until(lambda: "one\n50%" in bench.told.texts)
    assert bench.told.result_of("a").ok is None
    (bench.cwd / "gate").write_text("go\n", encoding="utf-8")
    assert await going is Status.COMPLETED
    assert (bench.told.result_of("a").text, bench.told.result_of("a").ok) == ("one\n50%\nend", True)


async def test_very_long_output_keeps_its_beginning_and_its_end(bench: Bench) -> None:
    assert await bench.run(flow(sh("a", "seq 1 600000; echo result"))) is Status.COMPLETED
    texts = bench.told.texts
    kept = sum(len(text) for text in texts)
    assert 2_000_000 < kept < 2_200_000
    assert "1\n2\n3\n" in texts[1]
    assert texts[-1].endswith("600000\nresult\n")
    assert any("characters of output are left out here" in text for text in texts)
    numbers = [message.n for message in bench.told.messages.values()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_a_process_left_in_the_background_does_not_hold_up_the_next_step(bench: Bench) -> None:
    script = "(sleep 60; echo late) & echo started"
    text = flow(sh("serve", script), sh("use", "kill -0 $(pgrep -f 'sleep 6[0]' | head -1) && echo up"))
    started = time.monotonic()
    assert await bench.run(text) is Status.COMPLETED
    assert time.monotonic() - started < 5
    assert bench.told.result_of("use").text == "up\n"
    assert not carriers(marks(bench.run_id))  # it ends with the run


async def test_files_and_pull_requests_become_artifacts(bench: Bench) -> None:
    url = "https://github.com/acme/insights/pull/482"
    await bench.run(
        flow(
            sh("plan", "echo x > plan.md", 'skill = "plan"\nartifacts = ["plan.md", "missing.md"]'),
            sh("pr", f"echo opened {url}; echo again {url}", 'artifacts = ["{{ steps.plan.status }}.txt"]'),
        )
    )
    found = [(artifact.kind, artifact.title) for artifact in bench.told.artifacts]
    assert found == [("plan", "plan.md"), ("pull_request", "acme/insights #482")]
    assert bench.told.now["pull_request"].url == url
    assert (bench.told.artifacts[0].url or "").startswith("file://")


CHECKED = flow(sh("a", "true"), sh("b", "true", 'name = "Verify"\ncheckpoint = true'), sh("c", "true"))


@pytest.mark.parametrize(
    ("decision", "status", "b", "checkpoint"),
    [
        (Decision.APPROVE, Status.COMPLETED, "completed", CheckpointStatus.APPROVED),
        (Decision.SKIP, Status.COMPLETED, "skipped", CheckpointStatus.SKIPPED),
        (Decision.REJECT, Status.REJECTED, "rejected", CheckpointStatus.REJECTED),
    ],
)
async def test_a_person_decides_at_a_checkpoint(
    bench: Bench, decision: Decision, status: Status, b: str, checkpoint: CheckpointStatus
) -> None:
    run = bench.make(CHECKED)
    going = asyncio.create_task(run.run())
    await until(lambda: run.question is not None)
    told = bench.told
    assert told.now["status"] is Status.PAUSED
    assert told.now["waiting"].reason == "approve before Verify"
    assert told.now["waiting"].checkpoint == told.checkpoints[-1].id
    assert told.states[-1] == ("b", "paused")
    assert run.decide(None, Verdict(decision=decision, by="m2", comment="seen")) is None
    earlier = run.decide(told.checkpoints[0].id, Verdict(decision=Decision.REJECT, by="m3"))
    assert earlier is not None
    assert earlier.by == "m2"  # decided once
    assert await going is status
    decided = told.checkpoints[-1]
    assert (decided.status, decided.decided_by, decided.comment) == (checkpoint, "m2", "seen")
    assert dict(told.states)["b"] == b
    assert dict(told.states).get("c") == (None if status is Status.REJECTED else "completed")
    assert told.now["waiting"] is None


async def test_yes_and_auto_pass_checkpoints_and_say_so(bench: Bench) -> None:
    assert await bench.run(CHECKED, yes=True) is Status.COMPLETED
    told = bench.told.checkpoints[0]
    assert (told.status, told.decided_by) == (CheckpointStatus.APPROVED, "m1")
    assert "--yes" in (told.comment or "")
    bench.close()
    assert (
        await bench.run(CHECKED.replace("[[steps]]", '[defaults]\ncheckpoints = "auto"\n[[steps]]', 1))
        is Status.COMPLETED
    )
    told = bench.told.checkpoints[0]
    assert (told.status, told.decided_by) == (CheckpointStatus.APPROVED, None)
    assert "auto" in (told.comment or "")


RUNAWAY = """trap "" INT TERM
(trap "" INT TERM; while true; do sleep 1; done) &
setsid sh -c 'trap "" INT TERM; while true; do sleep 1; done' &
echo started
while true; do sleep 1; done"""


async def test_cancel_ends_a_runaway_within_two_seconds_with_no_process_left(bench: Bench) -> None:
    run = bench.make(flow(sh("a", RUNAWAY), sh("b", "true")))
    going = asyncio.create_task(run.run())
    await until(lambda: "started\n" in bench.terminal.lines)
    assert len(carriers(marks(bench.run_id))) >= 3
    asked = time.monotonic()
    run.stop(Status.CANCELLED, "cancelled by Tom")
    await run.stopped.wait()
    assert time.monotonic() - asked < 2.0
    assert not carriers(marks(bench.run_id))
    assert await going is Status.CANCELLED
    assert bench.told.states[-1] == ("a", "cancelled")
    assert (bench.told.now["status"], bench.told.now["status_detail"]) == (Status.CANCELLED, "cancelled by Tom")


@pytest.mark.parametrize("delay_ms", [None, 0, 1, 2, 3, 5, 8])
async def test_cancel_at_any_moment_of_a_start_leaves_nothing(bench: Bench, delay_ms: int | None) -> None:
    run = bench.make(flow(sh("a", "sleep 60 & sleep 60")))
    going = asyncio.create_task(run.run())
    if delay_ms is not None:
        await asyncio.sleep(delay_ms / 1000)
    asked = time.monotonic()
    run.stop(Status.CANCELLED)
    assert await asyncio.wait_for(going, 5) is Status.CANCELLED
    assert time.monotonic() - asked < 2.0
    assert not carriers(marks(bench.run_id))


async def test_a_process_that_heeds_the_interrupt_may_tidy_up(bench: Bench) -> None:
    run = bench.make(flow(sh("a", "trap 'echo tidied; exit 1' INT; echo started; while true; do sleep 0.05; done")))
    going = asyncio.create_task(run.run())
    await until(lambda: "started\n" in bench.terminal.lines)
    run.stop(Status.CANCELLED)
    assert await going is Status.CANCELLED
    assert bench.told.result_of("a").text == "started\ntidied\n"


async def test_cancel_while_a_person_is_waited_for(bench: Bench) -> None:
    run = bench.make(CHECKED)
    going = asyncio.create_task(run.run())
    await until(lambda: run.question is not None)
    run.stop(Status.CANCELLED)
    assert await going is Status.CANCELLED
    assert bench.told.now["waiting"] is None


async def test_time_that_is_used_up_blocks_the_run_until_it_is_lifted(bench: Bench) -> None:
    head = "[defaults]\nmax_minutes = 0.005"  # 300 ms
    script = "for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo $i; done"
    run = bench.make(flow(sh("a", script), head=head))
    going = asyncio.create_task(run.run())
    questions = 0
    while not going.done():
        await until(lambda: run.question is not None or going.done())
        if run.question is None:
            break
        questions += 1
        assert bench.told.now["status"] is Status.BLOCKED
        assert "max_minutes = 0.005 is used up" in bench.told.now["waiting"].reason
        lines = len(bench.terminal.lines)
        await asyncio.sleep(0.3)
        assert len(bench.terminal.lines) <= lines + 1  # its processes stand still
        run.decide(None, Verdict(decision=Decision.APPROVE, by="m1"))
    assert await going is Status.COMPLETED
    assert questions >= 2
    assert "8\n" in bench.terminal.lines


async def test_a_run_goes_on_at_the_step_that_stopped(bench: Bench) -> None:
    text = flow(
        sh("a", "echo one >> log; echo result-of-a"),
        sh("b", "echo two >> log; test -e ready || sleep 60", "checkpoint = true"),
        sh("c", 'echo "three $PARROT_STEP_A_RESULT" >> log'),
    )
    run = bench.make(text)
    bench.terminal.answers = [Decision.APPROVE]
    going = asyncio.create_task(run.run())
    await until(lambda: (bench.cwd / "log").exists() and "two" in (bench.cwd / "log").read_text())
    with pytest.raises(RunIsAlive):
        bench.resume(bench.run_id)
    run.stop(Status.INTERRUPTED, "the terminal was closed")
    assert await going is Status.INTERRUPTED
    assert bench.told.now["can"] == ("resume",)
    bench.close()
    assert not is_alive(bench.runs, bench.run_id)
    assert read_run(bench.runs, bench.run_id).steps["b"].status is Status.INTERRUPTED

    (bench.cwd / "ready").touch()
    first_messages = set(bench.told.messages)
    run = bench.resume(find_run(bench.runs, bench.run_id[:8]))
    assert await run.run() is Status.COMPLETED
    assert (bench.cwd / "log").read_text() == "one\ntwo\ntwo\nthree result-of-a\n"
    assert len(bench.terminal.asked) == 1  # a checkpoint that was approved is not asked about again
    assert len(bench.told.messages) > len(first_messages)
    numbers = [message.n for message in bench.told.messages.values()]
    assert len(set(numbers)) == len(numbers)
