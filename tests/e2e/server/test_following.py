"""The client's stream over a network that misbehaves: it always ends with exactly the server's rows."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from parrot_client.client import Client
from parrot_client.errors import Forbidden, Offline, Unauthorised
from parrot_client.event_stream import (
    Connected,
    Connecting,
    Disconnected,
    Pace,
    follow,
    follow_commands,
    follow_session,
)
from parrot_client.place import Place
from parrot_wire.events import Changed, Gone, Ready, Reset, SessionChanged
from parrot_wire.query import Filter
from parrot_wire.records import Command
from parrot_wire.session import Message
from parrot_wire.values import Kind
from tests.helpers.proxy import ChaosProxy
from tests.helpers.records import delete, message, session
from tests.helpers.server import serve, start_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.helpers.server import RunningServer

T = TypeVar("T")

QUICK = Pace(silence_s=1.0, first_wait_s=0.02, longest_wait_s=0.1)


class Mirror:
    """What a window holds: the rows of a list, kept true by its stream."""

    def __init__(self, client: Client, where: Filter, *, recover: Callable[[], Awaitable[None]] | None = None) -> None:
        self.rows: dict[str, int] = {}
        self.resets = 0
        self.disconnects: list[Disconnected] = []
        self.repeats = 0
        self.ready_seq = 0
        self._client = client
        self._where = where
        self._recover = recover
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        while True:
            place = await self._list()
            stream = follow(self._client, self._where, place=place, recover=self._recover, pace=QUICK)
            async with aclosing(stream) as items:
                async for item in items:
                    match item:
                        case SessionChanged(row=row):
                            self.repeats += row.seq <= self.rows.get(row.id, 0)
                            self.rows[row.id] = row.seq
                        case Gone(id=session_id):
                            self.rows.pop(session_id, None)
                        case Ready(seq=seq):
                            self.ready_seq = seq
                        case Reset():
                            self.resets += 1
                        case Disconnected():
                            self.disconnects.append(item)
                        case Connecting() | Connected():
                            pass
                    async with self._changed:
                        self._changed.notify_all()

    async def _list(self) -> Place:
        while True:
            try:
                first = await self._client.sessions(self._where, limit=1)
                self.rows = {row.id: row.seq async for row in self._client.all_sessions(self._where)}
            except Offline:
                await asyncio.sleep(0.02)
                if self._recover is not None:
                    await self._recover()
            else:
                return Place(first.seq, first.feed)

    async def hears(self, word: str) -> None:
        """Wait until a break is explained with this word."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: any(word in str(each.error) for each in self.disconnects))

    async def equals(self, server: RunningServer, **params: str) -> None:
        """Wait until the mirror holds exactly the server's rows."""
        rows = await asyncio.to_thread(server.rows, **params)
        expected = {row["id"]: row["seq"] for row in rows}
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: self.rows == expected)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with serve(tmp_path_factory.mktemp("workspace")) as running:
        running.ingest([session(f"s{n}", seconds=n) for n in range(30)])
        yield running


async def send(server: RunningServer, *numbers: int, seconds: float, status: str = "open") -> None:
    records = [session(f"s{n}", seconds=seconds, status=status) for n in numbers]
    await asyncio.to_thread(server.ingest, records)


async def test_cut_in_the_middle_of_events_it_resumes_without_loss_or_repeat(server: RunningServer) -> None:
    async with ChaosProxy(server.url) as proxy, Client(proxy.url, server.token) as client, asyncio.TaskGroup() as group:
        mirror = Mirror(client, Filter())
        running = group.create_task(mirror.run())
        await mirror.equals(server)
        # Long enough for the heads and a row or two, and then half of one.
        proxy.cut_after(2_000)
        proxy.cut()
        for step in range(12):
            await send(server, step, step + 1, seconds=100 + step)
        proxy.cut_after(None)
        await mirror.equals(server)
        assert mirror.disconnects
        assert (mirror.resets, mirror.repeats) == (0, 0)
        running.cancel()


async def test_rows_that_leave_the_filter_or_die_while_it_is_away(server: RunningServer) -> None:
    where = Filter(kinds=frozenset({Kind.CHAT}), q="s2")
    async with ChaosProxy(server.url) as proxy, Client(proxy.url, server.token) as client, asyncio.TaskGroup() as group:
        mirror = Mirror(client, where)
        running = group.create_task(mirror.run())
        await mirror.equals(server, kind="chat", q="s2")
        proxy.refuse()
        proxy.cut()
        await asyncio.to_thread(
            server.ingest,
            [
                delete("s20", seconds=200),
                session("s21", seconds=200, title="another name"),
                session("s2-new", seconds=200),
            ],
        )
        proxy.flow()
        await mirror.equals(server, kind="chat", q="s2")
        assert mirror.resets == 0
        running.cancel()


