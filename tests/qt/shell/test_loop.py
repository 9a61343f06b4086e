"""The seam between asyncio and Qt: what a window's life rests on."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from parrot_desktop.loop import DaemonExecutor, run_app
from parrot_desktop.tasks import Latest, TaskOwner

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from PySide6.QtWidgets import QApplication


def test_it_returns_what_main_returns(qapp: QApplication) -> None:
    async def main() -> int:
        await asyncio.sleep(0.01)
        return 7

    gc.enable()
    assert run_app(qapp, main) == 7
    assert gc.isenabled()


def test_a_half_read_generator_is_closed(qapp: QApplication) -> None:
    """As of an HTTP stream that is left in the middle: its clean-up runs before the loop is gone."""
    cleaned: list[str] = []

    async def stream() -> AsyncGenerator[int]:
        try:
            for n in range(10):
                yield n
        finally:
            await asyncio.sleep(0)
            cleaned.append("yes")

    async def main() -> int:
        async for n in stream():
            if n == 2:
                break
        return 0

    run_app(qapp, main)
    assert cleaned == ["yes"]


def test_work_that_hangs_does_not_hold_up_the_end(qapp: QApplication) -> None:
    """A name look-up, or a keyring that asks: nobody waits for it when the window closes."""
    hang = threading.Event()

    async def main() -> int:
        hanging = asyncio.ensure_future(asyncio.to_thread(hang.wait, 30))
        await asyncio.sleep(0.01)
        hanging.cancel()
        return await asyncio.to_thread(lambda: 3)

    assert run_app(qapp, main) == 3
    hang.set()


def test_a_connection_without_an_owner_is_closed(qapp: QApplication) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def main() -> int:
            loop = asyncio.get_running_loop()
            await loop.create_connection(asyncio.Protocol, *listener.getsockname()[:2])
            return 0

        run_app(qapp, main)
        peer, _ = listener.accept()
        with peer:
            assert peer.recv(1) == b""


def test_a_job_s_error_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        DaemonExecutor().submit(fail).result(5)


def test_an_owner_ends_its_tasks_and_tells_of_failures(qapp: QApplication) -> None:
    """Failed tasks are reported once by name; what still runs is cancelled and waited for; nothing starts later."""
    told: list[tuple[str, str]] = []
    ended: list[str] = []

    async def fail() -> None:
        raise LookupError("gone")

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("waiter")

    async def main() -> int:
        owner = TaskOwner("test", on_error=lambda name, error: told.append((name, str(error))))
        owner.spawn(fail(), name="fail")
        owner.spawn(wait(), name="wait")
        await asyncio.sleep(0.01)
        assert owner.names == ["test.wait"]
        await owner.aclose()
        late = owner.spawn(wait(), name="late")
        await asyncio.wait([late])
        assert late.cancelled()
        return 0

    run_app(qapp, main)
    assert told == [("test.fail", "gone")]
    assert ended == ["waiter"]


def test_the_latest_wins(qapp: QApplication) -> None:
    """Moving fast through a list: only the last request goes on."""
    done: list[int] = []

    async def work(n: int) -> None:
        await asyncio.sleep(0.01)
        done.append(n)

    async def main() -> int:
        owner = TaskOwner("test")
        latest = Latest(owner, "work")
        started = [latest.start(work(n)) for n in range(5)]
        await asyncio.wait(started)
        assert not latest.is_running
        await owner.aclose()
        return 0

    run_app(qapp, main)
    assert done == [4]
