"""Every door through which an unexpected error can come, and the one place where they meet.

raised in                                   arrives at
slots, timers, virtual methods              sys.excepthook
loop callbacks and dropped tasks            the loop's exception handler
tasks with an owner                         TaskOwner's on_error
threads, finalisers                         threading.excepthook, sys.unraisablehook
Qt itself                                   qInstallMessageHandler (logged)

An error with the same cause is shown once; the application goes on.
"""

from __future__ import annotations

import faulthandler
import logging
import platform
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from parrot_desktop.version import VERSION

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path
    from types import TracebackType

log = logging.getLogger(__name__)

MAX_REPORTS = 20
"""Causes remembered; a program that fails in more ways than that has said enough."""


@dataclass(frozen=True, slots=True)
class CrashReport:
    """What happened, for a person to send: ``text`` holds versions and the traceback, no titles and no tokens."""

    cause: str
    text: str


class CrashReporter(QObject):
    """Hears of every unexpected error, logs it, and emits ``reported`` once for each cause, in the GUI's thread."""

    reported = Signal(object)
    """CrashReport"""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str, int]] = set()
        self._lock = threading.Lock()
        self._faults: Any = None

    def install(self) -> None:
        """Take the process's hooks."""
        sys.excepthook = self._excepthook
        threading.excepthook = self._thread_hook
        sys.unraisablehook = self._unraisable_hook
        qInstallMessageHandler(_log_qt)

    def install_in_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.set_exception_handler(self._loop_handler)

    def write_faults_to(self, path: Path) -> None:
        """Let a crash below Python leave its stacks in a file, which stays open for it."""
        self._faults = path.open("a", encoding="utf-8")
        faulthandler.enable(self._faults)

    def close(self) -> None:
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def report(self, where: str, error: BaseException) -> None:
        """An unexpected error, from any thread; ``where`` names the door."""
        log.error("unexpected error in %s", where, exc_info=error)
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1] if frames else None
        cause = (type(error).__name__, last.filename if last else "", (last.lineno or 0) if last else 0)
        with self._lock:
            if cause in self._seen or len(self._seen) >= MAX_REPORTS:
                return
            self._seen.add(cause)
        lines = traceback.format_exception(error)
        text = f"{diagnostics()}\nDoor: {where}\n\n{''.join(lines)}"
        self.reported.emit(CrashReport(cause=f"{type(error).__name__}: {error}", text=text))

    def _excepthook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        self.report("the window", error)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(f"thread {args.thread.name if args.thread else '?'}", args.exc_value)

    def _unraisable_hook(self, args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            self.report("a finaliser", args.exc_value)

    def _loop_handler(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error: BaseException | None = context.get("exception")
        if error is None:
            log.error("event loop: %s", context.get("message"))
        else:
            self.report(f"the event loop ({context.get('message')})", error)


def diagnostics() -> str:
    """Versions and platform, to paste into a report."""
    return "\n".join(
        (
            f"Parrot Desktop {VERSION}",
            f"Python {platform.python_version()}, Qt {qVersion()}",
            f"{platform.platform()}",
        )
    )


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_NOT_WORTH_A_LINE = (
    # The offscreen platform says so for every window with a size hint.
    "This plugin does not support propagateSizeHints",
)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    text = message or ""
    if not text.startswith(_NOT_WORTH_A_LINE):
        category: Any = context.category
        logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s: %s", category, text)
