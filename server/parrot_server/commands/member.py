"""`parrot member add | list | role | remove`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_wire.codec import encode
from parrot_wire.people import NewMember
from parrot_wire.values import Role

if TYPE_CHECKING:
    import argparse

    from parrot_wire.session import Member


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a member, or bring one up to date")
    add.add_argument("name")
    add.add_argument("--email", metavar="ADDRESS")
    add.add_argument("--role", type=Role, choices=list(Role), default=Role.MEMBER, help="default: member")
    listing = actions.add_parser("list", help="list the members, with and without work")
    listing.add_argument("--json", action="store_true", help="one object a line")
    role = actions.add_parser("role", help="change a member's role")
    role.add_argument("member", help="id, e-mail address or name")
    role.add_argument("role", type=Role, choices=list(Role))
    remove = actions.add_parser("remove", help="take a member's tokens away; the work stays theirs")
    remove.add_argument("member", help="id, e-mail address or name")
    for action in (add, listing, role, remove):
        add_workspace_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    actions = {"add": _add, "list": _list, "role": _role, "remove": _remove}
    action = actions[arguments.action]
    return run_connected(arguments, lambda workspace: action(workspace, arguments), command="member")


async def _add(workspace: Workspace, arguments: argparse.Namespace) -> int:
    new = NewMember(name=arguments.name, email=arguments.email, role=arguments.role)
    _say(await workspace.client.add_member(new))
    return 0


async def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    for member in await workspace.client.members():
        if arguments.json:
            print(encode(member).decode())
        else:
            _say(member)
    return 0


async def _role(workspace: Workspace, arguments: argparse.Namespace) -> int:
    member = await _find(workspace, arguments.member)
    if member is None:
        return 1
    _say(await workspace.client.change_member(member.id, arguments.role))
    return 0


async def _remove(workspace: Workspace, arguments: argparse.Namespace) -> int:
    member = await _find(workspace, arguments.member)
    if member is None:
        return 1
    await workspace.client.remove_member(member.id)
    return 0


async def _find(workspace: Workspace, text: str) -> Member | None:
    wanted = text.casefold()
    members = await workspace.client.members()
    found = [
        member
        for member in members
        if member.id == text or wanted in {(member.email or "").casefold(), member.name.casefold()}
    ]
    if len(found) == 1:
        return found[0]
    print(f"parrot member: {'no' if not found else 'more than one'} member is called {text!r}.", file=sys.stderr)
    return None


def _say(member: Member) -> None:
    print("  ".join(part for part in (member.id, member.name, member.email, member.role) if part))
