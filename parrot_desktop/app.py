"""The composition root: the one place that makes everything and ties it together.

In this order, because a person waits for the first picture: window with the last known rows, first paint, then the
event loop, the network and the server.
"""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication

from parrot_client.data_dir import default_data_dir
from parrot_client.server_process import hang_up
from parrot_desktop.actions import ActionId
from parrot_desktop.api.target import Target
from parrot_desktop.controllers.filters import Filters
from parrot_desktop.controllers.presenter import Presenter
from parrot_desktop.crash import CrashReport, CrashReporter
from parrot_desktop.display import NO_DISPLAY, draw_without_display, has_display
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.i18n import QtWords, tr
from parrot_desktop.known_workspaces import load_known_workspaces
from parrot_desktop.last_known import LastKnown, last_known_path, load_last_known
from parrot_desktop.models.owner_filter_model import OwnerFilterModel
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.options import Options, parse_options
from parrot_desktop.settings import Settings
from parrot_desktop.theme.stylesheet import make_stylesheet
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.version import VERSION
from parrot_desktop.views.main_window import MainWindow
from parrot_desktop.views.placing import keep_on_screen
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parrot_desktop.controllers.errand import Errand
    from parrot_desktop.controllers.presence import Presence
    from parrot_desktop.controllers.session_windows import SessionWindows
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.controllers.window_actions import WindowActions
    from parrot_desktop.controllers.workspaces import Workspaces
    from parrot_desktop.first_opening import FirstOpening
    from parrot_desktop.integration.single_instance import SingleInstance
    from parrot_desktop.openers import Opener

log = logging.getLogger(__name__)

