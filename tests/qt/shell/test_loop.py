"""The seam between asyncio and Qt: what a window's life rests on."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer, QTimerEvent
from typing_extensions import override

from parrot_desktop.loop import DaemonExecutor, QtLoop, run_app
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


def test_callbacks_come_in_the_order_in_which_they_were_asked_for(qapp: QApplication) -> None:
    called: list[str] = []

    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.call_later(0.03, called.append, "later")
        loop.call_later(0.01, called.append, "sooner")
        loop.call_soon(called.append, "now")
        loop.call_soon(lambda: loop.call_soon(called.append, "next"))
        loop.call_soon(called.append, "as well")
        await asyncio.sleep(0.06)
        return 0

    run_app(qapp, main)
    assert called == ["now", "as well", "next", "sooner", "later"]


def test_what_was_cancelled_is_not_called_and_wakes_nobody(qapp: QApplication) -> None:
    """A request leaves timeouts of half a minute behind it, all cancelled."""
    woken: list[int] = []

    class Watcher(QObject):
        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QTimerEvent):
                woken.append(event.timerId())
            return False

    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QtLoop)
        handles = [loop.call_later(0.02 + n / 1_000, woken.append, -1) for n in range(20)]
        for handle in handles:
            handle.cancel()
        assert len(loop.callbacks) == 0
        done = loop.create_future()
        watcher = Watcher()
        loop.callbacks.installEventFilter(watcher)
        QTimer.singleShot(100, lambda: done.set_result(None))
        await done
        loop.callbacks.removeEventFilter(watcher)
        return 0

    run_app(qapp, main)
    # One look at the first of them, which finds that all are cancelled; and the turn that ends the waiting.
    assert -1 not in woken
    assert len(woken) <= 3


def test_qt_goes_on_between_two_turns_of_asyncio(qapp: QApplication) -> None:
    """A task that never waits for anything must not stop the window."""
    fired: list[int] = []

    async def main() -> int:
        QTimer.singleShot(1, lambda: fired.append(1))
        async with asyncio.timeout(5):
            while not fired:  # noqa: ASYNC110 - that it turns without waiting is the point
                await asyncio.sleep(0)
        return 0

    assert run_app(qapp, main) == 0


class TurnCount(QObject):
    """How often Qt fires a timer of the loop's callbacks."""

    def __init__(self, loop: QtLoop) -> None:
        super().__init__()
        self.turns = 0
        loop.callbacks.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.turns += isinstance(event, QTimerEvent)
        return False


def test_what_a_callback_wants_called_next_takes_no_turn_of_its_own(qapp: QApplication) -> None:
    """A line of the stream goes through several tasks on its way to the list."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QtLoop)
        await asyncio.sleep(0.01)
        count = TurnCount(loop)
        for _ in range(6):
            await asyncio.sleep(0)
        assert count.turns <= 1
        return 0

    assert run_app(qapp, main) == 0


def test_a_callback_that_fails_does_not_stop_the_others(qapp: QApplication) -> None:
    called: list[str] = []
    told: list[str] = []

    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        loop.call_soon(lambda: 1 // 0)
        loop.call_soon(called.append, "next")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return 0

    run_app(qapp, main)
    assert called == ["next"]
    assert told == ["integer division or modulo by zero"]
