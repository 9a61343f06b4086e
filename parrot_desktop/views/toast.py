"""Short words at the foot of the window, with one thing to do about them: Undo, Retry, Copy report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon, icon_pixmap
from parrot_desktop.views.announce import announce

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.theme.theme import Theme

SHORT_MS = 5_000
UNDO_MS = 10_000
_MARGIN = 16
_MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """``button`` runs ``on_button`` and closes. ``lasts_ms`` None: until it is closed."""

    text: str
    button: str = ""
    on_button: Callable[[], None] | None = None
    on_gone: Callable[[], None] | None = field(default=None, kw_only=True)
    """Called when it goes without its button having been pressed."""
    lasts_ms: int | None = SHORT_MS
    is_trouble: bool = False


class _Toast(QWidget):
    def __init__(self, theme: Theme, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.notice = notice
        self._is_settled = False
        self.setAccessibleName(notice.text)
        self._row = QHBoxLayout(self)
        self._label = QLabel(notice.text)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = self._row
        # Margins are left and right for Qt, whatever the direction of writing.
        layout.setContentsMargins(*((9, 9, 38, 9) if self.isRightToLeft() else (38, 9, 9, 9)))
        layout.setSpacing(8)
        layout.addWidget(self._label, 1)
        if notice.button:
            button = QPushButton(notice.button)
            button.clicked.connect(self._press)
            layout.addWidget(button)
            self.setFocusProxy(button)
        close = QPushButton()
        close.setProperty("variant", "quiet")
        close.setIcon(icon("x", theme.tokens.muted))
        close.setAccessibleName(tr("Dismiss"))
        close.clicked.connect(self.dismiss)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if notice.lasts_ms is not None:
            self._timer.start(notice.lasts_ms)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(tokens.raised)
            painter.setPen(QPen(tokens.danger if self.notice.is_trouble else tokens.border, 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), tokens.radius.card, tokens.radius.card)
            glyph, ink = ("circle-alert", tokens.danger) if self.notice.is_trouble else ("info", tokens.accent)
            x = self.width() - 28 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 12
            painter.drawPixmap(x, self.height() // 2 - 8, icon_pixmap(glyph, ink, 16, self.devicePixelRatioF()))

    @override
    def enterEvent(self, event: QEvent) -> None:
        """Whoever reads it gets the time."""
        self._timer.stop()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        if self.notice.lasts_ms is not None and not self._is_settled:
            self._timer.start(self.notice.lasts_ms)

    def height_at(self, width: int) -> int:
        return max(self._row.totalHeightForWidth(width), self._row.totalSizeHint().height(), 44)

    def dismiss(self) -> None:
        if not self._is_settled:
            self._is_settled = True
            if self.notice.on_gone is not None:
                self.notice.on_gone()
            self._leave()

    def _press(self) -> None:
        if not self._is_settled:
            self._is_settled = True
            if self.notice.on_button is not None:
                self.notice.on_button()
            self._leave()

    def _leave(self) -> None:
        self._timer.stop()
        self.hide()
        stack = self.parentWidget()
        if isinstance(stack, ToastStack):
            stack.forget(self)
        self.deleteLater()


class ToastStack(QWidget):
    """Lies over the foot of its parent, the newest notice at the bottom."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._toasts: list[_Toast] = []
        self._lift = 0
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        parent.installEventFilter(self)
        self.hide()

    @property
    def notices(self) -> list[Notice]:
        """What is shown, oldest first."""
        return [toast.notice for toast in self._toasts]

    def set_lift(self, lift_px: int) -> None:
        """How much of the parent's foot to keep free (its status bar)."""
        self._lift = lift_px
        self._place()

    def show_notice(self, notice: Notice) -> None:
        """The same words twice are said once more, not twice."""
        for toast in list(self._toasts):
            if toast.notice.text == notice.text and toast.notice.on_button is None:
                toast.dismiss()
        while len(self._toasts) >= _MAX_SHOWN:
            self._toasts[0].dismiss()
        toast = _Toast(self._theme, notice, self)
        self._toasts.append(toast)
        self._layout.addWidget(toast)
        self._place()
        self.show()
        self.raise_()
        announce(toast, notice.text)

    def forget(self, toast: QWidget) -> None:
        self._toasts = [each for each in self._toasts if each is not toast]
        self._layout.removeWidget(toast)
        self.setVisible(bool(self._toasts))
        self._place()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None or not self._toasts:
            return
        width = min(460, parent.width() - 2 * _MARGIN)
        self.setFixedWidth(width)
        # A wrapped label says how high it is only when it is told how wide.
        heights = [toast.height_at(width) for toast in self._toasts]
        for toast, height in zip(self._toasts, heights, strict=True):
            toast.setFixedHeight(height)
        height = sum(heights) + self._layout.spacing() * (len(heights) - 1)
        self.setFixedHeight(height)
        self.move((parent.width() - width) // 2, parent.height() - height - _MARGIN - self._lift)
