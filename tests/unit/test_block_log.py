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
