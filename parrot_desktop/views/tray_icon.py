"""The tray's icon: the parrot, with a badge for what is live, waits or failed. Sharp on light and dark panels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

from parrot_desktop.theme.resources import resource_path

if TYPE_CHECKING:
    from parrot_desktop.theme.tokens import Tokens

SIZES = (16, 22, 24, 32, 44, 48, 64, 128)


class TrayMark(StrEnum):
    """What the badge says, the most pressing first."""

    OFFLINE = "offline"
    FAILED = "failed"
    WAITING = "waiting"
    LIVE = "live"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TrayState:
    """What the tray shows. ``failed`` are failures not looked at yet."""

    live: int = 0
    waiting: int = 0
    failed: int = 0
    is_offline: bool = False
    is_muted: bool = False

    @property
    def mark(self) -> TrayMark:
        if self.is_offline:
            return TrayMark.OFFLINE
        if self.failed:
            return TrayMark.FAILED
        if self.waiting:
            return TrayMark.WAITING
        return TrayMark.LIVE if self.live else TrayMark.NONE

    @property
    def number(self) -> int:
        """The count in the badge."""
        return {TrayMark.FAILED: self.failed, TrayMark.WAITING: self.waiting, TrayMark.LIVE: self.live}.get(
            self.mark, 0
        )


def tray_icon(state: TrayState, tokens: Tokens) -> QIcon:
    """An icon in all sizes that panels ask for. ``tokens`` of the dark theme read on both grounds."""
    icon = QIcon()
    for side in SIZES:
        icon.addPixmap(_pixmap(state.mark, min(state.number, 10), state.is_muted, side, _colours(state.mark, tokens)))
    return icon


def _colours(mark: TrayMark, tokens: Tokens) -> tuple[str, str, str]:
    """Badge ground, the ink on it, and the slash: filled strongly, since a panel may be any colour."""
    ink = {
        TrayMark.FAILED: tokens.needs_look.ink,
        TrayMark.WAITING: tokens.waiting.ink,
        TrayMark.LIVE: tokens.live.ink,
    }.get(mark, tokens.settled.ink)
    return ink.name(), tokens.on_accent.name(), tokens.muted.name()


@lru_cache(maxsize=256)
def _pixmap(mark: TrayMark, number: int, is_muted: bool, side: int, colours: tuple[str, str, str]) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.45 if mark is TrayMark.OFFLINE else 1.0)
        QSvgRenderer(str(resource_path("icons/parrot.svg"))).render(painter, QRectF(0, 0, side, side))
        painter.setOpacity(1.0)
        if mark is not TrayMark.NONE:
            _paint_badge(painter, mark, number, side, colours)
        if is_muted:
            _paint_slash(painter, side, colours)
    return pixmap


def _paint_badge(painter: QPainter, mark: TrayMark, number: int, side: int, colours: tuple[str, str, str]) -> None:
    """Bottom right. Its shape tells the mark apart without colour: a square waits, a disc with a figure counts."""
    ground, ink = QColor(colours[0]), QColor(colours[1])
    box = QRectF(side * 0.46, side * 0.46, side * 0.54, side * 0.54)
    # A clear ring keeps the badge apart from the mark under it on any panel.
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.black)
    painter.drawEllipse(box.adjusted(-side * 0.05, -side * 0.05, side * 0.05, side * 0.05))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.setBrush(ground)
    if mark is TrayMark.WAITING:
        painter.drawRoundedRect(box, side * 0.12, side * 0.12)
    else:
        painter.drawEllipse(box)
    pen = QPen(ink, max(1.0, side * 0.07))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    if mark is TrayMark.OFFLINE:
        inset = box.width() * 0.3
        painter.drawLine(box.topLeft() + QPointF(inset, inset), box.bottomRight() - QPointF(inset, inset))
        painter.drawLine(box.topRight() + QPointF(-inset, inset), box.bottomLeft() + QPointF(inset, -inset))
    elif side >= 22:
        font = QFont()
        font.setPixelSize(max(8, round(box.height() * (0.72 if number < 10 else 0.56))))
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number) if number < 10 else "9+")
    elif mark is TrayMark.FAILED:
        # At 16 pixels a figure is mud: an exclamation mark for a failure, a plain badge for the rest.
        centre = box.center()
        painter.drawLine(centre - QPointF(0, box.height() * 0.22), centre + QPointF(0, box.height() * 0.02))
        painter.drawPoint(centre + QPointF(0, box.height() * 0.26))


def _paint_slash(painter: QPainter, side: int, colours: tuple[str, str, str]) -> None:
    """Muted: a stroke through the parrot."""
    for colour, width in ((QColor(colours[1]), 0.16), (QColor(colours[2]), 0.08)):
        pen = QPen(colour, side * width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(side * 0.08, side * 0.08), QPointF(side * 0.6, side * 0.92))
