"""What lies under a row: ground, bar of the selection, the line below; the focus's ring; the marks beside a title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from parrot_desktop.views.delegates.paint_kit import PaintKit
    from parrot_desktop.views.delegates.row_geometry import RowGeometry


def paint_ground(
    painter: QPainter, geometry: RowGeometry, kit: PaintKit, *, is_selected: bool, is_hovered: bool
) -> None:
    """The selected row wears a bar at its leading edge, so that it is not told by colour alone."""
    tokens = kit.tokens
    width, height = geometry.width, geometry.height
    if is_selected:
        painter.fillRect(0, 0, width, height, tokens.selected)
        painter.fillRect(geometry.bar, tokens.accent)
    elif is_hovered:
        painter.fillRect(0, 0, width, height, tokens.hover)
    painter.fillRect(0, height - 1, width, 1, tokens.border)


def paint_focus_ring(painter: QPainter, geometry: RowGeometry, kit: PaintKit) -> None:
    """For the row that the keys act on."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(kit.tokens.accent, 1.5))
    painter.drawRoundedRect(QRectF(1.25, 1.25, geometry.width - 2.5, geometry.height - 3.5), 4, 4)
    painter.restore()


def unread_pixmap(side: int, kit: PaintKit) -> QPixmap:
    """The quiet dot of a session that has moved since it was last looked at."""

    def draw(inside: QPainter) -> None:
        inside.setPen(Qt.PenStyle.NoPen)
        inside.setBrush(kit.tokens.accent)
        inside.drawEllipse(QRectF(0, 0, side, side))

    return kit.pixmap(("unread", side), side, side, draw)


def star_pixmap(side: int, kit: PaintKit) -> QPixmap:
    """For a session that somebody watches."""
    return kit.glyph("star", kit.tokens.waiting.ink, side)
