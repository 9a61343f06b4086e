"""What lives in the window once it is painted: made here, tied together here, and ended here.

Loaded after the first picture, since it takes longer to load than the window to paint.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from parrot_desktop.actions import ActionId
from parrot_desktop.controllers.errand import Errand
from parrot_desktop.controllers.marks import Marking
from parrot_desktop.controllers.preferences import Preferences
from parrot_desktop.controllers.presence import Presence
from parrot_desktop.controllers.session_guests import SessionGuests
from parrot_desktop.controllers.shell import Shell
from parrot_desktop.controllers.views import Views
from parrot_desktop.controllers.window_actions import WindowActions
from parrot_desktop.controllers.workspaces import Workspaces
from parrot_desktop.openers import Opener

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_desktop.crash import CrashReporter
    from parrot_desktop.first_opening import FirstOpening
    from parrot_desktop.first_picture import FirstPicture
    from parrot_desktop.known_workspaces import KnownWorkspaces
    from parrot_desktop.options import Options
    from parrot_desktop.settings import Settings
    from parrot_desktop.targets import Targets


class Wiring:
    """The controllers of one run. Of a picture (``--screenshot``) there is neither tray nor settings."""

    def __init__(
        self,
        picture: FirstPicture,
        *,
        options: Options,
        settings: Settings,
        data_dir: Path,
        folder: Path,
        log_folder: Path,
        known: KnownWorkspaces,
        targets: Targets,
        opening: FirstOpening,
        crash: CrashReporter,
        raise_window: Callable[[], None],
    ) -> None:
        """data_dir: this machine's workspace; folder: what this desktop alone keeps, ``log_folder`` in it."""
        theme, model, _, filters, window, presenter = picture
        is_picture = options.screenshot is not None
        opener = Opener(open_url=lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.shell = shell = Shell(
            window=window,
            model=model,
            filters=filters,
            presenter=presenter,
            settings=settings,
            folder=folder,
            open_workspace=opening.open,
            opener=opener,
            copy=copy_text,
            on_error=crash.report,
            now=datetime.now,
        )
        self.actions = WindowActions(
            shell=shell,
            filters=filters,
            presenter=presenter,
            settings=settings,
            theme=theme,
            opener=opener,
            copy=copy_text,
            connect=self._connect,
            log_folder=log_folder,
        )
        guests = SessionGuests(
            shell=shell,
            actions=self.actions,
            model=model,
            filters=filters,
            theme=theme,
            settings=settings,
            opener=opener,
            copy=copy_text,
            raise_window=raise_window,
            remembers=not is_picture,
        )
        self.sessions = guests.windows
        self.marking = Marking(shell=shell, model=model, windows=guests.windows, folder=folder)
        self.views = Views(
            shell=shell, model=model, filters=filters, marking=self.marking, theme=theme, on_error=crash.report
        )
        shell.guests.extend((self.marking, self.views))
        self.workspaces = Workspaces(
            shell=shell,
            presenter=presenter,
            known=known,
            folder=None if is_picture else folder,
            target=targets.of,
            on_error=crash.report,
        )
        self.errand = Errand(
            door=self.sessions,
            say=shell.say,
            homes=self.workspaces,
            connect=window.actions_by_id[ActionId.CONNECT].trigger,
        )
        shell.guests.append(self.errand)
        self.errand.send(session=options.session, link=options.link)
        self.presence: Presence | None = None
        if not is_picture:
            self.presence = Presence(
                shell=shell,
                actions=self.actions,
                model=model,
                theme=theme,
                settings=settings,
                folder=folder,
                raise_window=raise_window,
                watching=self.marking.watching,
                on_error=crash.report,
                starts_in_tray=options.in_tray,
            )
            self.preferences = Preferences(
                shell=shell,
                workspaces=self.workspaces,
                presence=self.presence,
                settings=settings,
                theme=theme,
                data_folder=data_dir,
                log_folder=log_folder,
            )
        if options.sample:
            from parrot_desktop.controllers.sample_life import SampleLife

            shell.guests.append(SampleLife(data_dir))

    def _connect(self, url: str, token: str) -> None:
        self.workspaces.open(url, token)

    async def aclose(self) -> None:
        """Owners of tasks first, then the connection; the window is the application's to close."""
        await self.workspaces.aclose()
        await self.shell.aclose()
        if self.presence is not None:
            await self.presence.aclose()

    def close(self) -> None:
        """What the desktop holds of us, when the event loop has ended."""
        if self.presence is not None:
            self.presence.close()


def copy_text(text: str) -> None:
    """To the clipboard."""
    QGuiApplication.clipboard().setText(text)
