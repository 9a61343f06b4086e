"""One row as a picture, painted by the real delegate, and comparing pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.delegates.row_geometry import Density, RowGeometry
from parrot_desktop.views.delegates.session_delegate import SessionDelegate
from tests.helpers.list_rows import MEMBERS, NOW_MS

if TYPE_CHECKING:
    from parrot_desktop.domain.row_view import Marks
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Row

NOWHERE = QColor("magenta")
"""The ground of the canvas outside the row: no theme has it."""


class Easel:
    """Paints rows with one theme."""

    def __init__(self, theme: Theme, *, width: int = 930, ratio: float = 1.0, density: Density = Density.COMFORTABLE):
        self.theme = theme
        self.width = width
        self.ratio = ratio
        self.model = SessionListModel(now_ms=lambda: NOW_MS)
        self.model.set_members(MEMBERS)
        self.delegate = SessionDelegate(PaintKits(theme), self.model)
        self.delegate.set_density(density)

    def geometry(self, *, is_mirrored: bool = False) -> RowGeometry:
        return self.delegate.geometry(self.width, is_mirrored=is_mirrored)

    def show(self, *rows: Row, marks: Marks | None = None) -> None:
        self.model.show_page(rows, has_more=False)
        if marks is not None:
            self.model.set_marks({row.id: marks for row in rows})

    def paint(
        self,
        *,
        at: int = 0,
        corner: QPoint | None = None,
        margin: int = 0,
        state: QStyle.StateFlag = QStyle.StateFlag.State_Enabled,
        is_mirrored: bool = False,
    ) -> QImage:
        """The row at a position, on a canvas that leaves a margin on each side; ``corner`` moves it there."""
        height = self.delegate.row_height()
        size = QSize(self.width + 2 * margin, height + 2 * margin)
        canvas = QImage(size * self.ratio, QImage.Format.Format_RGB32)
        canvas.setDevicePixelRatio(self.ratio)
        canvas.fill(NOWHERE)
        option = QStyleOptionViewItem()
        where = corner or QPoint(margin, margin)
        option.rect = QRect(where, QSize(self.width, height))
        option.state = state
        option.direction = Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        with QPainter(canvas) as painter:
            painter.fillRect(option.rect, self.theme.tokens.surface)
            self.delegate.paint(painter, option, self.model.index(at))
        return canvas


def colours(image: QImage, rect: QRect | None = None) -> set[str]:
    """Names of all colours in a rect, in device-independent pixels."""
    part = image if rect is None else crop(image, rect)
    return {part.pixelColor(x, y).name() for y in range(part.height()) for x in range(part.width())}


def crop(image: QImage, rect: QRect) -> QImage:
    """A part of a picture; the rect is device-independent."""
    ratio = image.devicePixelRatio()
    part = image.copy(
        QRect(
            round(rect.x() * ratio), round(rect.y() * ratio), round(rect.width() * ratio), round(rect.height() * ratio)
        )
    )
    part.setDevicePixelRatio(1)
    return part


def unlike(one: QImage, other: QImage, *, tolerance: int) -> int:
    """How many pixels differ by more than the tolerance (0 to 255) in any channel; all, where the sizes differ."""
    if one.size() != other.size():
        return one.width() * one.height()
    width = one.width()
    lines, other_lines = _lines(one), _lines(other)
    count = 0
    for line, other_line in zip(lines, other_lines, strict=True):
        if line != other_line:
            count += sum(
                1
                for x in range(0, 3 * width, 3)
                if max(abs(line[x + channel] - other_line[x + channel]) for channel in range(3)) > tolerance
            )
    return count


def _lines(image: QImage) -> list[bytes]:
    """Red, green, blue, one byte each, line by line."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    pixels = bytes(cast("memoryview", plain.constBits()))
    step = plain.bytesPerLine()
    return [pixels[y * step : y * step + 3 * plain.width()] for y in range(plain.height())]
