"""Runs a Flow: step after step, reporting all the time, waiting where a person decides, stopping when told to."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parrot_server.flows.agent_work import AgentWork
from parrot_server.flows.agents import AGENTS
from parrot_server.flows.chronicle import Chronicle
from parrot_server.flows.definition import AgentStep, CheckpointMode, CommandStep, ErrorRule
from parrot_server.flows.gate import Gate, Verdict
from parrot_server.flows.limits import Hit, Limits, Stopwatch
from parrot_server.flows.outcomes import Outcome, step_environment, template_values
from parrot_server.flows.processes import CannotStart, carriers, end_all, marks, members_of_sessions
from parrot_server.flows.templates import BadTemplate, holds, render
from parrot_server.flows.work import CommandWork, Pumps, Work, WorkResult
from parrot_wire.values import Decision, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parrot_server.flows.definition import Flow, FlowStep, ParameterValue
    from parrot_server.flows.journal import Journal, RunState
    from parrot_server.flows.report import Report, Watcher
    from parrot_server.flows.transcript import StepTranscript
    from parrot_server.flows.workplace import Workplace
    from parrot_wire.records import TurnRecord

STOP_GRACE_S = 1.0
"""How long a stopped step's last output is waited for once its processes are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this runner runs. ``member`` is who runs it, where the workspace has said; ``yes`` approves checkpoints."""

    yes: bool = False
    member: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    recorded: Callable[[str, str], Sequence[TurnRecord]] = lambda source, session_id: ()
    """Turns that an agent's own session file holds: (source, native id) -> turns, empty where there is no such file."""


class _Rejected(Exception):
    """A person said no; the run ends."""


class _Skipped(Exception):
    """A person passes over the step that is under way."""


