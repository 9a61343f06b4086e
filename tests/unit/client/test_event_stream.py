"""What the stream's client makes of servers that are not as they should be, scripted byte by byte."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from parrot_client.client import Client
from parrot_client.errors import BadAnswer, Busy, Offline, ServerFault
from parrot_client.event_stream import Connected, Connecting, Disconnected, Pace, follow
from parrot_client.pipe import Pipe
from parrot_client.place import Place
from parrot_wire.codec import encode
from parrot_wire.events import Event, Gone, Ready, Reset, SessionChanged
from tests.helpers.rows import row

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from parrot_client.event_stream import StreamState

QUICK = Pace(silence_s=0.2, first_wait_s=0.01, longest_wait_s=0.02)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
READY = b'event: ready\nid: 1\ndata: {"seq":1,"feed":"f"}\n\n'


def sent(session_id: str, seq: int) -> bytes:
    return b"event: session\nid: %d\ndata: %s\n\n" % (seq, encode(row(session_id, seq)))


class Script:
    """One answer a connection; the last one stays. ``heads`` are the requests as they came."""

    def __init__(self, *answers: bytes, stay_open: bool = False) -> None:
        self.heads: list[bytes] = []
        self.closed = asyncio.Event()
        """An answer was sent whole, and its connection closed."""
        self._answers = list(answers)
        self._stay_open = stay_open

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Client]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Client(f"http://127.0.0.1:{port}", "token") as client:
            yield client

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
        await writer.drain()
        if self._stay_open:
            await reader.read()
        writer.close()
        self.closed.set()


async def take(stream: AsyncGenerator[Event | StreamState], count: int) -> list[Event | StreamState]:
    async with asyncio.timeout(5), aclosing(stream) as items:
        return [item async for item in _limited(items, count)]


async def _limited(items: AsyncGenerator[Event | StreamState], count: int) -> AsyncGenerator[Event | StreamState]:
    async for item in items:
        yield item
        count -= 1
        if count == 0:
            return


def kinds(items: list[Event | StreamState]) -> list[type]:
    return [type(item) for item in items]


async def test_it_names_the_place_it_has_reached_and_the_feed() -> None:
    script = Script(STREAM + READY + sent("a", 5) + b'event: gone\nid: 7\ndata: {"id":"b"}\n\n' + sent("c", 9)[:-1])
    async with script.client() as client:
        await take(follow(client, place=Place(1, "f"), pace=QUICK), 12)
    first, second = script.heads[:2]
    assert b"last-event-id: 1\r\n" in first.lower()
    assert b"feed=f" in first
    # The event that broke off before its blank line was never seen.
    assert b"last-event-id: 7\r\n" in second.lower()


async def test_events_of_a_newer_server_and_broken_ones_are_passed_over() -> None:
    alien = b'event: dance\nid: 2\ndata: {}\n\nevent: session\nid: 3\ndata: {"id": 5}\n\n'
    script = Script(STREAM + READY + alien + sent("a", 4), stay_open=True)
    async with script.client() as client:
        items = await take(follow(client, pace=QUICK), 4)
    assert kinds(items) == [Connecting, Connected, Ready, SessionChanged]


async def test_a_proxy_s_own_pages_and_a_busy_server_are_waited_for() -> None:
    script = Script(
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops",
        b"HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
        b"nonsense\r\n\r\n",
        STREAM + READY,
        stay_open=False,
    )
    async with script.client() as client:
        items = await take(follow(client, pace=QUICK), 11)
    assert kinds(items) == [Connecting, Disconnected] * 4 + [Connecting, Connected, Ready]
    errors = [type(item.error) for item in items if isinstance(item, Disconnected)]
    assert errors == [ServerFault, Busy, BadAnswer, Offline]
    attempts = [item.attempt for item in items if isinstance(item, Connecting)]
    assert attempts == [1, 2, 3, 4, 5]


async def test_patience_begins_anew_after_a_connection_that_held() -> None:
    script = Script(STREAM + READY)
    async with script.client() as client:
        items = await take(follow(client, pace=QUICK), 12)
    assert [item.attempt for item in items if isinstance(item, Connecting)] == [1, 1, 1]


async def test_a_server_that_answers_nothing_is_given_up() -> None:
    script = Script(b"", stay_open=True)
    async with script.client() as client:
        items = await take(follow(client, pace=QUICK), 2)
    assert isinstance(items[1], Disconnected)
    assert "silent" in str(items[1].error)


async def test_a_slow_reader_is_no_silent_server() -> None:
    """While the consumer is busy, chunks wait; that must not count as the server's silence."""
    rows = b"".join(sent(f"s{seq}", seq) for seq in range(2, 2000))
    script = Script(STREAM + READY + rows, stay_open=True)
    async with script.client() as client:
        seen: list[Event | StreamState] = []
        async with asyncio.timeout(10), aclosing(follow(client, pace=QUICK)) as items:
            async for item in items:
                seen.append(item)
                if len(seen) == 10:
                    await asyncio.sleep(QUICK.silence_s * 2)
                if len(seen) == 2001:
                    break
    assert not any(isinstance(item, Disconnected) for item in seen)


