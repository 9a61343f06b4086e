"""What is said of a Flow run from step to step."""

from __future__ import annotations

from datetime import UTC

import msgspec

from parrot_desktop.domain.people import Person
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.row_view import StepLook
from parrot_desktop.domain.run_timeline import (
    CheckpointItem,
    StepItem,
    TimelineContext,
    TimelineItem,
    readable,
    timeline_items,
)
from parrot_desktop.domain.words import EnglishWords
from parrot_wire.session import Step
from parrot_wire.values import Kind, Status
from tests.helpers.details import NOW_MS, ago, cost, row, timeline, turns

WORDS = EnglishWords()
PEOPLE = {"m1": Person("m1", "Sarah Chen", "SC", 0), "m2": Person("m2", "Tom Asare", "TA", 1)}
CONTEXT = TimelineContext(WORDS, TimeTexts(WORDS, zone=UTC), PEOPLE)


def items(*, sees_cost: bool = True) -> tuple[TimelineItem, ...]:
    agents = (row("k1", kind=Kind.TASK, title="Run · Implement", started_at=ago(430), cost=cost(150_000)),)
    return timeline_items(timeline(), turns(2), agents, CONTEXT, now_ms=NOW_MS, sees_cost=sees_cost)


def test_checkpoints_stand_before_their_steps() -> None:
    assert [item.id for item in items()] == ["plan", "c0", "implement", "c1", "verify"]


def test_a_step_says_how_it_stands_and_what_it_took() -> None:
    steps = [item for item in items() if isinstance(item, StepItem)]
    assert [(step.look, step.elapsed_ms, step.detail) for step in steps] == [
        (StepLook.DONE, 250_000, "$0.06"),
        (StepLook.RUNNING, None, "Running · $0.15"),
        (StepLook.TO_COME, None, "Pending"),
    ]
    assert steps[1].child == "k1"


def test_no_cost_is_told_to_those_who_may_not_see_it() -> None:
    assert [item.detail for item in items(sees_cost=False) if isinstance(item, StepItem)] == ["", "Running", "Pending"]


def test_a_checkpoint_says_who_decided_or_for_whom_it_waits() -> None:
    checkpoints = [item for item in items() if isinstance(item, CheckpointItem)]
    assert [(each.text, each.comment, each.is_waiting) for each in checkpoints] == [
        ("Approved by Tom Asare · 7m ago", "Go on", False),
        ("Waits for Sarah Chen", "", True),
    ]


def test_a_failed_step_shows_its_error() -> None:
    failed = Step(id="s", name="Verify", status=Status.FAILED, started_at=ago(60), ended_at=ago(30), error="4 failed")
    run = msgspec.structs.replace(timeline(), steps=(failed,), checkpoints=())
    (step,) = timeline_items(run, (), (), CONTEXT, now_ms=NOW_MS, sees_cost=True)
    assert isinstance(step, StepItem)
    assert (step.look, step.detail, step.error) == (StepLook.FAILED, "Failed", "4 failed")


def test_an_earlier_decision_is_told_with_names_and_local_times() -> None:
    said = readable("rejected by m1 at 2026-11-23T08:32:37.148Z", PEOPLE, CONTEXT.times)
    assert "rejected by Sarah Chen at" in said
    assert "T08:32" not in said
    assert "2026" in said
