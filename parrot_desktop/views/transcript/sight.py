"""What of the column is in sight: scrolling that no correction, no arrival and no unfolding disturbs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, Qt, Signal

from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.views.transcript.message_layout import rect_of
from parrot_desktop.views.transcript.selection import TextPlace

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from PySide6.QtWidgets import QAbstractScrollArea

    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.views.transcript.block import Target
    from parrot_desktop.views.transcript.column import Column
    from parrot_desktop.views.transcript.message_layout import MessageLayout, Placed

MARGIN = 22
"""Pixels left and right of the text, whatever its size: as in the bars around it."""
MAX_WIDTH = 940
"""Text wider than this is tiring to read."""
_PAD_TOP = 14
_PAD_BOTTOM = 28
_MAX_PASSES = 12


class Sight(QObject):
    """The scroll bar's value against the column's heights. Heights are the column's; points are the viewport's."""

    range_needed = Signal(int, int)
    followed = Signal(bool)
    """The end is kept in sight from now on, or no longer."""

    def __init__(self, area: QAbstractScrollArea, column: Column, store: TranscriptStore, *, margin: int) -> None:
        super().__init__(area)
        self._margin = margin
        self.column = column
        self._area = area
        self._bar = area.verticalScrollBar()
        self._store = store
        self._asked: set[tuple[int, int]] = set()
        self._is_following = False
        self._is_setting = False

    # Scrolling

    @property
    def is_following(self) -> bool:
        return self._is_following

    @property
    def is_setting(self) -> bool:
        """Whether a change of the scroll bar is our own, not the reader's."""
        return self._is_setting

    @property
    def top(self) -> int:
        """The height at the top of the viewport; negative in the room above the first message."""
        return self._bar.value() - self._pad_top

    @property
    def height(self) -> int:
        return self._area.viewport().height()

    @property
    def left(self) -> int:
        return self._margin

    def text_width(self) -> int:
        room = self._area.viewport().width() - 2 * self._margin
        return max(60, min(room, self.column.kit.px(MAX_WIDTH)))

    def follow(self, follow: bool) -> None:
        if follow != self._is_following:
            self._is_following = follow
            self.followed.emit(follow)

    def is_at_end(self) -> bool:
        return self._bar.value() >= self._bar.maximum() - 4

    def scroll_to(self, height: int) -> None:
        """This height at the top, or as near as it goes; 0 shows the room above, too."""
        self.update_range()
        self._set(max(0, height + self._pad_top) if height > 0 else 0)
        self._area.viewport().update()

    def scroll_by(self, delta: int) -> None:
        self.update_range()
        self._set(self._bar.value() + delta)
        self._area.viewport().update()

    def scroll_to_end(self) -> None:
        for _ in range(_MAX_PASSES):
            before = self._bar.value()
            self._set(self._bar.maximum())
            self.settle()
            if self._bar.value() == self._bar.maximum() == before:
                break
        self._area.viewport().update()

    def update_range(self) -> None:
        kit = self.column.kit
        total = self._pad_top + self.column.height + kit.px(_PAD_BOTTOM)
        self._is_setting = True
        self._bar.setRange(0, max(0, total - self.height))
        self._bar.setPageStep(max(1, self.height - kit.px(40)))
        self._is_setting = False

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Whatever changes inside, what is at the top of the view stays there; so does the end, if it is followed."""
        anchor = self.column.anchor(max(0, self.top)) if self._bar.value() > 0 else None
        yield
        # Finding the anchor lays out its message, which changes the range.
        y = self.column.y_of(anchor) if anchor is not None and self.column.count else None
        self.update_range()
        if self._is_following:
            self._set(self._bar.maximum())
        elif y is not None:
            self._set(y + self._pad_top)
        self._area.viewport().update()

    def settle(self) -> None:
        """Lay out what is seen until nothing moves, and ask for what is missing."""
        for _ in range(_MAX_PASSES):
            before = self._bar.value()
            shift = self.column.settle(self.top, self.height)
            self.update_range()
            if self._is_following:
                self._set(self._bar.maximum())
            elif shift:
                self._set(before + shift)
            if self._bar.value() == before and not shift:
                break
        self._ask()

    def forget_asked(self) -> None:
        self._asked.clear()

    def got(self) -> None:
        """Something came that was asked for."""
        self._asked = {gap for gap in self._asked if self._store.missing(*gap)}

    def _ask(self) -> None:
        """Ask for the messages that are seen or soon will be, once."""
        if not self.column.count:
            return
        first = self.column.message_at(self.top - self.height)
        last = self.column.message_at(self.top + 2 * self.height)
        self._store.touch(first, last)
        for gap in self._store.missing(first, last):
            if not any(known[0] <= gap[0] and gap[1] <= known[1] for known in self._asked):
                self._asked.add(gap)
                self.range_needed.emit(*gap)

    def _set(self, value: int) -> None:
        self._is_setting = True
        self._bar.setValue(value)
        self._is_setting = False

    @property
    def _pad_top(self) -> int:
        return self.column.kit.px(_PAD_TOP)

    # Places

    def visible(self) -> Iterator[tuple[int, int, MessageLayout | None]]:
        """(n, y on the viewport, layout) of the messages in sight."""
        for n, top, layout in self.column.visible(self.top, self.height):
            yield n, top - self.top, layout

    def hit(self, point: QPointF) -> tuple[int, Placed, Target | None] | None:
        """(message, block, what can be pressed there) at a point."""
        y = int(point.y()) + self.top
        if not self.column.count or not 0 <= y < self.column.height:
            return None
        found = self._block_at(y)
        if found is None:
            return None
        n, top, placed = found
        rect = rect_of(placed, self.left, top - self.top, self.column.width)
        return n, placed, placed.block.target_at(point, rect) if rect.contains(point.toPoint()) else None

    def text_place(self, point: QPointF) -> TextPlace | None:
        """The position in the text that is nearest to a point."""
        if not self.column.count:
            return None
        found = self._block_at(min(max(0, int(point.y()) + self.top), self.column.height - 1))
        if found is None:
            return None
        n, top, placed = found
        document = placed.block.document
        if document is None:
            return TextPlace(n, placed.number, 0)
        rect = rect_of(placed, self.left, top - self.top, self.column.width)
        inside = point - placed.block.text_origin(rect)
        return TextPlace(
            n, placed.number, max(0, document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit))
        )

    def numbers_of(self, place: PartPlace) -> list[int]:
        """The blocks that show a part; none where it is not loaded or not shown."""
        layout = self.column.layout(place.n) if 1 <= place.n <= self.column.count else None
        return layout.blocks_of_part(place.index) if layout is not None else []

    def blocks_of(self, place: PartPlace) -> Iterator[Placed]:
        """The blocks of a part, in order; those that were not seen yet are where they are thought to be."""
        layout = self.column.layout(place.n) if 1 <= place.n <= self.column.count else None
        if layout is not None:
            yield from (layout.placed(number) for number in layout.blocks_of_part(place.index))

    def rect_of_part(self, place: PartPlace) -> QRect | None:
        """Where a part is on the viewport, all of its blocks together; None where it is not laid out.

        It measures nothing: that would move what is in sight.
        """
        layout = self.column.laid_out(place.n)
        numbers = layout.blocks_of_part(place.index) if layout is not None else []
        if layout is None or not numbers:
            return None
        y = self.column.top_of(place.n) - self.top
        first = rect_of(layout.placed(numbers[0]), self.left, y, self.column.width)
        return first.united(rect_of(layout.placed(numbers[-1]), self.left, y, self.column.width))

    def is_in_sight(self, place: PartPlace) -> bool:
        rect = self.rect_of_part(place)
        return rect is not None and rect.bottom() > 0 and rect.top() < self.height

    def first_part(self) -> PartPlace | None:
        """The first part that begins in sight."""
        for n, y, layout in self.visible():
            for placed in layout.between(-y, self.height - y) if layout is not None else ():
                if placed.block.part >= 0 and y + placed.top >= -2:
                    return PartPlace(n, placed.block.part)
        return None

    def reveal(self, place: PartPlace) -> None:
        """Scroll as little as it takes to see the part, or its start where it is higher than the view."""
        rect = self.rect_of_part(place)
        if rect is None:
            return
        pad = self.column.kit.px(16)
        delta = 0
        if rect.top() < pad:
            delta = rect.top() - pad
        elif rect.bottom() > self.height - pad:
            delta = min(rect.bottom() - self.height + pad, rect.top() - pad)
        if delta:
            self.follow(False)
            self.scroll_by(delta)

    def _block_at(self, y: int) -> tuple[int, int, Placed] | None:
        """(message, where it begins, block) at a height within the column."""
        n = self.column.message_at(y)
        layout = self.column.layout(n)
        top = self.column.top_of(n)
        placed = layout.at(y - top) if layout is not None else None
        return (n, top, placed) if placed is not None else None
