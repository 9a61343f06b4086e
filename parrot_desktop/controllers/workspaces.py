"""The workspaces of this desktop: which were joined, how each of them stands, and the way from one to another."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from parrot_desktop.api.checking import check_workspace
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.api.opening import drop_token, keep_token
from parrot_desktop.domain.standing import Standing
from parrot_desktop.i18n import tr
from parrot_desktop.known_workspaces import KnownWorkspace, KnownWorkspaces, save_known_workspaces
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_desktop.views.connection_words import connection_words
from parrot_desktop.views.settings.workspaces_page import Place, WorkspacesPage, standing_words
from parrot_desktop.views.toast import Notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_desktop.api.target import Target
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.presenter import Presenter
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.domain.standing import Checked

log = logging.getLogger(__name__)

CHECK_EVERY_S = 15.0
"""The others are asked so often while the page is in sight."""
_SHOW_EVERY_MS = 1_000
"""The open one's own state is known, and is shown as it changes."""


class Workspaces(QObject):
    """A guest of the shell.

    known: as read at the start. folder: where the list is kept; None keeps nothing, for a picture.
    target: from an address and a token typed by hand ("": it is looked for) to what is opened.
    """

    def __init__(
        self,
        *,
        shell: Shell,
        presenter: Presenter,
        known: KnownWorkspaces,
        folder: Path | None,
        target: Callable[[str, str], Target],
        on_error: Callable[[str, BaseException], None],
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._presenter = presenter
        self._known = known
        self._folder = folder
        self._target = target
        self._owner = TaskOwner("workspaces", on_error=on_error)
        self._checking = Latest(self._owner, "check")
        self._tokens: dict[str, str] = {}
        """Typed in this run: where no keyring keeps them, they do for as long as it lasts."""
        self._checked: dict[str, Checked] = {}
        self._page: WorkspacesPage | None = None
        self._showing = QTimer(self, interval=_SHOW_EVERY_MS)
        self._showing.timeout.connect(self._show)
        shell.guests.append(self)

    @property
    def known(self) -> KnownWorkspaces:
        return self._known

    def open(self, url: str, token: str = "") -> None:
        """Leave the one that is open for this one."""
        self._shell.change_workspace(self._target(url, token or self._tokens.get(url, "")))

    def forget(self, url: str) -> None:
        """Off the list, and its token out of the keyring."""
        self._tokens.pop(url, None)
        self._checked.pop(url, None)
        self._keep(self._known.without(url))
        self._owner.spawn(drop_token(url), name="forget")
        self._show()

    def forget_all(self) -> None:
        for workspace in self._known.known:
            if workspace.url:
                self.forget(workspace.url)
        self._keep(KnownWorkspaces())

    async def aclose(self) -> None:
        self._showing.stop()
        await self._owner.aclose()

    # Guest

    def workspace_joined(self, live: LiveWorkspace) -> None:
        target = self._shell.target
        if target is None:
            return
        if target.token and self._tokens.get(target.url) != target.token:
            self._tokens[target.url] = target.token
            self._owner.spawn(self._keep_token(target), name="keep-token")
        workspace = live.me.workspace
        joined = KnownWorkspace(url=target.url, id=workspace.id, name=workspace.name)
        # What a command line names is for that run.
        self._keep(self._known.joined(joined, is_last=not target.is_given))
        self._show()

    async def workspace_left(self) -> None:
        self._show()

    async def _keep_token(self, target: Target) -> None:
        try:
            await keep_token(target.url, target.token)
        except WorkspaceError as error:
            log.info("a token is not kept: %s", error)
            text = tr("The token is not kept and has to be typed again after a restart. {why}", why=error)
            self._shell.say(Notice(text, lasts_ms=None))

    def _keep(self, known: KnownWorkspaces) -> None:
        if known != self._known:
            self._known = known
            if self._folder is not None:
                save_known_workspaces(self._folder, known)

    # The page of the settings

    def show_in(self, page: WorkspacesPage) -> None:
        """The page follows as long as it is there."""
        self._page = page
        self._checked.clear()
        page.seen.connect(self._seen)
        page.destroyed.connect(self._page_gone)
        page.open_asked.connect(self.open)
        page.forget_asked.connect(self.forget)
        self._show()

    def _page_gone(self) -> None:
        self._page = None
        self._seen(False)

    def _seen(self, is_seen: bool) -> None:
        if is_seen:
            self._show()
            self._showing.start()
            self._checking.start(self._check())
        else:
            self._showing.stop()
            self._checking.cancel()

    async def _check(self) -> None:
        """All but the open one, at once, now and then."""
        while True:
            async with asyncio.TaskGroup() as group:
                for url in self._urls():
                    if url != self._current:
                        group.create_task(self._check_one(url))
            await asyncio.sleep(CHECK_EVERY_S)

    async def _check_one(self, url: str) -> None:
        self._checked[url] = await check_workspace(self._target(url, self._tokens.get(url, "")))
        self._show()

    @property
    def _current(self) -> str | None:
        return None if self._shell.target is None else self._shell.target.url

    def _urls(self) -> list[str]:
        """This machine's own first."""
        current = self._current
        return list(dict.fromkeys(["", *(each.url for each in self._known.known), *([current] if current else [])]))

    def _show(self) -> None:
        if self._page is not None:
            self._page.show_places([self._place(url) for url in self._urls()])

    def _place(self, url: str) -> Place:
        known = self._known.of_url(url)
        name = "" if known is None else known.name
        if url == self._current:
            connection = self._presenter.connection
            return Place(
                url=url,
                name=name,
                is_current=True,
                state=connection_words(connection.state),
                detail=connection.detail,
                is_trouble=connection.is_trouble,
            )
        checked = self._checked.get(url)
        is_version = checked is not None and checked.standing is Standing.OTHER_VERSION
        return Place(
            url=url,
            name=name,
            state=standing_words(checked),
            detail="" if checked is None or is_version else checked.detail,
            is_trouble=checked is not None and checked.standing in _TROUBLE,
        )


_TROUBLE = frozenset({Standing.UNREACHABLE, Standing.REFUSED})
