"""All windows of single sessions: one each, raised when it is opened again, closed when the workspace is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.controllers.session_window import SessionController
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.i18n import QtWords
from parrot_desktop.views.delegates.paint_kit import PaintKits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parrot_desktop.actions import ActionId
    from parrot_desktop.controllers.acting import Place
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
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
    ) -> None:
        self._theme = theme
        self._settings = settings
        self._opener = opener
        self._copy = copy
        self._home = home
        self._now_ms = now_ms
        self._row_of = row_of
        self._kits = PaintKits(theme)
        self._times = TimeTexts(QtWords())
        self._live: LiveWorkspace | None = None
        self._open: dict[str, SessionController] = {}
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

    async def workspace_left(self) -> None:
        for controller in self.controllers:
            controller.window.close()
        self._live = None

    def rows_changed(self, rows: Iterable[Row] | None = None) -> None:
        """Some list knows newer rows: those given, or whatever ``row_of`` finds."""
        if rows is None:
            found = [row for key in self._open if (row := self._row_of(key)) is not None]
        else:
            found = [row for row in rows if row.id in self._open]
        for row in found:
            self._open[row.id].row_changed(row)

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
        )
        self._open[session_id] = controller
        self.on_opened(session_id)
        window = controller.window
        window.set_reduced_motion(self._is_motion_reduced)
        window.restore_layout(self._settings.session_layout)
        if len(self._open) > 1:
            window.move(window.x() + _CASCADE_PX, window.y() + _CASCADE_PX)
        window.closed.connect(lambda: self._closed(session_id))
        window.show()
        controller.start(message=message, step=step)

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
        self._settings.session_layout = controller.window.dump_layout()
        controller.stop()
        controller.window.deleteLater()
        self.on_closed(session_id)


def _raise(controller: SessionController) -> None:
    window = controller.window
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()
