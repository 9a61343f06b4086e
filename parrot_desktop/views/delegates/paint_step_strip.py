"""The steps of a flow as a strip: round dots with the skill's glyph, joined by a line.

Six steps fit as dots with glyphs, fourteen as plain dots; for more the row says "7 of 20 steps" in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QPen

from parrot_desktop.domain.row_view import StepLook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter, QPixmap

    from parrot_desktop.domain.row_view import StepView
    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.delegates.paint_kit import PaintKit

DOT = 20
PITCH = 32
_TIGHT_PITCH = 24
_PLAIN_DOT = 8
_PLAIN_PITCH = 14
_TIGHT_PLAIN_PITCH = 10


@dataclass(frozen=True, slots=True)
class StripPlan:
    """Where the dots are, in the strip's own coordinates. ``dots`` is empty where the strip has no room for them."""

    dots: tuple[QRect, ...]
    has_glyphs: bool

    def dot_at(self, x: int, y: int) -> int | None:
        """Which step is at a point; the room between two dots belongs to the nearer one."""
        for number, dot in enumerate(self.dots):
            if dot.adjusted(-3, -4, 3, 4).contains(x, y):
                return number
        return None


@lru_cache(maxsize=256)
def strip_plan(count: int, width: int, height: int, scale: float, *, is_mirrored: bool) -> StripPlan:
    """Dots for ``count`` steps in a box; from the leading edge, in reading direction."""
    for dot, pitch, tight, has_glyphs in (
        (DOT, PITCH, _TIGHT_PITCH, True),
        (_PLAIN_DOT, _PLAIN_PITCH, _TIGHT_PLAIN_PITCH, False),
    ):
        side = min(round(dot * scale), height)
        room = width - side
        if room < 0 or count == 0:
            continue
        step = min(pitch * scale, room / (count - 1)) if count > 1 else 0.0
        if count > 1 and step < tight * scale:
            continue
        y = (height - side) // 2
        starts = [round(number * step) for number in range(count)]
        if is_mirrored:
            starts = [width - start - side for start in starts]
        return StripPlan(tuple(QRect(x, y, side, side) for x in starts), has_glyphs)
    return StripPlan((), has_glyphs=False)


def strip_pixmap(steps: Sequence[StepView], plan: StripPlan, width: int, height: int, kit: PaintKit) -> QPixmap:
    """The whole strip, shared by all rows whose steps look the same. ``plan`` is the `strip_plan` of that size."""
    looks = tuple((step.glyph, step.look) for step in steps)
    dots = plan.dots

    def draw(inside: QPainter) -> None:
        inside.setPen(QPen(kit.tokens.border, max(1.5, 2 * kit.scale)))
        for here, there in pairwise(dots):
            left, right = (here, there) if here.x() < there.x() else (there, here)
            y = here.y() + here.height() / 2
            inside.drawLine(QPointF(left.x() + left.width(), y), QPointF(right.x(), y))
        for dot, (glyph, look) in zip(dots, looks, strict=True):
            if plan.has_glyphs:
                paint_step_dot(inside, dot, glyph, look, kit)
            else:
                _paint_plain_dot(inside, dot, look, kit)

    is_mirrored = bool(dots) and dots[0].x() > dots[-1].x()
    return kit.pixmap(("strip", looks, width, height, is_mirrored), width, height, draw)


def paint_step_dot(painter: QPainter, rect: QRect, glyph: str, look: StepLook, kit: PaintKit) -> None:
    """One dot with its glyph. Antialiasing is the caller's."""
    pair = _pair(look, kit)
    is_to_come = look is StepLook.TO_COME
    ring = None if look is StepLook.DONE else kit.tokens.border if is_to_come else pair.ink
    box = QRectF(rect)
    # What is to come lets the row's own ground through.
    painter.setBrush(Qt.BrushStyle.NoBrush if is_to_come else QBrush(pair.ground))
    if ring is None and pair.ground != kit.tokens.surface:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        thick = 1.0 if is_to_come or ring is None else 1.3
        painter.setPen(QPen(ring or pair.ink, thick))
        box.adjust(thick / 2, thick / 2, -thick / 2, -thick / 2)
    painter.drawEllipse(box)
    ink = kit.tokens.faint if is_to_come else kit.tokens.muted if look is StepLook.DONE else pair.ink
    side = round(rect.width() * 0.6)
    at = QPointF(rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2)
    painter.drawPixmap(at, kit.glyph(glyph, ink, side))


def _paint_plain_dot(painter: QPainter, rect: QRect, look: StepLook, kit: PaintKit) -> None:
    """Colour and shape: what is to come is hollow, what needs somebody is a square."""
    pair = _pair(look, kit)
    if look is StepLook.TO_COME:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(kit.tokens.faint, 1))
        painter.drawEllipse(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(pair.ink))
    if look is StepLook.FAILED:
        painter.drawRect(rect)
    else:
        painter.drawEllipse(QRectF(rect))


def _pair(look: StepLook, kit: PaintKit) -> Pair:
    tokens = kit.tokens
    match look:
        case StepLook.DONE:
            return tokens.settled
        case StepLook.RUNNING:
            return tokens.live
        case StepLook.WAITING:
            return tokens.waiting
        case StepLook.FAILED:
            return tokens.needs_look
        case StepLook.TO_COME:
            return tokens.queued
