"""The list's filters as options of a command."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING

from parrot_client.errors import ParrotError
from parrot_wire.query import Filter
from parrot_wire.times import from_ms, normalise
from parrot_wire.values import Kind, RecordKind, Status, StatusGroup

if TYPE_CHECKING:
    import argparse

    from parrot_client.client import Client

_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class BadFilter(ParrotError):
    """An option that names nothing there is."""


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Options for everything that the list can be narrowed by; each may repeat, any of its values will do."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="words of the title: all of them, in any order")
    parser.add_argument("--kind", action="append", type=Kind, choices=list(Kind), default=[])
    parser.add_argument("--owner", action="append", default=[], help="a member's name, e-mail address or id; or `me`")
    parser.add_argument("--status", action="append", type=Status, choices=list(Status), default=[], metavar="STATUS")
    parser.add_argument(
        "--group", action="append", type=StatusGroup, choices=list(StatusGroup), default=[], help="a group of statuses"
    )
    for kind in RecordKind:
        parser.add_argument(f"--{kind}", action="append", default=[], help=f"a {kind}'s title or id")
    parser.add_argument(
        "--after",
        metavar="TIME",
        help="active then or later: 2026-11-22, 2026-11-22T09:00Z, today, or 90m, 36h, 7d ago",
    )
    parser.add_argument("--before", metavar="TIME", help="last active before then")


async def filter_of(arguments: argparse.Namespace, client: Client) -> Filter:
    """The filter, its names looked up in the workspace. Raises ParrotError."""
    return Filter(
        kinds=frozenset(arguments.kind),
        owners=frozenset([await _owner(name, client) for name in arguments.owner]),
        statuses=frozenset(arguments.status),
        status_groups=frozenset(arguments.group),
        projects=await _records(RecordKind.PROJECT, arguments.project, client),
        initiatives=await _records(RecordKind.INITIATIVE, arguments.initiative, client),
        plans=await _records(RecordKind.PLAN, arguments.plan, client),
        active_after=_time("--after", arguments.after),
        active_before=_time("--before", arguments.before),
        q=" ".join(arguments.words),
    )


async def _owner(name: str, client: Client) -> str:
    if name == "me":
        return (await client.me()).member.id
    wanted = name.casefold()
    for member in await client.members():
        if wanted in (member.id.casefold(), member.name.casefold(), (member.email or "").casefold()):
            return member.id
    raise BadFilter(f"--owner {name}: there is no such member")


async def _records(kind: RecordKind, names: list[str], client: Client) -> frozenset[str]:
    if not names:
        return frozenset()
    known = await client.records(kind)
    found: set[str] = set()
    for name in names:
        ids = [item.id for item in known if name.casefold() in (item.id.casefold(), item.title.casefold())]
        if not ids:
            raise BadFilter(f"--{kind} {name}: there is no such {kind}")
        found.update(ids)
    return frozenset(found)


def _time(option: str, text: str | None) -> str | None:
    if text is None:
        return None
    if text == "today":
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return from_ms(round(midnight.timestamp() * 1000))
    span = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    try:
        if span:
            return from_ms(time.time_ns() // 1_000_000 - int(span[1]) * _UNITS_S[span[2]] * 1000)
        moment = datetime.fromisoformat(text)
        # A time without a zone is a person's own.
        return normalise(moment.isoformat() if moment.tzinfo else moment.astimezone().isoformat())
    except (ValueError, OverflowError):
        raise BadFilter(
            f"{option} {text}: no such time; write 2026-11-22, 2026-11-22T09:00Z, today, 90m or 7d"
        ) from None
