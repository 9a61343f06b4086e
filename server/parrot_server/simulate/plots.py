"""The course of one made-up session: what it is, how it goes, and how it is told as records."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parrot_server.simulate import titles
from parrot_server.simulate.money import a_runtime
from parrot_server.simulate.team import INITIATIVES, PROJECTS
from parrot_wire.records import SessionPatch
from parrot_wire.session import PullRequest, Step
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, Mode, Status

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from parrot_server.simulate.money import Runtime
    from parrot_server.simulate.team import Person, Project

FLOW_SOURCE = "parrot-run"

FLOW_SHAPES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Plan", "plan"), ("Implement", "implement"), ("Verify", "verify"), ("Open pull request", "create-pr")),
    (("Plan", "plan"), ("Implement", "implement"), ("Verify", "verify"), ("Open pull request", "create-pr")),
    (("Research", "research"), ("Plan", "plan"), ("Implement", "implement"), ("Verify", "verify")),
    (("Collect", "research"), ("Review", "review"), ("Report", "plan")),
    (("Implement", "implement"), ("Verify", "verify"), ("Review", "review"), ("Open pull request", "create-pr")),
)


@dataclass(slots=True, kw_only=True)
class Plot:
    """One session. Times are milliseconds since 1970."""

    source: str
    native_id: str
    kind: Kind
    title: str
    owner: str
    project: Project
    runtime: Runtime
    started_ms: int
    mode: Mode | None = None
    initiative: str | None = None
    plan: str | None = None
    steps: list[Step] = field(default_factory=list[Step])

    def told(self, **more: Any) -> SessionPatch:
        """All that is known of it: what does not change, and further fields of `SessionPatch`."""
        optional: dict[str, Any] = {
            name: value
            for name, value in (("mode", self.mode), ("initiative", self.initiative), ("plan", self.plan))
            if value is not None
        }
        is_flow = self.kind is Kind.FLOW
        return SessionPatch(
            kind=self.kind,
            title=self.title,
            owner=self.owner,
            project=self.project.title,
            repository=self.project.repository,
            cwd=f"/home/{self.owner.split('.')[0]}/{self.project.title}",
            branch=self.branch,
            model=self.runtime.model,
            started_at=from_ms(self.started_ms),
            can=("cancel", "decide") if is_flow else ("cancel", "resume"),
            steps=tuple(self.steps),
            **optional,
            **more,
        )

    @property
    def branch(self) -> str:
        words = "".join(c if c.isalnum() else "-" for c in self.title.lower()).split("-")
        return "feat/" + "-".join(word for word in words if word)[:32].strip("-")

    def pull_request(self, rng: random.Random) -> PullRequest:
        number = rng.randint(120, 4_800)
        return PullRequest(number=number, url=f"https://github.com/{self.project.repository}/pull/{number}")


def a_plot(rng: random.Random, kind: Kind, people: Sequence[Person], started_ms: int) -> Plot:
    """A session that has not begun: who, what, with which tool."""
    owner = rng.choices(people, [person.share for person in people])[0]
    project = rng.choice(PROJECTS)
    initiative = plan = None
    if rng.random() < 0.45:
        chosen = rng.choice(INITIATIVES)
        project = next(each for each in PROJECTS if each.title == chosen.project)
        initiative = chosen.title
        plan = rng.choice(chosen.plans) if rng.random() < 0.6 else None
    mode: Mode | None = None
    steps: list[Step] = []
    match kind:
        case Kind.FLOW:
            title = rng.choice(titles.FLOW_PREFIXES) + titles.work_title(rng, project)
            steps = pending_steps(rng.choice(FLOW_SHAPES))
        case Kind.CHAT:
            mode = Mode.ASK if rng.random() < 0.22 else Mode.WORKING
            title = (titles.ask_title if mode is Mode.ASK else titles.chat_title)(rng, project)
        case Kind.TASK:
            title = titles.task_title(rng, project)
    runtime = a_runtime(rng)
    return Plot(
        source=FLOW_SOURCE if kind is Kind.FLOW else runtime.source,
        native_id=a_uuid(rng),
        kind=kind,
        title=title,
        owner=owner.email,
        project=project,
        runtime=runtime,
        started_ms=started_ms,
        mode=mode,
        initiative=initiative,
        plan=plan,
        steps=steps,
    )


def a_uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def pending_steps(shape: Sequence[tuple[str, str]]) -> list[Step]:
    """The steps of a Flow that has not begun."""
    return [
        Step(id=name.lower().replace(" ", "_"), name=name, skill=skill, status=Status.PENDING) for name, skill in shape
    ]


def steps_so_far(
    steps: Sequence[Step], *, reached: int, status: Status, started_ms: int, ended_ms: int, error: str | None = None
) -> list[Step]:
    """Steps of a run that has come to step ``reached`` (counting from 0), which stands at ``status``."""
    share = (ended_ms - started_ms) // (reached + 1)
    found: list[Step] = []
    for index, step in enumerate(steps):
        if index > reached:
            found.append(step)
            continue
        begin = started_ms + index * share
        last = index == reached
        rests = not last or status not in (Status.RUNNING, Status.PAUSED, Status.BLOCKED)
        found.append(
            Step(
                id=step.id,
                name=step.name,
                skill=step.skill,
                status=status if last else Status.COMPLETED,
                started_at=from_ms(begin) if status is not Status.PAUSED or not last else None,
                ended_at=from_ms(begin + share) if rests else None,
                error=error if last else None,
            )
        )
    return found
