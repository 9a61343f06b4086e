"""One server a module, with a little of everything in it, and a token for every role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_wire.values import Role
from tests.helpers.records import artifact, at, checkpoint, message, session, turn
from tests.helpers.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.helpers.server import RunningServer

STEPS = [
    {"id": "plan", "name": "Plan", "skill": "plan", "status": "completed"},
    {"id": "verify", "name": "Verify", "status": "paused"},
]


def workspace_records() -> list[dict[str, Any]]:
    """Ten chats, a flow that waits at a checkpoint, a chat that runs, a subagent, and what hangs on them."""
    chats = [
        session(
            f"chat-{n}",
            seconds=n,
            title=f"Chat number {n}",
            project="alpha" if n % 2 else "beta",
            status="failed" if n == 3 else "open",
            owner="Grace" if n < 4 else "Alan",
        )
        for n in range(10)
    ]
    flow = session(
        "flow",
        seconds=20,
        kind="flow",
        title="Full SDLC",
        status="paused",
        initiative="Exports",
        steps=STEPS,
        can=["cancel", "decide"],
        waiting={"since": at(19), "reason": "Before Verify", "checkpoint": "c1"},
    )
    return [
        *chats,
        flow,
        checkpoint("flow", "c1", seconds=20),
        artifact("flow", "a1", seconds=20),
        session("talk", seconds=30, title="Fix the login", status="running", can=["resume"], cwd="/w"),
        session("sub", seconds=31, kind="task", parent="talk", title="Look around", status="completed"),
        message("talk", 1, "Why does the login fail?", seconds=28),
        message("talk", 2, "x" * 100_000, role="assistant", seconds=29),
        turn("talk", "t1", seconds=29, cost=5000, credits=2.5),
        turn("sub", "t2", seconds=31, cost=700),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with serve(tmp_path_factory.mktemp("workspace")) as running:
        assert running.ingest(workspace_records())["refused"] == []
        yield running
        said = (running.data_dir / "server-output.txt").read_text()
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def ids(server: RunningServer) -> dict[str, str]:
    """Native id -> id."""
    rows = server.rows() + server.rows(kind="task")
    return {row["native_id"]: row["id"] for row in rows}


@pytest.fixture(scope="module")
def tokens(server: RunningServer) -> dict[Role, str]:
    """A token for every role, each of a member of that role."""
    made: dict[Role, str] = {}
    for role in Role:
        member = server.http.post("/v1/members", json={"name": f"The {role}", "role": role}).json()
        answer = server.http.post("/v1/tokens", json={"member": member["id"], "name": "test"})
        assert answer.status_code == 201, answer.text
        made[role] = answer.json()["token"]
    return made
