"""`parrot cancel`: ask the source of a session to stop it."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_server.commands.naming import find_session
from parrot_wire.codec import encode

if TYPE_CHECKING:
    import argparse

    from parrot_wire.session import Row

WAIT_S = 12.0
"""A source that is gone is noticed after ten seconds."""
_LOOK_EVERY_S = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="ID", help="its id, short id, or a parrot:// link")
    parser.add_argument("--no-wait", action="store_true", help="ask, and do not wait for it to stop")
    parser.add_argument("--json", action="store_true", help="print the row as it then is, on one line")
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    return run_connected(arguments, lambda workspace: _cancel(workspace, arguments), command="cancel")


async def _cancel(workspace: Workspace, arguments: argparse.Namespace) -> int:
    """0 where it stopped (or was asked to, with --no-wait), 1 where it still goes on."""
    row = await find_session(workspace.client, arguments.session)
    await workspace.client.cancel(row.id)
    deadline = time.monotonic() + (0.0 if arguments.no_wait else WAIT_S)
    now: Row = await workspace.client.session(row.id)
    while now.status.is_active and now.status_detail == row.status_detail and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = await workspace.client.session(row.id)
    if arguments.json:
        print(encode(now).decode())
    elif arguments.no_wait:
        print(f"{row.short_id} was asked to stop")
    elif now.status.is_active:
        print(
            f"parrot cancel: {row.short_id} is still {now.status}: {now.status_detail or 'no answer'}", file=sys.stderr
        )
    else:
        print(f"{row.short_id} is {now.status}")
    return 0 if arguments.no_wait or not now.status.is_active else 1
