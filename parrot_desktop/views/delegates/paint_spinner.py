"""What is live turns: an arc in a number of phases, each a pixmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPen

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from parrot_desktop.views.delegates.paint_kit import PaintKit

PHASES = 12
FRAME_MS = 83
"""12 frames a second, one turn a second."""

_SPAN = 270 * 16
_START = 180 * 16


def paint_spinner(painter: QPainter, at: QPoint, side: int, colour: QColor, phase: int, kit: PaintKit) -> None:
    """The spinner in a square whose top left corner is at a point. ``phase`` counts frames; it wraps."""
    phase %= PHASES

    def draw(inside: QPainter) -> None:
        thick = max(1.5, side / 8)
        pen = QPen(colour, thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        inside.setPen(pen)
        inset = thick / 2 + 0.25
        inside.drawArc(
            QRectF(inset, inset, side - 2 * inset, side - 2 * inset), _START - phase * (360 * 16 // PHASES), _SPAN
        )

    painter.drawPixmap(at, kit.pixmap(("spinner", colour.rgba(), side, phase), side, side, draw))
