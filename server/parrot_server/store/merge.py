"""Folding a session's patch into its facts: only the fields that it holds, and none older than what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, structs

from parrot_server.store.facts import EPOCH
from parrot_wire import codec
from parrot_wire.records import SessionPatch
from parrot_wire.values import Kind, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.store.entry import Entry
    from parrot_server.store.links import Links
    from parrot_server.store.work import Work
    from parrot_wire.session import Step, Waiting
    from parrot_wire.times import Timestamp

_APART = frozenset(
    {"owner", "project", "initiative", "plan", "parent", "parent_source", "steps", "last_activity_at", "waiting"}
)
_PLAIN = tuple(name for name in SessionPatch.__struct_fields__ if name not in _APART)


def merge_patch(work: Work, links: Links, entry: Entry, patch: SessionPatch, at: Timestamp, owner: str | None) -> None:
    """Write the patch's fields into the entry.

    at: the record's time, which no newer field gives way to; empty: newer than all before it. owner: the patch's,
    resolved. Raises work.CircularParents before anything is written.
    """
    facts, marks = entry.facts, entry.marks
    field_at = dict(marks.field_at)
    is_newest = _judge_age(field_at, at)
    if patch.parent is not UNSET and is_newest("parent"):
        work.set_parent(entry, None if patch.parent is None else (patch.parent_source or entry.source, patch.parent))
    marks.field_at = field_at
    for name in _PLAIN:
        value = getattr(patch, name)
        if value is not UNSET and is_newest(name):
            setattr(facts, name, value)
    if patch.kind is Kind.FLOW and facts.status is Status.OPEN:
        # Nobody has said where the run stands; "open" is for chats.
        facts.status = Status.PENDING
    if owner is not None and is_newest("owner"):
        facts.owner = owner
    if patch.project is not UNSET and is_newest("project"):
        facts.project = links.record("project", patch.project)
    if patch.initiative is not UNSET and is_newest("initiative"):
        facts.initiative = links.record("initiative", patch.initiative)
    if patch.plan is not UNSET and is_newest("plan"):
        facts.plan = links.record("plan", patch.plan)
    if patch.steps is not UNSET and is_newest("steps"):
        before = facts.steps
        facts.steps = _merge_steps(entry, patch.steps, at)
        for step in facts.steps:
            if step not in before:
                work.tell(entry, "step", codec.encode(step))
    if patch.waiting is not UNSET and is_newest("waiting"):
        set_waiting(entry, links, patch.waiting)
    if patch.started_at is not UNSET:
        marks.started_stated = True
    if patch.last_activity_at is not UNSET and is_newest("last_activity_at"):
        marks.stated_activity = patch.last_activity_at
    if at:
        marks.patch_activity = max(at, marks.patch_activity or at)
        if not marks.started_stated:
            facts.started_at = at if facts.started_at == EPOCH else min(at, facts.started_at)
    settle_activity(entry)


def set_waiting(entry: Entry, links: Links, waiting: Waiting | None) -> None:
    """Why the session waits; its assignee becomes a member's id where one is meant."""
    if waiting is not None and waiting.assignee is not None:
        waiting = structs.replace(waiting, assignee=links.member_or_text(waiting.assignee))
    entry.facts.waiting = waiting


def merge_step(entry: Entry, step: Step, at: Timestamp) -> bool:
    """Write one step; False where it is older than what is there. An unknown step comes last."""
    marks, facts = entry.marks, entry.facts
    if at < marks.step_at.get(step.id, at):
        return False
    marks.step_at = marks.step_at | {step.id: at}
    places = [index for index, known in enumerate(facts.steps) if known.id == step.id]
    if not places and at < marks.field_at.get("steps", at):
        # A newer list of all steps left it out.
        return False
    if places:
        facts.steps = (*facts.steps[: places[0]], step, *facts.steps[places[0] + 1 :])
    else:
        facts.steps = (*facts.steps, step)
    return True


def delete_step(entry: Entry, step_id: str, at: Timestamp) -> bool:
    """Take a step out; False where it is unknown or newer."""
    facts = entry.facts
    if at < entry.marks.step_at.get(step_id, at) or all(step.id != step_id for step in facts.steps):
        return False
    facts.steps = tuple(step for step in facts.steps if step.id != step_id)
    return True


def settle_activity(entry: Entry) -> None:
    """When the work last moved: as the source states it, else when it last said something; and never before a record.

    A source that states no beginning began with the first thing that it said.
    """
    facts, marks = entry.facts, entry.marks
    said = marks.stated_activity or marks.patch_activity
    facts.activity = max(said or EPOCH, marks.record_activity or EPOCH)
    if not marks.started_stated and facts.started_at == EPOCH:
        facts.started_at = facts.activity


def note_record(entry: Entry, at: Timestamp) -> None:
    """A record of the work (a turn, a message, a step) is from this time."""
    facts, marks = entry.facts, entry.marks
    marks.record_activity = max(at, marks.record_activity or at)
    if not marks.started_stated:
        facts.started_at = at if facts.started_at == EPOCH else min(at, facts.started_at)
    settle_activity(entry)


def _merge_steps(entry: Entry, steps: tuple[Step, ...], at: Timestamp) -> tuple[Step, ...]:
    """The list as stated, but a step that was told later on its own stays as it was told."""
    if not at:
        return steps
    marks = entry.marks
    later = {step.id: step for step in entry.facts.steps if marks.step_at.get(step.id, "") > at}
    merged = [later.pop(step.id, step) for step in steps]
    merged += later.values()
    marks.step_at = {step.id: max(at, marks.step_at.get(step.id, at)) for step in merged}
    return tuple(merged)


def _judge_age(field_at: dict[str, Timestamp], at: Timestamp) -> Callable[[str], bool]:
    """Whether a field of a record from ``at`` may be written; notes that it was."""
    if not at:
        return lambda _name: True

    def is_newest(name: str) -> bool:
        if at < field_at.get(name, at):
            return False
        field_at[name] = at
        return True

    return is_newest
