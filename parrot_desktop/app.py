"""The application: what it is from its first picture to its end.

A person waits for the picture, so it comes first: the window with the last known rows (`first_picture`), and only then
the event loop, the network and all that lives with a workspace (`wiring`).
"""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from parrot_client.server_process import hang_up
from parrot_desktop.crash import CrashReport, CrashReporter
from parrot_desktop.display import NO_DISPLAY, draw_without_display, has_display
from parrot_desktop.first_picture import make_first_picture, paint, remember_place
from parrot_desktop.i18n import tr
from parrot_desktop.known_workspaces import load_known_workspaces
from parrot_desktop.last_known import last_known_path
from parrot_desktop.options import Options, parse_options
from parrot_desktop.settings import Settings
from parrot_desktop.targets import Targets
from parrot_desktop.version import VERSION
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.first_opening import FirstOpening
    from parrot_desktop.first_picture import FirstPicture
    from parrot_desktop.integration.single_instance import SingleInstance
    from parrot_desktop.wiring import Wiring

log = logging.getLogger(__name__)


def run(arguments: Sequence[str], *, server: subprocess.Popen[bytes] | None = None) -> int:
    """The whole program; returns its exit code. server: this machine's own, where it was started early."""
    options = parse_options(arguments)
    if not has_display():
        if options.screenshot is None:
            sys.stderr.write(NO_DISPLAY)
            return 1
        draw_without_display()
    crash = CrashReporter()
    crash.install()
    desktop = Desktop(options, qt=make_application(), crash=crash, server=server)
    if options.may_hand_over and desktop.handed_over(arguments):
        hang_up(server)
        return 0
    desktop.paint_first()
    from parrot_desktop.loop import run_app

    try:
        return run_app(desktop.qt, desktop.program)
    finally:
        desktop.close()


def make_application() -> QApplication:
    """Qt with our name and style, and a locale that writes numbers for people."""
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("parrot-desktop")
    qt.setApplicationVersion(VERSION)
    QGuiApplication.setDesktopFileName("parrot-desktop")
    qt.setStyle("Fusion")
    if QLocale.system().language() is QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    return qt


