"""`parrot watch`: the list as it moves."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live

from parrot_client.event_stream import Connected, Disconnected, follow
from parrot_client.place import Place
from parrot_server.commands import captions
from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_server.commands.filters import add_filter_arguments, filter_of
from parrot_server.commands.session_table import session_table
from parrot_wire.codec import encode
from parrot_wire.events import Gone, Reset, SessionChanged

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from rich.console import RenderableType

    from parrot_client.client import Client
    from parrot_wire.query import Filter
    from parrot_wire.session import Row

SHOWN = 20
FRAME_S = 0.25


def configure(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument("-n", "--limit", type=int, default=SHOWN, metavar="N", help=f"rows to show (default: {SHOWN})")
    parser.add_argument(
        "--json", action="store_true", help='every change as it comes, one object a line: {"event", "data"}'
    )
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    return run_connected(arguments, lambda workspace: _watch(workspace, arguments), command="watch")


async def _watch(workspace: Workspace, arguments: argparse.Namespace) -> int:
    where = await filter_of(arguments, workspace.client)
    if arguments.json:
        await _print_changes(workspace, where, _print_json)
    elif not sys.stdout.isatty():
        await _print_changes(workspace, where, _print_line)
    else:
        names = {member.id: member.name for member in await workspace.client.members()}
        await _show_live(workspace, where, names, max(arguments.limit, 1))
    return 0


async def _print_changes(
    workspace: Workspace, where: Filter, say: Callable[[SessionChanged | Gone | Reset], None]
) -> None:
    """What changes from now on, until interrupted."""
    while True:
        place = await _place(workspace.client, where)
        async with contextlib.aclosing(
            follow(workspace.client, where, place=place, recover=workspace.recover)
        ) as events:
            async for event in events:
                if isinstance(event, SessionChanged | Gone | Reset):
                    say(event)


def _print_json(event: SessionChanged | Gone | Reset) -> None:
    match event:
        case SessionChanged(row=row):
            name, data = "session", row
        case Gone():
            name, data = "gone", {"id": event.id}
        case Reset():
            name, data = "reset", {"reason": event.reason}
    print(encode({"event": name, "data": data}).decode(), flush=True)


def _print_line(event: SessionChanged | Gone | Reset) -> None:
    """For a pipe that is no table: when, which, how it stands, what it is."""
    if isinstance(event, SessionChanged):
        row = event.row
        reason = captions.why(row)
        title = f"{row.title} ({reason})" if reason else row.title
        print(f"{row.last_activity_at}  {row.short_id}  {row.status:<12}  {title}", flush=True)


async def _show_live(workspace: Workspace, where: Filter, names: Mapping[str, str], limit: int) -> None:
    """A table that follows, until interrupted."""
    console = Console(highlight=False)
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while True:
            page = await workspace.client.sessions(where, limit=min(limit, 200))
            board = _Board({row.id: row for row in page.items}, names, limit)
            painting = asyncio.create_task(board.paint(live), name="paint")
            place = Place(page.seq, page.feed)
            try:
                async with contextlib.aclosing(
                    follow(workspace.client, where, place=place, recover=workspace.recover)
                ) as events:
                    async for event in events:
                        board.take(event)
            finally:
                painting.cancel()


class _Board:
    def __init__(self, rows: dict[str, Row], names: Mapping[str, str], limit: int) -> None:
        self._rows = rows
        self._names = names
        self._limit = limit
        self._trouble = ""

    def take(self, event: object) -> None:
        match event:
            case SessionChanged(row=row):
                self._rows[row.id] = row
                for old in self._newest()[self._limit :]:
                    del self._rows[old.id]
            case Gone(id=session_id):
                self._rows.pop(session_id, None)
            case Disconnected(error=error):
                self._trouble = f"{error}; trying again"
            case Connected():
                self._trouble = ""
            case _:
                pass

    async def paint(self, live: Live) -> None:
        """Draw it anew a few times a second: ages and elapsed times move by themselves."""
        while True:
            live.update(self._picture(live.console.width), refresh=True)
            await asyncio.sleep(FRAME_S)

    def _picture(self, width: int) -> RenderableType:
        table = session_table(self._newest(), self._names, width=width)
        return Group(table, f"[yellow]{self._trouble}[/]") if self._trouble else table

    def _newest(self) -> list[Row]:
        return sorted(self._rows.values(), key=lambda row: (row.last_activity_at, row.id), reverse=True)


async def _place(client: Client, where: Filter) -> Place:
    page = await client.sessions(where, limit=1)
    return Place(page.seq, page.feed)
