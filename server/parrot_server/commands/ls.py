"""`parrot ls`: the Sessions list, in a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_server.commands.filters import add_filter_arguments, filter_of
from parrot_server.commands.session_table import session_table
from parrot_wire.codec import encode

if TYPE_CHECKING:
    import argparse

    from parrot_wire.session import Row

SHOWN = 30


def configure(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument("-n", "--limit", type=int, default=SHOWN, metavar="N", help=f"how many (default: {SHOWN})")
    parser.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument("--json", action="store_true", help="one row a line, as the protocol has it")
    add_workspace_arguments(parser)


PIPE_WIDTH = 180


def run(arguments: argparse.Namespace) -> int:
    return run_connected(arguments, lambda workspace: _list(workspace, arguments), command="ls")


async def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    client = workspace.client
    where = await filter_of(arguments, client)
    rows: list[Row] = []
    async for row in client.all_sessions(where):
        if not arguments.all and len(rows) >= arguments.limit:
            break
        rows.append(row)
        if arguments.json:
            print(encode(row).decode())
    if arguments.json:
        return 0
    # A pipe has no width: what reads it gets every column.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    if not rows:
        console.print("no sessions")
        return 0
    names = {member.id: member.name for member in await client.members()}
    console.print(session_table(rows, names, width=console.width))
    total = (await client.summary(where)).total
    if total > len(rows):
        console.print(f"[bright_black]{len(rows)} of {total:,}; --limit N or --all for more[/]")
    return 0