class FlowRun:
    """One run, from its start (or from where it stopped) to its end."""

    def __init__(
        self,
        flow: Flow,
        *,
        state: RunState,
        journal: Journal,
        report: Report,
        watcher: Watcher,
        workplace: Workplace,
        settings: Settings,
    ) -> None:
        self._flow = flow
        self._state = state
        self._cwd = workplace.cwd
        self._settings = settings
        self._take = state.takes + 1
        self._parameters: Mapping[str, ParameterValue] = state.started.parameters
        self._chronicle = Chronicle(
            flow, state=state, journal=journal, report=report, watcher=watcher, workplace=workplace
        )
        self._gate = Gate()
        self._limits = Limits(flow.defaults, state.spent)
        self._pumps = Pumps()
        self._outcomes: dict[str, Outcome] = {}
        self._sessions: list[int] = list(state.sessions)
        self._work: Work | None = None
        self._going: asyncio.Task[Status] | None = None
        self._stop: Status | None = None
        self._stop_detail: str | None = None
        self.stopped = asyncio.Event()
        """Set when nothing of the run is left: no process, and its end is reported."""

    @property
    def run_id(self) -> str:
        return self._state.started.run_id

    async def run(self) -> Status:
        """Run to the end: completed, failed, rejected, cancelled or interrupted."""
        self._chronicle.begin()
        self._going = asyncio.create_task(self._all_steps(), name=f"run-{self.run_id}")
        if self._stop is not None:  # it was stopped before it began
            self._going.cancel()
        status = Status.FAILED
        detail: str | None = None
        try:
            status = await self._going
        except _Rejected as rejection:
            status, detail = Status.REJECTED, str(rejection)
        except asyncio.CancelledError:
            if self._stop is None:
                raise
            status, detail = self._stop, self._stop_detail
        except OSError as error:  # the disk is full: nothing more can be recorded
            status, detail = Status.FAILED, f"{error}"
        finally:
            await self._leave_nothing(kill=status is not Status.COMPLETED)
            self._chronicle.finish(status, detail)
            self.stopped.set()
        return status

    def stop(self, status: Status, detail: str | None = None) -> None:
        """End it: as cancelled, or as interrupted. Asking twice kills at once; `stopped` tells when all is over."""
        if self._stop is not None:
            if self._work is not None:
                self._work.process.kill()
            return
        self._stop = status
        self._stop_detail = detail
        if self._going is not None:
            self._going.cancel()

    def decide(self, checkpoint: str | None, verdict: Verdict) -> Verdict | None:
        """Answer a checkpoint, by default the one that is waited for. None where this decides it, else the earlier
        verdict. Raises LookupError where nothing is waited for."""
        name = checkpoint or self._gate.question
        if name is None:
            raise LookupError("the run does not wait for anybody")
        return self._gate.decide(name, verdict)

    @property
    def question(self) -> str | None:
        """The checkpoint that is waited for."""
        return self._gate.question

    # ---- the steps, one after the other

    async def _all_steps(self) -> Status:
        for step in self._flow.steps:
            known = self._state.ended.get(step.id)
            if known is not None and known.step.status in (Status.COMPLETED, Status.SKIPPED):
                outcome = Outcome(
                    status=known.step.status, result=known.result, error=known.step.error, exit_code=known.exit_code
                )
            else:
                outcome = await self._step(step)
            self._outcomes[step.id] = outcome
            if outcome.status is Status.FAILED:
                return Status.FAILED
        return Status.COMPLETED

    async def _step(self, step: FlowStep) -> Outcome:
        """One step with all that belongs to it. Raises _Rejected."""
        outcome = Outcome(status=Status.FAILED, error="stopped")
        try:
            if step.when is not None and not holds(step.when, self._values()):
                outcome = Outcome(status=Status.SKIPPED)
            else:
                if step.checkpoint:
                    await self._checkpoint(step)
                outcome = await self._attempts(step)
        except BadTemplate as error:
            outcome = Outcome(status=Status.FAILED, error=f"{error}")
        except _Skipped:
            outcome = Outcome(status=Status.SKIPPED)
        except _Rejected:
            outcome = Outcome(status=Status.REJECTED)
            raise
        except asyncio.CancelledError:
            outcome = Outcome(status=self._stop or Status.CANCELLED)
            raise
        finally:
            self._limits.end_step()
            self._chronicle.step_ended(step, outcome, self._limits.spent, self._values())
        return outcome

    async def _attempts(self, step: FlowStep) -> Outcome:
        """Try, and try again where the step says so."""
        tries = 1 + step.on_error.retries
        result = WorkResult(result="", error=None, exit_code=None)
        for attempt in range(1, tries + 1):
            transcript = self._chronicle.transcript.step(step.id, f"{self._take}.{attempt}")
            self._chronicle.step_is(step.id, Status.RUNNING)
            refresh = asyncio.create_task(transcript.keep_fresh(), name=f"refresh-{step.id}")
            try:
                result = await self._attempt(step, transcript, attempt)
            finally:
                refresh.cancel()
                transcript.flush()
            if result.error is None:
                return Outcome(status=Status.COMPLETED, result=result.result, exit_code=result.exit_code)
            if attempt < tries:
                transcript.note("retry", f"attempt {attempt} of {tries} failed: {result.error}; trying again")
        status = Status.SKIPPED if step.on_error.rule is ErrorRule.SKIP else Status.FAILED
        return Outcome(status=status, result=result.result, error=result.error, exit_code=result.exit_code)

    async def _attempt(self, step: FlowStep, transcript: StepTranscript, attempt: int) -> WorkResult:
        try:
            work = await self._start(step, transcript)
        except (CannotStart, BadTemplate) as error:
            transcript.fail(str(error))
            return WorkResult(result="", error=str(error), exit_code=None)
        self._work = work
        self._sessions.append(work.process.pid)
        self._chronicle.step_runs(step.id, attempt, work.process.pid)
        following = asyncio.create_task(work.finish(), name=f"work-{step.id}")
        try:
            return await self._attend(step, transcript, work, following)
        finally:
            # Also when this is cancelled: the processes go first, so that their last words are still heard.
            if not following.done():
                await work.process.end()
                await asyncio.wait({following}, timeout=STOP_GRACE_S)
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await following
            self._work = None

    async def _start(self, step: FlowStep, transcript: StepTranscript) -> Work:
        """Raises CannotStart or BadTemplate."""
        values = self._values()
        env = step_environment(
            self._settings.environment,
            run_id=self.run_id,
            flow_id=self._flow.id,
            step_id=step.id,
            parameters=self._parameters,
            outcomes=self._outcomes,
        )
        match step.work:
            case CommandStep(argv=argv):
                rendered = [render(argument, values).replace("\0", "") for argument in argv]
                return await CommandWork.start(
                    rendered,
                    env=env,
                    cwd=self._cwd,
                    transcript=transcript,
                    pumps=self._pumps,
                    on_line=self._chronicle.hear,
                )
            case AgentStep(agent=name, prompt=prompt):
                agent = AGENTS[name]
                return await AgentWork.start(
                    agent,
                    render(prompt, values),
                    env=env,
                    cwd=self._cwd,
                    transcript=transcript,
                    limits=self._limits,
                    pumps=self._pumps,
                    child=lambda native_id: self._chronicle.child(agent.source, native_id, step),
                    recorded=lambda native_id: self._settings.recorded(agent.source, native_id),
                    on_text=self._chronicle.hear,
                )

    async def _attend(
        self, step: FlowStep, transcript: StepTranscript, work: Work, following: asyncio.Task[WorkResult]
    ) -> WorkResult:
        """Watch the work: its end, its timeout, and the limits of the run, which stop it where it stands."""
        watch = Stopwatch()
        while True:
            watch.start()
            self._limits.watch.start()
            self._limits.changed.clear()
            changed = asyncio.create_task(self._limits.changed.wait(), name="limits")
            waits = [self._limits.seconds_left, step.timeout_s and step.timeout_s - watch.elapsed_s]
            try:
                await asyncio.wait(
                    {following, changed},
                    timeout=min((wait for wait in waits if wait is not None), default=None),
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                changed.cancel()
                watch.stop()
                self._limits.watch.stop()
            if (hit := self._limits.hit) is not None:
                await self._blocked(step, transcript, work, hit)
            elif following.done():
                return following.result()
            elif step.timeout_s is not None and watch.elapsed_s >= step.timeout_s:
                await work.process.end()
                return WorkResult(result="", error=f"timed out after {_words(step.timeout_s)}", exit_code=None)

    # ---- people

    async def _checkpoint(self, step: FlowStep) -> None:
        """Let a person decide before a step. Raises _Rejected or _Skipped."""
        name = f"before-{step.id}"
        decided = self._state.decisions.get(name)
        if decided is Decision.SKIP:
            raise _Skipped
        if decided is Decision.APPROVE:
            return  # before this run was interrupted
        if self._settings.yes:
            comment = "approved by --yes on the command line"
            self._chronicle.passed(name, step, by=self._settings.member, comment=comment)
        elif self._flow.defaults.checkpoints is CheckpointMode.AUTO:
            self._chronicle.passed(name, step, by=None, comment='passed without a person: checkpoints = "auto"')
        else:
            await self._ask(name, step, Status.PAUSED, f"approve before {step.name}")

    async def _blocked(self, step: FlowStep, transcript: StepTranscript, work: Work, hit: Hit) -> None:
        """A limit was hit: stop the processes where they stand until a person lets them go on.

        Raises _Rejected or _Skipped, and leaves it to the caller to end the work.
        """
        work.process.suspend()
        transcript.note("limit", hit.reason)
        kind = f"{hit.name}-unknown-{step.id}" if hit.unknown else f"{hit.name}-{hit.lifted + 1}"
        await self._ask(f"limit-{kind}.{self._take}", step, Status.BLOCKED, hit.reason)
        self._limits.lift(hit)
        self._chronicle.spent(self._limits.spent)
        work.process.resume()

    async def _ask(self, name: str, step: FlowStep, status: Status, reason: str) -> None:
        """Wait for a decision, which is recorded with who made it. Raises _Rejected or _Skipped."""
        self._chronicle.asks(name, step, status, reason)
        verdict = await self._gate.wait(name)
        self._chronicle.decided(name, step, verdict)
        match verdict.decision:
            case Decision.APPROVE:
                self._chronicle.step_is(step.id, Status.RUNNING)
            case Decision.SKIP:
                raise _Skipped
            case Decision.REJECT:
                said = f": {verdict.comment}" if verdict.comment else ""
                raise _Rejected(f"{step.name}: rejected{said}")

    def _values(self) -> dict[str, object]:
        return template_values(self._parameters, self._outcomes)

    async def _leave_nothing(self, *, kill: bool) -> None:
        """End what steps left running. A run that ended well leaves alone what left its session on purpose."""
        carrying = marks(self.run_id)

        def left() -> frozenset[int]:
            return carriers(carrying) if kill else members_of_sessions(self._sessions, carrying)

        await asyncio.to_thread(end_all, left)
        await self._pumps.aclose()


def _words(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if n)
