"""Sessions with all that can be known of them, by hand."""

from __future__ import annotations

from typing import Any

from parrot_wire.session import (
    Artifact,
    Checkpoint,
    Cost,
    Detail,
    PullRequest,
    RecordRef,
    Row,
    Step,
    Timeline,
    Tokens,
    Turn,
)
from parrot_wire.times import from_ms
from parrot_wire.values import Action, ArtifactKind, Basis, CheckpointStatus, Kind, Mode, Status

NOW_MS = 1_795_340_000_000


def ago(seconds: float) -> str:
    """A wire time so long before `NOW_MS`."""
    return from_ms(NOW_MS - round(seconds * 1_000))


def cost(micros: int = 840_000, **more: Any) -> Cost:
    counts: dict[str, Any] = {"priced": 3, "estimated": 0, "unpriced": 0, "unknown": 0, **more}
    return Cost(micros=micros, **counts)


def row(session_id: str = "s1", **more: Any) -> Row:
    return Row(**_row(session_id, **more))


def detail(session_id: str = "s1", **more: Any) -> Detail:
    """A running chat with everything about it; ``more`` replaces fields."""
    whole: dict[str, Any] = {
        "models": ("sonnet",),
        "model": "sonnet",
        "tokens": Tokens(input=20_000, output=8_400, cache_read=90_000, cache_write=10_000, total=128_400),
        "own_cost": cost(690_000),
        "turn_count": 23,
        "event_count": 41,
        "children": (row("k1", kind=Kind.TASK, title="Research", parent=session_id, cost=cost(150_000)),),
        "initiative": RecordRef(id="i1", title="CSV export"),
        "repository": "https://github.com/acme/insights",
        "branch": "feat/audit",
        "pull_request": PullRequest(number=482, url="https://github.com/acme/insights/pull/482"),
        "cwd": "/w/app",
        "source_file": "/home/sarah/b3c9917d.jsonl",
        "resume_command": ("claude", "--resume", "b3c9917d"),
    }
    return Detail(**{**_row(session_id), **whole, **more})


def _row(session_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": session_id,
        "short_id": "b3c9917d",
        "seq": 1,
        "kind": Kind.CHAT,
        "mode": Mode.WORKING,
        "title": "Draft three plans",
        "owner": "m1",
        "status": Status.RUNNING,
        "source": "claude-code",
        "native_id": "b3c9917d-1111-2222-3333-444444444444",
        "steps": (),
        "message_count": 46,
        "tool_call_count": 17,
        "cost": cost(),
        "started_at": ago(702),
        "last_activity_at": ago(2),
        "actions": (Action.END, Action.RESUME, Action.OPEN_EDITOR),
        **more,
    }


def turns(count: int = 5) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            n=n,
            status=Status.COMPLETED,
            basis=Basis.PRICED,
            cost=31_000,
            tokens=Tokens(input=100, output=20, cache_read=900, total=1_020),
            started_at=ago(700 - n),
            model="sonnet",
        )
        for n in range(1, count + 1)
    )


def timeline() -> Timeline:
    """Plan done, implementing, verifying waits for a person's word."""
    return Timeline(
        steps=(
            Step(id="plan", name="Plan", skill="plan", status=Status.COMPLETED, started_at=ago(700), ended_at=ago(450)),
            Step(id="implement", name="Implement", status=Status.RUNNING, started_at=ago(440)),
            Step(id="verify", name="Verify", status=Status.PENDING),
        ),
        checkpoints=(
            Checkpoint(
                id="c0",
                before_step="implement",
                status=CheckpointStatus.APPROVED,
                decided_by="m2",
                decided_at=ago(445),
                comment="Go on",
            ),
            Checkpoint(id="c1", before_step="verify", status=CheckpointStatus.WAITING, assignee="m1"),
        ),
        artifacts=(
            Artifact(id="a1", kind=ArtifactKind.PULL_REQUEST, title="insights #482", url="https://x.y/pull/482"),
            Artifact(id="a2", kind=ArtifactKind.FILE, title="plan.md", url="file:///w/app/plan.md"),
            Artifact(id="a3", kind=ArtifactKind.LINK, title="elsewhere", url="javascript:alert(1)"),
        ),
    )
