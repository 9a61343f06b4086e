"""The real main window in the test's process, on the real loop, against a real server.

    def test_something(qapp, tmp_path):
        async def use(pilot):
            await pilot.until(lambda: pilot.titles == ["b", "a"], "both rows")
        run_window(qapp, Options(workspace=server.url, token_file=..., data_dir=tmp_path), use)

The window is closed in the end as a person closes it; a task, thread or timer that it leaves behind fails the test.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

from parrot_desktop.app import Desktop
from parrot_desktop.crash import CrashReporter
from parrot_desktop.loop import run_app

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.first_picture import FirstPicture
    from parrot_desktop.options import Options
    from parrot_desktop.views.main_window import MainWindow
    from parrot_desktop.wiring import Wiring

WITHIN_S = 30.0
"""Two busy cores can make anything slow; what takes longer is broken."""


class Pilot:
    """Hands and eyes in the window."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.failures: list[BaseException] = []

    @property
    def picture(self) -> FirstPicture:
        return self.desktop.picture

    @property
    def wiring(self) -> Wiring:
        assert self.desktop.wiring is not None
        return self.desktop.wiring

    @property
    def shell(self) -> Shell:
        return self.wiring.shell

    @property
    def window(self) -> MainWindow:
        return self.picture.window

    @property
    def titles(self) -> list[str]:
        """Of the rows that are loaded, as the list orders them."""
        model = self.picture.model
        return [row.title for at in range(model.loaded_count) if (row := model.row_at(at)) is not None]

    @property
    def facts(self) -> list[tuple[str, str, str, int]]:
        """(id, title, status, messages) of every loaded row."""
        model = self.picture.model
        rows = [row for at in range(model.loaded_count) if (row := model.row_at(at)) is not None]
        return [(row.id, row.title, row.status, row.message_count) for row in rows]

    @property
    def state(self) -> str:
        return self.picture.presenter.connection.state

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.window.toasts.notices]

    async def until(self, condition: Callable[[], bool], what: str, *, within_s: float = WITHIN_S) -> None:
        """Lets the application live until the condition holds."""
        end = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < end, f"still waiting for {what} after {within_s} s; state {self.state}"
            await asyncio.sleep(0.01)

    async def live(self) -> None:
        """Until the list is the server's and the stream is open."""
        await self.until(lambda: self.state == "live" and self.picture.presenter.is_shown, "a live list")


def run_window(qapp: QApplication, options: Options, use: Callable[[Pilot], Awaitable[None]]) -> Desktop:
    """Runs the window for the length of ``use``; what fails in it, or in the application meanwhile, is raised."""
    threads = set(threading.enumerate())
    crash = CrashReporter()
    desktop = Desktop(options, qt=qapp, crash=crash)
    pilot = Pilot(desktop)
    failures: list[tuple[str, BaseException]] = []
    crash.report = lambda where, error: failures.append((where, error))  # type: ignore[method-assign]

    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: failures.append(("loop", context.get("exception") or RuntimeError(context["message"])))
        )
        running = asyncio.create_task(desktop.main())
        try:
            while desktop.wiring is None:
                assert not running.done(), running
                await asyncio.sleep(0.005)
            await use(pilot)
        finally:
            started = time.monotonic()
            desktop.picture.window.close()
            await running
            pilot_took = time.monotonic() - started
        assert pilot_took < 1.0, f"quitting took {pilot_took:.2f} s"
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks left behind: {left}"
        return 0

    desktop.paint_first()
    try:
        run_app(qapp, main)
    finally:
        desktop.close()
        desktop.picture.window.deleteLater()
        qapp.processEvents()
    if failures:
        raise failures[0][1]
    fresh = [thread for thread in threading.enumerate() if thread not in threads and thread.name != "parrot-job"]
    assert not fresh, f"threads left behind: {fresh}"
    return desktop


def token_file(folder: Path, token: str) -> Path:
    """A file that holds a token as the application wants it."""
    path = folder / "token"
    path.write_text(token)
    path.chmod(0o600)
    return path
