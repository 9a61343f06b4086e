"""`parrot approve | reject | skip`: answer the checkpoint that a run waits at."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parrot_client.errors import Conflict
from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_server.commands.naming import find_session
from parrot_wire.codec import encode
from parrot_wire.values import Decision

if TYPE_CHECKING:
    import argparse

_PAST = {Decision.APPROVE: "approved", Decision.REJECT: "rejected", Decision.SKIP: "skipped"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="RUN", help="its id, short id, or a parrot:// link")
    parser.add_argument("--comment", help="kept with the decision")
    parser.add_argument("--json", action="store_true", help="print the checkpoint as it then is, on one line")
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    return run_connected(arguments, lambda workspace: _decide(workspace, arguments), command=arguments.command)


async def _decide(workspace: Workspace, arguments: argparse.Namespace) -> int:
    """0 where this decided it, 1 where there was nothing to decide, or somebody was quicker."""
    decision = Decision(arguments.command)
    row = await find_session(workspace.client, arguments.session)
    if row.waiting is None or row.waiting.checkpoint is None:
        print(f"parrot {decision}: {row.short_id} is {row.status}: it waits for nobody", file=sys.stderr)
        return 1
    try:
        checkpoint = await workspace.client.decide(row.id, row.waiting.checkpoint, decision, comment=arguments.comment)
    except Conflict as error:
        said = error.earlier or str(error)
        for member in await workspace.client.members():
            said = said.replace(member.id, member.name)
        print(f"parrot {decision}: {said}", file=sys.stderr)
        return 1
    if arguments.json:
        print(encode(checkpoint).decode())
    else:
        print(f"{_PAST[decision]}: {row.title} ({row.waiting.reason})")
    return 0