async def test_a_reader_behind_a_connection_that_broke_gets_all_of_it_and_then_hears_of_the_break() -> None:
    """As much as is read ahead came, and the connection broke, while the consumer was busy."""
    rows = b"".join(sent(f"s{seq}", seq) for seq in range(2, 257))
    script = Script(STREAM + READY + rows)
    async with script.client() as client:
        seen: list[Event | StreamState] = []
        async with asyncio.timeout(10), aclosing(follow(client, pace=QUICK)) as items:
            async for item in items:
                seen.append(item)
                if isinstance(item, Ready):
                    await script.closed.wait()
                if isinstance(item, Disconnected):
                    break
    assert [item.seq for item in seen if isinstance(item, SessionChanged)] == list(range(2, 257))
    assert "silent" not in str(seen[-1])


async def test_the_end_of_a_pipe_is_not_lost_where_it_is_full() -> None:
    pipe: Pipe[int] = Pipe(2)
    async with asyncio.timeout(5):
        await pipe.put(1)
        await pipe.put(2)
        waiting = asyncio.create_task(pipe.put(3))
        assert await pipe.take() == 1
        await waiting
        pipe.end()
        assert [await pipe.take() for _ in range(4)] == [2, 3, None, None]


async def test_the_end_of_a_pipe_wakes_whoever_waits_at_either_side() -> None:
    empty: Pipe[int] = Pipe(1)
    full: Pipe[int] = Pipe(1)
    async with asyncio.timeout(5):
        await full.put(1)
        taking, putting = asyncio.create_task(empty.take()), asyncio.create_task(full.put(2))
        await asyncio.sleep(0)
        empty.end()
        full.end()
        assert await taking is None
        await putting
        assert [await full.take(), await full.take()] == [1, None]


async def test_reset_is_the_last_item() -> None:
    script = Script(STREAM + b'event: reset\ndata: {"reason":"too old"}\n\n' + READY, stay_open=True)
    async with script.client() as client:
        items = await take(follow(client, place=Place(1, "f"), pace=QUICK), 99)
    assert items[-1] == Reset(reason="too old")


async def test_gone_carries_its_seq() -> None:
    script = Script(STREAM + READY + b'event: gone\nid: 8\ndata: {"id":"x"}\n\n', stay_open=True)
    async with script.client() as client:
        items = await take(follow(client, pace=QUICK), 4)
    assert items[-1] == Gone(seq=8, id="x")


def test_waits_grow_to_a_bound_and_differ() -> None:
    pace = Pace(first_wait_s=0.25, longest_wait_s=15)
    for attempt in range(1, 40):
        waits = {pace.wait_s(attempt) for _ in range(20)}
        assert len(waits) > 1
        assert max(waits) <= 15
    assert pace.wait_s(1) <= 0.5
