"""Sessions that live: each knows its next change, tells it as records, and says how long until the one after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from parrot_server.simulate.history import as_message
from parrot_server.simulate.money import a_turn
from parrot_server.simulate.showcase import checkpoint_before
from parrot_server.simulate.stories import conversation, work
from parrot_wire.records import SessionPatch
from parrot_wire.session import Artifact, Checkpoint, Step, Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import ArtifactKind, CheckpointStatus, Decision, MessageRole, Mode, Status

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from parrot_server.simulate.output import Lines
    from parrot_server.simulate.plots import Plot
    from parrot_server.simulate.stories import Line

FAILS = 0.03
"""How often a step of a Flow fails."""
ASKS_A_PERSON = 0.45
"""How often there is a checkpoint before a Verify."""
CHAT_ROUNDS = 4


class Actor(Protocol):
    """One live session."""

    @property
    def plot(self) -> Plot: ...

    @property
    def waits(self) -> bool:
        """Whether it waits for a person, and moves no further by itself."""
        ...

    def advance(self, now_ms: int, lines: Lines) -> float | None:
        """Tell the next change. Seconds until the one after at a natural pace; None when it is over."""
        ...

    def cancel(self, now_ms: int, lines: Lines) -> None:
        """A person stops it."""
        ...


class Voice:
    """Tells of one session: numbers its messages and turns, and keeps its clock from standing still."""

    def __init__(self, plot: Plot, rng: random.Random, *, messages: int, told_ms: int | None) -> None:
        self.plot = plot
        self.rng = rng
        self._messages = messages
        self._last_ms = told_ms or 0

    def at(self, now_ms: int) -> int:
        """The time of the next change: records of one moment would replace each other."""
        self._last_ms = max(now_ms, self._last_ms + 1)
        return self._last_ms

    def patch(self, lines: Lines, at_ms: int, **fields: Any) -> None:
        told = SessionPatch(last_activity_at=from_ms(at_ms), **fields)
        lines.session(self.plot.source, self.plot.native_id, at_ms, told)

    def step(self, lines: Lines, at_ms: int, step: Step) -> None:
        lines.step(self.plot.source, self.plot.native_id, at_ms, step)

    def say(self, lines: Lines, at_ms: int, line: Line, *, step: str | None = None, size: float = 1.0) -> None:
        """A message, and its turn where it was one."""
        self._messages += 1
        message = as_message(line, self._messages, at_ms, self.plot, step)
        lines.message(self.plot.source, self.plot.native_id, at_ms, message)
        if line.turn:
            turn_id = f"{self.plot.native_id}.live.{self._messages}"
            turn = a_turn(self.rng, turn_id, self.plot.runtime, at_ms, size=size)
            lines.turn(self.plot.source, self.plot.native_id, at_ms, turn)


class ChatActor:
    """A chat: prompts, answers, pauses in between, an end."""

    def __init__(self, plot: Plot, rng: random.Random, *, messages: int = 0, told_ms: int | None = None) -> None:
        """told_ms: when the workspace was told of it, with its first prompt; None: it has not begun."""
        self.plot = plot
        self._voice = Voice(plot, rng, messages=messages, told_ms=told_ms)
        self._rng = rng
        self._lines: Iterator[Line] = conversation(rng, plot.title, plot.project, asks=plot.mode is Mode.ASK)
        self._next: Line | None = None
        self._begun = told_ms is not None
        self._rounds = rng.randint(1, CHAT_ROUNDS)
        if self._begun:
            next(self._lines)  # its first prompt was told before

    @property
    def waits(self) -> bool:
        return False

    def advance(self, now_ms: int, lines: Lines) -> float | None:
        at = self._voice.at(now_ms)
        line = self._next or next(self._lines)
        self._next = None
        if not self._begun:
            self._begun = True
            opening = self.plot.told(status=Status.RUNNING, last_activity_at=from_ms(at))
            lines.session(self.plot.source, self.plot.native_id, at, opening)
        elif line.role is MessageRole.USER:
            if self._rounds <= 0:
                self._voice.patch(lines, at, status=Status.ENDED, ended_at=from_ms(at))
                return None
            self._voice.patch(lines, at, status=Status.RUNNING)
        self._voice.say(lines, at, line)
        self._next = next(self._lines)
        if self._next.role is not MessageRole.USER:
            return self._rng.uniform(1.0, 6.0)
        # The agent has answered: the chat is open until the person has read it.
        self._rounds -= 1
        self._voice.patch(lines, at, status=Status.OPEN)
        return self._rng.uniform(10, 45)

    def cancel(self, now_ms: int, lines: Lines) -> None:
        at = self._voice.at(now_ms)
        self._voice.patch(lines, at, status=Status.INTERRUPTED, ended_at=from_ms(at))


class FlowActor:
    """A Flow run: step after step, a checkpoint now and then, a failure once in a while."""

    def __init__(
        self,
        plot: Plot,
        rng: random.Random,
        *,
        messages: int = 0,
        reached: int = -1,
        paused: bool = False,
        told_ms: int | None = None,
    ) -> None:
        """reached: the step it is in, -1 before the first; told_ms: when the workspace was told of it, if it was."""
        self.plot = plot
        self._voice = Voice(plot, rng, messages=messages, told_ms=told_ms)
        self._rng = rng
        self._reached = reached
        self._paused = paused
        self._begun = told_ms is not None
        self._lines: Iterator[Line] = work(rng, plot.title, plot.project) if reached >= 0 and not paused else iter(())
        self._decided: set[str] = set()

    @property
    def waits(self) -> bool:
        return self._paused

    @property
    def _step(self) -> Step:
        return self.plot.steps[self._reached]

    def advance(self, now_ms: int, lines: Lines) -> float | None:
        at = self._voice.at(now_ms)
        if self._paused:
            return 3600.0
        if not self._begun:
            self._begun = True
            queued = self.plot.told(status=Status.QUEUED, last_activity_at=from_ms(at))
            lines.session(self.plot.source, self.plot.native_id, at, queued)
            return self._rng.uniform(5, 30)
        line = next(self._lines, None)
        if line is not None:
            self._voice.say(lines, at, line, step=self._step.id, size=3.0)
            return self._rng.uniform(1.0, 7.0)
        is_running = self._reached >= 0 and self._step.status is Status.RUNNING
        if is_running and self._rng.random() < FAILS:
            self._fail(lines, at)
            return None
        return self._next_step(lines, at)

    def decide(self, decision: Decision, now_ms: int, lines: Lines) -> bool:
        """A person decides at the checkpoint. False where nobody was asked. The run goes on with its next `advance`,
        unless it is over: then `is_over`."""
        if not self._paused:
            return False
        at = self._voice.at(now_ms)
        self._paused = False
        self._decided.add(self._step.id)
        match decision:
            case Decision.APPROVE:
                self._begin(lines, at)
            case Decision.SKIP:
                self._set(lines, at, Status.SKIPPED)
                self._lines = iter(())
                self._voice.patch(lines, at, status=Status.RUNNING, status_detail=None, waiting=None)
            case Decision.REJECT:
                self._set(lines, at, Status.REJECTED)
                self._over(lines, at, Status.REJECTED, None)
        return True

    @property
    def is_over(self) -> bool:
        return self._step.status is Status.REJECTED

    @property
    def checkpoint(self) -> str:
        """The one that is waited at."""
        return checkpoint_before(self._step, self.plot)

    def cancel(self, now_ms: int, lines: Lines) -> None:
        at = self._voice.at(now_ms)
        if self._reached >= 0:
            self._set(lines, at, Status.CANCELLED)
        self._over(lines, at, Status.CANCELLED, None)

    def _next_step(self, lines: Lines, at: int) -> float | None:
        if self._reached >= 0 and self._step.status is Status.RUNNING:
            self._set(lines, at, Status.COMPLETED)
            if self._step.skill == "plan":
                plan = Artifact(id=f"plan-{self._step.id}", kind=ArtifactKind.PLAN, title=f"Plan: {self.plot.title}")
                lines.artifact(self.plot.source, self.plot.native_id, at, plan)
        if self._reached == len(self.plot.steps) - 1:
            self._end_well(lines, at)
            return None
        self._reached += 1
        asks = self._step.skill in ("verify", "create-pr") and self._rng.random() < ASKS_A_PERSON
        if asks and self._step.id not in self._decided:
            self._ask(lines, at)
            return 3600.0
        self._begin(lines, at)
        return self._rng.uniform(1.0, 4.0)

    def _ask(self, lines: Lines, at: int) -> None:
        self._paused = True
        reason = f"approve before {self._step.name}"
        self._set(lines, at, Status.PAUSED)
        waiting = Checkpoint(id=self.checkpoint, before_step=self._step.id, status=CheckpointStatus.WAITING)
        lines.checkpoint(self.plot.source, self.plot.native_id, at, waiting)
        since = Waiting(since=from_ms(at), reason=reason, checkpoint=self.checkpoint)
        self._voice.patch(lines, at, status=Status.PAUSED, status_detail=reason, waiting=since)

    def _begin(self, lines: Lines, at: int) -> None:
        self._set(lines, at, Status.RUNNING)
        self._lines = work(self._rng, self.plot.title, self.plot.project)
        self._voice.patch(lines, at, status=Status.RUNNING, status_detail=None, waiting=None)

    def _fail(self, lines: Lines, at: int) -> None:
        error = self._rng.choice(
            ("4 tests failed", "1 test failed", "merge conflict in the lock file", "lint: 3 problems")
        )
        self._set(lines, at, Status.FAILED, error)
        self._over(lines, at, Status.FAILED, f"{self._step.name}: {error}")

    def _end_well(self, lines: Lines, at: int) -> None:
        if self._step.skill != "create-pr":
            self._over(lines, at, Status.COMPLETED, None)
            return
        request = self.plot.pull_request(self._rng)
        title = f"{self.plot.project.repository} #{request.number}"
        artifact = Artifact(id="pull_request", kind=ArtifactKind.PULL_REQUEST, title=title, url=request.url)
        lines.artifact(self.plot.source, self.plot.native_id, at, artifact)
        status = self._rng.choice((Status.COMPLETED, Status.MERGED))
        self._over(lines, at, status, None, pull_request=request)

    def _over(self, lines: Lines, at: int, status: Status, detail: str | None, **more: Any) -> None:
        self._voice.patch(
            lines,
            at,
            status=status,
            status_detail=detail,
            error=detail,
            waiting=None,
            ended_at=from_ms(at),
            **more,
        )

    def _set(self, lines: Lines, at: int, status: Status, error: str | None = None) -> None:
        old = self._step
        rests = status not in (Status.RUNNING, Status.PAUSED)
        began = old.started_at or (from_ms(at) if status is not Status.PAUSED else None)
        step = Step(
            id=old.id,
            name=old.name,
            skill=old.skill,
            status=status,
            started_at=began,
            ended_at=from_ms(at) if rests else None,
            error=error,
        )
        self.plot.steps[self._reached] = step
        self._voice.step(lines, at, step)
