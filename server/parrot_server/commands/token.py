"""`parrot token create | list | revoke`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_wire.codec import encode
from parrot_wire.people import NewToken
from parrot_wire.values import Role, Scope

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and print it, this once")
    create.add_argument("member", help="whose token: id, e-mail address or name")
    create.add_argument("--name", default="command line", help="what it is for")
    create.add_argument("--role", type=Role, choices=list(Role), help="default: the member's")
    create.add_argument(
        "--scope", type=Scope, choices=list(Scope), action="append", help="only this right of the role's (may repeat)"
    )
    create.add_argument("--expires", metavar="TIME", help="RFC 3339, like 2027-01-01T00:00:00Z")
    listing = actions.add_parser("list", help="list the tokens, without their secrets")
    listing.add_argument("--json", action="store_true", help="one object a line")
    revoke = actions.add_parser("revoke", help="revoke a token: what it has open ends at once")
    revoke.add_argument("id")
    for action in (create, listing, revoke):
        add_workspace_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    action = actions[arguments.action]
    return run_connected(arguments, lambda workspace: action(workspace, arguments), command="token")


async def _create(workspace: Workspace, arguments: argparse.Namespace) -> int:
    new = NewToken(
        member=arguments.member,
        name=arguments.name,
        role=arguments.role,
        scopes=tuple(arguments.scope) if arguments.scope else None,
        expires_at=arguments.expires,
    )
    made = await workspace.client.make_token(new)
    print(made.token)
    print(f"This is token {made.id}. It is not shown again.", file=sys.stderr)
    return 0


async def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    tokens = await workspace.client.tokens()
    if arguments.json:
        for token in tokens:
            print(encode(token).decode())
        return 0
    names = {member.id: member.name for member in await workspace.client.members()}
    for token in tokens:
        state = "revoked" if token.revoked else f"until {token.expires_at}" if token.expires_at else ""
        member = names.get(token.member, token.member)
        print(f"{token.id}  {member}  {token.role}  {token.name}  {token.created_at}  {state}".rstrip())
    return 0


async def _revoke(workspace: Workspace, arguments: argparse.Namespace) -> int:
    await workspace.client.revoke_token(arguments.id)
    return 0
