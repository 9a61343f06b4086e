"""A person as a disc with initials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from parrot_desktop.domain.people import Person
    from parrot_desktop.views.delegates.paint_kit import PaintKit

_INK = QColor(Qt.GlobalColor.white)
_LETTER_OF_SIDE = 0.46
"""Height of the letters' font, as a part of the disc."""


def paint_avatar(painter: QPainter, rect: QRect, person: Person, kit: PaintKit) -> None:
    """The disc fills the rect, which is square."""
    side = rect.width()

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

    painter.drawPixmap(rect.topLeft(), kit.pixmap(("avatar", person.initials, person.colour, side), side, side, draw))
