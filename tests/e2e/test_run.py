"""`parrot run` against a real server: seen, decided, cancelled, killed and resumed as people do it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.flows.processes import carriers, marks
from tests.helpers.server import RunningServer, serve, start_server, wait_until

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]


def start(server: RunningServer, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """`parrot run` in the background, as a terminal would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "parrot_server", "run", "--data-dir", str(server.data_dir), *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextlib.contextmanager
def running(server: RunningServer, *arguments: str, cwd: Path) -> Generator[subprocess.Popen[str]]:
    process = start(server, *arguments, cwd=cwd)
    try:
        yield process
    finally:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()


def parrot(server: RunningServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "parrot_server", *arguments, "--data-dir", str(server.data_dir)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def the_run(server: RunningServer) -> dict[str, Any]:
    """The one Flow run of the workspace; empty until it is there."""
    rows = server.rows(kind="flow")
    return rows[0] if rows else {}


def wait_for_status(server: RunningServer, status: str) -> dict[str, Any]:
    wait_until(lambda: the_run(server).get("status") == status, f"a run that is {status}")
    return the_run(server)


def decide(server: RunningServer, run: dict[str, Any], decision: str, **more: str) -> int:
    path = f"/v1/sessions/{run['id']}/checkpoints/{run['waiting']['checkpoint']}"
    return server.http.post(path, json={"decision": decision, **more}).status_code


def flow_file(folder: Path, *steps: str, head: str = "") -> Path:
    path = folder / "flow.toml"
    path.write_text('id = "test"\ntitle = "A test"\n' + head + "".join(f"[[steps]]\n{step}\n" for step in steps))
    return path


def sh(step_id: str, script: str, more: str = "") -> str:
    return f"id = '{step_id}'\nrun = ['sh', '-c', '''{script}''']\n{more}"


@pytest.fixture
def server(tmp_path: Path) -> Generator[RunningServer]:
    with serve(tmp_path / "data") as running_server:
        yield running_server


def test_a_shipped_flow_waits_at_its_checkpoint_and_goes_on_when_approved(
    server: RunningServer, tmp_path: Path
) -> None:
    with running(server, str(ROOT / "flows/check-repository.toml"), "--title", "Mine", cwd=ROOT) as process:
        run = wait_for_status(server, "paused")
        assert (run["title"], run["source"], run["waiting"]["reason"]) == (
            "Mine",
            "parrot-run",
            "approve before Verify",
        )
        assert [step["status"] for step in run["steps"]] == ["completed", "completed", "paused"]
        assert "decide" in run["actions"]
        assert "cancel" in run["actions"]
        assert decide(server, run, "approve", comment="looks right") < 300
        assert decide(server, run, "reject") == 409
        assert process.wait(20) == 0
    run = the_run(server)
    assert run["status"] == "completed"
    assert [step["status"] for step in run["steps"]] == ["completed"] * 3
    assert "waiting" not in run
    timeline = server.get(f"/v1/sessions/{run['id']}/timeline")
    owner = server.get("/v1/me")["member"]["id"]
    (checkpoint,) = timeline["checkpoints"]
    assert (checkpoint["status"], checkpoint["decided_by"], checkpoint["comment"]) == ("approved", owner, "looks right")
    texts = [
        part.get("text", "") for m in server.get(f"/v1/sessions/{run['id']}/messages")["items"] for part in m["parts"]
    ]
    assert any("lines say TODO" in text for text in texts)


@pytest.mark.parametrize(("word", "code", "status"), [("reject", 1, "rejected"), ("skip", 0, "completed")])
def test_a_checkpoint_is_decided_from_the_command_line(
    server: RunningServer, tmp_path: Path, word: str, code: int, status: str
) -> None:
    path = flow_file(tmp_path, sh("a", "true"), sh("b", "touch ran", "checkpoint = true"))
    with running(server, str(path), cwd=tmp_path) as process:
        run = wait_for_status(server, "paused")
        done = parrot(server, word, run["short_id"], "--comment", "no need")
        assert done.returncode == 0, done.stderr
        assert process.wait(20) == code
    assert the_run(server)["status"] == status
    assert not (tmp_path / "ran").exists()


def test_cancel_ends_a_runaway_within_two_seconds_and_leaves_no_process(server: RunningServer, tmp_path: Path) -> None:
    script = 'trap "" INT TERM; (trap "" INT TERM; sleep 600) & echo up > up; sleep 600; sleep 600'
    with running(server, str(flow_file(tmp_path, sh("a", script))), cwd=tmp_path) as process:
        wait_until((tmp_path / "up").exists, "the runaway")
        run = wait_for_status(server, "running")
        asked = time.monotonic()
        assert server.http.post(f"/v1/sessions/{run['id']}/cancel").status_code == 202
        wait_until(lambda: the_run(server)["status"] == "cancelled", "the row to say so", within_s=5)
        assert time.monotonic() - asked < 2.0
        assert not carriers(marks(run["native_id"]))
        assert process.wait(10) == 130
    run = the_run(server)
    assert run["steps"][0]["status"] == "cancelled"
    assert run["actions"] == []


def test_ctrl_c_cancels_the_run_cleanly(server: RunningServer, tmp_path: Path) -> None:
    with running(server, str(flow_file(tmp_path, sh("a", "echo up > up; sleep 600"))), cwd=tmp_path) as process:
        wait_until((tmp_path / "up").exists, "the step")
        run_id = wait_for_status(server, "running")["native_id"]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert the_run(server)["status"] == "cancelled"
    assert not carriers(marks(run_id))


def test_a_server_killed_in_mid_run_loses_no_step(tmp_path: Path) -> None:
    data = tmp_path / "data"
    steps = [sh(f"s{n}", f"until test -e go{n}; do sleep 0.02; done; echo done {n}") for n in range(4)]
    path = flow_file(tmp_path, *steps)
    first = start_server(data)
    with contextlib.ExitStack() as stack:
        stack.callback(first.close)
        process = stack.enter_context(running(first, str(path), cwd=tmp_path))
        (tmp_path / "go0").touch()
        wait_until(
            lambda: [s["status"] for s in the_run(first).get("steps", [])][:2] == ["completed", "running"], "step 2"
        )
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        (tmp_path / "go1").touch()
        journal = next((data / "runs").glob("*/journal.ndjson"))
        wait_until(lambda: journal.read_text().count('"step_ended"') == 2, "step 2 to end while nobody listens")
        second = stack.enter_context(serve(data))
        wait_until(lambda: [s["status"] for s in the_run(second)["steps"]][1] == "completed", "what was missed")
        (tmp_path / "go2").touch()
        (tmp_path / "go3").touch()
        assert process.wait(20) == 0
        run = the_run(second)
        assert run["status"] == "completed"
        assert [step["status"] for step in run["steps"]] == ["completed"] * 4
        messages = second.get(f"/v1/sessions/{run['id']}/messages")
        texts = "".join(part.get("text", "") for message in messages["items"] for part in message["parts"])
        assert [f"done {n}" in texts for n in range(4)] == [True] * 4
        # The run hears of commands again, from the new server.
        assert second.rows(kind="flow")[0]["native_id"] == run["native_id"]


def test_a_killed_runner_leaves_its_run_interrupted_and_resumable(server: RunningServer, tmp_path: Path) -> None:
    path = flow_file(
        tmp_path,
        sh("a", "echo a >> log"),
        sh("b", "echo b >> log; test -e ready || sleep 600"),
        sh("c", "echo c >> log"),
    )
    with running(server, str(path), cwd=tmp_path) as process:
        wait_until(lambda: "b\n" in (tmp_path / "log").read_text() if (tmp_path / "log").exists() else False, "step b")
        run_id = wait_for_status(server, "running")["native_id"]
        process.kill()
        process.wait()
        run = wait_for_status(server, "interrupted")
        wait_until(lambda: not carriers(marks(run_id)), "its processes to end")
    assert [step["status"] for step in run["steps"]] == ["completed", "interrupted", "pending"]
    assert "parrot run --resume" in run["status_detail"]
    (tmp_path / "ready").touch()
    with running(server, "--resume", run["short_id"], cwd=ROOT) as process:
        assert process.wait(20) == 0
    assert (tmp_path / "log").read_text() == "a\nb\nb\nc\n"
    run = the_run(server)
    assert (run["status"], run["native_id"]) == ("completed", run_id)
    assert parrot(server, "run", "--resume", run["short_id"]).returncode == 1  # nothing to go on with


def test_a_bad_flow_file_runs_nothing(server: RunningServer, tmp_path: Path) -> None:
    path = flow_file(tmp_path, sh("a", "touch ran"), sh("b", "true", 'when = "steps.c.status"'))
    done = parrot(server, "run", str(path))
    assert done.returncode == 2
    assert done.stderr.strip() == f"{path}:10: steps[1].when: there is no step 'c' before this one"
    assert parrot(server, "run", "--check", str(path)).returncode == 2
    assert parrot(server, "run", str(tmp_path / "none.toml")).returncode == 2
    assert server.rows(kind="flow") == []
    assert not (tmp_path / "ran").exists()


def test_ctrl_c_in_a_terminal_leaves_the_server_to_hear_of_it(tmp_path: Path) -> None:
    """The run started the server itself: the terminal's Ctrl-C goes to both."""
    data = tmp_path / "data"
    path = flow_file(tmp_path, sh("a", "echo up > up; sleep 600"))
    process = subprocess.Popen(
        [sys.executable, "-m", "parrot_server", "run", str(path), "--data-dir", str(data)],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"CLAUDE_CONFIG_DIR": str(tmp_path / "none")},
    )
    try:
        wait_until((tmp_path / "up").exists, "the step", within_s=30)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(15) == 130
    finally:
        process.kill()
        process.wait()
    wait_until(lambda: not (data / "server.json").exists(), "the server to follow its run")
    assert list((data / "spool").iterdir()) == []  # everything was said
    with serve(data) as server:
        assert the_run(server)["status"] == "cancelled"


