"""The one seam between asyncio and Qt. Nothing else in the project names qasync.

How to live with it, each found in its source or by running it:

- Never end through ``QApplication.quit``: Qt stops before the main coroutine. The main coroutine returns instead.
- No nested loop: dialogs are opened, never executed.
- Of each callback, ready or later, it makes a timer of Qt's, which fires even for what was cancelled: `Callbacks` keeps
  them as asyncio's own loop does.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import os
import sys
import threading
import time
from collections import deque
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QTimerEvent
from typing_extensions import override

os.environ["QT_API"] = "pyside6"  # qasync takes PyQt6 where that is installed too.

import qasync

from parrot_desktop.garbage import collected_in_this_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

    from PySide6.QtWidgets import QApplication

_P = ParamSpec("_P")
_T = TypeVar("_T")


TURN_S = 0.002
"""What a person does, and what is to be painted, waits for callbacks no longer than this."""


class DaemonExecutor(Executor):
    """A thread for each job, and no job holds up the end of the program.

    For rare blocking work: imports at start-up, the keyring, a name look-up. qasync's own executor starts ten QThreads
    at once and joins them when it closes; the standard one is joined at exit: a look-up that hangs would hang quitting.
    """

    @override
    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it is raised where the future is awaited
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="parrot-job", daemon=True).start()
        return future


class Callbacks(QObject):
    """What asyncio wants called: what is ready in turns of Qt's loop, and one timer for the soonest of the rest.

    A turn is a timer of its own and no posted event, so that Qt paints and takes input between two of them. What the
    callbacks of a turn want called next is called in the same one, while that takes no longer than `TURN_S`: a line of
    the stream goes through four hands.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ready: deque[asyncio.Handle] = deque()
        self._later: list[tuple[float, int, asyncio.Handle]] = []
        self._number = itertools.count()
        self._turn: int | None = None
        self._is_running = False
        self._alarm: int | None = None
        self._alarm_at = math.inf

    def __len__(self) -> int:
        """How many are still to be called."""
        return sum(not handle.cancelled() for handle in (*self._ready, *(entry[2] for entry in self._later)))

    def soon(self, handle: asyncio.Handle) -> None:
        self._ready.append(handle)
        if not self._is_running:
            self._take_turn()

    def later(self, handle: asyncio.TimerHandle) -> None:
        """At its time, which is `time.monotonic`'s."""
        heapq.heappush(self._later, (handle.when(), next(self._number), handle))
        if handle.when() < self._alarm_at:
            self._set_alarm()

    def close(self) -> None:
        """Call nothing any more."""
        self._ready.clear()
        self._later.clear()
        self._set_alarm()

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        # Before anything is called: a timer whose event is under way does not fire again.
        self.killTimer(event.timerId())
        if event.timerId() == self._turn:
            self._turn = None
        else:
            # Qt's timers may be early by a twentieth.
            due = max(self._alarm_at, time.monotonic())
            self._alarm, self._alarm_at = None, math.inf
            while self._later and self._later[0][0] <= due:
                self._ready.append(heapq.heappop(self._later)[2])
            self._set_alarm()
        self._is_running = True
        try:
            until = time.monotonic() + TURN_S
            while self._ready:
                self._run_ready()
                if time.monotonic() >= until:
                    break
        finally:
            self._is_running = False
            if self._ready:
                self._take_turn()

    def _run_ready(self) -> None:
        """Call what is ready by now; what that makes ready comes after it."""
        for _ in range(len(self._ready)):
            if not self._ready:
                break
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _take_turn(self) -> None:
        if self._turn is None:
            self._turn = self.startTimer(0)

    def _set_alarm(self) -> None:
        """For the soonest that was not cancelled meanwhile."""
        while self._later and self._later[0][2].cancelled():
            heapq.heappop(self._later)
        when = self._later[0][0] if self._later else math.inf
        if when == self._alarm_at:
            return
        if self._alarm is not None:
            self.killTimer(self._alarm)
            self._alarm = None
        self._alarm_at = when
        if self._later:
            self._alarm = self.startTimer(max(1, math.ceil((when - time.monotonic()) * 1_000)))


class QtLoop(qasync.QEventLoop):
    """qasync's loop with callbacks kept in order by `Callbacks`, async generators finalised properly, and threads that
    never hold up the end.
    """

    def __init__(self, app: QApplication) -> None:
        self.callbacks = Callbacks()
        super().__init__(app)
        self.set_default_executor(DaemonExecutor())

    # Where all of qasync's callbacks pass. Its own look at each whether it is a coroutine, in a dozen calls.

    @override
    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context=context)
        self.callbacks.soon(handle)
        return handle

    @override
    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self.time() + delay, callback, args, self, context=context)
        self.callbacks.later(handle)
        return handle

    @override
    def close(self) -> None:
        super().close()
        self.callbacks.close()

    async def end_connections(self) -> None:
        """Close what nobody owns any more: a connection whose opening was cancelled half-way."""
        transports: Any = getattr(self, "_transports", {})
        for transport in tuple(transports.values()):
            transport.abort()
        # Two turns: one in which they hear of it, one in which they let go of their sockets.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    @override
    def run_forever(self) -> None:
        # qasync sets no asyncgen hooks (0.28), so a half-read HTTP stream would be finalised by the collector;
        # this override goes when it does.
        old = sys.get_asyncgen_hooks()
        hooks: Any = self  # the two hooks are asyncio's own, underscored
        sys.set_asyncgen_hooks(hooks._asyncgen_firstiter_hook, hooks._asyncgen_finalizer_hook)
        try:
            super().run_forever()
        finally:
            sys.set_asyncgen_hooks(*old)


def run_app(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Runs Qt and asyncio in this thread until ``main`` returns; its number is the exit code.

    Closing the last window ends nothing: whoever closes it tells ``main`` to return.
    """
    app.setQuitOnLastWindowClosed(False)
    loop = QtLoop(app)

    async def whole() -> int:
        try:
            return await main()
        finally:
            await loop.end_connections()

    with collected_in_this_thread(), asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(whole())
