"""The newest rows of the sample, as they stand at its start: one of each kind of row that there is."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parrot_server.simulate.history import as_message
from parrot_server.simulate.money import RUNTIMES, a_turn, charged_turn
from parrot_server.simulate.plots import FLOW_SHAPES, FLOW_SOURCE, Plot, pending_steps, steps_so_far
from parrot_server.simulate.stories import conversation, work
from parrot_server.simulate.team import PEOPLE, project_named
from parrot_wire.session import Artifact, Checkpoint, Step, Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import ArtifactKind, Basis, CheckpointStatus, Kind, Mode, Status

if TYPE_CHECKING:
    from parrot_server.simulate.output import Lines
    from parrot_server.simulate.stories import Line

_MINUTE = 60_000
_SHAPE = FLOW_SHAPES[0]
_ESTIMATED = next(runtime for runtime in RUNTIMES if runtime.basis is Basis.ESTIMATED)
_PRICED = next(runtime for runtime in RUNTIMES if runtime.basis is Basis.PRICED)
_FREE = next(runtime for runtime in RUNTIMES if runtime.basis is Basis.UNPRICED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A row: ``ago_ms`` since it last moved, ``elapsed_ms`` long. ``reached`` is a Flow's step, counting from 0."""

    id: str
    title: str
    owner: int
    project: str
    status: Status
    ago_ms: int
    elapsed_ms: int
    micros: int
    messages: int = 0
    reached: int = 0
    mode: Mode | None = None
    error: str | None = None
    initiative: str | None = None
    plan: str | None = None
    credits: float | None = None
    also_free: bool = False

    @property
    def is_flow(self) -> bool:
        return self.messages == 0


SCENES = (
    Scene(
        id="7c3a2f10-52d8-4c1e-9b0a-6f1d2a7e9c01", title="Full SDLC · CSV export on the reporting page", owner=0,
        project="insights", status=Status.RUNNING, ago_ms=0, elapsed_ms=702_000, micros=840_000, reached=1,
        initiative="CSV Export on the Reporting Page", plan="Export route and test",
    ),
    Scene(
        id="a91be004-7f6c-4f53-8a3d-0c7e5b21d802", title="Why does the nightly import skip rows?", owner=2,
        project="ingest", status=Status.RUNNING, ago_ms=4_000, elapsed_ms=363_000, micros=310_000, messages=14,
        credits=31, initiative="Imports you can trust",
    ),
    Scene(
        id="50d2c7be-1b9f-4d0e-b7a8-93f4e6a2c503", title="Verify CSV format against the Insights fixtures", owner=1,
        project="insights", status=Status.PAUSED, ago_ms=3 * _MINUTE, elapsed_ms=1_450_000, micros=1_920_000, reached=2,
        initiative="CSV Export on the Reporting Page", plan="Format check",
    ),
    Scene(
        id="e77f01aa-3c64-4b92-8d15-2a9c7f50b304", title="Migrate billing webhooks to v3", owner=3, project="billing",
        status=Status.FAILED, ago_ms=9 * _MINUTE, elapsed_ms=1_915_000, micros=2_400_000, reached=1,
        error="4 tests failed", also_free=True, initiative="Billing webhooks v3", plan="Dual-write events",
    ),
    Scene(
        id="09b4d3e1-8e27-4a6f-9c43-71d0b8e5f605", title="Nightly dependency review", owner=4, project="platform",
        status=Status.QUEUED, ago_ms=12 * _MINUTE, elapsed_ms=0, micros=0,
    ),
    Scene(
        id="b3c9917d-0a5e-4e8b-a6d2-5f83c1907406", title="Draft three plans for the audit export", owner=0,
        project="insights", status=Status.ENDED, ago_ms=26 * _MINUTE, elapsed_ms=702_000, micros=310_000, messages=8,
        initiative="CSV Export on the Reporting Page", plan="Audit export endpoint",
    ),
    Scene(
        id="f0aa4c29-6d13-4c75-b9e0-8b2f7a61d507", title="What owns the retry policy in the ingest service?", owner=5,
        project="ingest", status=Status.ENDED, ago_ms=41 * _MINUTE, elapsed_ms=128_000, micros=0, messages=5,
        mode=Mode.ASK,
    ),
    Scene(
        id="c41d8e72-94fb-4f06-8c2b-d6e10a35b908", title="Full SDLC · Rate-limit the public search endpoint", owner=1,
        project="search", status=Status.MERGED, ago_ms=64 * _MINUTE, elapsed_ms=2_900_000, micros=3_180_000, reached=3,
        initiative="Search that keeps up", plan="Rate limits",
    ),
    Scene(
        id="1f6e20d9-2b8a-4d41-9f7c-04c5e9b3a609", title="Refactor session cursor paging", owner=2, project="search",
        status=Status.REJECTED, ago_ms=83 * _MINUTE, elapsed_ms=1_142_000, micros=970_000, reached=2,
        initiative="Search that keeps up", plan="Cursor paging",
    ),
    Scene(
        id="8842bb0c-f5d7-4b3c-86a1-e92d70c4f810", title="Explain the flaky websocket test", owner=3,
        project="web-app", status=Status.INTERRUPTED, ago_ms=130 * _MINUTE, elapsed_ms=1_064_000, micros=660_000,
        messages=22, also_free=True,
    ),
    Scene(
        id="d5e03f61-47c9-4ae2-b318-3f6a9d82e711", title="Docs sweep for the 4.2 release", owner=4, project="web-app",
        status=Status.COMPLETED, ago_ms=185 * _MINUTE, elapsed_ms=1_351_000, micros=1_050_000, reached=3,
        initiative="4.2 release", plan="Docs sweep",
    ),
)  # fmt: skip


