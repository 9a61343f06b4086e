"""What is known of a run on this machine: enough to go on with it after its runner died.

    <data dir>/runs/<run id>/lock            held by the runner; a lock that nobody holds is a runner that is gone
    <data dir>/runs/<run id>/journal.ndjson  one object a line: the start, then what happened, newest last

Each line is one ``write``, so that a kill at any moment loses none; the ends of steps are also waited for on the disk.
No token is ever written here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import msgspec
from filelock import FileLock, Timeout

from parrot_server.flows.definition import ParameterValue
from parrot_wire.session import Step
from parrot_wire.times import Timestamp
from parrot_wire.values import Decision, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEEP_S = 30 * 86_400
"""How long the journal of a run that came to its end is kept."""


class Started(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="started"):
    """The first line: all that a run is made of. ``definition`` is the Flow file as it was."""

    run_id: str
    at: Timestamp
    file: str
    definition: str
    parameters: dict[str, ParameterValue]
    title: str
    cwd: str
    workspace: str | None
    """The URL of the workspace; None is the server of the data directory."""
    initiative: str | None = None


class Took(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="took"):
    """A runner took the run: at its start, and at each resume."""

    at: Timestamp
    pid: int


class StepIs(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="step_is"):
    """A step is in another state."""

    step: Step


class StepBegan(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="step_began"):
    """A step's process runs: its pid is also its session."""

    step: str
    attempt: int
    pid: int


class StepEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="step_ended"):
    """A step came to its end, or was passed over; this is what later steps see of it."""

    step: Step
    result: str = ""
    exit_code: int | None = None


class Numbered(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="numbered"):
    """So many messages have been reported."""

    messages: int


class Child(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="child"):
    """An agent's own session that a step started."""

    step: str
    source: str
    native_id: str


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="decided"):
    """A checkpoint, or a limit that had blocked the run, was decided: it is not asked about again."""

    checkpoint: str
    decision: Decision


class Spent(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="spent"):
    """Up to now, steps took so long and cost so much, and limits were lifted so often."""

    active_s: float
    micros: int
    minutes_lifted: int
    cost_lifted: int


NOTHING_SPENT = Spent(active_s=0.0, micros=0, minutes_lifted=0, cost_lifted=0)


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag="finished"):
    """The run's end, or its interruption: the newest one counts."""

    status: Status
    at: Timestamp


Entry = Started | Took | StepIs | StepBegan | StepEnded | Numbered | Child | Decided | Spent | Finished

_decoder = msgspec.json.Decoder(Entry)
_encoder = msgspec.json.Encoder()


class NoSuchRun(LookupError):
    """No run of that name on this machine, or more than one; the text says which."""


class RunIsAlive(RuntimeError):
    """Another process runs it at this moment."""


@dataclass(slots=True)
class RunState:
    """A run as its journal tells it."""

    started: Started
    ended: dict[str, StepEnded] = field(default_factory=dict[str, StepEnded])
    sessions: list[int] = field(default_factory=list[int])
    """Process sessions of its steps."""
    children: list[Child] = field(default_factory=list[Child])
    decisions: dict[str, Decision] = field(default_factory=dict[str, Decision])
    steps: dict[str, Step] = field(default_factory=dict[str, Step])
    """Steps as they were last told; those that never moved are not here."""
    messages: int = 0
    spent: Spent = NOTHING_SPENT
    finished: Finished | None = None
    takes: int = 0


class Journal:
    """One run's folder, held by this process."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder = folder
        self._lock = lock
        self._fd = os.open(folder / "journal.ndjson", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._end_torn_line()

    @classmethod
    def create(cls, root: Path, run_id: str) -> Self:
        """A new run. Raises OSError."""
        folder = root / run_id
        folder.mkdir(mode=0o700, parents=True)
        lock = FileLock(folder / "lock", thread_local=False)
        lock.acquire(blocking=False)
        return cls(folder, lock)

    @classmethod
    def open(cls, root: Path, run_id: str) -> Self:
        """Take a run whose runner is gone. Raises RunIsAlive or OSError."""
        folder = root / run_id
        lock = FileLock(folder / "lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise RunIsAlive(f"run {run_id[:8]} is running") from None
        return cls(folder, lock)

    @property
    def folder(self) -> Path:
        return self._folder

    def write(self, entry: Entry, *, sync: bool = False) -> None:
        """Raises OSError where the disk would not keep it."""
        os.write(self._fd, _encoder.encode(entry) + b"\n")
        if sync:
            os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)
        self._lock.release()

    def _end_torn_line(self) -> None:
        size = os.fstat(self._fd).st_size
        if size:
            os.lseek(self._fd, size - 1, os.SEEK_SET)
            if os.read(self._fd, 1) != b"\n":
                os.write(self._fd, b"\n")


def read_run(root: Path, run_id: str) -> RunState:
    """What a journal says, whoever holds it. Raises NoSuchRun where there is none that can be read."""
    state: RunState | None = None
    try:
        lines = (root / run_id / "journal.ndjson").read_bytes().splitlines()
    except OSError as error:
        raise NoSuchRun(f"no run {run_id} on this machine ({error.strerror})") from error
    for line in lines:
        try:
            entry = _decoder.decode(line)
        except msgspec.DecodeError:
            continue  # a line that a power cut tore
        if isinstance(entry, Started):
            state = state or RunState(entry)
        elif state is not None:
            _apply(state, entry)
    if state is None:
        raise NoSuchRun(f"the journal of run {run_id} says nothing")
    return state


def find_run(root: Path, name: str) -> str:
    """The run id that a name stands for: the id itself, or a beginning of it of four characters or more.

    Raises NoSuchRun where there is none, or more than one.
    """
    found = [run_id for run_id in run_ids(root) if run_id == name or (len(name) >= 4 and run_id.startswith(name))]
    if name in found:
        return name
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchRun(f"{name} could be any of {', '.join(sorted(found))}")
    raise NoSuchRun(f"there is no run {name} on this machine (runs are kept in {root})")


def run_ids(root: Path) -> Iterator[str]:
    """Every run that this machine knows of."""
    for path in root.glob("*/journal.ndjson"):
        yield path.parent.name


def is_alive(root: Path, run_id: str) -> bool:
    """Whether a runner holds the run at this moment."""
    lock = FileLock(root / run_id / "lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    lock.release()
    return False


def _apply(state: RunState, entry: Entry) -> None:
    match entry:
        case Took():
            state.takes += 1
            state.finished = None
        case StepBegan():
            state.sessions.append(entry.pid)
        case StepIs():
            state.steps[entry.step.id] = entry.step
        case StepEnded():
            state.ended[entry.step.id] = entry
            state.steps[entry.step.id] = entry.step
        case Numbered():
            state.messages = max(state.messages, entry.messages)
        case Child():
            state.children.append(entry)
        case Decided():
            state.decisions[entry.checkpoint] = entry.decision
        case Spent():
            state.spent = entry
        case Finished():
            state.finished = entry
        case Started():
            pass