class Desktop:
    """A run of the program: `paint_first`, then `program` in the event loop, then `close`."""

    picture: FirstPicture
    _instance: SingleInstance

    def __init__(
        self,
        options: Options,
        *,
        qt: QApplication,
        crash: CrashReporter,
        server: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.options = options
        self.qt = qt
        self.crash = crash
        self._spawned = server
        self._is_closing = False
        self.wiring: Wiring | None = None
        """There from when the network is loaded."""
        self._targets = Targets(options)
        self.data_dir = self._targets.data_dir
        self.folder = self.data_dir / "desktop"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log_folder = self.folder / "logs"
        self.settings = Settings(self.folder / "desktop.ini")
        self._known = load_known_workspaces(self.folder)
        # What the command line names is for this run; without a word of it the last one opens again.
        self._first = options.workspace or (self._known.last if options.may_hand_over else "")

    def handed_over(self, arguments: Sequence[str]) -> bool:
        """Whether a window that is open on the same data does what was asked."""
        from parrot_desktop.integration.single_instance import hand_over

        return hand_over(self.data_dir, arguments)

    # Before the event loop

    def paint_first(self) -> None:
        """The window as it was left, with the rows it showed last."""
        is_picture = self.options.screenshot is not None
        last_known = None if is_picture else last_known_path(self.folder, self._first)
        self.picture = make_first_picture(self.qt, self.options, self.settings, last_known=last_known)
        self.picture.window.close_asked.connect(self._close_asked)
        if not self.options.in_tray or is_picture:  # else `Presence` shows it where no tray comes
            paint(self.qt, self.picture.window)

    # In the event loop

    async def program(self) -> int:
        """`main` with everything that a process has once: its log, its signals, its place for later starts."""
        import asyncio

        loop = asyncio.get_running_loop()
        self.crash.install_in_loop(loop)
        from parrot_desktop.logs import log_to
        from parrot_desktop.signals import ended_by_signals

        log_to(self.log_folder)
        self.crash.write_faults_to(self.log_folder / "faults.log")
        with ended_by_signals(self.quit):
            if not self.options.may_hand_over:
                return await self.main()
            self._listen_for_later_starts()
            registering = asyncio.create_task(asyncio.to_thread(_register_links), name="links")
            try:
                return await self.main()
            finally:
                await registering

    async def main(self) -> int:
        """Everything that needs the network; returns the exit code when the person quits."""
        import asyncio

        target = self._targets.of(self._first)
        # A server takes half a second to start, and what the window is made of besides as long to load: both at once.
        from parrot_desktop.first_opening import FirstOpening

        opening = FirstOpening(target, self._spawned)
        await asyncio.to_thread(_load_the_rest)
        wiring = self.wiring = self._wire(opening)
        if self._is_closing:
            wiring.shell.quit()
        try:
            if self.options.screenshot is None:
                await wiring.shell.run(target)
                return 0
            from parrot_desktop.screenshot import take_picture

            return await take_picture(wiring, self.picture, target, self.options)
        finally:
            self._remember()
            await wiring.aclose()
            await opening.aclose()

    def _wire(self, opening: FirstOpening) -> Wiring:
        from parrot_desktop.wiring import Wiring

        self.crash.reported.connect(self._tell_crash)
        return Wiring(
            self.picture,
            options=self.options,
            settings=self.settings,
            data_dir=self.data_dir,
            folder=self.folder,
            log_folder=self.log_folder,
            known=self._known,
            targets=self._targets,
            opening=opening,
            crash=self.crash,
            raise_window=self.raise_window,
        )

    def _listen_for_later_starts(self) -> None:
        from parrot_desktop.integration.single_instance import SingleInstance

        self._instance = SingleInstance(self.data_dir)
        self._instance.started_again.connect(self._started_again)

    def _started_again(self, arguments: list[str]) -> None:
        """A second start of the program: this window comes to the front, and does what that one was started for."""
        # First the window, so that what is opened stands before it.
        self.raise_window()
        try:
            options = parse_options(arguments)
        except SystemExit:
            log.warning("a later start with arguments that cannot be understood")
            return
        if self.wiring is not None:
            self.wiring.errand.send(session=options.session, link=options.link)
        else:
            # It comes while this one still starts: then it is this one's own errand.
            self.options = replace(self.options, session=options.session, link=options.link)

    def raise_window(self) -> None:
        """To the front, from wherever it is."""
        window = self.picture.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def _tell_crash(self, report: CrashReport) -> None:
        self.picture.window.toasts.show_notice(_crash_notice(report))

    # The end

    def _close_asked(self) -> None:
        """The window's cross: Parrot goes on in the tray, where there is one."""
        presence = None if self.wiring is None else self.wiring.presence
        if presence is not None and presence.stays():
            self._remember()
            self.picture.window.hide()
        else:
            self.quit()

    def quit(self) -> None:
        """From anywhere, at any time."""
        self._is_closing = True
        if self.wiring is not None:
            self.wiring.shell.quit()

    def _remember(self) -> None:
        if self.options.screenshot is None:
            remember_place(self.picture.window, self.settings)

    def close(self) -> None:
        if self.wiring is not None:
            self.wiring.close()
        self.picture.window.close_for_good()
        self.crash.close()


def _load_the_rest() -> None:
    """What the first picture did without, in a thread: it takes longer to load than the window to paint.

    The network's libraries come first, since the server is asked meanwhile.
    """
    from parrot_desktop.first_opening import load_network

    load_network()
    importlib.import_module("parrot_desktop.wiring")
    importlib.import_module("parrot_desktop.logs")


def _register_links() -> None:
    """Makes parrot:// links open here; a desktop that does not let us is logged, and nothing else."""
    from parrot_desktop.integration.launcher import launch_command
    from parrot_desktop.integration.link_scheme import register

    try:
        register(launch_command())
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("parrot:// links cannot be registered: %s", error)


def _crash_notice(report: CrashReport) -> Notice:
    from parrot_desktop.wiring import copy_text

    return Notice(
        tr("Something unexpected happened ({cause}). Parrot goes on.", cause=report.cause),
        button=tr("Copy report"),
        on_button=lambda: copy_text(report.text),
        lasts_ms=None,
        is_trouble=True,
    )
