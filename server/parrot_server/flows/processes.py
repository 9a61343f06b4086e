"""The processes of a step: started in a session of their own, and ended, stopped or continued as a whole.

A step's processes are those of its process group and its session, and (on Linux, where one can see it) those that left
both but still carry the ids of run and step in their environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

RUN_ID_VARIABLE = "PARROT_RUN_ID"
STEP_ID_VARIABLE = "PARROT_STEP_ID"

INTERRUPT_GRACE_S = 0.5
TERMINATE_GRACE_S = 0.5
_PIPE_LIMIT = 256 * 1024
_LOOK_EVERY_S = 0.03
_PROC = Path("/proc")
_HAS_PROC = sys.platform == "linux"
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has neither of these two
_CONTINUE = getattr(signal, "SIGCONT", 0)


class CannotStart(OSError):
    """The command is not there, or the system would not run it; the text says which."""


class _Pipes(asyncio.subprocess.SubprocessStreamProtocol):
    """asyncio's own, but it tells of the exit itself: `Process.wait` also waits for the pipes, which a process that was
    left in the background holds open."""

    def __init__(self) -> None:
        super().__init__(limit=_PIPE_LIMIT, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class StepProcess:
    """The process of one step, and all that it started."""

    def __init__(self, process: asyncio.subprocess.Process, exited: asyncio.Event, marks: frozenset[bytes]) -> None:
        self._process = process
        self._exited = exited
        self._marks = marks
        self._ending: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, stdin: bytes | None = None
    ) -> StepProcess:
        """Start a command without a shell. ``env`` holds the ids of run and step. Raises CannotStart."""
        loop = asyncio.get_running_loop()
        spawning = asyncio.ensure_future(
            loop.subprocess_exec(
                _Pipes,
                *argv,
                stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
            )
        )
        cancelled: asyncio.CancelledError | None = None
        try:
            await asyncio.wait({spawning})
        except asyncio.CancelledError as error:
            # Cancelled in its middle, asyncio would kill the one process and wait for whatever holds its pipes.
            cancelled = error
            await asyncio.wait({spawning})
            if spawning.exception() is not None:
                raise
        try:
            transport, pipes = spawning.result()
        except FileNotFoundError:
            raise CannotStart(_what_is_missing(argv[0], cwd)) from None
        except (OSError, ValueError) as error:
            raise CannotStart(f"{argv[0]} cannot be started: {error}") from error
        process = asyncio.subprocess.Process(transport, pipes, loop)
        started = cls(process, pipes.exited, marks(env[RUN_ID_VARIABLE], env[STEP_ID_VARIABLE]))
        if cancelled is not None:
            await started.end()
            raise cancelled
        if stdin is not None:
            await started._feed(stdin)
        return started

    @property
    def pid(self) -> int:
        """Also the id of its process group and its session."""
        return self._process.pid

    @property
    def stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def stderr(self) -> asyncio.StreamReader:
        assert self._process.stderr is not None
        return self._process.stderr

    async def wait(self) -> int:
        """Its exit code; the negative number of a signal that ended it."""
        await self._exited.wait()
        assert self._process.returncode is not None
        return self._process.returncode

    def suspend(self) -> None:
        """Stop everything where it stands. Does nothing on Windows, which has no such thing."""
        self._signal("SIGSTOP")

    def resume(self) -> None:
        """Let everything go on."""
        self._signal("SIGCONT")

    async def end(self) -> None:
        """End everything: interrupt, terminate, kill, each after a short grace. Returns when nothing is left."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name=f"end-{self.pid}")
        await asyncio.shield(self._ending)

    def kill(self) -> None:
        """End everything now, without grace and without waiting."""
        self._signal("SIGKILL")

    async def _end(self) -> None:
        # A stopped process takes no signal but SIGKILL until it goes on.
        for name, grace_s in (("SIGINT", INTERRUPT_GRACE_S), ("SIGTERM", TERMINATE_GRACE_S), ("SIGKILL", 2.0)):
            self._signal(name)
            self._signal("SIGCONT")
            deadline = time.monotonic() + grace_s
            while time.monotonic() < deadline:
                if self._process.returncode is not None and not self._left():
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
                if name == "SIGKILL":
                    self._signal(name)  # also for what was started while the others were being killed

    def _left(self) -> bool:
        if _HAS_PROC:
            return bool(members(self.pid, self._marks))
        return _group_lives(self.pid)

    def _signal(self, name: str) -> None:
        if sys.platform == "win32":
            _signal_windows(self.pid, name)
            return
        number = signal.Signals[name]
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
        send(members(self.pid, self._marks), number)

    async def _feed(self, data: bytes) -> None:
        """Write its standard input in the background and close it."""
        stdin = self._process.stdin
        assert stdin is not None

        async def write() -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                stdin.write(data)
                await stdin.drain()
            stdin.close()

        self._feeding = asyncio.create_task(write(), name=f"stdin-{self.pid}")


