"""All that is told of a run: to the workspace, to its journal, and to whoever watches at the terminal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from parrot_server.flows import journal as entries
from parrot_server.flows.agent_work import begin_child
from parrot_server.flows.artifacts import PullRequests, file_artifact
from parrot_server.flows.gate import Verdict
from parrot_server.flows.report import SOURCE
from parrot_server.flows.templates import BadTemplate, render
from parrot_server.flows.transcript import RunTranscript, now_ms
from parrot_wire.session import Checkpoint, Step, Waiting
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import CheckpointStatus, Decision, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_server.flows.definition import Flow, FlowStep
    from parrot_server.flows.journal import Journal, RunState, Spent
    from parrot_server.flows.outcomes import Outcome
    from parrot_server.flows.report import Report, SessionReport, Watcher
    from parrot_server.flows.workplace import Workplace

_DECIDED = {
    Decision.APPROVE: CheckpointStatus.APPROVED,
    Decision.REJECT: CheckpointStatus.REJECTED,
    Decision.SKIP: CheckpointStatus.SKIPPED,
}
_UNRESTED = (Status.PENDING, Status.RUNNING, Status.PAUSED, Status.BLOCKED)


class Chronicle:
    """One run's. Every method raises OSError where the disk would not keep what it tells."""

    def __init__(
        self,
        flow: Flow,
        *,
        state: RunState,
        journal: Journal,
        report: Report,
        watcher: Watcher,
        workplace: Workplace,
    ) -> None:
        self._started = state.started
        self._journal = journal
        self._report = report
        self._watcher = watcher
        self._workplace = workplace
        self._session = report.open(SOURCE, state.started.run_id)
        self._pull_requests = PullRequests()
        self._steps = {
            step.id: Step(id=step.id, name=step.name, skill=step.skill, status=Status.PENDING) for step in flow.steps
        }
        for known in state.ended.values():
            if known.step.status in (Status.COMPLETED, Status.SKIPPED):
                self._steps[known.step.id] = known.step
        self.transcript = RunTranscript(
            self._session,
            messages=state.messages,
            noted=lambda messages: journal.write(entries.Numbered(messages=messages)),
        )

    def begin(self) -> None:
        """The run runs, for the first time or again."""
        self._journal.write(entries.Took(at=_now(), pid=self._workplace.pid), sync=True)
        self._session.update(
            kind=Kind.FLOW,
            title=self._started.title,
            status=Status.RUNNING,
            status_detail=None,
            waiting=None,
            error=None,
            ended_at=None,
            steps=tuple(self._steps.values()),
            started_at=self._started.at,
            last_activity_at=_now(),
            can=("cancel", "decide"),
            resume_command=None,
            **self._workplace.facts(),
            **({"initiative": self._started.initiative} if self._started.initiative else {}),
        )

    def finish(self, status: Status, detail: str | None) -> None:
        """The run is over. A full disk cannot hold it up."""
        now = _now()
        can_go_on = status not in (Status.COMPLETED, Status.REJECTED)
        failed = next((step for step in self._steps.values() if step.status is Status.FAILED), None)
        error = f"{failed.name}: {failed.error}" if failed and status is Status.FAILED else None
        with contextlib.suppress(OSError):
            self._session.update(
                status=status,
                status_detail=detail or error,
                error=error or (detail if status is Status.FAILED else None),
                waiting=None,
                ended_at=now,
                last_activity_at=now,
                can=("resume",) if can_go_on else (),
                resume_command=("parrot", "run", "--resume", self._started.run_id) if can_go_on else None,
            )
            self._journal.write(entries.Finished(status=status, at=now), sync=True)

    def step_is(self, step_id: str, status: Status, error: str | None = None) -> None:
        """Another state of a step: it starts when it first runs, and ends when it comes to rest."""
        old = self._steps[step_id]
        began = old.started_at or (_now() if status is Status.RUNNING else None)
        step = Step(
            id=step_id,
            name=old.name,
            skill=old.skill,
            status=status,
            started_at=began,
            ended_at=_now() if began and status not in _UNRESTED else None,
            error=error,
        )
        if step == old:
            return
        self._steps[step_id] = step
        self._journal.write(entries.StepIs(step=step))
        self._session.step(step)
        self._watcher.step(step)

    def step_runs(self, step_id: str, attempt: int, pid: int) -> None:
        """An attempt at a step has its process."""
        self._journal.write(entries.StepBegan(step=step_id, attempt=attempt, pid=pid))

    def step_ended(self, step: FlowStep, outcome: Outcome, spent: Spent, values: Mapping[str, object]) -> None:
        """A step came to its end, or was passed over; the files that it names are artifacts where they are there."""
        if outcome.status in (Status.COMPLETED, Status.FAILED):
            for path in step.artifacts:
                with contextlib.suppress(BadTemplate):
                    found = file_artifact(render(path, values), self._workplace.cwd, is_plan=step.skill == "plan")
                    if found is not None:
                        self._session.artifact(found)
        self.step_is(step.id, outcome.status, outcome.error)
        self._journal.write(spent)
        ended = entries.StepEnded(step=self._steps[step.id], result=outcome.result, exit_code=outcome.exit_code)
        self._journal.write(ended, sync=True)

    def asks(self, checkpoint: str, step: FlowStep, status: Status, reason: str) -> None:
        """The run waits for a person, before a step or in the middle of one."""
        since = _now()
        self.step_is(step.id, status)
        self._session.checkpoint(Checkpoint(id=checkpoint, before_step=step.id, status=CheckpointStatus.WAITING))
        waiting = Waiting(since=since, reason=reason, checkpoint=checkpoint)
        self._session.update(status=status, status_detail=reason, waiting=waiting, last_activity_at=since)
        self._watcher.asks(checkpoint, reason)

    def decided(self, checkpoint: str, step: FlowStep, verdict: Verdict) -> None:
        """Somebody has answered; the run goes on with that."""
        self._decide(checkpoint, step, verdict)
        self._session.update(status=Status.RUNNING, status_detail=None, waiting=None, last_activity_at=_now())

    def passed(self, checkpoint: str, step: FlowStep, *, by: str | None, comment: str) -> None:
        """A checkpoint that nobody was asked about."""
        self._decide(checkpoint, step, Verdict(decision=Decision.APPROVE, by=by, comment=comment))

    def spent(self, spent: Spent) -> None:
        self._journal.write(spent)

    def child(self, source: str, native_id: str, step: FlowStep) -> SessionReport:
        """An agent's own session that a step has started."""
        session = self._report.open(source, native_id)
        self._journal.write(entries.Child(step=step.id, source=source, native_id=native_id))
        begin_child(
            session,
            parent=self._started.run_id,
            parent_source=SOURCE,
            title=f"{self._started.title} · {step.name}",
            cwd=self._workplace.cwd,
            at=_now(),
        )
        return session

    def hear(self, text: str) -> None:
        """A line of output, or something an agent said."""
        self._watcher.line(text)
        for artifact, pull_request in self._pull_requests.look(text):
            self._session.artifact(artifact)
            self._session.update(pull_request=pull_request)

    def _decide(self, checkpoint: str, step: FlowStep, verdict: Verdict) -> None:
        self._journal.write(entries.Decided(checkpoint=checkpoint, decision=verdict.decision), sync=True)
        self._session.checkpoint(
            Checkpoint(
                id=checkpoint,
                before_step=step.id,
                status=_DECIDED[verdict.decision],
                decided_by=verdict.by,
                decided_at=_now(),
                comment=verdict.comment,
            )
        )
        self._watcher.decided(checkpoint, verdict)


def _now() -> Timestamp:
    return from_ms(now_ms())