def test_a_server_that_starts_finds_the_runs_that_died_without_it(tmp_path: Path) -> None:
    """Runner, guard and server killed together, as a power cut does it."""
    data = tmp_path / "data"
    path = flow_file(tmp_path, sh("a", "true"), sh("b", "echo up > up; sleep 600"))
    first = start_server(data)
    with contextlib.ExitStack() as stack:
        stack.callback(first.close)
        process = stack.enter_context(running(first, str(path), cwd=tmp_path))
        wait_until((tmp_path / "up").exists, "the step")
        run_id = wait_for_status(first, "running")["native_id"]
        first.kill()
        guards = [pid for pid in _children(process.pid) if b"guard-run" in _command_line(pid)]
        assert len(guards) == 1
        os.kill(guards[0], signal.SIGKILL)
        process.kill()
        process.wait()
    with serve(data) as second:
        run = wait_for_status(second, "interrupted")
        assert [step["status"] for step in run["steps"]] == ["completed", "interrupted"]
    assert not carriers(marks(run_id))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


CLAUDE_SESSION = "5f0c2f0e-6f43-4d3c-9d6b-1f2f0c4c7a11"


def fake_claude(folder: Path, *, writes_to: Path | None) -> Path:
    """A `claude` that answers once; with ``writes_to`` it keeps its session file there, as the real one does."""
    usage = {"input_tokens": 1_000_000, "output_tokens": 0, "cache_read_input_tokens": 0}
    message: dict[str, Any] = {
        "id": "msg_1",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "usage": usage,
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Hello."}],
    }
    common = {"sessionId": CLAUDE_SESSION, "cwd": str(folder), "version": "2.1.197", "isSidechain": False}
    at = "2026-11-23T10:00:00.000Z"
    asked = {"role": "user", "content": "Hi"}
    file = [
        {"type": "user", "uuid": "u1", "parentUuid": None, "timestamp": at, "message": asked, **common},
        {"type": "assistant", "uuid": "a1", "parentUuid": "u1", "timestamp": at, "message": message, **common},
    ]
    stream = [
        {"type": "system", "subtype": "init", "session_id": CLAUDE_SESSION, "model": "claude-sonnet-4-5"},
        {"type": "assistant", "message": message, "session_id": CLAUDE_SESSION, "parent_tool_use_id": None},
        {"type": "result", "subtype": "success", "is_error": False, "result": "Hello.", "total_cost_usd": 3.0},
    ]
    script = "#!/bin/sh\ncat >/dev/null\n"
    if writes_to is not None:
        target = writes_to / "projects" / "-work" / f"{CLAUDE_SESSION}.jsonl"
        target.parent.mkdir(parents=True)
        script += f"cat > '{target}' <<'EOF'\n" + "\n".join(json.dumps(line) for line in file) + "\nEOF\n"
    script += "cat <<'EOF'\n" + "\n".join(json.dumps(line) for line in stream) + "\nEOF\n"
    path = folder / "bin" / "claude"
    path.parent.mkdir()
    path.write_text(script)
    path.chmod(0o755)
    return path.parent


