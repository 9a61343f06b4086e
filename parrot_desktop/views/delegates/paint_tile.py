"""The rounded tile with a kind's glyph, and the button that a row offers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPen

from parrot_desktop.views.delegates.paint_kit import Face

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QPixmap

    from parrot_desktop.domain.row_view import RowAction
    from parrot_desktop.views.delegates.paint_kit import PaintKit


class ButtonState(StrEnum):
    """Of a drawn button."""

    REST = "rest"
    HOVER = "hover"
    PRESSED = "pressed"


def tile_pixmap(glyph: str, side: int, kit: PaintKit) -> QPixmap:
    """The glyph of a kind on its tile."""

    def draw(inside: QPainter) -> None:
        tokens = kit.tokens
        box = QRectF(0, 0, side, side)
        inside.setPen(Qt.PenStyle.NoPen)
        inside.setBrush(tokens.settled.ground)
        if tokens.settled.ground == tokens.surface:
            inside.setPen(QPen(tokens.border, 1))
            box.adjust(0.5, 0.5, -0.5, -0.5)
        radius = tokens.radius.type_icon * side / 32
        inside.drawRoundedRect(box, radius, radius)
        size = round(side / 2)
        inside.drawPixmap(QPointF((side - size) // 2, (side - size) // 2), kit.glyph(glyph, tokens.muted, size))

    return kit.pixmap(("tile", glyph, side), side, side, draw)


def button_size(action: RowAction, room: QRect, kit: PaintKit, *, has_label: bool) -> QSize:
    """Of the button for an action, never wider than its column."""
    if not has_label:
        return QSize(min(room.width(), kit.px(28)), room.height())
    wanted = kit.px(9 + 12 + 6 + 10) + kit.width(Face.BODY, action.text)
    return QSize(min(room.width(), round(wanted)), room.height())


def button_pixmap(
    action: RowAction, state: ButtonState, size: QSize, kit: PaintKit, *, has_label: bool, is_mirrored: bool
) -> QPixmap:
    """The one action of a row. Its column may be narrower than the word in some language: then the word is cut."""
    width, height = size.width(), size.height()

    def draw(inside: QPainter) -> None:
        tokens = kit.tokens
        ground = {
            ButtonState.REST: tokens.raised,
            ButtonState.HOVER: tokens.hover,
            ButtonState.PRESSED: tokens.selected,
        }[state]
        ink = tokens.danger if action.is_danger else tokens.text
        inside.setBrush(ground)
        inside.setPen(QPen(tokens.border if state is ButtonState.REST else ink, 1))
        box = QRectF(0.5, 0.5, width - 1, height - 1)
        inside.drawRoundedRect(box, tokens.radius.button, tokens.radius.button)
        side = kit.px(12)
        top = (height - side) // 2
        if not has_label:
            inside.drawPixmap(QPointF((width - side) // 2, top), kit.glyph(action.glyph, ink, side))
            return
        left = kit.px(9)
        text_left = left + side + kit.px(6)
        glyph_x = width - left - side if is_mirrored else left
        text = kit.elided(Face.BODY, action.text, width - text_left - kit.px(6))
        text_x = width - text_left - kit.width(Face.BODY, text) if is_mirrored else text_left
        inside.drawPixmap(QPointF(glyph_x, top), kit.glyph(action.glyph, ink, side))
        inside.setFont(kit.fonts[Face.BODY])
        inside.setPen(ink)
        inside.drawText(QPointF(text_x, kit.baseline(Face.BODY, 0, height)), text)

    return kit.pixmap(("button", action, state, has_label, is_mirrored, width, height), width, height, draw)
