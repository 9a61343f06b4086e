"""A person as a disc with initials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QPixmap

    from parrot_desktop.domain.people import Person
    from parrot_desktop.views.delegates.paint_kit import PaintKit

_INK = QColor(Qt.GlobalColor.white)
_LETTER_OF_SIDE = 0.46
"""Height of the letters' font, as a part of the disc."""


def avatar_pixmap(person: Person, side: int, kit: PaintKit) -> QPixmap:
    """The disc, as wide and high as ``side``."""

    def draw(inside: QPainter) -> None:
        disc = QRectF(0, 0, side, side)
        inside.setPen(Qt.PenStyle.NoPen)
        inside.setBrush(kit.tokens.avatar_grounds[person.colour])
        inside.drawEllipse(disc)
        font = QFont(kit.fonts[0])
        font.setPixelSize(max(6, round(side * _LETTER_OF_SIDE)))
        font.setWeight(QFont.Weight.Bold)
        inside.setFont(font)
        inside.setPen(_INK)
        inside.drawText(disc, Qt.AlignmentFlag.AlignCenter, person.initials)

    return kit.pixmap(("avatar", person.initials, person.colour, side), side, side, draw)