@pytest.mark.parametrize("is_indexed", [False, True], ids=["by the run alone", "also by its own file"])
def test_an_agents_session_is_the_runs_child_and_its_cost_counts_once(tmp_path: Path, *, is_indexed: bool) -> None:
    home = tmp_path / "claude-home"
    home.mkdir()
    folder = fake_claude(tmp_path, writes_to=home if is_indexed else None)
    path = flow_file(tmp_path, "id = 'ask'\nagent = 'claude-code'\nprompt = 'Hi'")
    with serve(tmp_path / "data", sources={"claude-code": home} if is_indexed else None) as server:
        done = subprocess.run(
            [sys.executable, "-m", "parrot_server", "run", str(path), "--data-dir", str(server.data_dir), "--json"],
            cwd=tmp_path,
            env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr

        def child() -> dict[str, Any]:
            children = server.get(f"/v1/sessions/{the_run(server)['id']}")["children"]
            return children[0] if len(children) == 1 else {}

        def transcript() -> int:
            return server.get(f"/v1/sessions/{child()['id']}/messages")["total"] if child() else 0

        wait_until(lambda: not is_indexed or transcript() == 2, "the agent's own file to be read")
        run = server.get(f"/v1/sessions/{the_run(server)['id']}")
        assert (child()["source"], child()["parent"]) == ("claude-code", run["id"])
        assert run["cost"] == child()["cost"]
        assert (run["cost"]["estimated"], run["cost"]["micros"]) == (1, 3_000_000)
        assert [row["id"] for row in server.rows()] == [run["id"]]  # the child is reached through its parent
        assert server.get("/v1/sessions/summary")["cost"]["micros"] == 3_000_000


def test_the_person_at_the_terminal_decides_by_keyboard(server: RunningServer, tmp_path: Path) -> None:
    path = flow_file(tmp_path, sh("a", "true", "checkpoint = true"))
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "parrot_server", "run", str(path), "--data-dir", str(server.data_dir)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    os.close(terminal)
    assert process.stdout is not None
    try:
        wait_for_status(server, "paused")
        os.write(keyboard, b"what\napprove\n")
        said, _ = process.communicate(timeout=15)
    finally:
        process.kill()
        os.close(keyboard)
    assert process.returncode == 0, said
    run = the_run(server)
    me = server.get("/v1/me")["member"]
    (checkpoint,) = server.get(f"/v1/sessions/{run['id']}/timeline")["checkpoints"]
    assert (checkpoint["status"], checkpoint["decided_by"]) == ("approved", me["id"])
    assert f"approved by {me['name']}" in said
