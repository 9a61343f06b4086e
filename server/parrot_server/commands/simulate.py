"""`parrot simulate`: a made-up team at work, for looking around and for measuring."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from parrot_client.errors import ParrotError
from parrot_server.commands.connect import Workspace, add_workspace_arguments, connected, data_dir_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SESSIONS = 12_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another seed, another team's year (default: 1)"
    )
    parser.add_argument(
        "--sessions", type=_count, default=SESSIONS, metavar="N", help=f"of history (default: {SESSIONS:,})"
    )
    parser.add_argument("--members", type=_count, default=6, metavar="M", help="people in the team (default: 6)")
    parser.add_argument(
        "--rate", type=float, metavar="N", help="changes a second; 0 for none (default: the pace of people and agents)"
    )
    parser.add_argument(
        "--duration", type=float, metavar="SECONDS", help="end after so long (default: when interrupted)"
    )
    parser.add_argument("--once", action="store_true", help="load the history and the first picture, and end")
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input closes")
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        return asyncio.run(_simulate(arguments))
    except ParrotError as error:
        print(f"parrot simulate: {error}", file=sys.stderr)
        return 1


async def _simulate(arguments: argparse.Namespace) -> int:
    from parrot_server.commands.simulation import Simulation

    async with _sample_or_named(arguments) as workspace:
        simulation = Simulation(
            workspace, seed=arguments.seed, members=arguments.members, sessions=arguments.sessions, say=_say
        )
        started = time.monotonic()
        await simulation.prepare()
        loading = asyncio.create_task(simulation.load_history(), name="history")
        try:
            if arguments.once:
                await loading
                return 0
            ends = [asyncio.create_task(simulation.live(arguments.rate), name="live"), loading]
            if arguments.parent_pipe:
                ends.append(asyncio.create_task(_parent_is_gone(), name="parent"))
            await _first_end(ends, arguments.duration, loading)
        finally:
            loading.cancel()
        changes = simulation.changes
        took = time.monotonic() - started
        _say(f"{changes:,} changes in {took:.1f} s")
        return 0


async def _first_end(tasks: list[asyncio.Task[None]], duration_s: float | None, loading: asyncio.Task[None]) -> None:
    """Wait for the end of any task but the loading, or for the time to be up; an error of any of them is raised."""
    pending: set[asyncio.Task[None]] = set(tasks)
    try:
        async with asyncio.timeout(duration_s):
            while True:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if done != {loading}:
                    return
    except TimeoutError:
        return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _sample_or_named(arguments: argparse.Namespace) -> AsyncGenerator[Workspace]:
    """The workspace that is named, or the sample of this machine: never its real work by accident."""
    from parrot_client.sample import SERVE_ARGUMENTS, sample_data_dir, sample_environment

    if arguments.workspace or os.environ.get("PARROT_WORKSPACE"):
        async with connected(arguments) as workspace:
            yield workspace
        return
    from parrot_client.client import Client
    from parrot_client.local_server import find_or_start

    folder = data_dir_of(arguments) if arguments.data_dir else sample_data_dir()
    local = await find_or_start(folder, arguments=SERVE_ARGUMENTS, environment=sample_environment())
    try:
        async with Client(local.info.url, local.info.token) as client:
            yield Workspace(client, local.info.token, local)
    finally:
        await local.close()


async def _parent_is_gone() -> None:
    def read_to_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass

    # A thread that is left reading must not hold up the interpreter's end.
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> None:
        read_to_end()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(gone.set)

    import threading

    threading.Thread(target=wait, name="parrot-parent-pipe", daemon=True).start()
    await gone.wait()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
