"""A log of blocks that many streams read: shared joins, bounded memory, a clean end."""

from __future__ import annotations

import asyncio

import pytest

from parrot_server import block_log
from parrot_server.block_log import BlockLog, FellBehind


async def test_a_reader_gets_what_comes_after_it_joined() -> None:
    log = BlockLog()
    log.append(b"before ")
    reader = log.reader()
    log.append(b"one ")
    log.append(b"")
    log.append(b"two")
    assert await reader.next() == b"one two"


async def test_readers_at_one_place_share_the_bytes() -> None:
    log = BlockLog()
    first, second = log.reader(), log.reader()
    log.append(b"one")
    log.append(b"two")
    assert await first.next() is await second.next()


async def test_a_waiting_reader_wakes_for_a_block_and_for_the_end() -> None:
    log = BlockLog()
    reader = log.reader()
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    log.append(b"now")
    assert await waiting == b"now"
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    reader.close()
    assert await waiting is None


async def test_a_finished_log_is_read_to_its_end() -> None:
    log = BlockLog()
    reader = log.reader()
    log.append(b"one ")
    log.finish(b"last")
    assert await reader.next() == b"one last"
    assert await reader.next() is None


async def test_a_slow_reader_falls_behind_and_holds_nothing_up() -> None:
    log = BlockLog(max_blocks=4)
    slow, quick = log.reader(), log.reader()
    for number in range(10):
        log.append(b"%d" % number)
        assert await quick.next() == b"%d" % number
    with pytest.raises(FellBehind):
        await slow.next()


async def test_memory_is_bounded_by_bytes() -> None:
    log = BlockLog(max_bytes=1000)
    log.reader()
    for _ in range(50):
        log.append(b"x" * 100)
    assert log.bytes_kept <= 1000


async def test_a_reader_that_lags_takes_a_bounded_bite_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_log, "MAX_JOINED_BYTES", 10)
    log = BlockLog()
    reader = log.reader()
    for _ in range(6):
        log.append(b"x" * 5)
    bites = [await reader.next() for _ in range(3)]
    assert bites == [b"x" * 10] * 3


async def test_what_all_have_read_is_dropped() -> None:
    log = BlockLog()
    reader = log.reader()
    for _ in range(640):
        log.append(b"x" * 100)
        await reader.next()
    assert log.bytes_kept <= 6500


async def test_the_last_reader_s_leaving_is_told_once() -> None:
    told: list[str] = []
    log = BlockLog(on_empty=lambda: told.append("empty"))
    first, second = log.reader(), log.reader()
    first.close()
    assert told == []
    second.close()
    second.close()
    assert told == ["empty"]


class Client:
    """What a tap passed on, for as long as it takes anything."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.takes = True

    def tap(self, block: bytes) -> bool:
        if self.takes:
            self.got.append(block)
        return self.takes


async def test_a_reader_that_waits_is_passed_by_its_tap_and_sleeps_on() -> None:
    log, client = BlockLog(), Client()
    reader = log.reader(client.tap)
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    log.append(b"one")
    log.append(b"two")
    await asyncio.sleep(0)
    assert client.got == [b"one", b"two"]
    assert not waiting.done()
    reader.close()
    assert await waiting is None


async def test_nothing_is_lost_or_told_twice_where_a_client_stops_taking_and_goes_on() -> None:
    log, client = BlockLog(), Client()
    reader = log.reader(client.tap)

    async def read() -> None:
        while (block := await reader.next()) is not None:
            # As a response does, which waits until the client has taken enough.
            while not client.takes:  # noqa: ASYNC110 - the client tells nobody
                await asyncio.sleep(0)
            client.got.append(block)

    reading = asyncio.create_task(read())
    told: list[bytes] = []
    for number in range(200):
        client.takes = number % 7 not in {2, 3, 4}
        block = b"%d " % number
        told.append(block)
        log.append(block)
        if number % 3 == 0:
            await asyncio.sleep(0)
    client.takes = True
    log.finish(b"last")
    await reading
    assert b"".join(client.got) == b"".join(told) + b"last"


async def test_a_log_that_is_read_by_taps_alone_keeps_little() -> None:
    log, client = BlockLog(), Client()
    waiting = asyncio.create_task(log.reader(client.tap).next())
    await asyncio.sleep(0)
    for _ in range(1_000):
        log.append(b"x" * 100)
    assert len(client.got) == 1_000
    assert log.bytes_kept <= 100 * 100
    waiting.cancel()
