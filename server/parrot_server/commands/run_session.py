"""A run and its workspace: what is reported, what is asked of it, and who watches over it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_client.data_dir import read_server_json
from parrot_client.errors import Conflict, Forbidden, NotFound, Offline, ParrotError
from parrot_client.event_stream import Connected, Pace, follow_commands
from parrot_client.reporter import LOCAL, Reporter, local_workspace, workspace
from parrot_server.commands.connect import Workspace, connected, data_dir_of
from parrot_server.commands.leftovers import spools_of
from parrot_server.commands.recovery import recover
from parrot_server.commands.run_guard import Guard
from parrot_server.commands.run_terminal import Quiet, Terminal
from parrot_server.flows.gate import Verdict
from parrot_server.flows.recorded import recorded_turns
from parrot_server.flows.report import SOURCE
from parrot_server.flows.runner import FlowRun, Settings
from parrot_server.flows.workplace import look_around
from parrot_server.store.ids import derive_id
from parrot_wire.codec import encode
from parrot_wire.records import Command, CommandResult
from parrot_wire.values import Decision, Status, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Coroutine, Generator

    from parrot_client.sender import Endpoint
    from parrot_server.flows.definition import Flow
    from parrot_server.flows.journal import Journal, RunState
    from parrot_server.flows.report import SessionReport
    from parrot_wire.records import Record

AWAY_S = 30.0
"""A local server that has been gone for so long is started again by the run itself; until then whoever stopped it may
be about to start it."""

LAST_WORDS_S = 10.0
CONFIRM_AFTER_S = 1.0
_PACE = Pace(longest_wait_s=2.0)
_DECISIONS = {Verb.APPROVE: Decision.APPROVE, Verb.REJECT: Decision.REJECT, Verb.SKIP: Decision.SKIP}


class ReportedSessions:
    """The runner's `Report`, into a workspace."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def open(self, source: str, native_id: str) -> SessionReport:
        return self._reporter.session(native_id, source=source)


async def run_session(flow: Flow, state: RunState, journal: Journal, arguments: argparse.Namespace) -> Status:
    """Run it to its end. Raises ParrotError where there is no workspace to report to."""
    async with connected(arguments) as here:
        return await _Session(flow, state, journal, arguments, here).run()


