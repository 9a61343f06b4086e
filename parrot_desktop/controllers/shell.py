"""The main window's life: joins a workspace, keeps the window true to it, changes it for another, and ends cleanly.

Whatever else lives with a workspace (session windows, tray, notifications) is a `Guest`: told when one is joined and
when it is left.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.controllers.acting import Acting
from parrot_desktop.controllers.connection import ConnectionController, Joined
from parrot_desktop.controllers.live_workspace import LiveWorkspace
from parrot_desktop.controllers.session_list import SessionListController
from parrot_desktop.controllers.sources import SourcesController
from parrot_desktop.controllers.summary import SummaryController, Sums
from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.domain.filter_state import seconds_to_midnight
from parrot_desktop.domain.row_view import NO_MARKS, Marks
from parrot_desktop.i18n import tr
from parrot_desktop.last_known import LastKnown, last_known_path, save_last_known
from parrot_desktop.models.event_buffer import EventBuffer
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_desktop.version import VERSION, release
from parrot_desktop.views.toast import Notice
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.api.opening import Opened
    from parrot_desktop.api.target import Target
    from parrot_desktop.controllers.filters import Filters
    from parrot_desktop.controllers.presenter import Presenter
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.views.main_window import MainWindow
    from parrot_wire.answers import Summary
    from parrot_wire.session import Row
    from parrot_wire.values import Action

log = logging.getLogger(__name__)

KEEP_AFTER_S = 5.0
"""The rows shown are written down so long after they came, so that a crash does not lose them for the next start."""


class Guest(Protocol):
    """Lives with a joined workspace."""

    def workspace_joined(self, live: LiveWorkspace) -> None: ...

    async def workspace_left(self) -> None:
        """Let go of everything of it; its connection is still open."""
        ...


@runtime_checkable
class Moving(Protocol):
    """A guest in which things move, and which can keep them still."""

    def set_reduced_motion(self, reduced: bool) -> None: ...


class Shell:
    """One main window. It is its list's listener and the place where actions asked in the window are answered."""

    def __init__(
        self,
        *,
        window: MainWindow,
        model: SessionListModel,
        filters: Filters,
        presenter: Presenter,
        settings: Settings,
        folder: Path,
        open_workspace: Callable[[Target], Awaitable[Opened]],
        opener: Opener,
        copy: Callable[[str], None],
        on_error: Callable[[str, BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        self.window = window
        self.guests: list[Guest] = []
        self.on_sums: Callable[[], None] = lambda: None
        """New sums are here: at most once a second, and only after something changed."""
        self._model = model
        self._filters = filters
        self._presenter = presenter
        self._settings = settings
        self._folder = folder
        self._opener = opener
        self._copy = copy
        self._on_error = on_error
        self._now = now
        self._owner = TaskOwner("shell", on_error=on_error)
        self._buffer = EventBuffer(model)
        self._keeping = Latest(self._owner, "keep")
        self._meeting = Latest(self._owner, "members")
        self._closing = asyncio.Event()
        self._target: Target | None = None
        self._summary: Summary | None = None
        self.live: LiveWorkspace | None = None
        self._is_asked = False
        """Whether what stands beside the list was asked for in this workspace."""
        self.connection = ConnectionController(
            open_workspace=open_workspace, owner=self._owner, on_state=self._state_changed, on_joined=self._joined
        )
        filters.on_change = self._filters_changed
        self._buffer.flushed.connect(self._rows_flushed)
        window.visibility_changed.connect(self._visibility_changed)

    @property
    def widget(self) -> QWidget:
        return self.window

    @property
    def target(self) -> Target | None:
        return self._target

    @property
    def is_settled(self) -> bool:
        """Rows, sources and sums are all here and agree, and nothing is being read."""
        return (
            self.live is not None
            and self.connection.state.state is ConnectionState.LIVE
            and self._presenter.is_settled
            and self.live.summary.is_current
            and not len(self._buffer)
        )

    def row_of(self, session_id: str) -> Row | None:
        """The row, where it is loaded."""
        return self._model.row_of(session_id)

    def is_hidden(self, session_id: str) -> bool:
        """Whether the list leaves it out, because somebody hid it here."""
        return self._model.hides(session_id)

    def now_ms(self) -> int:
        """By the list's clock."""
        return self._model.now_ms()

    def say(self, notice: Notice) -> None:
        self.window.toasts.show_notice(notice)

    # Life

    async def run(self, target: Target) -> None:
        """Until somebody quits."""
        self._owner.spawn(self._mind_the_day(), name="midnight")
        self._start(target)
        await self._closing.wait()

    def quit(self) -> None:
        self._closing.set()

    async def aclose(self) -> None:
        """Leave the workspace and end every task; the window is hidden first, so that nobody waits for it."""
        self.window.hide()
        self.connection.stop()
        self._keep()
        await self._leave()
        await self._owner.aclose()

    def change_workspace(self, target: Target) -> None:
        """Leave this one for another."""
        self._owner.spawn(self._change(target), name="change")

    async def _change(self, target: Target) -> None:
        self.connection.stop()
        self._keep()
        await self._leave()
        self._model.show_page((), has_more=False)
        self._filters.forget_ids()
        self._start(target)

    def _start(self, target: Target) -> None:
        self._target = target
        self._presenter.show_target(is_local=target.is_local)
        if not self._model.loaded_count:
            self._presenter.list_loading()
        self.connection.start(target)

    async def _leave(self) -> None:
        live, self.live = self.live, None
        if live is None:
            return
        for guest in self.guests:
            await guest.workspace_left()
        self._buffer.clear()
        await live.aclose()

    def retry(self) -> None:
        """What Retry and F5 do: join anew, or ask and connect anew."""
        if self.live is None or self.connection.state.state is ConnectionState.UNAUTHORISED:
            if self._target is not None:
                self.change_workspace(self._target) if self.live else self._start(self._target)
            return
        self._owner.spawn(self._recover(self.live), name="recover")

    async def _recover(self, live: LiveWorkspace) -> None:
        try:
            await live.joined.opened.workspace.recover()
        except WorkspaceError as error:
            log.info("the server is not back yet: %s", error)
        live.list.refresh()
        live.sources.start()

    def _joined(self, joined: Joined) -> None:
        owner = TaskOwner("workspace", on_error=self._on_error)
        workspace = joined.opened.workspace
        self.live = live = LiveWorkspace(
            joined=joined,
            owner=owner,
            list=SessionListController(
                workspace=workspace,
                model=self._model,
                buffer=self._buffer,
                owner=owner,
                listener=self,
                may_trim=lambda: self.window.list_view.verticalScrollBar().value() == 0,
            ),
            summary=SummaryController(
                workspace=workspace, owner=owner, on_sums=self._sums_came, today=lambda: self._now().date()
            ),
            sources=SourcesController(workspace=workspace, owner=owner, on_indexing=self._presenter.indexing_changed),
            acting=Acting(
                workspace=workspace,
                workspace_id=joined.me.workspace.id,
                owner=owner,
                settings=self._settings,
                opener=self._opener,
                copy=self._copy,
                listener=self,
            ),
        )
        self._presenter.show_me(joined.me, joined.members)
        current = self._filters.current()
        live.list.show(current, keeps_rows=self._model.loaded_count > 0, needs=self._filters.shows_needs)
        self._is_asked = False
        self._say_what_differs(joined)
        for guest in self.guests:
            guest.workspace_joined(live)

    def _ask_the_rest(self) -> None:
        """Sums, sources and records, once the list has what it needs: a server answers one after the other."""
        live = self.live
        if live is not None and not self._is_asked:
            self._is_asked = True
            live.summary.show(*self._filters.parts(self._model.now_ms()))
            live.sources.start()
            live.owner.spawn(self._load_records(live), name="records")

    def _say_what_differs(self, joined: Joined) -> None:
        if release(joined.server_version) != release(VERSION):
            text = tr(
                "This workspace's server is version {theirs}, this window {ours}. Some of it may not show.",
                theirs=joined.server_version,
                ours=VERSION,
            )
            self.say(Notice(text, lasts_ms=None))
        target = self._target
        if target is not None and target.server_arguments and not joined.opened.started_server:
            text = tr("A server was already running here with sources of its own; those named now are not read.")
            self.say(Notice(text, lasts_ms=None))

    async def _load_records(self, live: LiveWorkspace) -> None:
        """Titles for the filter; without them the dock has nothing to pick from, and all else goes on."""
        for kind in RecordKind:
            try:
                self._presenter.show_records(kind, await live.joined.opened.workspace.records(kind))
            except WorkspaceError as error:
                log.info("the %s could not be fetched: %s", kind.plural, error)

    def reload_records(self) -> None:
        """Before the filter is used: work may have brought new ones."""
        if self.live is not None:
            self.live.owner.spawn(self._load_records(self.live), name="records")

    async def _mind_the_day(self) -> None:
        """At midnight "today" is another day."""
        while True:
            await asyncio.sleep(seconds_to_midnight(self._now()))
            if self._filters.follows_the_day:
                self._filters_changed()
            elif self.live is not None:
                self.live.summary.changed()

    # What the list says (ListListener)

    def list_loading(self) -> None:
        self._presenter.list_loading()

    def list_shown(self) -> None:
        self._presenter.list_shown()
        self._keeping.start(self._keep_soon())

    def list_live(self) -> None:
        was_lost = self.connection.state.state in {ConnectionState.RECONNECTING, ConnectionState.OFFLINE}
        self.connection.live()
        self._ask_the_rest()
        if was_lost and self.live is not None:
            # The server may be another one, or have begun to read anew.
            self.live.sources.start()
            self.live.summary.changed()

    def list_lost(self, error: WorkspaceError, retry_in_s: float) -> None:
        self.connection.lost(error, retry_in_s)
        self._ask_the_rest()

    def list_refused(self, error: WorkspaceError) -> None:
        self.connection.refused(error)
        self._ask_the_rest()

    def list_changed(self) -> None:
        if self.live is not None and self._is_asked:
            self.live.summary.changed()

    # What others say

    def pending_changed(self, session_id: str, action: Action | None) -> None:
        """An action was asked for and is not confirmed yet, or no longer pending: drawn on the row."""
        self._model.set_marks({session_id: NO_MARKS if action is None else Marks(pending=action)})

    def _filters_changed(self) -> None:
        self._presenter.filters_changed()
        if self.live is not None:
            current = self._filters.current()
            self.live.list.show(current, needs=self._filters.shows_needs)
            self.live.summary.show(*self._filters.parts(self._model.now_ms()))
        else:
            # The last known rows were listed under another filter.
            self._model.show_page((), has_more=False)
            self._presenter.list_loading()

    def _sums_came(self, sums: Sums) -> None:
        self._summary = sums.summary
        self._presenter.sums_changed(sums)
        self.on_sums()
        live = self.live
        strangers = set[str]() if live is None else live.strangers_among(sums.summary.by_owner)
        if live is not None and strangers:
            live.asked_for |= strangers
            self._meeting.start(self._meet(live))

    async def _meet(self, live: LiveWorkspace) -> None:
        """Somebody works here who was not a member when the window opened."""
        try:
            members = await live.joined.opened.workspace.members()
        except WorkspaceError as error:
            log.info("the members could not be fetched: %s", error)
        else:
            self._presenter.show_members(members)
            live.meet(members)

    def _state_changed(self, connection: Connection) -> None:
        self._presenter.connection_changed(connection)

    def _rows_flushed(self, _count: int) -> None:
        if self.live is not None:
            for session_id in self.live.acting.pending:
                self.live.acting.row_changed(self._model.row_of(session_id), session_id)

    def _visibility_changed(self, visible: bool) -> None:
        self._buffer.set_visible(visible)
        if self.live is not None:
            self.live.summary.set_hidden(not visible)

    # What the next start paints first

    async def _keep_soon(self) -> None:
        await asyncio.sleep(KEEP_AFTER_S)
        self._keep()

    def _keep(self) -> None:
        live, target = self.live, self._target
        if live is None or target is None or not self._presenter.is_shown or self._filters.is_passing:
            return
        rows = [row for at in range(min(60, self._model.loaded_count)) if (row := self._model.row_at(at)) is not None]
        known = LastKnown(
            filter=self._filters.current(),
            rows=tuple(rows),
            members=live.members,
            me=live.me,
            summary=self._summary,
        )
        save_last_known(last_known_path(self._folder, target.url), known)
