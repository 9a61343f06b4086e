"""Stars, hidden and unread: what a person marks on this desktop, kept on its disk and drawn on the rows.

It owns the desk: whoever changes it otherwise (saved views) calls `Marking.touch`, and it is written a moment later.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from parrot_desktop.actions import ActionId, rename
from parrot_desktop.controllers.desk_store import desk_path, load_desk, save_desk
from parrot_desktop.domain.alerts import Watching
from parrot_desktop.domain.filter_state import Stars
from parrot_desktop.domain.row_view import NO_MARKS, Marks
from parrot_desktop.i18n import plural, tr
from parrot_desktop.views.toast import UNDO_MS, Notice
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.session_windows import SessionWindows
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.domain.desk import Desk
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_wire.session import Row
    from parrot_wire.times import Timestamp

WRITE_AFTER_MS = 1_000
DWELL_MS = 1_000
"""A row that stays selected beside the open detail pane for so long was looked at; walking past it is no look."""


class Marking(QObject):
    """A guest of the shell; ``desk`` is None while no workspace is joined."""

    def __init__(
        self, *, shell: Shell, model: SessionListModel, windows: SessionWindows, folder: Path, dwell_ms: int = DWELL_MS
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._window = shell.window
        self._model = model
        self._folder = folder
        self._path: Path | None = None
        self._open: set[str] = set()
        self._in_pane: str | None = None
        self.desk: Desk | None = None
        self.on_stars: Callable[[], bool] = lambda: False
        """Other sessions or owners are starred; returns whether the list is of what is starred."""
        self._writing = QTimer(self, singleShot=True, interval=WRITE_AFTER_MS)
        self._writing.timeout.connect(self._write)
        self._dwelling = QTimer(self, singleShot=True, interval=dwell_ms)
        self._dwelling.timeout.connect(self._dwelt)
        windows.on_opened = self._opened
        windows.on_closed = self._closed
        view = self._window.list_view
        view.current_session_changed.connect(self._walk)
        view.selection_settled.connect(self._show_words)
        self._window.details_changed.connect(self._walk)
        self._window.visibility_changed.connect(self._visibility_changed)
        handlers: dict[ActionId, Callable[[], None]] = {
            ActionId.STAR: self._star,
            ActionId.STAR_OWNER: self._star_owner,
            ActionId.TOGGLE_READ: self._toggle_read,
            ActionId.HIDE: self._hide,
            ActionId.SHOW_HIDDEN: self._show_hidden,
        }
        for action_id, handler in handlers.items():
            self._window.actions_by_id[action_id].triggered.connect(handler)
        model.set_marker(self._marks_of)

    # Guest

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._path = desk_path(self._folder, live.me.workspace.id, live.me.member.id)
        self.desk = desk = load_desk(self._path, now=self._now())
        self._window.actions_by_id[ActionId.SHOW_HIDDEN].setChecked(desk.shows_hidden)
        self._model.set_hidden(desk.veiled)
        self._model.marks_changed()
        self._show_words()

    async def workspace_left(self) -> None:
        self._dwelling.stop()
        self._leave_pane()
        for session_id in tuple(self._open):
            self._closed(session_id)
        if self.desk is not None:
            self.desk.since = self._now()
        self._write()
        self.desk = self._path = None
        self._model.set_hidden(())
        self._model.marks_changed()

    def watching(self, me: str) -> Watching:
        """Who looks on, and what they starred: the rules of notifications ask."""
        return Watching(me=me) if self.desk is None else self.desk.watching(me)

    def stars(self) -> Stars:
        """What is starred; nothing while no workspace is joined."""
        return Stars() if self.desk is None else self.desk.stars

    def touch(self) -> None:
        """The desk was changed: it is written soon."""
        if self._path is not None and not self._writing.isActive():
            self._writing.start()

    def _write(self) -> None:
        self._writing.stop()
        if self.desk is not None and self._path is not None:
            save_desk(self._path, self.desk)

    # What was looked at

    def _marks_of(self, row: Row) -> Marks:
        if self.desk is None:
            return NO_MARKS
        marks = self.desk.marks_of(row)
        if marks.is_unread and self._is_in_view(row.id):
            return Marks(
                is_starred=marks.is_starred, is_owner_starred=marks.is_owner_starred, is_hidden=marks.is_hidden
            )
        return marks

    def _is_in_view(self, session_id: str) -> bool:
        return session_id in self._open or session_id == self._in_pane

    def _opened(self, session_id: str) -> None:
        self._open.add(session_id)
        self._look_at(session_id)

    def _closed(self, session_id: str) -> None:
        """It may have moved while it was open: seen, as it is now."""
        if session_id in self._open:
            self._open.discard(session_id)
            self._look_at(session_id)

    def _walk(self, _what: object) -> None:
        """The cursor went to another row, or the pane opened or closed."""
        self._leave_pane()
        if self.desk is not None and self._window.has_details:
            self._dwelling.start()
        else:
            self._dwelling.stop()

    def _leave_pane(self) -> None:
        left, self._in_pane = self._in_pane, None
        if left is not None:
            self._look_at(left)

    def _dwelt(self) -> None:
        view = self._window.list_view
        current = view.current_session()
        if current is not None and self._window.isVisible() and view.selected_sessions() == [current]:
            self._in_pane = current
            self._look_at(current)

    def _look_at(self, session_id: str) -> None:
        if self.desk is None:
            return
        row = self._model.row_of(session_id)
        self.desk.look_at(session_id, self._now() if row is None else row.last_activity_at)
        self._changed((session_id,))

    def _visibility_changed(self, visible: bool) -> None:
        """What comes from now on is new to whoever opens the window again."""
        if not visible and self.desk is not None:
            self._dwelling.stop()
            self._leave_pane()
            self.desk.since = self._now()
            self._model.marks_changed()
            self.touch()

    # What a person does

    def _star(self) -> None:
        desk, rows = self.desk, self._rows()
        if desk is not None and rows:
            ids = [row.id for row in rows]
            self._set_stars(desk, sessions=ids, starred=not all(each in desk.starred for each in ids))

    def _star_owner(self) -> None:
        desk, rows = self.desk, self._rows()
        if desk is not None and rows:
            owners = sorted({row.owner for row in rows})
            self._set_stars(desk, owners=owners, starred=not desk.owners.keys() >= set(owners))

    def _set_stars(
        self, desk: Desk, *, sessions: Sequence[str] = (), owners: Sequence[str] = (), starred: bool
    ) -> None:
        if self.desk is not desk:
            return
        now = self._now()
        desk.set_starred(sessions, starred=starred, now=now)
        desk.set_owners_starred(owners, starred=starred, now=now)
        self._changed(None if owners else list(sessions))
        if self.on_stars() and not starred:
            # Their rows have just gone.
            text = plural(len(sessions) + len(owners), "{n} star removed", "{n} stars removed")
            back = partial(self._set_stars, desk, sessions=sessions, owners=owners, starred=True)
            self._shell.say(Notice(text, button=tr("Undo"), on_button=back, lasts_ms=UNDO_MS))

    def _toggle_read(self) -> None:
        desk, rows = self.desk, self._rows()
        if desk is None or not rows:
            return
        if any(self._marks_of(row).is_unread for row in rows):
            for row in rows:
                desk.look_at(row.id, row.last_activity_at)
        else:
            # Whoever marks it so means to come back: that it still stands in the pane is no look.
            self._dwelling.stop()
            self._in_pane = None
            desk.mark_unread(row.id for row in rows)
        self._changed([row.id for row in rows])

    def _hide(self) -> None:
        desk, rows = self.desk, self._rows()
        if desk is None or not rows:
            return
        ids = [row.id for row in rows]
        hides = not all(each in desk.hidden for each in ids)
        self._set_hidden(ids, hidden=hides)
        if hides:
            text = plural(len(ids), "{n} session hidden", "{n} sessions hidden")
        else:
            text = plural(len(ids), "{n} session is in the list again", "{n} sessions are in the list again")
        undo = Notice(
            text, button=tr("Undo"), on_button=lambda: self._undo(desk, ids, hidden=not hides), lasts_ms=UNDO_MS
        )
        self._shell.say(undo)

    def _undo(self, desk: Desk, ids: list[str], *, hidden: bool) -> None:
        if self.desk is desk:
            self._set_hidden(ids, hidden=hidden)

    def _set_hidden(self, ids: list[str], *, hidden: bool) -> None:
        if self.desk is not None:
            self.desk.set_hidden(ids, hidden=hidden, now=self._now())
            self._model.set_hidden(self.desk.veiled)
            self._changed(ids)

    def _show_hidden(self) -> None:
        action = self._window.actions_by_id[ActionId.SHOW_HIDDEN]
        if self.desk is None:
            action.setChecked(False)
            return
        self.desk.shows_hidden = action.isChecked()
        self._model.set_hidden(self.desk.veiled)
        self.touch()

    def _changed(self, ids: tuple[str, ...] | list[str] | None) -> None:
        self._model.marks_changed(ids)
        self._show_words()
        self.touch()

    def _show_words(self) -> None:
        """The actions say what they would do to the selected rows."""
        desk, rows, actions = self.desk, self._rows(), self._window.actions_by_id
        if desk is None or not rows:
            return
        owners = {row.owner for row in rows}
        name = self._model.people[rows[0].owner].name if rows[0].owner in self._model.people else rows[0].owner
        is_starred = all(row.id in desk.starred for row in rows)
        rename(actions[ActionId.STAR], tr("Remove star") if is_starred else tr("Star"))
        if len(owners) > 1:
            text = tr("Unstar the owners") if owners <= desk.owners.keys() else tr("Star the owners")
        elif owners <= desk.owners.keys():
            text = tr("Unstar all of {owner}", owner=name)
        else:
            text = tr("Star all of {owner}", owner=name)
        rename(actions[ActionId.STAR_OWNER], text)
        is_unread = any(self._marks_of(row).is_unread for row in rows)
        rename(actions[ActionId.TOGGLE_READ], tr("Mark as read") if is_unread else tr("Mark as unread"))
        is_hidden = all(row.id in desk.hidden for row in rows)
        rename(actions[ActionId.HIDE], tr("Show in the list again") if is_hidden else tr("Hide"))

    def _rows(self) -> list[Row]:
        return self._window.list_view.selected_rows()

    def _now(self) -> Timestamp:
        return from_ms(self._model.now_ms())
