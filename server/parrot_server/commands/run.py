"""`parrot run`: carry out a Flow file with the agents of this machine, seen and steered from anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_client.errors import ParrotError
from parrot_server.commands.connect import add_workspace_arguments, data_dir_of
from parrot_server.flows.check import BadFlow, parse_flow
from parrot_server.flows.definition import BadParameterValue, bind_parameters
from parrot_server.flows.journal import Journal, NoSuchRun, RunIsAlive, RunState, Started, find_run, read_run
from parrot_wire.times import from_ms
from parrot_wire.values import Status

if TYPE_CHECKING:
    import argparse

    from parrot_server.flows.definition import Flow

EXIT_CODES = {
    Status.COMPLETED: 0,
    Status.FAILED: 1,
    Status.REJECTED: 1,
    Status.CANCELLED: 130,
    Status.INTERRUPTED: 130,
}
BAD_FLOW = 2
MAX_FLOW_BYTES = 1_000_000
_CAN_GO_ON = (Status.INTERRUPTED, Status.FAILED, Status.CANCELLED)


class Refused(Exception):
    """What was asked for cannot be done: the text says why, ``code`` is the exit code."""

    def __init__(self, text: str, code: int = BAD_FLOW) -> None:
        super().__init__(text)
        self.code = code


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flow", nargs="?", type=Path, metavar="FLOW.toml", help="the Flow to run")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the Flow (may repeat)"
    )
    parser.add_argument("--title", help="what the run is called (default: the Flow's title)")
    parser.add_argument("--initiative", metavar="ID", help="the initiative it belongs to, by id or title")
    parser.add_argument("--yes", action="store_true", help="approve every checkpoint; the run says that it was so")
    parser.add_argument("--check", action="store_true", help="read the Flow, name what is wrong with it, run nothing")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run of this machine at the step that stopped")
    parser.add_argument("--json", action="store_true", help="print the records of the run, one object a line")
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 completed, 1 failed or rejected, 2 a bad Flow file, 130 cancelled or interrupted."""
    try:
        if arguments.check:
            return _check(arguments)
        flow, state, journal = _resumed(arguments) if arguments.resume else _new(arguments)
    except Refused as refusal:
        print(f"parrot run: {refusal}" if refusal.code != BAD_FLOW else refusal, file=sys.stderr)
        return refusal.code
    from parrot_server.commands.run_session import run_session

    with contextlib.closing(journal):
        try:
            return EXIT_CODES[asyncio.run(run_session(flow, state, journal, arguments))]
        except ParrotError as error:
            print(f"parrot run: {error}", file=sys.stderr)
            return 1


def _check(arguments: argparse.Namespace) -> int:
    flow = _read(arguments.flow)
    if arguments.param:
        _bound(flow, arguments)
    print(f"{arguments.flow}: {flow.title} ({len(flow.steps)} steps) is fine")
    return 0


def _new(arguments: argparse.Namespace) -> tuple[Flow, RunState, Journal]:
    """A new run, written down before anything happens. Raises Refused."""
    flow = _read(arguments.flow)
    parameters = _bound(flow, arguments)
    run_id = str(uuid.uuid4())
    started = Started(
        run_id=run_id,
        at=from_ms(time.time_ns() // 1_000_000),
        file=str(arguments.flow),
        definition=arguments.flow.read_text(encoding="utf-8"),
        parameters=parameters,
        title=arguments.title or flow.title,
        cwd=str(Path.cwd()),
        workspace=arguments.workspace or os.environ.get("PARROT_WORKSPACE"),
        initiative=arguments.initiative,
    )
    try:
        journal = Journal.create(data_dir_of(arguments) / "runs", run_id)
        journal.write(started)
    except OSError as error:
        raise Refused(f"the run cannot be written down: {error}", 1) from error
    return flow, RunState(started), journal


def _resumed(arguments: argparse.Namespace) -> tuple[Flow, RunState, Journal]:
    """A run that stopped, as its journal tells it. Raises Refused."""
    if arguments.flow is not None or arguments.param or arguments.title or arguments.initiative:
        raise Refused(
            "--resume goes on with the run as it was: it takes no Flow file, --param, --title or --initiative", 1
        )
    root = data_dir_of(arguments) / "runs"
    try:
        run_id = find_run(root, arguments.resume)
        journal = Journal.open(root, run_id)
        state = read_run(root, run_id)
        flow = parse_flow(state.started.definition, file=state.started.file)
    except (NoSuchRun, RunIsAlive, BadFlow, OSError) as error:
        raise Refused(str(error), 1) from error
    if state.finished is not None and state.finished.status not in _CAN_GO_ON:
        journal.close()
        raise Refused(f"run {run_id[:8]} was {state.finished.status}: there is nothing to go on with", 1)
    if state.started.workspace and not arguments.workspace:
        arguments.workspace = state.started.workspace
    return flow, state, journal


def _read(path: Path | None) -> Flow:
    if path is None:
        raise Refused("parrot run: which Flow? `parrot run FLOW.toml`")
    try:
        if path.stat().st_size > MAX_FLOW_BYTES:
            raise Refused(f"{path}: larger than {MAX_FLOW_BYTES:,} bytes: that is no Flow file")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    try:
        return parse_flow(text, file=str(path))
    except BadFlow as error:
        raise Refused(str(error)) from error


def _bound(flow: Flow, arguments: argparse.Namespace) -> dict[str, str | int | float | bool | None]:
    given: dict[str, str] = {}
    for text in arguments.param:
        name, equals, value = text.partition("=")
        if not equals:
            raise Refused(f"parrot run: --param {text}: write NAME=VALUE")
        given[name] = value
    try:
        return bind_parameters(flow, given)
    except BadParameterValue as error:
        raise Refused(f"parrot run: {error}") from error