async def test_a_connection_that_falls_silent_is_given_up(server: RunningServer) -> None:
    """The server's heartbeat comes every 15 s; here a second of silence is enough."""
    async with ChaosProxy(server.url) as proxy, Client(proxy.url, server.token) as client, asyncio.TaskGroup() as group:
        mirror = Mirror(client, Filter())
        running = group.create_task(mirror.run())
        await mirror.equals(server)
        proxy.stall()
        await send(server, 1, seconds=300)
        await mirror.hears("silent")
        proxy.cut()
        proxy.flow()
        await mirror.equals(server)
        running.cancel()


async def test_a_server_that_is_killed_and_comes_back_elsewhere(tmp_path: Path) -> None:
    first = start_server(tmp_path / "data")
    second: RunningServer | None = None
    try:
        first.ingest([session(f"s{n}", seconds=n) for n in range(5)])
        async with Client(first.url, first.token) as client, asyncio.TaskGroup() as group:

            async def recover() -> None:
                if second is None:
                    raise Offline("not started again yet")
                client.move_to(second.url, second.token)

            mirror = Mirror(client, Filter(), recover=recover)
            running = group.create_task(mirror.run())
            await mirror.equals(first)
            await asyncio.to_thread(first.kill)
            second = await asyncio.to_thread(start_server, tmp_path / "data")
            await send(second, 2, 7, seconds=50)
            await mirror.equals(second)
            assert (mirror.resets, mirror.repeats) == (0, 0)
            running.cancel()
    finally:
        first.close()
        if second is not None:
            second.close()


async def test_another_database_resets(tmp_path: Path) -> None:
    with serve(tmp_path / "one") as one, serve(tmp_path / "two") as two:
        one.ingest([session(f"s{n}", seconds=n) for n in range(5)])
        two.ingest([session(f"t{n}", seconds=n) for n in range(3)])
        async with Client(one.url, one.token) as client, asyncio.TaskGroup() as group:

            async def recover() -> None:
                client.move_to(two.url, two.token)

            mirror = Mirror(client, Filter(), recover=recover)
            running = group.create_task(mirror.run())
            await mirror.equals(one)
            await asyncio.to_thread(one.stop)
            await mirror.equals(two)
            assert mirror.resets == 1
            running.cancel()


async def test_what_cannot_heal_by_itself_is_raised(server: RunningServer) -> None:
    async with Client(server.url, "parrot_wrong") as client:
        with pytest.raises(Unauthorised):
            await first_of(follow(client, pace=QUICK), Ready)
    made = server.http.post("/v1/members", json={"name": "Machine", "role": "collector"}).json()
    token = server.http.post("/v1/tokens", json={"member": made["id"], "name": "t"}).json()["token"]
    async with Client(server.url, token) as client:
        with pytest.raises(Forbidden) as raised:
            await first_of(follow(client, pace=QUICK), Ready)
    assert raised.value.scope == "sessions.read"


async def first_of(stream: AsyncGenerator[Any], kind: type[T]) -> T:
    """The first item of a kind; the stream is closed then."""
    async with aclosing(stream) as items:
        async for item in items:
            if isinstance(item, kind):
                return item
    raise AssertionError(f"the stream ended without a {kind.__name__}")


async def test_one_session_s_stream_and_the_commands(server: RunningServer) -> None:
    await asyncio.to_thread(
        server.ingest, [session("flow", seconds=400, kind="flow", status="running", can=["cancel"])]
    )
    flow = next(row["id"] for row in server.rows() if row["native_id"] == "flow")
    async with Client(server.url, server.token) as client:
        async with aclosing(follow_session(client, flow, pace=QUICK)) as events:
            async for item in events:
                if isinstance(item, Ready):
                    await asyncio.to_thread(server.ingest, [message("flow", 1, "hello", seconds=401)])
                if isinstance(item, Changed):
                    assert isinstance(item.item, Message)
                    break
        command = await client.cancel(flow)
        assert await first_of(follow_commands(client, pace=QUICK), Command) == command


async def test_nothing_is_left_running_when_a_stream_is_closed(server: RunningServer) -> None:
    before = asyncio.all_tasks()
    async with Client(server.url, server.token) as client:
        for _ in range(3):
            async with aclosing(follow(client, pace=QUICK)) as items:
                async for item in items:
                    if isinstance(item, Ready):
                        break
        assert asyncio.all_tasks() == before
