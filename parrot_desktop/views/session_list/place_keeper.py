"""What one reads stays where it is while the model changes, and only what looks otherwise is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Signal
from PySide6.QtGui import QCursor

from parrot_desktop.views.session_list.scroll_anchor import ScrollAnchor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from parrot_desktop.views.session_list.news import ListNews
    from parrot_desktop.views.session_list.visible_rows import VisibleRows

Index = QModelIndex | QPersistentModelIndex


class PlaceKeeper(QObject):
    """While ``is_changing``, from a model's ``about_to_change`` to its ``changed``, the view does nothing by itself."""

    kept = Signal()
    """The rows are where they belong, and what must be painted was asked for."""

    def __init__(self, visible: VisibleRows, news: ListNews, *, covering: QWidget) -> None:
        """covering: floats over the rows beside the news, and would be moved along with their pixels."""
        super().__init__(visible.view)
        self._visible = visible
        self._news = news
        self._anchor = ScrollAnchor()
        self._touched: set[str] = set()
        self._covering = covering
        self.is_changing = False
        model = visible.model
        model.about_to_change.connect(self._remember)
        model.changed.connect(self._restore)
        model.rowsInserted.connect(self._note_insert)
        model.dataChanged.connect(self._note_data)

    def forget(self) -> None:
        """Another filter: nothing of the page before means anything."""
        self.is_changing = False
        self._anchor.remember((), is_at_top=True)

    def _remember(self) -> None:
        self.is_changing = True
        self._anchor.remember(self._visible.slots(), is_at_top=self._visible.offset <= 0)

    def _restore(self) -> None:
        # Qt puts the layout off to the next turn of the event loop and then paints all; here it is known what changed.
        self._visible.view.executeDelayedItemsLayout()
        for session_id, went_up in self._visible.model.went_up.items():
            self._anchor.row_moved(session_id)
            if went_up and self._anchor.is_set:
                self._news.came_above(session_id)
        offset = self._anchor.offset_after(self._visible.position_of, self._visible.height)
        if offset is not None:
            self._visible.view.verticalScrollBar().setValue(offset)
        self.is_changing = False
        self._repaint_stale()
        self.kept.emit()

    def _repaint_stale(self) -> None:
        """Asks for the places that show something else than before; of a block that moved as one, the pixels move."""
        slots, viewport = self._visible.slots(), self._visible.view.viewport()
        shift = None
        if not self._news.is_shown and not self._covering.isVisible():
            shift = self._anchor.shift_after(slots, self._visible.height)
        if shift is not None:
            top, bottom = min(shift.top, shift.top + shift.by), max(0, shift.by) + shift.top + shift.height
            viewport.scroll(0, shift.by, QRect(0, top, self._visible.width, bottom - top) & viewport.rect())
            # What was asked for before the pixels moved, was asked for where it stood then.
            for session_id in self._touched:
                self._visible.update(session_id)
            self._visible.update(self._visible.delegate.painted_as_hovered)
            if viewport.underMouse():
                viewport.update(self._visible.rect(self._visible.position_at(viewport.mapFromGlobal(QCursor.pos()))))
        self._touched.clear()
        for stale in self._anchor.stale_after(slots, shift):
            viewport.update(0, stale, self._visible.width, self._visible.height)

    def _note_insert(self, _parent: Index, first: int, last: int) -> None:
        if self._anchor.is_set:
            for at in range(first, last + 1):
                row = self._visible.model.row_at(at)
                if row is not None:
                    self._news.came_above(row.id)

    def _note_data(self, first: Index, last: Index) -> None:
        if self.is_changing:
            rows = range(first.row(), last.row() + 1)
            self._touched.update(row.id for at in rows if (row := self._visible.model.row_at(at)) is not None)
