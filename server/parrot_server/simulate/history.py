"""A year of finished work: thousands of sessions, the recent ones with their transcripts."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from parrot_server.simulate.money import a_turn
from parrot_server.simulate.output import Lines
from parrot_server.simulate.plots import a_plot, a_uuid, steps_so_far
from parrot_server.simulate.stories import Line, conversation, work
from parrot_wire.session import Message
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, MessageRole, Mode, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parrot_server.simulate.plots import Plot
    from parrot_server.simulate.team import Person

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
QUIET_MS = 3 * 3_600_000 + 20 * 60_000
"""So long before now the history ends: the newest rows are the live ones."""
TOLD_MS = 4 * DAY_MS
"""Sessions younger than this have transcripts."""
CHUNK_LINES = 2_000

_FLOW_ENDS = (
    (Status.COMPLETED, 46),
    (Status.MERGED, 24),
    (Status.REVIEWED, 8),
    (Status.FAILED, 8),
    (Status.CANCELLED, 5),
    (Status.REJECTED, 4),
    (Status.DISCARDED, 3),
    (Status.INTERRUPTED, 2),
)
_CHAT_ENDS = ((Status.ENDED, 78), (Status.OPEN, 14), (Status.INTERRUPTED, 4), (Status.FAILED, 4))
_ERRORS = (
    "4 tests failed",
    "the type checker found 2 errors",
    "merge conflict in the lock file",
    "timed out after 30m",
    "the build ran out of memory",
    "1 test failed",
    "lint: 3 problems",
)
_HOURS = (0, 0, 0, 0, 0, 1, 2, 6, 14, 20, 22, 18, 10, 16, 20, 20, 16, 10, 5, 3, 3, 2, 1, 0)
"""When people work: a weight for each hour of the day."""


def history(*, seed: int, now_ms: int, since_ms: int, sessions: int, people: Sequence[Person]) -> Iterator[list[bytes]]:
    """Chunks of records of so many finished sessions from ``since_ms`` to a little before ``now_ms``, newest first,
    so that a window has its first rows at once."""
    rng = random.Random(f"history {seed} {since_ms // 60_000}")
    until_ms = now_ms - QUIET_MS
    if until_ms <= since_ms:
        return
    lines = Lines()
    for started_ms in sorted(_starts(rng, since_ms, until_ms, sessions), reverse=True):
        _tell_session(rng, lines, people, started_ms, until_ms, now_ms)
        if len(lines) >= CHUNK_LINES:
            yield lines.take()
    if len(lines):
        yield lines.take()


def _starts(rng: random.Random, since_ms: int, until_ms: int, count: int) -> Iterable[int]:
    """Start times: more on working days, in working hours, and towards the end (the team has taken to it)."""
    days = list(range(since_ms // DAY_MS, until_ms // DAY_MS + 1))
    weights = [_weight_of_day(day, index / len(days)) for index, day in enumerate(days)]
    hours = rng.choices(range(24), _HOURS, k=count)
    for day, hour in zip(rng.choices(days, weights, k=count), hours, strict=True):
        at = day * DAY_MS + hour * 3_600_000 + rng.randrange(3_600_000)
        yield at if since_ms <= at < until_ms - 60_000 else rng.randrange(since_ms, until_ms - 60_000)


def _weight_of_day(day: int, progress: float) -> float:
    weekday = datetime.fromtimestamp(day * 86_400, UTC).weekday()
    return (0.35 + progress) * (1.0 if weekday < 5 else 0.08)


def _tell_session(
    rng: random.Random, lines: Lines, people: Sequence[Person], started_ms: int, until_ms: int, now_ms: int
) -> None:
    kind = Kind.FLOW if rng.random() < 0.42 else Kind.CHAT
    plot = a_plot(rng, kind, people, started_ms)
    minutes = min(rng.lognormvariate(2.6 if kind is Kind.FLOW else 2.1, 0.8), 600)
    ended_ms = min(started_ms + int(minutes * 60_000), until_ms)
    is_recent = now_ms - ended_ms < TOLD_MS
    status = _end(rng, kind, is_recent=is_recent)
    error = rng.choice(_ERRORS) if status is Status.FAILED else None
    reached = len(plot.steps) - 1
    if plot.steps and status in (Status.FAILED, Status.CANCELLED, Status.INTERRUPTED, Status.REJECTED):
        reached = rng.randrange(len(plot.steps))
    if plot.steps:
        step_status = status if reached < len(plot.steps) - 1 or error else Status.COMPLETED
        step_status = status if status in (Status.CANCELLED, Status.INTERRUPTED, Status.REJECTED) else step_status
        plot.steps = steps_so_far(
            plot.steps, reached=reached, status=step_status, started_ms=started_ms, ended_ms=ended_ms, error=error
        )
    ending = _ending(rng, plot, status, ended_ms, error, reached)
    if is_recent:
        lines.session(plot.source, plot.native_id, ended_ms, plot.told(**ending))
        _tell_transcript(rng, lines, plot, started_ms, ended_ms)
    else:
        messages = rng.randint(2, 40) if plot.mode is not Mode.ASK else rng.randint(2, 9)
        counts = {"message_count": messages, "tool_call_count": messages * 2 // 3}
        lines.session(plot.source, plot.native_id, ended_ms, plot.told(**ending, **counts))
        _tell_figures(rng, lines, plot, started_ms, ended_ms, messages)
    if rng.random() < 0.1:
        _tell_task(rng, lines, plot, people, started_ms, ended_ms)


def _end(rng: random.Random, kind: Kind, *, is_recent: bool) -> Status:
    ends = _FLOW_ENDS if kind is Kind.FLOW else _CHAT_ENDS
    status = rng.choices([end for end, _ in ends], [weight for _, weight in ends])[0]
    if not is_recent:
        return Status.ENDED if status is Status.OPEN else status
    # What needs a look today is told by the live part, so that its counts can be taken in at a glance.
    return Status.COMPLETED if status.group in ("needs_look", "waiting") and kind is Kind.FLOW else status


def _ending(
    rng: random.Random, plot: Plot, status: Status, ended_ms: int, error: str | None, reached: int
) -> dict[str, Any]:
    """Fields of `SessionPatch` that say how it came out."""
    at = from_ms(ended_ms)
    fields: dict[str, Any] = {"status": status, "last_activity_at": at}
    if status is not Status.OPEN:
        fields["ended_at"] = at
    if error:
        fields["status_detail"] = fields["error"] = f"{plot.steps[reached].name}: {error}" if plot.steps else error
    if status is Status.MERGED:
        fields["pull_request"] = plot.pull_request(rng)
    return fields


def _tell_figures(rng: random.Random, lines: Lines, plot: Plot, started_ms: int, ended_ms: int, messages: int) -> None:
    """What is left of an old session's turns: few, that stand for many."""
    for number in range(rng.choices((1, 2, 3), (6, 3, 1))[0]):
        at = rng.randint(started_ms, ended_ms)
        turn = a_turn(rng, f"{plot.native_id}.{number}", plot.runtime, at, size=max(messages / 3, 1))
        lines.turn(plot.source, plot.native_id, at, turn)


