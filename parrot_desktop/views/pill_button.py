"""A pill that can be pressed: attention chips, status choices, filters in force."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon_pixmap
from parrot_wire.values import StatusGroup

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.theme.tokens import Pair, Tokens

HEIGHT = 24
_ICON = 13
_PAD = 10
_GAP = 6


class Tone(StrEnum):
    """What a pill's colours say: a group of statuses, or nothing (plain)."""

    LIVE = "live"
    SETTLED = "settled"
    NEEDS_LOOK = "needs_look"
    WAITING = "waiting"
    QUEUED = "queued"
    PLAIN = "plain"

    def colours(self, tokens: Tokens) -> Pair:
        return tokens.info if self is Tone.PLAIN else tokens.status(StatusGroup(self))


class PillButton(QAbstractButton):
    """Icon and text in a tone. Checked, it wears a ring in its ink; ``removed`` comes from its cross or Delete."""

    removed = Signal()

    def __init__(
        self,
        theme: Theme,
        *,
        text: str = "",
        icon: str = "",
        tone: Tone = Tone.PLAIN,
        is_removable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._tone = tone
        self._is_removable = is_removable
        self._is_compact = False
        self._short = ""
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_texts(self, text: str, *, short: str = "") -> None:
        """``short`` stands in where room is scarce (`set_compact`); the whole text is then the tooltip."""
        self._short = short
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_compact(self, compact: bool) -> None:
        if compact != self._is_compact:
            self._is_compact = compact
            self.updateGeometry()
            self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        width = 2 * _PAD + metrics.horizontalAdvance(self._shown_text())
        if self._icon_name:
            width += _ICON + _GAP
        if self._is_removable:
            width += _ICON + _GAP - 3
        return QSize(width, max(HEIGHT, metrics.height() + 8))

    @override
    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), 60), hint.height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        pair = self._tone.colours(tokens)
        ink = pair.ink if self.isEnabled() else tokens.faint
        ground = QColor(pair.ground)
        if self.underMouse() and self.isEnabled():
            ground = ground.lighter(125) if tokens.is_dark else ground.darker(104)
        rect = self.rect()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(ground)
            if self.isChecked() or self.hasFocus():
                painter.setPen(QPen(tokens.accent if self.hasFocus() else ink, 1.5))
            elif pair.ground == tokens.surface:
                painter.setPen(QPen(tokens.border, 1))  # high contrast: no ground tells the pill from its place
            else:
                painter.setPen(Qt.PenStyle.NoPen)
            radius = rect.height() / 2 - 1
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
            painter.setPen(ink)
            painter.setFont(self.font())
            left, right = _PAD, rect.width() - _PAD
            middle = rect.height() / 2
            ratio = self.devicePixelRatioF()
            is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft

            def at(x: int, width: int) -> int:
                return rect.width() - x - width if is_rtl else x

            if self._icon_name:
                pixmap = icon_pixmap(self._icon_name, ink, _ICON, ratio)
                painter.drawPixmap(at(left, _ICON), round(middle - _ICON / 2), pixmap)
                left += _ICON + _GAP
            if self._is_removable:
                right -= _ICON
                painter.drawPixmap(at(right + 2, _ICON), round(middle - _ICON / 2), icon_pixmap("x", ink, _ICON, ratio))
                right -= _GAP - 3
            text = QFontMetrics(self.font()).elidedText(
                self._shown_text(), Qt.TextElideMode.ElideRight, right - left + 1
            )
            text_rect = QRect(at(left, right - left), 0, right - left + 1, rect.height())
            painter.drawText(text_rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, text)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            x = self.width() - x
        if self._is_removable and self.isDown() and x >= self.width() - _PAD - _ICON - 2:
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_removable and event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit()
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def _shown_text(self) -> str:
        return self._short if self._is_compact and self._short else self.text()

    def _restyle(self) -> None:
        self.setFont(self._theme.fonts.meta)
        if self._is_removable:
            self.setToolTip(tr("Remove this filter"))
        self.updateGeometry()
        self.update()