def marks(run_id: str, step_id: str | None = None) -> frozenset[bytes]:
    """What the environment of a run's (or one step's) processes holds."""
    found = {f"{RUN_ID_VARIABLE}={run_id}".encode()}
    if step_id is not None:
        found.add(f"{STEP_ID_VARIABLE}={step_id}".encode())
    return frozenset(found)


def members(session: int, carrying: frozenset[bytes]) -> frozenset[int]:
    """Living processes of a session or process group, and any others that carry these marks.

    Empty where the system does not show them: `StepProcess` then signals the group alone.
    """
    return frozenset(pid for pid, ids in _living() if session in ids or _carries(pid, carrying))


def members_of_sessions(sessions: Iterable[int], carrying: frozenset[bytes]) -> frozenset[int]:
    """Living processes in one of these sessions that carry the marks: numbers of ended processes are used again."""
    known = frozenset(sessions)
    return frozenset(pid for pid, ids in _living() if ids & known and _carries(pid, carrying))


def carriers(carrying: frozenset[bytes]) -> frozenset[int]:
    """Living processes that carry the marks, whatever session they are in."""
    return frozenset(pid for pid, _ in _living() if _carries(pid, carrying))


def end_all(find: Callable[[], frozenset[int]]) -> None:
    """Terminate, then kill, what is found, until nothing is. Blocks for a second and a half at most."""
    for number, grace_s in ((signal.SIGTERM, TERMINATE_GRACE_S), (_KILL, 1.0)):
        deadline = time.monotonic() + grace_s
        while (pids := find()) and time.monotonic() < deadline:
            send(pids, number)
            send(pids, _CONTINUE)
            time.sleep(_LOOK_EVERY_S)
        if not pids:
            return


def send(pids: Iterable[int], number: int) -> None:
    """Signal each; those that are gone are gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _living() -> Iterable[tuple[int, frozenset[int]]]:
    """(pid, its group and session) of every process of this system but ourselves and zombies."""
    if not _HAS_PROC:
        return
    own = os.getpid()
    for entry in os.scandir(_PROC):
        if not entry.name.isdigit() or int(entry.name) == own:
            continue
        try:
            stat = (_PROC / entry.name / "stat").read_bytes()
        except OSError:
            continue
        # pid (command, which may hold anything) state ppid pgrp session ...: proc_pid_stat(5)
        state, _, group, session, *_ = stat[stat.rindex(b")") + 2 :].split()
        if state not in (b"Z", b"X"):
            yield int(entry.name), frozenset((int(group), int(session)))


def _carries(pid: int, carrying: frozenset[bytes]) -> bool:
    try:
        environ = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return carrying <= frozenset(environ.split(b"\0"))


def _what_is_missing(program: str, cwd: Path) -> str:
    return f"there is no folder {cwd}" if not cwd.is_dir() else f"{program} is not on the PATH"


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


def _signal_windows(pid: int, name: str) -> None:
    if sys.platform != "win32":
        return
    if name == "SIGINT":
        with contextlib.suppress(OSError):
            os.kill(pid, signal.CTRL_BREAK_EVENT)
    elif name in ("SIGTERM", "SIGKILL"):
        subprocess.run(["taskkill", "/PID", str(pid), "/T", "/F"], capture_output=True, check=False)