def _tell_transcript(rng: random.Random, lines: Lines, plot: Plot, started_ms: int, ended_ms: int) -> None:
    """A conversation spread over the session's time."""
    wanted = rng.randint(4, 22) if plot.mode is not Mode.ASK else rng.randint(2, 8)
    if plot.kind is Kind.FLOW:
        told = [
            (step.id, line) for step in plot.steps if step.started_at for line in work(rng, plot.title, plot.project)
        ]
    else:
        chat = conversation(rng, plot.title, plot.project, asks=plot.mode is Mode.ASK)
        told = [("", line) for line in itertools.islice(chat, wanted)]
    for index, (step, line) in enumerate(told):
        at = started_ms + (ended_ms - started_ms) * (index + 1) // (len(told) + 1)
        lines.message(plot.source, plot.native_id, at, as_message(line, index + 1, at, plot, step or None))
        if line.turn:
            size = 3.0 if plot.kind is Kind.FLOW else 1.0
            turn = a_turn(rng, f"{plot.native_id}.{index}", plot.runtime, at, size=size)
            lines.turn(plot.source, plot.native_id, at, turn)


def as_message(line: Line, n: int, at_ms: int, plot: Plot, step: str | None) -> Message:
    """A line of a story as the n-th message of a session."""
    model = plot.runtime.model if line.role is MessageRole.ASSISTANT else None
    return Message(n=n, id=f"m{n}", role=line.role, at=from_ms(at_ms), parts=line.parts, step=step, model=model)


def _tell_task(
    rng: random.Random, lines: Lines, parent: Plot, people: Sequence[Person], started_ms: int, ended_ms: int
) -> None:
    """A subagent of the session, finished within its time."""
    begin = rng.randint(started_ms, max(ended_ms - 1_000, started_ms))
    end = rng.randint(begin, ended_ms)
    task = a_plot(rng, Kind.TASK, people, begin)
    task.source, task.native_id, task.owner = parent.source, a_uuid(rng), parent.owner
    at = from_ms(end)
    told = task.told(parent=parent.native_id, status=Status.COMPLETED, ended_at=at, last_activity_at=at)
    lines.session(task.source, task.native_id, end, told)
    lines.turn(task.source, task.native_id, end, a_turn(rng, f"{task.native_id}.0", task.runtime, end, size=2))
