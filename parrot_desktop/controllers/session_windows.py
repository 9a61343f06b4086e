"""All windows of single sessions: one each, raised when it is opened again, closed when the workspace is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from parrot_desktop.controllers.open_windows import load_open_windows, open_window, save_open_windows
from parrot_desktop.controllers.session_window import SessionController
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.i18n import QtWords
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.placing import keep_on_screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QByteArray

    from parrot_desktop.actions import ActionId
    from parrot_desktop.controllers.acting import Place
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.open_windows import OpenWindow
    from parrot_desktop.domain.session_facts import Fact, RecordTarget
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Row

MAX_WINDOWS = 40
"""More would be a mistake (a script, a stuck key): the oldest one closes."""
_CASCADE_PX = 26


class SessionWindows:
    """A guest of the shell, and the door through which sessions are opened.

    home: where is said what came of things after their window was closed.
    row_of: the row of a session where some list holds it, so that its window can begin at the right end.
    may_show: whether windows may come up by themselves; those that were open before wait until `show_waiting`.
    remembers: False for a picture, which neither brings windows back nor keeps which were open.
    """

    def __init__(
        self,
        *,
        theme: Theme,
        settings: Settings,
        opener: Opener,
        copy: Callable[[str], None],
        home: Place,
        now_ms: Callable[[], int],
        row_of: Callable[[str], Row | None],
        may_show: Callable[[], bool],
        remembers: bool,
    ) -> None:
        self._theme = theme
        self._settings = settings
        self._opener = opener
        self._copy = copy
        self._home = home
        self._now_ms = now_ms
        self._row_of = row_of
        self._may_show = may_show
        self._remembers = remembers
        self._kits = PaintKits(theme)
        self._times = TimeTexts(QtWords())
        self._live: LiveWorkspace | None = None
        self._open: dict[str, SessionController] = {}
        self._waiting: tuple[OpenWindow, ...] = ()
        self._is_motion_reduced = False
        self.on_record: Callable[[RecordTarget], None] = lambda _target: None
        """Shows what else belongs to a project, an initiative or a plan."""

        self.on_opened: Callable[[str], None] = lambda _session_id: None
        self.on_closed: Callable[[str], None] = lambda _session_id: None
        """Somebody looks at a session, and no longer does."""

    @property
    def controllers(self) -> tuple[SessionController, ...]:
        """The open ones, the oldest first."""
        return tuple(self._open.values())

    # A guest of the shell

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._live = live
        live.on_row.append(self._row_seen)
        if self._remembers:
            self._waiting = load_open_windows(self._settings, live.me.workspace.id)
            if self._may_show():
                self.show_waiting()

    async def workspace_left(self) -> None:
        self._keep()
        self._live, self._waiting = None, ()
        for controller in self.controllers:
            controller.window.close()

    def show_waiting(self) -> None:
        """Those that were open when the workspace was left, where they were; the keyboard stays where it is."""
        if self._live is None:
            return
        waiting, self._waiting = self._waiting, ()
        for each in waiting[:MAX_WINDOWS]:
            if each.session not in self._open:
                controller = self._make(self._live, each.session, each.layout, is_restored=True)
                controller.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
                controller.window.show()
                controller.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
                controller.start()
        self._keep()

    def _row_seen(self, row: Row | None) -> None:
        for controller in self.controllers:
            controller.row_seen(row)

    def set_reduced_motion(self, reduced: bool) -> None:
        """Of all windows, those to come too."""
        self._is_motion_reduced = reduced
        for controller in self.controllers:
            controller.window.set_reduced_motion(reduced)

    # The door

    def open_session(self, session_id: str, *, message: int | None = None, step: str | None = None) -> None:
        """Open its window, or raise the one that is open, at a message or a step where one is named."""
        live = self._live
        if live is None:
            return
        known = self._open.get(session_id)
        if known is not None:
            _raise(known)
            known.go_to(message=message, step=step)
            return
        if len(self._open) >= MAX_WINDOWS:
            next(iter(self._open.values())).window.close()
        controller = self._make(live, session_id, self._settings.session_layout, is_restored=False)
        window = controller.window
        if len(self._open) > 1:
            window.move(window.x() + _CASCADE_PX, window.y() + _CASCADE_PX)
            keep_on_screen(window)
        window.show()
        controller.start(message=message, step=step)
        self._keep()

    def _make(
        self, live: LiveWorkspace, session_id: str, layout: QByteArray, *, is_restored: bool
    ) -> SessionController:
        """A window that is not shown yet."""
        controller = SessionController(
            live=live,
            session_id=session_id,
            row=self._row_of(session_id),
            doors=self,
            theme=self._theme,
            kits=self._kits,
            times=self._times,
            people=people_of(live.joined.members),
            settings=self._settings,
            opener=self._opener,
            copy=self._copy,
            home=self._home,
            now_ms=self._now_ms,
            is_restored=is_restored,
        )
        self._open[session_id] = controller
        self.on_opened(session_id)
        window = controller.window
        window.set_reduced_motion(self._is_motion_reduced)
        window.restore_layout(layout)
        keep_on_screen(window)
        window.closed.connect(lambda: self._closed(session_id))
        return controller

    def do_in_window(self, action: ActionId, session_id: str) -> None:
        """Export, approve, reject, skip, reassign: in the session's own window."""
        self.open_session(session_id)
        controller = self._open.get(session_id)
        if controller is not None:
            controller.when_ready(action)

    def open_record(self, fact: Fact) -> None:
        if fact.record is not None:
            self.on_record(fact.record)

    def _closed(self, session_id: str) -> None:
        controller = self._open.pop(session_id, None)
        if controller is None:
            return
        if self._remembers:
            self._settings.session_layout = controller.window.dump_layout()
        self._keep()
        controller.stop()
        controller.window.deleteLater()
        self.on_closed(session_id)

    def _keep(self) -> None:
        """Which are open and how they lie, for the next time that this workspace is joined."""
        if self._live is None or not self._remembers:
            return
        now = [open_window(key, each.window.dump_layout()) for key, each in self._open.items()]
        save_open_windows(self._settings, self._live.me.workspace.id, [*self._waiting, *now])


def _raise(controller: SessionController) -> None:
    window = controller.window
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()
