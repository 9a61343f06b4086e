"""A Flow run as a list from top to bottom: its steps, and the checkpoints that stand before some of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.cost_caption import cost_caption
from parrot_desktop.domain.people import stranger
from parrot_desktop.domain.row_view import StepLook
from parrot_desktop.domain.status_words import status_word, step_glyph
from parrot_wire.cost import ZERO, add
from parrot_wire.session import Cost
from parrot_wire.times import to_ms
from parrot_wire.values import Basis, CheckpointStatus, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Checkpoint, Row, Step, Timeline, Turn

LOOKS: dict[StatusGroup, StepLook] = {
    StatusGroup.LIVE: StepLook.RUNNING,
    StatusGroup.SETTLED: StepLook.DONE,
    StatusGroup.NEEDS_LOOK: StepLook.FAILED,
    StatusGroup.WAITING: StepLook.WAITING,
    StatusGroup.QUEUED: StepLook.TO_COME,
}

_WIRE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class StepItem:
    """One step. Times are milliseconds since 1970; ``elapsed_ms`` is None while it ticks or before it began."""

    id: str
    name: str
    glyph: str
    look: StepLook
    status: str
    detail: str
    error: str
    started_ms: int | None
    elapsed_ms: int | None
    child: str | None
    """The agent's session of the step."""


@dataclass(frozen=True, slots=True)
class CheckpointItem:
    """Where a person decides. ``text`` says for whom it waits, or who decided what, and when."""

    id: str
    before_step: str
    status: CheckpointStatus
    text: str
    comment: str
    is_waiting: bool
    assignee: str | None


TimelineItem = StepItem | CheckpointItem


@dataclass(frozen=True, slots=True)
class TimelineContext:
    """How a timeline is put into words."""

    words: Words
    times: TimeTexts
    people: Mapping[str, Person]


def timeline_items(
    timeline: Timeline,
    turns: Sequence[Turn],
    children: Sequence[Row],
    context: TimelineContext,
    *,
    now_ms: int,
    sees_cost: bool,
) -> tuple[TimelineItem, ...]:
    """Steps in their order, each after the checkpoint that stands before it."""
    costs = step_costs(timeline.steps, turns, children) if sees_cost else {}
    before = {checkpoint.before_step: checkpoint for checkpoint in timeline.checkpoints}
    items: list[TimelineItem] = []
    for step in timeline.steps:
        checkpoint = before.get(step.id)
        if checkpoint is not None:
            items.append(_checkpoint(checkpoint, context, now_ms))
        items.append(_step(step, costs.get(step.id), children, context))
    known = {step.id for step in timeline.steps}
    items.extend(_checkpoint(each, context, now_ms) for each in timeline.checkpoints if each.before_step not in known)
    return tuple(items)


def step_costs(steps: Sequence[Step], turns: Sequence[Turn], children: Sequence[Row]) -> dict[str, Cost]:
    """What each step cost: the run's own turns while it went on, and the agents' sessions that it started.

    Steps go one after the other, so that a time belongs to the last step that had begun by then.
    """
    begun = sorted((step.started_at, step.id) for step in steps if step.started_at is not None)
    if not begun:
        return {}

    def step_at(at: str) -> str:
        return next((step_id for started, step_id in reversed(begun) if started <= at), begun[0][1])

    found: dict[str, list[Cost]] = {step_id: [] for _, step_id in begun}
    for turn in turns:
        if turn.cost is not None:
            found[step_at(turn.started_at)].append(_of_turn(turn))
    for child in children:
        owner = child_step(steps, child)
        if child.cost is not None:
            found.setdefault(owner or step_at(child.started_at), []).append(child.cost)
    return {step_id: add(costs) for step_id, costs in found.items()}


def child_step(steps: Sequence[Step], child: Row) -> str | None:
    """The step whose agent a session is: it is named after it."""
    return next((step.id for step in steps if child.title.endswith(f" · {step.name}")), None)


def _of_turn(turn: Turn) -> Cost:
    counts = {basis.value: int(turn.basis is basis) for basis in Basis}
    return Cost(micros=turn.cost or 0, credits=turn.credits, **counts)


def _step(step: Step, cost: Cost | None, children: Sequence[Row], context: TimelineContext) -> StepItem:
    words = context.words
    said: list[str] = []
    agents = [child for child in children if child.title.endswith(f" · {step.name}")]
    if step.started_at is None or step.status.group is not StatusGroup.SETTLED:
        said.append(status_word(step.status, words))
    caption = cost_caption(cost, words) if cost is not None and cost != ZERO else None
    if caption:
        said.append(caption)
    started_ms = to_ms(step.started_at) if step.started_at is not None else None
    ended = started_ms is not None and step.ended_at is not None
    return StepItem(
        id=step.id,
        name=step.name,
        glyph=step_glyph(step.skill, step.name),
        look=LOOKS[step.status.group],
        status=status_word(step.status, words),
        detail=" · ".join(said),
        error=step.error or "",
        started_ms=started_ms,
        elapsed_ms=to_ms(step.ended_at) - started_ms if ended and step.ended_at and started_ms is not None else None,
        child=agents[-1].id if agents else None,
    )


def _checkpoint(checkpoint: Checkpoint, context: TimelineContext, now_ms: int) -> CheckpointItem:
    tr = context.words.tr
    is_waiting = checkpoint.status is CheckpointStatus.WAITING
    if is_waiting:
        who = _name(checkpoint.assignee, context)
        text = tr("Waits for {name}", name=who) if who else tr("Waits for a decision")
    else:
        who = _name(checkpoint.decided_by, context) or tr("someone")
        sentence = {
            CheckpointStatus.APPROVED: "Approved by {name}",
            CheckpointStatus.REJECTED: "Rejected by {name}",
            CheckpointStatus.SKIPPED: "Skipped by {name}",
        }.get(checkpoint.status, "Decided by {name}")
        text = tr(sentence, name=who)
        if checkpoint.decided_at is not None:
            text = f"{text} · {context.times.ago(to_ms(checkpoint.decided_at), now_ms)}"
    return CheckpointItem(
        id=checkpoint.id,
        before_step=checkpoint.before_step,
        status=checkpoint.status,
        text=text,
        comment=checkpoint.comment or "",
        is_waiting=is_waiting,
        assignee=checkpoint.assignee,
    )


def _name(member_id: str | None, context: TimelineContext) -> str:
    if member_id is None:
        return ""
    return (context.people.get(member_id) or stranger(member_id)).name


def readable(earlier: str, people: Mapping[str, Person], times: TimeTexts) -> str:
    """What a workspace says of an earlier decision, with names for ids and local times."""
    for member, person in people.items():
        earlier = earlier.replace(member, person.name)
    return _WIRE_TIME.sub(lambda found: times.moment(to_ms(found[0])), earlier)
