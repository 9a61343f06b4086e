"""What the program was started for: a session by id, or a link to one; done once its workspace is joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parrot_desktop.i18n import tr
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.links import SessionLink


class Door(Protocol):
    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None: ...


class Errand:
    """A guest of the shell. A link into a workspace that is not one's own is refused in a sentence."""

    def __init__(self, *, door: Door, say: Callable[[Notice], None]) -> None:
        self._door = door
        self._say = say
        self._live: LiveWorkspace | None = None
        self._session: str | None = None
        self._link: SessionLink | None = None

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
        if link is None:
            return
        workspace = self._live.me.workspace
        if link.workspace == workspace.id:
            self._door.open_session(link.session, message=link.message, step=link.step)
        else:
            text = tr(
                "That link leads into the workspace “{theirs}”; this window shows “{ours}”.",
                theirs=link.workspace,
                ours=workspace.name,
            )
            self._say(Notice(text, is_trouble=True))
