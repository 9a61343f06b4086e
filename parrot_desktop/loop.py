"""The one seam between asyncio and Qt. Nothing else in the project names qasync.

How to live with it, each found in its source or by running it:

- Never end through ``QApplication.quit``: Qt stops before the main coroutine. The main coroutine returns instead.
- No nested loop: dialogs are opened, never executed.
- Every timeout is a live QTimer until it expires, also when cancelled: no timeout per event.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from typing_extensions import override

os.environ["QT_API"] = "pyside6"  # qasync takes PyQt6 where that is installed too.

import qasync

from parrot_desktop.garbage import collected_in_this_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from PySide6.QtWidgets import QApplication

_P = ParamSpec("_P")
_T = TypeVar("_T")


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


class QtLoop(qasync.QEventLoop):
    """qasync's loop with async generators finalised properly and threads that never hold up the end."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.set_default_executor(DaemonExecutor())

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
