"""What stands in the list's place when there are no rows: a glyph, a sentence, what is known, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.theme.icons import icon, icon_pixmap

if TYPE_CHECKING:
    from parrot_desktop.actions import ActionId
    from parrot_desktop.theme.theme import Theme

_GLYPH = 30
_DISC = 72
_TEXT_WIDTH = 460


@dataclass(frozen=True, slots=True)
class FaceButton:
    """One way on; ``action`` is what it asks for."""

    action: ActionId
    text: str
    icon: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """One state. ``details`` are lines for the curious (places, names), in monospace; ``progress`` is done of total."""

    icon: str
    title: str
    text: str
    details: tuple[str, ...] = ()
    buttons: tuple[FaceButton, ...] = ()
    progress: tuple[int, int] | None = None
    is_trouble: bool = False


class _Glyph(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.face: Face | None = None
        self.setFixedSize(_DISC, _DISC)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.face is None:
            return
        tokens = self._theme.tokens
        pair = tokens.needs_look if self.face.is_trouble else tokens.settled
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pair.ground)
            painter.drawRoundedRect(self.rect(), 22, 22)
            pixmap = icon_pixmap(self.face.icon, pair.ink, _GLYPH, self.devicePixelRatioF())
            corner = (_DISC - _GLYPH) // 2
            painter.drawPixmap(corner, corner, pixmap)


class FaceView(QWidget):
    """Shows a `Face`; ``asked`` carries the ActionId of the button pressed."""

    asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._face: Face | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._glyph = _Glyph(theme)
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self._details = QLabel()
        self._details.setProperty("role", "mono")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self._title, self._text, self._details):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(280)
        self._buttons = QWidget()
        self._button_row = QHBoxLayout(self._buttons)
        self._button_row.setContentsMargins(0, 6, 0, 0)
        self._button_row.setSpacing(8)

        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        for widget in (self._glyph, self._title, self._text, self._progress, self._details, self._buttons):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        theme.changed.connect(self._restyle)

    @property
    def face(self) -> Face | None:
        return self._face

    def show_face(self, face: Face) -> None:
        if face == self._face:
            return
        same_buttons = self._face is not None and face.buttons == self._face.buttons
        self._face = face
        self._glyph.face = face
        self._glyph.update()
        self._title.setText(face.title)
        self._text.setText(face.text)
        self._text.setVisible(bool(face.text))
        self._details.setText("\n".join(face.details))
        self._details.setVisible(bool(face.details))
        self._progress.setVisible(face.progress is not None)
        if face.progress is not None:
            done, total = face.progress
            self._progress.setRange(0, total)
            self._progress.setValue(done)
        self._widen()
        self.setAccessibleName(f"{face.title}. {face.text}")
        if not same_buttons:
            self._show_buttons(face)

    def _widen(self) -> None:
        """A wrapped label in a centred layout knows neither its width nor its height: both are set."""
        for label in (self._title, self._text, self._details):
            if not label.text():
                continue
            label.ensurePolished()
            widest = max(label.fontMetrics().horizontalAdvance(line) for line in label.text().split("\n"))
            width = max(40, min(_TEXT_WIDTH, self.width() - 32, widest + 12))
            label.setFixedSize(width, label.heightForWidth(width))

    def _show_buttons(self, face: Face) -> None:
        while (item := self._button_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        tokens = self._theme.tokens
        for each in face.buttons:
            button = QPushButton(each.text)
            if each.is_primary:
                button.setProperty("variant", "primary")
            if each.icon:
                button.setIcon(icon(each.icon, tokens.on_accent if each.is_primary else tokens.text))
            button.clicked.connect(lambda _=False, action=each.action: self.asked.emit(action))
            self._button_row.addWidget(button)
            button.show()
        self._buttons.setVisible(bool(face.buttons))
        self._buttons.adjustSize()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widen()

    def _restyle(self) -> None:
        if self._face is not None:
            self._widen()
            self._show_buttons(self._face)
            self._glyph.update()


class SkeletonRows(QWidget):
    """Rows to come, as grey bars: what is shown in the moment before the first page."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, 400)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        height = round(tokens.row_height * self._theme.text_scale)
        width = self.width()
        is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), tokens.surface)
            if is_rtl:
                painter.translate(width, 0)
                painter.scale(-1, 1)
            for n in range(self.height() // height + 1):
                top = n * height
                painter.setOpacity(max(0.15, 1 - n * 0.09))
                painter.fillRect(0, top + height - 1, width, 1, tokens.border)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.settled.ground))
                painter.drawRoundedRect(QRectF(14, top + height / 2 - 16, 32, 32), 9, 9)
                title = (0.34, 0.26, 0.38, 0.30)[n % 4] * min(width, 900)
                painter.drawRoundedRect(QRectF(62, top + height / 2 - 17, title, 11), 5, 5)
                painter.drawRoundedRect(QRectF(62, top + height / 2 + 7, title * 0.5, 9), 4, 4)
                if width > 700:
                    painter.drawRoundedRect(QRectF(width * 0.47, top + height / 2 - 17, 90, 11), 5, 5)
                    painter.drawRoundedRect(QRectF(width * 0.65, top + height / 2 - 10, 76, 20), 10, 10)
                painter.drawRoundedRect(QRectF(width - 180, top + height / 2 - 17, 60, 11), 5, 5)