class _Session:
    def __init__(
        self, flow: Flow, state: RunState, journal: Journal, arguments: argparse.Namespace, here: Workspace
    ) -> None:
        self._flow = flow
        self._state = state
        self._journal = journal
        self._arguments = arguments
        self._here = here
        self._data_dir = data_dir_of(arguments)
        self._run_id = state.started.run_id
        self._session_id = derive_id(SOURCE, self._run_id)
        self._member: str | None = None
        self._names: dict[str, str] = {}
        self._answered: dict[str, CommandResult] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._away_since: float | None = None

    async def run(self) -> Status:
        await self._meet()
        destination = LOCAL if self._here.is_local else self._here.client.url
        connect = self._way_there()
        await asyncio.to_thread(recover, self._data_dir, destination=destination, connect=connect)
        print_json = self._arguments.json
        with Reporter(
            source=SOURCE,
            connect=connect,
            spool_root=spools_of(self._data_dir),
            destination=destination,
            tap=_print_record if print_json else None,
        ) as reporter:
            self._reporter = reporter
            terminal = Terminal(self._run_id, names=self._names, answer=self._typed)
            workplace = await asyncio.to_thread(look_around, Path(self._state.started.cwd))
            self._run = FlowRun(
                self._flow,
                state=self._state,
                journal=self._journal,
                report=ReportedSessions(reporter),
                watcher=Quiet() if print_json else terminal,
                workplace=workplace,
                settings=Settings(
                    yes=self._arguments.yes,
                    member=self._member,
                    environment=os.environ,
                    recorded=lambda source, session_id: recorded_turns(source, session_id, os.environ),
                ),
            )
            if not print_json:
                terminal.title(self._state.started.title, self._here.client.url)
            guard = Guard.start(self._run_id, self._data_dir, None if self._here.is_local else connect())
            listening = asyncio.create_task(self._listen(), name="commands")
            try:
                with _signals(self._run):
                    status = await self._run.run()
                await self._wait_for_answers()
            finally:
                terminal.close()
                listening.cancel()
                for task in (listening, *self._tasks):
                    task.cancel()
                await asyncio.gather(listening, *self._tasks, return_exceptions=True)
                await self._send_the_rest()
                guard.dismiss()
            if not print_json:
                terminal.end(status, self._run_id)
            return status

    async def _meet(self) -> None:
        """Who we are, and who else there is. Away is no obstacle: the run is kept and sent later."""
        try:
            self._member = (await self._here.client.me()).member.id
            with contextlib.suppress(Forbidden):
                self._names = {member.id: member.name for member in await self._here.client.members()}
        except Offline as error:
            print(f"parrot run: {error}; the run is kept here and sent when it can be.", file=sys.stderr)

    def _way_there(self) -> Callable[[], Endpoint | None]:
        if self._here.is_local:
            return local_workspace(self._data_dir)
        return workspace(self._here.client.url, self._here.token)

    # ---- what others ask of the run

    async def _listen(self) -> None:
        """Commands of the workspace, as long as there is a run."""
        commands = follow_commands(self._here.client, recover=self._find_again, pace=_PACE)
        async with contextlib.aclosing(commands):
            try:
                async for item in commands:
                    if isinstance(item, Connected):
                        self._away_since = None
                    elif isinstance(item, Command) and (item.source, item.native_id) == (SOURCE, self._run_id):
                        self._spawn(self._obey(item), f"command-{item.verb}")
            except ParrotError as error:
                print(f"parrot run: nobody can cancel this from afar any more: {error}", file=sys.stderr)

    async def _find_again(self) -> None:
        """The local server may be back at another address; it is started only when it stays away."""
        if not self._here.is_local:
            return
        now = asyncio.get_running_loop().time()
        self._away_since = self._away_since or now
        info = read_server_json(self._data_dir)
        if info is not None and info.url != self._here.client.url:
            self._here.client.move_to(info.url, info.token)
        elif now - self._away_since > AWAY_S:
            await self._here.recover()

    async def _obey(self, command: Command) -> None:
        result = self._answered.get(command.id)
        if result is None:
            result = self._answered[command.id] = await self._do(command)
        while True:
            try:
                await self._here.client.finish_command(command.id, result)
            except Offline:
                await asyncio.sleep(0.5)
            except ParrotError:
                return  # it knows of no such command any more
            else:
                return

    async def _do(self, command: Command) -> CommandResult:
        by = self._names.get(command.actor, command.actor)
        match command.verb:
            case Verb.CANCEL:
                self._run.stop(Status.CANCELLED, f"cancelled by {by}")
                await self._run.stopped.wait()
                # The row changes by our record; the confirmation must not overtake it.
                await asyncio.to_thread(self._reporter.drain, CONFIRM_AFTER_S)
                return CommandResult(ok=True)
            case Verb.END:
                return CommandResult(ok=False, detail="a Flow run is cancelled, not ended")
            case Verb.APPROVE | Verb.REJECT | Verb.SKIP:
                verdict = Verdict(decision=_DECISIONS[command.verb], by=command.actor, comment=command.comment)
                try:
                    earlier = self._run.decide(command.checkpoint, verdict)
                except LookupError as error:
                    return CommandResult(ok=False, detail=str(error))
                if earlier is not None and earlier.decision is not verdict.decision:
                    return CommandResult(ok=False, detail=f"decided before: {earlier.decision}")
                return CommandResult(ok=True)

    # ---- what is typed here

    def _typed(self, checkpoint: str, decision: Decision) -> None:
        self._spawn(self._decide(checkpoint, decision), "typed")

    async def _decide(self, checkpoint: str, decision: Decision) -> None:
        """By way of the workspace, which lets one person decide; by ourselves only where it is away."""
        await asyncio.to_thread(self._reporter.drain, LAST_WORDS_S)
        try:
            await self._here.client.decide(self._session_id, checkpoint, decision, comment=None)
        except (Offline, NotFound):
            self._run.decide(checkpoint, Verdict(decision=decision, by=self._member, comment="decided in the terminal"))
        except Conflict:
            pass  # somebody was quicker: their decision is on its way
        except ParrotError as error:
            print(f"parrot run: {error}", file=sys.stderr)

    # ---- the end

    async def _wait_for_answers(self) -> None:
        """Let confirmations under way reach the workspace."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=CONFIRM_AFTER_S + 1.0)

    async def _send_the_rest(self) -> None:
        if await asyncio.to_thread(self._reporter.drain, LAST_WORDS_S) or not self._here.is_local:
            return
        with contextlib.suppress(ParrotError):
            await self._here.recover()
            await asyncio.to_thread(self._reporter.drain, LAST_WORDS_S)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _print_record(record: Record) -> None:
    # Whoever read this may have gone (`| head`): that is no reason for the run to end.
    with contextlib.suppress(OSError):
        sys.stdout.buffer.write(encode(record) + b"\n")
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def _signals(run: FlowRun) -> Generator[None]:
    """Ctrl-C and a polite end cancel the run; a terminal that is closed interrupts it, so that it can go on later."""
    loop = asyncio.get_running_loop()
    meanings = [(signal.SIGINT, Status.CANCELLED), (signal.SIGTERM, Status.CANCELLED)]
    if hasattr(signal, "SIGHUP"):
        meanings.append((signal.SIGHUP, Status.INTERRUPTED))
    handled: list[signal.Signals] = []
    for number, status in meanings:
        detail = "the terminal was closed" if status is Status.INTERRUPTED else f"ended by {number.name}"
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, run.stop, status, detail)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
