"""What a dead runner left: processes without a master, records not yet sent, a run that still says it is running."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from parrot_client.reporter import LOCAL, Reporter
from parrot_client.spool import Spool
from parrot_server.commands.leftovers import runs_of, spools_of
from parrot_server.flows import journal as entries
from parrot_server.flows.journal import KEEP_S, Journal, NoSuchRun, RunIsAlive, is_alive, read_run, run_ids
from parrot_server.flows.processes import carriers, end_all, marks
from parrot_server.flows.report import SOURCE
from parrot_wire.times import from_ms, to_ms
from parrot_wire.values import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_client.sender import Endpoint
    from parrot_server.flows.journal import RunState

log = logging.getLogger(__name__)

SEND_WITHIN_S = 15.0


def recover(data_dir: Path, *, destination: str, connect: Callable[[], Endpoint | None]) -> int:
    """Mark the runs of one workspace whose runner is gone as interrupted, end what they left running, and send what
    was not sent. Blocks until the workspace has it, for `SEND_WITHIN_S` at most. How many runs there were."""
    root = runs_of(data_dir)
    dead = list(_dead_runs(root, destination))
    if not dead and not has_unsent(data_dir, destination):
        return 0
    with Reporter(source=SOURCE, connect=connect, spool_root=spools_of(data_dir), destination=destination) as reporter:
        marked = sum(interrupt(root, run_id, reporter) for run_id in dead)
        reporter.close(wait_s=SEND_WITHIN_S)
    return marked


def interrupt(root: Path, run_id: str, reporter: Reporter) -> bool:
    """Mark one run as interrupted, if nobody runs it and it has no end; end its processes first."""
    try:
        journal = Journal.open(root, run_id)
    except (RunIsAlive, OSError):
        return False
    with contextlib.closing(journal):
        try:
            state = read_run(root, run_id)
        except NoSuchRun:
            return False
        if state.finished is not None or not state.takes:
            return False
        end_all(lambda: carriers(marks(run_id)))
        _tell(state, reporter)
        journal.write(entries.Finished(status=Status.INTERRUPTED, at=_now()), sync=True)
    log.info("run %s was interrupted", run_id)
    return True


def has_unsent(data_dir: Path, destination: str) -> bool:
    """Whether a process that is gone left records for this workspace."""
    left = list(Spool.adopt(spools_of(data_dir), destination))
    waiting = [not spool.is_empty for spool in left]
    for spool in left:
        spool.close()
    return any(waiting)


def _tell(state: RunState, reporter: Reporter) -> None:
    run_id = state.started.run_id
    session = reporter.session(run_id)
    now = _now()
    for step in state.steps.values():
        if step.status in (Status.RUNNING, Status.PAUSED, Status.BLOCKED):
            session.step(replace(step, status=Status.INTERRUPTED, ended_at=now))
    session.update(
        status=Status.INTERRUPTED,
        status_detail=f"its runner is gone; parrot run --resume {run_id[:8]} goes on",
        waiting=None,
        ended_at=now,
        can=("resume",),
        resume_command=("parrot", "run", "--resume", run_id),
    )
    for child in state.children:
        if child.step in state.ended:
            continue
        reporter.session(child.native_id, source=child.source, status=Status.INTERRUPTED, ended_at=now)


def _dead_runs(root: Path, destination: str) -> list[str]:
    """Runs of one workspace that have no end; old ones that have one are tidied away."""
    found: list[str] = []
    for run_id in list(run_ids(root)):
        try:
            state = read_run(root, run_id)
        except NoSuchRun:
            continue
        if state.finished is not None:
            if time.time() * 1000 - to_ms(state.finished.at) > KEEP_S * 1000:
                shutil.rmtree(root / run_id, ignore_errors=True)
        elif (state.started.workspace or LOCAL).rstrip("/") == destination and not is_alive(root, run_id):
            if state.takes:
                found.append(run_id)
            else:  # it was ended before anything of it was told
                shutil.rmtree(root / run_id, ignore_errors=True)
    return found


def _now() -> str:
    return from_ms(time.time_ns() // 1_000_000)