_GUESTS = tuple(
    f"controllers.{name}" for name in ("session_guests", "marks", "views", "workspaces", "presence", "preferences")
)
_PAINT_ROUNDS = 20
"""Turns of the event loop within which every platform has shown a window that it can show at once."""


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
    """What a run of the program is made of."""

    window: MainWindow
    shell: Shell
    actions: WindowActions
    sessions: SessionWindows
    workspaces: Workspaces
    errand: Errand
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
        self.presence: Presence | None = None
        self.data_dir = _data_dir(options)
        self.folder = self.data_dir / "desktop"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        options, settings = self.options, self.settings
        self.theme = Theme(
            choice=ThemeChoice(options.theme) if options.theme else settings.theme, text_scale=settings.text_scale
        )
        self.theme.changed.connect(self._restyle)
        self._restyle()
        words = QtWords()
        self.model = SessionListModel(words=words, times=TimeTexts(words))
        self.owners = OwnerFilterModel(words=words)
        self.filters = Filters(settings)
        if options.screenshot is not None:
            self.filters.begin_with_everything()
        self.window = MainWindow(self.theme, self.model, self.owners)
        self.window.close_asked.connect(self._close_asked)
        known = None if options.screenshot else self._last_known()
        if known is not None:
            self.model.set_members(known.members)
            self.owners.set_members(known.members)
            self.model.show_page(known.rows, has_more=False)
        self._place_window()
        self.presenter = Presenter(
            window=self.window, model=self.model, owners=self.owners, filters=self.filters, is_sample=options.sample
        )
        self.window.list_view.setFocus()
        self._show_known(known)
        if options.in_tray and options.screenshot is None:
            return  # `Presence` shows it where no tray comes
        self.window.show()
        for _ in range(_PAINT_ROUNDS):
            self.qt.processEvents()
            if self.window.is_painted:
                break

    def _last_known(self) -> LastKnown | None:
        known = load_last_known(last_known_path(self.folder, self._first))
        return known if known is not None and known.filter == self.filters.current() else None

    def _show_known(self, known: LastKnown | None) -> None:
        if known is None:
            self.presenter.list_loading()
            self.presenter.filters_changed()
            return
        self.presenter.show_me(known.me, known.members)
        if known.summary is not None:
            self.presenter.show_summary(known.summary)
        self.presenter.last_known_shown()

    def _place_window(self) -> None:
        settings, options = self.settings, self.options
        fresh = options.screenshot is not None
        self.window.restore_layout(
            settings.geometry if not fresh else type(settings.geometry)(),
            settings.layout if not fresh else type(settings.layout)(),
            has_filter=settings.has_filter and not fresh,
            has_details=settings.has_details,
        )
        keep_on_screen(self.window)
        if settings.has_menu_bar:
            self.window.set_menu_bar(True)
        if options.size is not None:
            self.window.resize(*options.size)

    def _restyle(self) -> None:
        self.qt.setStyleSheet(make_stylesheet(self.theme.tokens, self.theme.fonts))

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

        target = self._target(self._first)
        # A server takes half a second to start, and what the window is made of besides as long to load: both at once.
        from parrot_desktop.first_opening import FirstOpening

        opening = FirstOpening(target, self._spawned)
        await asyncio.to_thread(_load_the_rest)
        self.shell = shell = self._make_shell(opening)
        if self._is_closing:
            shell.quit()
        try:
            if self.options.screenshot is not None:
                return await self._screenshot(shell, self.options.screenshot)
            await shell.run(target)
        finally:
            self._remember()
            await self.workspaces.aclose()
            await shell.aclose()
            await opening.aclose()
            if self.presence is not None:
                await self.presence.aclose()
        return 0

    def _close_asked(self) -> None:
        """The window's cross: Parrot goes on in the tray, where there is one."""
        if self.presence is not None and self.presence.stays():
            self._remember()
            self.window.hide()
        else:
            self.quit()

    def quit(self) -> None:
        """From anywhere, at any time."""
        self._is_closing = True
        if hasattr(self, "shell"):
            self.shell.quit()

    @property
    def log_folder(self) -> Path:
        return self.folder / "logs"

    def _make_shell(self, opening: FirstOpening) -> Shell:
        from parrot_desktop.controllers.shell import Shell
        from parrot_desktop.controllers.window_actions import WindowActions
        from parrot_desktop.openers import Opener

        opener = Opener(open_url=lambda url: QDesktopServices.openUrl(QUrl(url)))
        shell = Shell(
            window=self.window,
            model=self.model,
            filters=self.filters,
            presenter=self.presenter,
            settings=self.settings,
            folder=self.folder,
            open_workspace=opening.open,
            opener=opener,
            copy=_copy,
            on_error=self.crash.report,
            now=datetime.now,
        )
        self.actions = WindowActions(
            shell=shell,
            filters=self.filters,
            presenter=self.presenter,
            settings=self.settings,
            theme=self.theme,
            opener=opener,
            copy=_copy,
            connect=self._connect,
            log_folder=self.log_folder,
        )
        self.crash.reported.connect(self._tell_crash)
        self._add_guests(shell, opener)
        return shell

    def _add_guests(self, shell: Shell, opener: Opener) -> None:
        """Whatever else lives with a workspace."""
        from parrot_desktop.controllers.errand import Errand
        from parrot_desktop.controllers.marks import Marking
        from parrot_desktop.controllers.session_guests import SessionGuests
        from parrot_desktop.controllers.views import Views
        from parrot_desktop.controllers.workspaces import Workspaces

        guests = SessionGuests(
            shell=shell,
            actions=self.actions,
            model=self.model,
            filters=self.filters,
            theme=self.theme,
            settings=self.settings,
            opener=opener,
            copy=_copy,
            raise_window=self.raise_window,
            remembers=self.options.screenshot is None,
        )
        self.sessions = guests.windows
        self.marking = Marking(shell=shell, model=self.model, windows=guests.windows, folder=self.folder)
        self.views = Views(
            shell=shell,
            model=self.model,
            filters=self.filters,
            marking=self.marking,
            theme=self.theme,
            on_error=self.crash.report,
        )
        shell.guests.extend((self.marking, self.views))
        self.workspaces = Workspaces(
            shell=shell,
            presenter=self.presenter,
            known=self._known,
            folder=None if self.options.screenshot else self.folder,
            target=self._target,
            on_error=self.crash.report,
        )
        self.errand = Errand(
            door=self.sessions,
            say=shell.say,
            homes=self.workspaces,
            connect=self.window.actions_by_id[ActionId.CONNECT].trigger,
        )
        shell.guests.append(self.errand)
        self.errand.send(session=self.options.session, link=self.options.link)
        if self.options.screenshot is None:
            self._be_present(shell)
            self._make_preferences(shell)
        if self.options.sample:
            from parrot_desktop.controllers.sample_life import SampleLife

            shell.guests.append(SampleLife(self.data_dir))

    def _be_present(self, shell: Shell) -> None:
        """Tray, bell and notifications; a picture needs none."""
        from parrot_desktop.controllers.presence import Presence

        self.presence = Presence(
            shell=shell,
            actions=self.actions,
            model=self.model,
            theme=self.theme,
            settings=self.settings,
            folder=self.folder,
            raise_window=self.raise_window,
            watching=self.marking.watching,
            on_error=self.crash.report,
            starts_in_tray=self.options.in_tray,
        )

    def _make_preferences(self, shell: Shell) -> None:
        from parrot_desktop.controllers.preferences import Preferences

        self.preferences = Preferences(
            shell=shell,
            workspaces=self.workspaces,
            presence=self.presence,
            settings=self.settings,
            theme=self.theme,
            data_folder=self.data_dir,
            log_folder=self.log_folder,
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
        if hasattr(self, "errand"):
            self.errand.send(session=options.session, link=options.link)
        else:
            # It comes while this one still starts: then it is this one's own errand.
            self.options = replace(self.options, session=options.session, link=options.link)

    def raise_window(self) -> None:
        """To the front, from wherever it is."""
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def _tell_crash(self, report: CrashReport) -> None:
        self.window.toasts.show_notice(_crash_notice(report))

    def _connect(self, url: str, token: str) -> None:
        self.workspaces.open(url, token)

    def _target(self, url: str, token: str = "") -> Target:
        if self.options.sample and not url:
            from parrot_client.sample import SERVE_ARGUMENTS, sample_environment

            return Target(
                data_dir=self.data_dir, server_arguments=SERVE_ARGUMENTS, server_environment=sample_environment()
            )
        is_given = bool(url) and url == self.options.workspace
        return Target(
            data_dir=self.data_dir,
            url=url,
            token=token,
            token_file=self.options.token_file if is_given else None,
            is_given=is_given,
            server_arguments=() if url else tuple(self.options.server_arguments),
        )

    async def _screenshot(self, shell: Shell, path: Path) -> int:
        """Draws the window once its rows are there, or says why they are not."""
        import asyncio

        from parrot_desktop.screenshot import count_words, save_picture, wait_for_rows

        running = asyncio.ensure_future(shell.run(self._target(self._first)))
        try:
            came = await wait_for_rows(shell, on_rows=self._select_first)
            wanted = self.options.session or (self.options.link.session if self.options.link else None)
            opened = self.sessions.controllers if wanted else ()
            save_picture(opened[-1].window if opened else self.window, path)
        finally:
            shell.quit()
            await running
        words = count_words(self.model, self.presenter.total)
        sys.stdout.write(f"{path}: {words}\n")
        if not came:
            state = self.presenter.connection
            sys.stderr.write(f"The workspace was not ready in time ({state.state}). {state.detail}\n")
        return 0 if came else 1

    def _select_first(self) -> None:
        """So that the picture shows what the detail pane is for."""
        row = self.model.row_at(0)
        if row is not None:
            self.window.list_view.select_session(row.id)

    # The end

    def _remember(self) -> None:
        if self.options.screenshot is not None:
            return
        settings, window = self.settings, self.window
        settings.geometry = window.saveGeometry()
        settings.layout = window.dump_layout()
        settings.has_filter = window.has_filter
        settings.has_details = window.has_details
        settings.save()

    def close(self) -> None:
        if self.presence is not None:
            self.presence.close()
        self.window.close_for_good()
        self.crash.close()


def _data_dir(options: Options) -> Path:
    if options.sample:
        from parrot_client.sample import sample_data_dir

        return sample_data_dir(options.data_dir)
    return options.data_dir or default_data_dir()


def _load_the_rest() -> None:
    """What the first picture did without, in a thread: it takes longer to load than the window to paint.

    The network's libraries come first, since the server is asked meanwhile.
    """
    from parrot_desktop.first_opening import load_network

    load_network()
    for name in ("controllers.shell", "controllers.window_actions", *_GUESTS, "logs"):
        importlib.import_module(f"parrot_desktop.{name}")


def _register_links() -> None:
    """Makes parrot:// links open here; a desktop that does not let us is logged, and nothing else."""
    from parrot_desktop.integration.launcher import launch_command
    from parrot_desktop.integration.link_scheme import register

    try:
        register(launch_command())
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("parrot:// links cannot be registered: %s", error)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _crash_notice(report: CrashReport) -> Notice:
    return Notice(
        tr("Something unexpected happened ({cause}). Parrot goes on.", cause=report.cause),
        button=tr("Copy report"),
        on_button=lambda: _copy(report.text),
        lasts_ms=None,
        is_trouble=True,
    )