def plot_of(scene: Scene, now_ms: int) -> Plot:
    """The scene as a session whose clock begins so that it now reads as drawn."""
    end = now_ms - scene.ago_ms
    started_ms = (now_ms if scene.status.is_live else end) - scene.elapsed_ms
    runtime = _FREE if not scene.micros and not scene.is_flow else _PRICED if scene.credits else _ESTIMATED
    steps = pending_steps(_SHAPE) if scene.is_flow else []
    if steps and scene.status is not Status.QUEUED:
        status = Status.COMPLETED if scene.status in (Status.MERGED, Status.COMPLETED) else scene.status
        steps = steps_so_far(
            steps, reached=scene.reached, status=status, started_ms=started_ms, ended_ms=end, error=scene.error
        )
    return Plot(
        source=FLOW_SOURCE if scene.is_flow else runtime.source,
        native_id=scene.id,
        kind=Kind.FLOW if scene.is_flow else Kind.CHAT,
        title=scene.title,
        owner=PEOPLE[scene.owner].email,
        project=project_named(scene.project),
        runtime=runtime,
        started_ms=started_ms,
        mode=None if scene.is_flow else scene.mode or Mode.WORKING,
        initiative=scene.initiative,
        plan=scene.plan,
        steps=steps,
    )


def tell_scene(lines: Lines, scene: Scene, now_ms: int) -> tuple[Plot, int]:
    """Report a scene as it stands; the session, and how many messages it has."""
    plot = plot_of(scene, now_ms)
    end = now_ms - scene.ago_ms
    rng = random.Random(scene.id)
    # Told as of now, also of what is long past: it must count after what an earlier simulation said of it.
    lines.session(plot.source, plot.native_id, now_ms, plot.told(**_standing(scene, plot, end, rng)))
    _tell_waiting(lines, scene, plot, end)
    messages = _tell_messages(rng, lines, scene, plot, end)
    _tell_turns(rng, lines, scene, plot, end)
    return plot, messages


