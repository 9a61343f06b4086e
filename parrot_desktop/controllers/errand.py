"""What the program was started for: a session by id, or a link to one; done once its workspace is joined."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.i18n import tr
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.known_workspaces import KnownWorkspace, KnownWorkspaces
    from parrot_desktop.links import SessionLink


log = logging.getLogger(__name__)


class Door(Protocol):
    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None: ...


class Homes(Protocol):
    """Where the workspaces that were joined here before are."""

    @property
    def known(self) -> KnownWorkspaces: ...

    def open(self, url: str) -> None:
        """Leave the one that is open for this one."""
        ...


class Errand:
    """A guest of the shell.

    A link into another workspace of one's own opens that one first; a link into one that is not one's own is refused
    in a sentence, with the way to make it one's own. ``connect`` asks for an address.
    """

    def __init__(self, *, door: Door, say: Callable[[Notice], None], homes: Homes, connect: Callable[[], None]) -> None:
        self._door = door
        self._say = say
        self._homes = homes
        self._connect = connect
        self._live: LiveWorkspace | None = None
        self._session: str | None = None
        self._link: SessionLink | None = None
        self._came_from: KnownWorkspace | None = None

    def send(self, *, session: str | None = None, link: SessionLink | None = None) -> None:
        """Now where a workspace is joined, else as soon as one is."""
        self._session, self._link = session or self._session, link or self._link
        self._do()

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._live = live
        self._do()

    async def workspace_left(self) -> None:
        self._live = None

    def _do(self) -> None:
        if self._live is None:
            return
        session, self._session = self._session, None
        link, self._link = self._link, None
        if session is not None:
            self._door.open_session(session)
        if link is not None:
            self._follow(link, self._live)

    def _follow(self, link: SessionLink, live: LiveWorkspace) -> None:
        here = live.me.workspace.id
        home = self._homes.known.of_id(link.workspace)
        came_from, self._came_from = self._came_from, None
        if link.workspace == here:
            self._door.open_session(link.session, message=link.message, step=link.step)
            if came_from is not None and home is not None:
                self._say_where(home, came_from)
        elif home is not None and came_from is None:
            self._link, self._came_from = link, self._homes.known.of_id(here)
            self._homes.open(home.url)
        else:
            self._refuse(link)

    def _say_where(self, here: KnownWorkspace, came_from: KnownWorkspace) -> None:
        text = tr("That link leads into “{name}”, which is open now.", name=here.name)
        back = tr("Back to “{name}”", name=came_from.name)
        self._say(Notice(text, button=back, on_button=lambda: self._homes.open(came_from.url)))

    def _refuse(self, link: SessionLink) -> None:
        log.info("a link into %s was refused", link.workspace)
        text = tr("That link leads into the workspace “{theirs}”, which is not one of yours.", theirs=link.workspace)

        def connect() -> None:
            # Once its workspace is joined, the link opens.
            self._link = link
            self._connect()

        self._say(Notice(text, button=tr("Connect…"), on_button=connect, is_trouble=True, lasts_ms=None))
