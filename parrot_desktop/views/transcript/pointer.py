"""The mouse over the transcript: what it points at, presses and selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.views.transcript.selection import Selection, TextPlace

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QAbstractScrollArea

    from parrot_desktop.views.transcript.block import Target
    from parrot_desktop.views.transcript.message_layout import Placed
    from parrot_desktop.views.transcript.sight import Sight

_DRAG_PX = 5


class Pointer(QObject):
    """Hover, presses and the selection. Events come from the view."""

    pressed = Signal(object)
    """PartPlace that the button went down on."""
    activated = Signal(object, object)
    """PartPlace, Target: pressed and released on the same place."""

    def __init__(self, area: QAbstractScrollArea, sight: Sight) -> None:
        super().__init__(area)
        self._area, self._sight = area, sight
        self.selection: Selection | None = None
        self.hover: tuple[PartPlace, Target | None] | None = None
        self._down: tuple[Target | None, QPointF] | None = None
        self._autoscroll = QTimer(self, interval=30)
        self._autoscroll.timeout.connect(self._drag_on)

    def clear(self) -> None:
        self.selection = self.hover = self._down = None

    def press(self, event: QMouseEvent) -> None:
        point = event.position()
        hit = self._sight.hit(point)
        self._down = (hit[2] if hit is not None else None, point)
        place = self._sight.text_place(point)
        if place is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.selection is not None:
            self.selection = Selection(self.selection.start, place)
        elif place is not None:
            self.selection = Selection(place, place)
        if hit is not None and hit[1].block.part >= 0:
            self.pressed.emit(PartPlace(hit[0], hit[1].block.part))
        self._area.viewport().update()

    def move(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._down is not None and event.buttons() & Qt.MouseButton.LeftButton:
            is_drag = (point - self._down[1]).manhattanLength() > _DRAG_PX
            if is_drag:
                self._down = (None, self._down[1])  # a press that became a drag selects, and acts on nothing
            if self._down[0] is None:
                self._drag_to(point)
            if not self._area.viewport().rect().contains(point.toPoint()):
                self._autoscroll.start()
            return
        hit = self._sight.hit(point)
        hover = (PartPlace(hit[0], hit[1].block.part), hit[2]) if hit is not None else None
        if hover != self.hover:
            self.hover = hover
            self._set_cursor(hit)
            self._area.viewport().update()

    def release(self, event: QMouseEvent) -> None:
        self._autoscroll.stop()
        down, self._down = self._down, None
        if down is None or down[0] is None:
            return
        hit = self._sight.hit(event.position())
        if hit is not None and hit[2] == down[0]:
            self.activated.emit(PartPlace(hit[0], hit[1].block.part), down[0])

    def double_click(self, event: QMouseEvent) -> None:
        """Select the word, or fold as a single click would."""
        hit = self._sight.hit(event.position())
        place = self._sight.text_place(event.position())
        document = hit[1].block.document if hit is not None else None
        if hit is None or place is None or hit[2] is not None or document is None:
            self.press(event)
            return
        start, end = _word_at(document.toPlainText(), place.position)
        self.selection = Selection(TextPlace(place.n, place.block, start), TextPlace(place.n, place.block, end))
        self._area.viewport().update()

    def leave(self) -> None:
        if self.hover is not None:
            self.hover = None
            self._area.viewport().update()

    def select_message(self, n: int) -> None:
        layout = self._sight.column.measure_all(n)
        if layout is not None and len(layout):
            last = layout.blocks[-1].document
            end = TextPlace(n, len(layout) - 1, last.characterCount() - 1 if last is not None else 0)
            self.selection = Selection(TextPlace(n, 0, 0), end)
            self._area.viewport().update()

    @property
    def selected_numbers(self) -> range:
        """The messages that the selection touches."""
        if self.selection is None:
            return range(0)
        first, last = self.selection.ordered
        return range(first.n, last.n + 1)

    def _drag_to(self, point: QPointF) -> None:
        place = self._sight.text_place(point)
        if place is not None and self.selection is not None:
            self.selection = Selection(self.selection.start, place)
            self._area.viewport().update()

    def _drag_on(self) -> None:
        """The pointer is held outside: scroll towards it, faster the farther it is."""
        point = self._area.viewport().mapFromGlobal(self._area.cursor().pos())
        height = self._sight.height
        over = point.y() if point.y() < 0 else max(0, point.y() - height)
        if over == 0 or self._down is None:
            self._autoscroll.stop()
            return
        self._sight.follow(False)
        self._sight.scroll_by(max(-60, min(60, over)))
        self._drag_to(QPointF(point.x(), min(max(0, point.y()), height)))

    def _set_cursor(self, hit: tuple[int, Placed, Target | None] | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if hit is not None and hit[2] is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif hit is not None and hit[1].block.document is not None:
            shape = Qt.CursorShape.IBeamCursor
        self._area.viewport().setCursor(shape)


def _word_at(text: str, position: int) -> tuple[int, int]:
    """The word around a position."""
    start = end = min(position, len(text))
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return start, end
