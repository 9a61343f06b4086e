"""The hand over the rows: what it points at, and what of it is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QToolTip

from parrot_desktop.views.delegates.session_delegate import Hit, Part
from parrot_desktop.views.session_list.row_tooltip import row_tooltip

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.views.session_list.visible_rows import VisibleRows

NOWHERE = QPoint(-1, -1)


class Found(NamedTuple):
    """What is at a point of the viewport: the row, what of it, and the row's corner."""

    row: RowView
    hit: Hit
    corner: QPoint

    @property
    def is_button(self) -> bool:
        return self.hit.part is Part.ACTION


class ListPointer:
    """Points are the viewport's."""

    def __init__(self, visible: VisibleRows) -> None:
        self._visible = visible
        self._last = NOWHERE
        self.hovered: str | None = None
        """The session under the pointer when that last moved."""

    def find(self, point: QPoint) -> Found | None:
        at = self._visible.position_at(point)
        row = self._visible.model.view_at(at)
        if row is None or not self._visible.view.viewport().rect().contains(point):
            return None
        corner, ratio = self._visible.rect(at).topLeft(), self._visible.view.devicePixelRatioF()
        return Found(row, self._visible.delegate.hit(row, self._visible.geometry, ratio, point - corner), corner)

    @property
    def holds_button(self) -> bool:
        """Whether a row's button is pressed."""
        return self._visible.delegate.pressed_button is not None

    def moved(self, point: QPoint) -> bool:
        """True where it is a movement: a window that opens under a pointer at rest gets one event too."""
        is_movement = self._last.x() >= 0 and point != self._last
        self._last = point
        self._hover_button(point)
        return is_movement

    def hovers(self, point: QPoint | None) -> None:
        """The row there looks so; None: none does."""
        row = None if point is None else self._visible.model.row_at(self._visible.position_at(point))
        self.hovered = None if row is None else row.id

    def left(self) -> None:
        """It is elsewhere now."""
        self._last = NOWHERE
        self.hovered = None
        self._hover_button(NOWHERE)

    def press(self, found: Found, point: QPoint) -> None:
        """A row's button goes down."""
        self._visible.delegate.pressed_button = found.row.id
        self._hover_button(point)
        self._visible.update(found.row.id)

    def release(self, point: QPoint) -> Found | None:
        """The button comes up; what was meant by it, if it is still there."""
        pressed, self._visible.delegate.pressed_button = self._visible.delegate.pressed_button, None
        self._visible.update(pressed)
        found = self.find(point)
        # The row may have moved or changed meanwhile: only the one that was pressed is meant.
        return found if found is not None and found.is_button and found.row.id == pressed else None

    def show_tooltip(self, event: QHelpEvent) -> None:
        """What a person wants to know of the place, if there is more than it shows."""
        found = self.find(event.pos())
        text = "" if found is None else row_tooltip(found.row, found.hit, self._visible.model)
        if found is None or not text:
            QToolTip.hideText()
            return
        area = found.hit.rect.translated(found.corner)
        QToolTip.showText(event.globalPos(), text, self._visible.view.viewport(), area)

    def _hover_button(self, point: QPoint) -> None:
        found = self.find(point)
        hovered = found.row.id if found is not None and found.is_button else None
        before, self._visible.delegate.hovered_button = self._visible.delegate.hovered_button, hovered
        if before != hovered:
            self._visible.update(before)
            self._visible.update(hovered)
