"""Paints what of a transcript is in sight."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPen

from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.views.transcript.block import Marked, Scene
from parrot_desktop.views.transcript.image_block import ImageBlock
from parrot_desktop.views.transcript.message_layout import rect_of
from parrot_desktop.views.transcript.rows import PlaceholderBlock
from parrot_desktop.views.widgets.spin_clock import SpinClock

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractScrollArea

    from parrot_desktop.views.transcript.cursor import Cursor
    from parrot_desktop.views.transcript.kit import TranscriptKit
    from parrot_desktop.views.transcript.matches import Matches
    from parrot_desktop.views.transcript.message_layout import MessageLayout, Placed
    from parrot_desktop.views.transcript.pointer import Pointer
    from parrot_desktop.views.transcript.sight import Sight

log = logging.getLogger(__name__)

OVERHANG = 4
"""Pixels by which a block may draw beyond its place."""


class Canvas(QObject):
    """The viewport's picture. What moves in it is repainted as long as it is in sight."""

    image_seen = Signal(object)
    """PartPlace of an image in sight whose bytes are not at hand."""

    def __init__(
        self, area: QAbstractScrollArea, sight: Sight, pointer: Pointer, cursor: Cursor, matches: Matches
    ) -> None:
        super().__init__(area)
        self._area, self._sight, self._pointer, self._cursor, self._matches = area, sight, pointer, cursor, matches
        self._failed: set[int] = set()
        self._moving: list[QRect] = []
        """Where something turns."""
        self.clock = SpinClock(self)
        self.clock.ticked.connect(self._turn)

    def clear(self) -> None:
        """Another session."""
        self._failed.clear()
        self._moving.clear()

    def rest(self) -> None:
        """Nothing is seen: nothing moves."""
        self.clock.set_wanted(False)

    def _turn(self) -> None:
        for rect in self._moving:
            self._area.viewport().update(rect)

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Every message in sight, as far as it lies in an area, on whatever ground is there."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._moving = [rect for rect in self._moving if not rect.intersects(area)]
        for n, y, layout in self._sight.visible():
            try:
                self._message(painter, n, y, layout, area)
            except Exception:
                # The message is left blank; the same error would come back with every repaint.
                if n not in self._failed:
                    self._failed.add(n)
                    log.exception("message %d cannot be painted", n)
        self.clock.set_wanted(bool(self._moving))

    @property
    def _kit(self) -> TranscriptKit:
        return self._sight.column.kit

    def _message(self, painter: QPainter, n: int, y: int, layout: MessageLayout | None, area: QRect) -> None:
        kit, column = self._kit, self._sight.column
        width, left = column.width, self._sight.left
        if layout is None:
            height = column.height_of(n)
            scene = Scene(kit, self._area.devicePixelRatioF())
            PlaceholderBlock(kit, height).paint(painter, QRect(left, y, width, height), scene)
            return
        ring: QRect | None = None
        for placed in layout.between(-y, self._sight.height - y):
            rect = rect_of(placed, left, y, width)
            if self._cursor.place == PartPlace(n, placed.block.part):
                ring = rect if ring is None else ring.united(rect)
            if not rect.adjusted(-OVERHANG, -OVERHANG, OVERHANG, OVERHANG).intersects(area):
                continue
            painter.save()
            try:
                placed.block.paint(painter, rect, self._scene(n, placed))
            finally:
                painter.restore()
            if placed.block.is_animated:
                self._moving.append(rect)
            if isinstance(placed.block, ImageBlock) and placed.block.image is None:
                self.image_seen.emit(placed.block.place)
        if ring is not None and self._area.hasFocus():
            painter.setPen(QPen(kit.tokens.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pad = kit.px(3)
            painter.drawRoundedRect(ring.adjusted(-pad, -pad, pad, pad), 12, 12)

    def _scene(self, n: int, placed: Placed) -> Scene:
        hover, selection = self._pointer.hover, self._pointer.selection
        is_hovered = hover is not None and hover[0] == PartPlace(n, placed.block.part)
        marked = Marked()
        document = placed.block.document
        if document is not None:
            matches, current = self._matches.marks(n, placed.number, document)
            chosen = selection.within(n, placed.number, document) if selection is not None else None
            marked = Marked(matches, current, chosen)
        return Scene(
            self._kit,
            self._area.devicePixelRatioF(),
            hover=hover[1] if is_hovered and hover is not None else None,
            is_hovered=is_hovered,
            marked=marked,
            phase=self.clock.phase,
        )
