"""Images of a transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Block, Scene, Span, paint_box

if TYPE_CHECKING:
    from parrot_desktop.domain.transcript.store import PartPlace
    from parrot_desktop.views.transcript.kit import TranscriptKit

_MAX_IMAGE_HEIGHT = 420


class ImageBlock(Block):
    """An image, as large as it is but no higher than a screen; a frame with a note until its bytes are there."""

    def __init__(self, kit: TranscriptKit, place: PartPlace, *, image: QImage | None, note: str) -> None:
        """``place`` is where the bytes are to be had; ``note``: that they load, or why there is no picture."""
        self._kit, self.place, self.part, self.image, self._note = kit, place, place.index, image, note
        self.gap = kit.px(8)
        self._pixmap: QPixmap | None = None
        self._pixmap_size = QSize()

    def measure(self, width: int) -> int:
        return self._size(width).height()

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        box = kit.box(rect, QRect(rect.topLeft(), self._size(rect.width())))
        if self.image is None:
            paint_box(painter, box, Span.WHOLE, kit.code_ground, kit)
            icon = kit.icon("image", t.muted, scene.ratio, 15)
            at = kit.x(box, box.left() + kit.px(14), kit.px(15))
            painter.drawPixmap(at, box.center().y() - kit.px(7), icon)
            painter.setFont(kit.meta)
            painter.setPen(t.muted)
            where = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(kit.box(box, box.adjusted(kit.px(38), 0, -8, 0)), where, self._note)
            return
        wanted = QSize(round(box.width() * scene.ratio), round(box.height() * scene.ratio))
        if self._pixmap is None or self._pixmap_size != wanted:
            mode = Qt.TransformationMode.SmoothTransformation
            self._pixmap = QPixmap.fromImage(self.image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, mode))
            self._pixmap.setDevicePixelRatio(scene.ratio)
            self._pixmap_size = wanted
        painter.drawPixmap(box.topLeft(), self._pixmap)
        painter.setPen(kit.border_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))

    def words(self) -> str:
        return tr("Image") if self.image is not None else self._note

    def _size(self, width: int) -> QSize:
        if self.image is None:
            return QSize(min(width, self._kit.px(320)), self._kit.px(56))
        size = self.image.size()
        limit = QSize(width, self._kit.px(_MAX_IMAGE_HEIGHT))
        if size.width() > limit.width() or size.height() > limit.height():
            size = size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio)
        return size.expandedTo(QSize(1, 1))
