"""The sample and its workspace: filled through the ingest, kept alive, and answering what people ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from parrot_client.errors import Busy, Forbidden, NotFound, Offline, ParrotError
from parrot_client.event_stream import follow_commands
from parrot_server.simulate.director import Director
from parrot_server.simulate.history import YEAR_MS, history
from parrot_server.simulate.output import Lines
from parrot_server.simulate.showcase import SCENES
from parrot_server.simulate.team import WORKSPACE_NAME, team_of
from parrot_wire.people import NewMember
from parrot_wire.query import Filter
from parrot_wire.records import Command, SessionPatch
from parrot_wire.times import to_ms
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.commands.connect import Workspace
    from parrot_wire.session import Row

LABEL = "(sample)"
HISTORY_LINES = 500
"""So many records of history go at a time: live changes wait for no more than these."""

TICK_S = 0.025
AWAY_S = 1.0
MOST_AT_ONCE = 5_000
"""After a pause (a laptop that slept) the sample does not make up for what it missed."""


class NotTheSample(ParrotError):
    """The workspace holds somebody's work."""


class Simulation:
    """One sample. ``say`` hears in a few words how far it is."""

    def __init__(
        self, workspace: Workspace, *, seed: int, members: int, sessions: int, say: Callable[[str], None]
    ) -> None:
        self._workspace = workspace
        self._client = workspace.client
        self._seed = seed
        self._sessions = sessions
        self._say = say
        self._people = team_of(members, seed)
        self._director = Director(seed=seed, people=self._people)
        self._since_ms = 0
        self._now_ms = 0
        self._sending = asyncio.Lock()
        self.changes = 0
        """Live changes told so far."""

    async def prepare(self) -> None:
        """The team, the label and the first picture. Raises NotTheSample where there is real work."""
        self._now_ms = _now_ms()
        newest = await self._newest()
        self._since_ms = self._now_ms - YEAR_MS
        if newest is not None:
            if not (await self._client.me()).workspace.name.endswith(LABEL):
                raise NotTheSample("this workspace holds work already; simulate into an empty one, or into the sample")
            self._since_ms = max(to_ms(newest.last_activity_at), self._since_ms)
        await self._introduce()
        lines = Lines()
        if newest is not None:
            await self._settle_leftovers(lines)
        self._director.open(self._now_ms, lines)
        await self._send(lines.take())

    async def load_history(self) -> None:
        """The year before the first picture, or what is missing of it, newest first."""
        started = time.monotonic()
        count = round(self._sessions * (self._now_ms - self._since_ms) / YEAR_MS)
        count = max(count - len(SCENES), 0)
        if not count:
            return
        made = history(
            seed=self._seed, now_ms=self._now_ms, since_ms=self._since_ms, sessions=count, people=self._people
        )
        for chunk in made:
            for start in range(0, len(chunk), HISTORY_LINES):
                await self._send(chunk[start : start + HISTORY_LINES])
        self._say(f"{count:,} sessions of history in {time.monotonic() - started:.1f} s")

    async def live(self, rate: float | None) -> None:
        """Move, until cancelled: at the natural pace, or by so many changes a second."""
        work = [self._listen()]
        if rate is None:
            work.append(self._move_naturally())
        elif rate > 0:
            work.append(self._move_by_rate(rate))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _move_naturally(self) -> None:
        lines = Lines()
        while True:
            now = _now_ms()
            due = self._director.next_due_ms()
            if due is None or due <= now:
                self._director.advance(now, lines)
                self.changes += 1
                await self._send(lines.take())
            else:
                await asyncio.sleep(min((due - now) / 1000, 1.0))

    async def _move_by_rate(self, rate: float) -> None:
        lines = Lines()
        begin, done = time.monotonic(), 0
        while True:
            owed = int((time.monotonic() - begin) * rate) - done
            if owed > MOST_AT_ONCE:
                begin, done, owed = time.monotonic(), 0, 0
            now = _now_ms()
            for _ in range(owed):
                self._director.advance(now, lines)
            done += owed
            self.changes += owed
            if len(lines):
                await self._send(lines.take())
            await asyncio.sleep(TICK_S)

    async def _listen(self) -> None:
        """Do what people ask, and say that it was done."""
        async with contextlib.aclosing(follow_commands(self._client, recover=self._workspace.recover)) as commands:
            async for item in commands:
                if isinstance(item, Command):
                    await self._obey(item)

    async def _obey(self, command: Command) -> None:
        lines = Lines()
        result = self._director.obey(command, _now_ms(), lines)
        await self._send(lines.take())
        with contextlib.suppress(Offline, NotFound):
            await self._client.finish_command(command.id, result)

    async def _send(self, lines: list[bytes]) -> None:
        """Until the server has them, in order; it may be away for a while, or ask to wait."""
        body = b"".join(lines)
        if not body:
            return
        async with self._sending:
            while True:
                try:
                    result = await self._client.ingest(body)
                except Busy as error:
                    await asyncio.sleep(error.retry_after_s)
                except Offline:
                    await asyncio.sleep(AWAY_S)
                    with contextlib.suppress(ParrotError):
                        await self._workspace.recover()
                else:
                    for refused in result.refused:
                        self._say(f"a record was refused: {refused.detail}")
                    return

    async def _introduce(self) -> None:
        """Name the workspace and its people. A token without the right to do so can still fill it."""
        with contextlib.suppress(Forbidden):
            await self._client.change_workspace(name=WORKSPACE_NAME)
            known = {member.email for member in await self._client.members()}
            for person in self._people:
                if person.email not in known:
                    await self._client.add_member(NewMember(name=person.name, role=person.role, email=person.email))

    async def _newest(self) -> Row | None:
        page = await self._client.sessions(Filter(), limit=1)
        return page.items[0] if page.items else None

    async def _settle_leftovers(self, lines: Lines) -> None:
        """Sessions that an earlier simulation left in motion come to their end where they last moved."""
        ours = {scene.id for scene in SCENES}
        groups = frozenset({StatusGroup.LIVE, StatusGroup.QUEUED, StatusGroup.WAITING})
        async for row in self._client.all_sessions(Filter(status_groups=groups)):
            if row.native_id in ours or row.status is Status.INTERRUPTED:
                continue
            status = Status.COMPLETED if row.kind is Kind.FLOW else Status.ENDED
            settled = SessionPatch(status=status, status_detail=None, waiting=None, ended_at=row.last_activity_at)
            lines.session(row.source, row.native_id, self._now_ms, settled)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
