"""What is live turns: an arc in a number of phases, each a pixmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPainter, QPixmap

    from parrot_desktop.views.delegates.paint_kit import PaintKit

PHASES = 12
FRAME_MS = 83
"""12 frames a second, one turn a second."""

_SPAN = 270 * 16
_START = 180 * 16


def spinner_pixmap(side: int, colour: QColor, phase: int, kit: PaintKit) -> QPixmap:
    """The arc in a square of so many pixels. ``phase`` counts frames; it wraps."""
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

    return kit.pixmap(("spinner", colour.rgba(), side, phase), side, side, draw)
