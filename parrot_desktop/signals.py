"""Ending by a signal, as a session manager and a terminal do it."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QSocketNotifier

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


@contextmanager
def ended_by_signals(end: Callable[[], object]) -> Generator[None]:
    """Call ``end`` on SIGINT and SIGTERM, at once.

    Python runs its handlers when it runs itself, and in a window in which nothing happens it does so twice a minute: a
    signal also writes to a socket, which wakes Qt's loop.
    """
    waking, woken = socket.socketpair()
    for end_of_pair in (waking, woken):
        end_of_pair.setblocking(False)

    def drain() -> None:
        with suppress(BlockingIOError):
            woken.recv(4096)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with waking, woken:
        notifier = QSocketNotifier(woken.fileno(), QSocketNotifier.Type.Read)
        notifier.activated.connect(drain)
        written_before = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        for number in before:
            signal.signal(number, lambda _number, _frame: end())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(written_before)
            notifier.setEnabled(False)
