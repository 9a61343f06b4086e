"""A word on its ground with round ends: the pill of a status, a small badge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPen

from parrot_desktop.views.delegates.paint_kit import Face

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QPixmap

    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.delegates.paint_kit import PaintKit


def pill_size(word: str, height: int, kit: PaintKit, *, padding: float = 10) -> QSize:
    """Of the pill around a word."""
    return QSize(math.ceil(kit.width(Face.META_BOLD, word)) + 2 * kit.px(padding), height)


def pill_pixmap(word: str, pair: Pair, height: int, kit: PaintKit, *, padding: float = 10) -> QPixmap:
    """The word in its ink on its ground, with round ends."""
    size = pill_size(word, height, kit, padding=padding)

    def draw(painter: QPainter) -> None:
        box = QRectF(0, 0, size.width(), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pair.ground)
        if pair.ground == kit.tokens.surface:
            # High contrast: the ground is the page's own, so a line makes the pill.
            painter.setPen(QPen(pair.ink, 1))
            box.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setFont(kit.fonts[Face.META_BOLD])
        painter.setPen(pair.ink)
        painter.drawText(kit.px(padding), kit.baseline(Face.META_BOLD, 0, height), word)

    key = ("pill", word, pair.ink.rgba(), pair.ground.rgba(), height, padding)
    return kit.pixmap(key, size.width(), height, draw)
