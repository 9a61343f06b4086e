"""Names the day one has scrolled back to, for as long as one scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from parrot_desktop.views.delegates.paint_kit import Face

if TYPE_CHECKING:
    from parrot_desktop.views.delegates.paint_kit import PaintKits

LINGER_MS = 1_200


class DayChip(QWidget):
    """Lies over the rows, takes no clicks, and goes away by itself."""

    def __init__(self, kits: PaintKits, parent: QWidget) -> None:
        super().__init__(parent)
        self._kits = kits
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LINGER_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    def show_day(self, text: str) -> None:
        """Shows the day for a moment."""
        if text != self._text:
            self._text = text
            self.resize(self.sizeHint())
            self.update()
        self.show()
        self._timer.start()

    @override
    def sizeHint(self) -> QSize:
        kit = self._kits.at(self.devicePixelRatioF())
        return QSize(round(kit.width(Face.META_BOLD, self._text)) + 2 * kit.px(10), kit.px(24))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        kit = self._kits.at(self.devicePixelRatioF())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(kit.tokens.border, 1))
            painter.setBrush(kit.tokens.raised)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
            painter.setFont(kit.fonts[Face.META_BOLD])
            painter.setPen(kit.muted)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
