"""A row of the list as it is painted: everything that does not tick is formatted here, once per change of the row.

Ages and elapsed times are no part of it: they are made from its times at each tick (`relative_time`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from parrot_desktop.domain.cost_caption import cost_caption
from parrot_desktop.domain.people import Person, stranger
from parrot_desktop.domain.relative_time import ago_lasts_ms, elapsed_lasts_ms
from parrot_desktop.domain.status_words import KIND_GLYPHS, kind_word, status_word, step_glyph
from parrot_wire.times import to_ms
from parrot_wire.values import Action, Kind, Mode, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_wire.session import Row, Step
    from parrot_wire.times import Timestamp

MAX_LINE = 300
"""Characters of a title or reason that are kept: more would never be seen, and eliding it would cost."""

# Control characters would break the line; marks that turn the direction of writing could make a title lie.
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]+")


class StepLook(StrEnum):
    """How a step's dot is drawn."""

    DONE = "done"
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    TO_COME = "to_come"


_LOOK_OF_GROUP: Mapping[StatusGroup, StepLook] = {
    StatusGroup.LIVE: StepLook.RUNNING,
    StatusGroup.SETTLED: StepLook.DONE,
    StatusGroup.NEEDS_LOOK: StepLook.FAILED,
    StatusGroup.WAITING: StepLook.WAITING,
    StatusGroup.QUEUED: StepLook.TO_COME,
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One dot of the strip. Times are milliseconds since 1970, None where unknown."""

    name: str
    glyph: str
    look: StepLook
    status: str
    is_live: bool
    started_ms: int | None
    ended_ms: int | None


@dataclass(frozen=True, slots=True)
class RowAction:
    """The one action that a row offers."""

    action: Action
    text: str
    glyph: str
    is_danger: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """What this desktop alone knows of a session. ``pending`` was asked for and is not confirmed yet.

    ``is_hidden`` is for a hidden session that is shown all the same.
    """

    is_unread: bool = False
    is_starred: bool = False
    is_owner_starred: bool = False
    is_hidden: bool = False
    pending: Action | None = None


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class RowView:
    """A row, ready to paint. ``cost`` is None where it is withheld: then there is no caption and no gap.

    ``progress`` is "8 messages"; for a flow with steps it is what stands in where the strip has no room.
    ``reason`` is why the row needs a person, or what its status says beyond the word.
    """

    id: str
    row: Row
    title: str
    kind_glyph: str
    kind_word: str
    badge: str | None
    owner: Person
    short_id: str
    reason: str | None
    progress: str
    steps: tuple[StepView, ...]
    cost: str | None
    status: Status
    group: StatusGroup
    status_word: str
    is_live: bool
    is_started: bool
    last_ms: int
    started_ms: int
    ended_ms: int | None
    action: RowAction | None
    marks: Marks
    needs_since_ms: int | None = None
    """Since when it waits for somebody: where the list is of such, that counts and not when it last moved."""

    def elapsed_ms(self, now_ms: int) -> int | None:
        """How long it has been going; None before it started."""
        if not self.is_started:
            return None
        if self.ended_ms is not None:
            return self.ended_ms - self.started_ms
        return (now_ms if self.is_live else self.last_ms) - self.started_ms

    def age_text(self, times: TimeTexts, now_ms: int) -> str:
        """How long ago it last moved, or how long it has waited."""
        if self.needs_since_ms is not None:
            return times.waits(self.needs_since_ms, now_ms)
        return times.ago(self.last_ms, now_ms)

    def elapsed_text(self, times: TimeTexts, now_ms: int) -> str:
        """How long it has been going; "—" before it started."""
        elapsed_ms = self.elapsed_ms(now_ms)
        return "—" if elapsed_ms is None else times.elapsed(elapsed_ms)

    def times_last_ms(self, now_ms: int) -> int:
        """For how long both texts stay as they are, if nothing happens: at most an hour is promised."""
        age_ms = now_ms - (self.last_ms if self.needs_since_ms is None else self.needs_since_ms)
        lasts_ms = ago_lasts_ms(age_ms)
        if self.is_live and self.ended_ms is None and (elapsed_ms := self.elapsed_ms(now_ms)) is not None:
            lasts_ms = min(lasts_ms, elapsed_lasts_ms(elapsed_ms))
        return lasts_ms


def make_row_view(
    row: Row,
    people: Mapping[str, Person],
    words: Words,
    marks: Marks = NO_MARKS,
    needs_since: Timestamp | None = None,
    *,
    before: RowView | None = None,
) -> RowView:
    """before: the session as it was formatted last, for the same people and in the same words: what of the row is the
    same reads the same. Raises ValueError for a row whose times are none.
    """
    about = before if before is not None and _ABOUT(before.row) == _ABOUT(row) else _about(row, people, words)
    is_same = before is not None and before.marks == marks and _STANDING(before.row) == _STANDING(row)
    standing = before if before is not None and is_same else _standing(row, words, marks)
    return RowView(
        id=row.id,
        row=row,
        title=about.title,
        kind_glyph=about.kind_glyph,
        kind_word=about.kind_word,
        badge=standing.badge,
        owner=about.owner,
        short_id=about.short_id,
        reason=standing.reason,
        progress=_progress(row, words),
        steps=standing.steps,
        cost=before.cost if before is not None and before.row.cost == row.cost else cost_caption(row.cost, words),
        status=row.status,
        group=standing.group,
        status_word=standing.status_word,
        is_live=row.status.is_live,
        is_started=standing.group is not StatusGroup.QUEUED,
        last_ms=to_ms(row.last_activity_at),
        started_ms=to_ms(row.started_at),
        ended_ms=None if row.ended_at is None else to_ms(row.ended_at),
        action=standing.action,
        marks=marks,
        needs_since_ms=None if needs_since is None else to_ms(needs_since),
    )


_ABOUT = attrgetter("title", "kind", "mode", "owner", "short_id")
"""Of a `Row`, all that `_about` asks for."""
_STANDING = attrgetter("kind", "mode", "status", "status_detail", "waiting", "steps", "actions")
"""Of a `Row`, all that `_standing` asks for."""


class _About(NamedTuple):
    """What of a `RowView` hardly ever changes."""

    title: str
    kind_glyph: str
    kind_word: str
    owner: Person
    short_id: str


class _Standing(NamedTuple):
    """What of a `RowView` changes when the work gets on."""

    badge: str | None
    reason: str | None
    steps: tuple[StepView, ...]
    group: StatusGroup
    status_word: str
    action: RowAction | None


def _about(row: Row, people: Mapping[str, Person], words: Words) -> _About:
    return _About(
        title=one_line(row.title) or _untitled(row.kind, words),
        kind_glyph=KIND_GLYPHS[row.kind],
        kind_word=kind_word(row.kind, row.mode, words),
        owner=people.get(row.owner) or stranger(row.owner),
        short_id=row.short_id,
    )


def _standing(row: Row, words: Words, marks: Marks) -> _Standing:
    pending = marks.pending
    return _Standing(
        badge=words.tr("Hidden") if marks.is_hidden else words.tr("Ask") if row.mode is Mode.ASK else None,
        reason=_reason(row),
        steps=tuple(_step_view(step, words) for step in row.steps),
        group=row.status.group,
        status_word=status_word(row.status, words) if pending is None else _pending_word(pending, words),
        action=_row_action(row, words) if pending is None else None,
    )


def spoken_row(view: RowView, words: Words, times: TimeTexts, now_ms: int) -> str:
    """The row as one sentence, for a screen reader."""
    parts = [view.title, view.kind_word, view.status_word, view.owner.name]
    if view.marks.is_unread:
        parts.insert(0, words.tr("Unread"))
    if view.marks.is_starred:
        parts.append(words.tr("starred"))
    if view.marks.is_owner_starred:
        parts.append(words.tr("its owner starred"))
    if view.marks.is_hidden:
        parts.append(words.tr("hidden"))
    if view.reason is not None:
        parts.append(view.reason)
    running = [step.name for step in view.steps if step.look is StepLook.RUNNING]
    parts.extend(words.tr("step {name}", name=name) for name in running)
    if not view.steps:
        parts.append(view.progress)
    if view.cost is not None and view.cost != "—":
        parts.append(view.cost)
    if view.needs_since_ms is not None:
        parts.append(words.tr("waiting since {when}", when=times.spoken_ago(view.needs_since_ms, now_ms)))
    else:
        parts.append(times.spoken_ago(view.last_ms, now_ms))
    return words.listed(parts)


def step_tooltip(step: StepView, words: Words, times: TimeTexts, now_ms: int) -> str:
    """Name, status and elapsed of a step."""
    if step.started_ms is None:
        return words.tr("{name}: {status}", name=step.name, status=step.status)
    end_ms = step.ended_ms if step.ended_ms is not None else now_ms if step.is_live else None
    if end_ms is None:
        return words.tr("{name}: {status}", name=step.name, status=step.status)
    elapsed = times.elapsed(end_ms - step.started_ms)
    return words.tr("{name}: {status}, {elapsed}", name=step.name, status=step.status, elapsed=elapsed)


def one_line(text: str) -> str:
    """Text of a stranger as one line that is safe to draw: no control characters, no turned direction, not endless."""
    return " ".join(_UNSEEN.sub(" ", text[: 4 * MAX_LINE]).split())[:MAX_LINE]


def _untitled(kind: Kind, words: Words) -> str:
    match kind:
        case Kind.FLOW:
            return words.tr("Untitled run")
        case Kind.CHAT:
            return words.tr("Untitled chat")
        case Kind.TASK:
            return words.tr("Untitled task")


def _reason(row: Row) -> str | None:
    if row.waiting is not None and row.waiting.reason:
        return one_line(row.waiting.reason) or None
    if row.status_detail:
        return one_line(row.status_detail) or None
    if row.status.group is StatusGroup.NEEDS_LOOK:
        for step in row.steps:
            if step.error and step.status.group is StatusGroup.NEEDS_LOOK:
                return one_line(f"{step.name}: {step.error}")
    return None


def _progress(row: Row, words: Words) -> str:
    if row.steps:
        done = sum(1 for step in row.steps if step.status.group is StatusGroup.SETTLED)
        return words.tr("{done} of {total} steps", done=done, total=len(row.steps))
    return words.plural(row.message_count, "{n} message", "{n} messages")


def _step_view(step: Step, words: Words) -> StepView:
    return StepView(
        name=one_line(step.name) or step.id,
        glyph=step_glyph(step.skill, step.name),
        look=_LOOK_OF_GROUP[step.status.group],
        status=status_word(step.status, words),
        is_live=step.status.is_live,
        started_ms=None if step.started_at is None else to_ms(step.started_at),
        ended_ms=None if step.ended_at is None else to_ms(step.ended_at),
    )


def _row_action(row: Row, words: Words) -> RowAction | None:
    """A run is cancelled, a conversation is ended; a conversation's turn is cancelled only where End is not offered."""
    wanted = (Action.CANCEL, Action.END) if row.kind is Kind.FLOW else (Action.END, Action.CANCEL)
    for action in wanted:
        if action in row.actions:
            if action is Action.CANCEL:
                return RowAction(action, words.tr("Cancel"), "square", is_danger=True)
            return RowAction(action, words.tr("End"), "circle-check", is_danger=False)
    return None


def _pending_word(action: Action, words: Words) -> str:
    match action:
        case Action.CANCEL:
            return words.tr("Cancelling…")
        case Action.END:
            return words.tr("Ending…")
        case Action.DECIDE:
            return words.tr("Deciding…")
        case Action.RESUME | Action.OPEN_EDITOR:
            return words.tr("Opening…")
