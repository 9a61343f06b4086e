"""One line above the list that says what is wrong, or particular, with what it shows, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from typing_extensions import override

from parrot_desktop.theme.icons import icon_pixmap

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.theme.tokens import Pair


class Banner(QWidget):
    """``asked``: its button was pressed."""

    asked = Signal()

    def __init__(self, theme: Theme, *, is_trouble: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._is_trouble = is_trouble
        self._glyph = "cloud-off"
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.setProperty("variant", "link")
        self._button.clicked.connect(self.asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*((12, 6, 40, 7) if self.isRightToLeft() else (40, 6, 12, 7)))
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def say(self, text: str, *, button: str = "", glyph: str = "cloud-off") -> None:
        self._glyph = glyph
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.setAccessibleName(text)
        self.show()
        self.update()

    @property
    def _pair(self) -> Pair:
        tokens = self._theme.tokens
        return tokens.waiting if self._is_trouble else tokens.info

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._pair.ground)
            painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.border)
            x = self.width() - 30 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 14
            pixmap = icon_pixmap(self._glyph, self._pair.ink, 16, self.devicePixelRatioF())
            painter.drawPixmap(x, self.height() // 2 - 8, pixmap)

    def _restyle(self) -> None:
        palette = self._text.palette()
        palette.setColor(self._text.foregroundRole(), self._pair.ink)
        self._text.setPalette(palette)
        self.update()
