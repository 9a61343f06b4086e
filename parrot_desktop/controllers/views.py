"""Other ways into the list: what needs somebody, saved views with their counts, and the jump to a date."""

from __future__ import annotations

import logging
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.domain.desk import SavedView, clean_name
from parrot_desktop.domain.needs import needs_parts
from parrot_desktop.i18n import tr
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_desktop.views.jump_dialog import JumpDialog
from parrot_desktop.views.name_dialog import NameDialog
from parrot_desktop.views.toast import UNDO_MS, Notice
from parrot_desktop.views.view_tabs import NEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parrot_desktop.controllers.filters import Filters
    from parrot_desktop.controllers.live_workspace import LiveWorkspace
    from parrot_desktop.controllers.marks import Marking
    from parrot_desktop.controllers.shell import Shell
    from parrot_desktop.domain.desk import Desk
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.query import Filter

log = logging.getLogger(__name__)


class Views(QObject):
    """A guest of the shell, after `Marking`, whose desk holds the saved views."""

    def __init__(
        self,
        *,
        shell: Shell,
        model: SessionListModel,
        filters: Filters,
        marking: Marking,
        theme: Theme,
        on_error: Callable[[str, BaseException], None],
    ) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._window = shell.window
        self._model = model
        self._filters = filters
        self._marking = marking
        self._theme = theme
        self._on_error = on_error
        self._live: LiveWorkspace | None = None
        self._owner: TaskOwner | None = None
        self._counting: Latest | None = None
        self._counts: dict[str, int] = {}
        tabs = self._window.header.views
        tabs.chosen.connect(self.show_view)
        tabs.order_changed.connect(self._order)
        tabs.rename_asked.connect(self._ask_new_name)
        tabs.remove_asked.connect(self.remove)
        actions = self._window.actions_by_id
        actions[ActionId.NEEDS_YOU].triggered.connect(self._show_needs)
        actions[ActionId.SAVE_VIEW].triggered.connect(self._ask_name)
        actions[ActionId.JUMP_TO_DATE].triggered.connect(self._ask_day)
        actions[ActionId.BACK_TO_NOW].triggered.connect(self._back_to_now)
        self._window.area.jump.asked.connect(self._back_to_now)
        actions[ActionId.STARRED_ONLY].triggered.connect(self._show_starred)
        filters.stars = marking.stars
        marking.on_stars = self._stars_changed
        shell.on_sums = self._count

    @property
    def counts(self) -> Mapping[str, int]:
        """How many sessions each view has, by its key, as far as they were asked for."""
        return self._counts

    # Guest

    def workspace_joined(self, live: LiveWorkspace) -> None:
        self._live = live
        self._owner = owner = TaskOwner("views", on_error=self._on_error)
        self._counting = Latest(owner, "view-counts")
        self._show()
        # What is starred here was not known before there was a desk.
        self._stars_changed()

    async def workspace_left(self) -> None:
        if self._owner is not None:
            await self._owner.aclose()
        self._live = self._owner = self._counting = None
        self._counts = {}
        self._window.header.views.set_counts({})

    # Saved views

    def show_view(self, name: str) -> None:
        desk = self._marking.desk
        view = None if desk is None else desk.view(name)
        if view is not None:
            self._filters.show_view(view)

    def save(self, name: str) -> None:
        """The tab and the filter as they are, under a name; a view of that name becomes this."""
        desk, name = self._marking.desk, clean_name(name)
        if desk is None or not name:
            return
        view = SavedView(name=name, tab=self._filters.tab, state=self._filters.state)
        desk.save_view(view)
        self._changed()
        self._filters.show_view(view)

    def rename(self, name: str, wanted: str) -> None:
        desk = self._marking.desk
        if desk is None:
            return
        renamed = desk.rename_view(name, wanted)
        if self._filters.view == name:
            self._filters.view = renamed
        self._changed()

    def remove(self, name: str) -> None:
        """With a way back for a moment."""
        desk = self._marking.desk
        removed = None if desk is None else desk.remove_view(name)
        if desk is None or removed is None:
            return
        if self._filters.view == name:
            self._filters.leave_view()
        self._changed()
        text = tr("The view “{name}” is deleted", name=name)
        undo = Notice(text, button=tr("Undo"), on_button=lambda: self._put_back(desk, *removed), lasts_ms=UNDO_MS)
        self._shell.say(undo)

    def _put_back(self, desk: Desk, at: int, view: SavedView) -> None:
        if self._marking.desk is desk and desk.view(view.name) is None:
            desk.views.insert(at, view)
            self._changed()

    def _order(self, names: list[str]) -> None:
        if self._marking.desk is not None:
            self._marking.desk.order_views(names)
            self._changed()

    def _changed(self) -> None:
        self._marking.touch()
        self._show()
        self._count()

    def _show(self) -> None:
        desk, tabs = self._marking.desk, self._window.header.views
        tabs.set_views([view.name for view in desk.views] if desk is not None else [])
        if not self._filters.is_needs:
            tabs.set_current(self._filters.view)

    def _ask_name(self) -> None:
        desk = self._marking.desk
        if desk is not None:
            dialog = NameDialog(
                self._window,
                title=tr("Save this view"),
                label=tr("Its tab will be called"),
                go=tr("Save view"),
                name=self._filters.view or "",
                taken=[view.name for view in desk.views],
            )
            dialog.named.connect(self.save)
            dialog.open()

    def _ask_new_name(self, name: str) -> None:
        dialog = NameDialog(self._window, title=tr("Rename view"), label=tr("Its new name"), go=tr("Rename"), name=name)
        dialog.named.connect(partial(self.rename, name))
        dialog.open()

    # What needs somebody, and another day

    def _show_needs(self) -> None:
        self._filters.show_needs()

    def _show_starred(self) -> None:
        self._filters.toggle_starred()

    def _stars_changed(self) -> bool:
        """A list of what is starred is another now: it changes by the difference, and the rest of it stays."""
        live = self._live
        if live is None or not self._filters.shows_starred:
            return False
        current = self._filters.current()
        live.list.show(current, keeps_rows=True)
        live.summary.show(current)
        return True

    def _ask_day(self) -> None:
        dialog = JumpDialog(self._theme, self._window, day=self._filters.until)
        dialog.chosen.connect(self.jump)
        dialog.open()

    def jump(self, day: date) -> None:
        """The list begins at the end of this day; today is now."""
        self._filters.set_until(None if day >= date.today() else day)
        self._window.list_view.setFocus()

    def _back_to_now(self) -> None:
        self._filters.set_until(None)
        self._window.list_view.setFocus()

    # Counts

    def _count(self) -> None:
        """Sums are new: those of the views are old."""
        if self._counting is not None and not self._counting.is_running and self._window.isVisible():
            self._counting.start(self._ask_counts())

    async def _ask_counts(self) -> None:
        live, desk = self._live, self._marking.desk
        if live is None or desk is None:
            return
        wanted: dict[str, tuple[Filter, ...]] = {NEEDS: needs_parts(self._model.now_ms())}
        for view in desk.views:
            wanted[view.name] = (self._filters.filter_of(view.tab, view.state),)
        try:
            for key, parts in wanted.items():
                sums = [await live.joined.opened.workspace.summary(part) for part in parts]
                self._counts[key] = sum(each.total for each in sums)
        except WorkspaceError as error:
            # The list says how the connection is; the next sums ask again.
            log.info("the views could not be counted: %s", error)
            return
        self._counts = {key: count for key, count in self._counts.items() if key in wanted}
        self._window.header.views.set_counts(self._counts)