def _standing(scene: Scene, plot: Plot, end: int, rng: random.Random) -> dict[str, Any]:
    """Fields of `SessionPatch`: how it stands."""
    at = from_ms(end)
    fields: dict[str, Any] = {
        "status": scene.status,
        "last_activity_at": at,
        "ended_at": None,
        "status_detail": None,
        "error": None,
        "waiting": None,
    }
    if not scene.is_flow:
        fields["message_count"] = scene.messages
    if not scene.status.is_active:
        fields["ended_at"] = at
    if scene.error:
        fields["status_detail"] = fields["error"] = f"{plot.steps[scene.reached].name}: {scene.error}"
    if scene.status is Status.PAUSED:
        step = plot.steps[scene.reached]
        reason = f"approve before {step.name}"
        fields["status_detail"] = reason
        fields["waiting"] = Waiting(since=at, reason=reason, checkpoint=checkpoint_before(step, plot))
    if scene.status is Status.MERGED:
        fields["pull_request"] = plot.pull_request(rng)
    return fields


def checkpoint_before(step: Step, plot: Plot) -> str:
    """The id of the checkpoint before a step; another one each time that the sample begins anew."""
    return f"before-{step.id}.{plot.started_ms}"


def _tell_waiting(lines: Lines, scene: Scene, plot: Plot, end: int) -> None:
    if scene.status not in (Status.PAUSED, Status.REJECTED):
        return
    step = plot.steps[scene.reached]
    decided = scene.status is Status.REJECTED
    checkpoint = Checkpoint(
        id=checkpoint_before(step, plot),
        before_step=step.id,
        status=CheckpointStatus.REJECTED if decided else CheckpointStatus.WAITING,
        comment="the cursor would leak ids" if decided else None,
        decided_at=from_ms(end) if decided else None,
    )
    lines.checkpoint(plot.source, plot.native_id, end, checkpoint)


def _tell_messages(rng: random.Random, lines: Lines, scene: Scene, plot: Plot, end: int) -> int:
    told: list[tuple[Step | None, Line]]
    if scene.is_flow:
        begun = [step for step in plot.steps if step.started_at]
        told = [(step, line) for step in begun for line in work(rng, scene.title, plot.project)]
        if begun and scene.status not in (Status.QUEUED,):
            plan = Artifact(
                id="plan", kind=ArtifactKind.PLAN, title="Plan: " + scene.title.removeprefix("Full SDLC · ")
            )
            lines.artifact(plot.source, plot.native_id, plot.started_ms + 1, plan)
    else:
        chat = conversation(rng, scene.title, plot.project, asks=scene.mode is Mode.ASK)
        told = [(None, line) for line in itertools.islice(chat, scene.messages * 3 // 2)]
    for n, (step, line) in enumerate(told, 1):
        at = plot.started_ms + (end - plot.started_ms) * n // (len(told) + 1)
        message = as_message(line, n, at, plot, step.id if step else None)
        lines.message(plot.source, plot.native_id, at, message)
    return len(told)


def _tell_turns(rng: random.Random, lines: Lines, scene: Scene, plot: Plot, end: int) -> None:
    """Turns that add up to the amount of the scene."""
    if scene.status is Status.QUEUED:
        return
    count = 4
    at = plot.started_ms
    share = scene.micros // count
    for number in range(count if scene.micros else 0):
        at = plot.started_ms + (end - plot.started_ms) * (number + 1) // (count + 1)
        micros = share if number else scene.micros - share * (count - 1)
        credits = scene.credits / count if scene.credits else None
        lines.turn(
            plot.source,
            plot.native_id,
            at,
            charged_turn(f"{scene.id}.{number}", plot.runtime.model, at, micros, credits),
        )
    if scene.also_free or not scene.micros:
        free = a_turn(rng, f"{scene.id}.free", _FREE, at + 1, basis=Basis.UNPRICED)
        lines.turn(plot.source, plot.native_id, at + 1, free)
