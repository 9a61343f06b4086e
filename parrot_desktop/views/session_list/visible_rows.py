"""Which rows of the list can be seen, and where: plain arithmetic, since all rows are equally high.

What else knows the list's parts, knows them from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

from parrot_desktop.views.session_list.scroll_anchor import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QTableView

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.views.delegates.row_geometry import RowGeometry
    from parrot_desktop.views.delegates.session_delegate import SessionDelegate


class VisibleRows:
    """All in pixels of the viewport. The footer, where there is one, follows the sessions."""

    def __init__(self, view: QTableView, model: SessionListModel, delegate: SessionDelegate) -> None:
        self.view = view
        self.model = model
        self.delegate = delegate

    @property
    def height(self) -> int:
        """Of one row."""
        return self.view.verticalHeader().defaultSectionSize()

    @property
    def offset(self) -> int:
        """How far one has scrolled from the top."""
        return self.view.verticalScrollBar().value()

    @property
    def width(self) -> int:
        return self.view.viewport().width()

    @property
    def geometry(self) -> RowGeometry:
        """The rects within each row."""
        return self.delegate.geometry(self.width, is_mirrored=self.view.isRightToLeft())

    def positions(self) -> range:
        """Of the sessions that can be seen, whole or in part; without the footer."""
        height, offset = self.height, self.offset
        last = (offset + self.view.viewport().height() - 1) // height
        return range(offset // height, min(last + 1, self.model.loaded_count))

    def within(self, area: QRect) -> Iterator[tuple[int, QRect]]:
        """The rows, the footer included, that lie in an area, from above: position and rect."""
        height, offset, width = self.height, self.offset, self.width
        first = max(0, area.top() + offset) // height
        last = min((area.bottom() + offset) // height, self.model.rowCount() - 1)
        for at in range(first, last + 1):
            yield at, QRect(0, at * height - offset, width, height)

    def views(self) -> list[tuple[RowView, QRect]]:
        """The sessions that can be seen, from above, with their rects."""
        return [(view, self.rect(at)) for at in self.positions() if (view := self.model.view_at(at)) is not None]

    def rect(self, at: int) -> QRect:
        """Of the row at a position."""
        height = self.height
        return QRect(0, at * height - self.offset, self.width, height)

    def footer_rect(self) -> QRect:
        return self.rect(self.model.loaded_count)

    def position_at(self, point: QPoint) -> int:
        """Of the row under a point; it may lie beyond the last one."""
        return (point.y() + self.offset) // self.height

    def position_of(self, session_id: str) -> int | None:
        """Of a session, seen or not; None where it is not loaded."""
        index = self.model.index_of(session_id)
        return index.row() if index.isValid() else None

    def update(self, session_id: str | None) -> None:
        """Asks for the row of a session to be painted anew, where it is loaded."""
        if session_id is not None and (at := self.position_of(session_id)) is not None:
            self.view.viewport().update(self.rect(at))

    def slots(self) -> list[Slot]:
        """What can be seen, from above; the footer as a session without an id."""
        slots: list[Slot] = []
        for at, rect in self.within(self.view.viewport().rect()):
            row = self.model.row_at(at)
            slots.append(Slot("" if row is None else row.id, rect.y()))
        return slots
