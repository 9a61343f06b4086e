"""The buttons of the header: icon, text and a count, which give way to the icon alone where room is scarce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget
from typing_extensions import override

from parrot_desktop.actions import words_of
from parrot_desktop.theme.icons import icon_pixmap

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

_HEIGHT = 32
_ICON = 16
_PAD = 11
_GAP = 7


class ToolButton(QAbstractButton):
    """Follows an action (text, tooltip, checked, enabled, trigger), or opens a menu, or is connected by hand."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        *,
        text: str = "",
        action: QAction | None = None,
        menu: QMenu | None = None,
        is_quiet: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._action = action
        self._menu = menu
        self._is_quiet = is_quiet
        self._is_compact = not text
        self._badge = 0
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if action is not None:
            action.changed.connect(self._follow)
            self.clicked.connect(action.trigger)
            self._follow()
        if menu is not None:
            self.clicked.connect(self._open_menu)
        theme.changed.connect(self._restyle)

    def set_badge(self, count: int) -> None:
        """A number after the text; none for 0."""
        if count != self._badge:
            self._badge = count
            self._restyle()

    def set_compact(self, compact: bool) -> None:
        """The icon alone."""
        compact = compact or not self.text()
        if compact != self._is_compact:
            self._is_compact = compact
            self._restyle()

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.fonts.body)
        height = max(_HEIGHT, metrics.height() + 14)
        width = _ICON + (2 * _PAD if not self._is_compact else height - _ICON)
        if not self._is_compact:
            width += _GAP + metrics.horizontalAdvance(self.text())
        if self._badge:
            width += _GAP + self._badge_width()
        return QSize(width, height)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = tokens.raised
            if self.isDown():
                ground = tokens.selected
            elif self.isChecked():
                ground = tokens.settled.ground
            elif self.underMouse() and self.isEnabled():
                ground = tokens.hover
            if self.hasFocus():
                painter.setPen(QPen(tokens.accent, 1))
            else:
                painter.setPen(Qt.PenStyle.NoPen if self._is_quiet else QPen(tokens.border, 1))
            is_lit = self.underMouse() or self.isDown() or self.isChecked()
            painter.setBrush(Qt.BrushStyle.NoBrush if self._is_quiet and not is_lit else ground)
            painter.drawRoundedRect(rect, tokens.radius.button, tokens.radius.button)
            self._paint_content(painter)

    def _paint_content(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        colour = tokens.text if self.isEnabled() else tokens.faint
        width, height = self.width(), self.height()
        is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        ratio = self.devicePixelRatioF()
        left = (height - _ICON) // 2 if self._is_compact else _PAD

        def at(x: int, w: int) -> int:
            return width - x - w if is_rtl else x

        pixmap = icon_pixmap(self._icon_name, colour, _ICON, ratio)
        painter.drawPixmap(at(left, _ICON), (height - _ICON) // 2, pixmap)
        left += _ICON + _GAP
        if not self._is_compact:
            painter.setPen(colour)
            painter.setFont(self._theme.fonts.body)
            text_width = QFontMetrics(self._theme.fonts.body).horizontalAdvance(self.text())
            painter.drawText(
                QRect(at(left, text_width), 0, text_width + 1, height), Qt.AlignmentFlag.AlignVCenter, self.text()
            )
            left += text_width + _GAP
        if self._badge:
            badge_width = self._badge_width()
            badge = QRect(at(left, badge_width), (height - 17) // 2, badge_width, 17)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(badge, 8.5, 8.5)
            painter.setPen(tokens.on_accent)
            painter.setFont(self._theme.fonts.meta_bold)
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(self._badge))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def _badge_width(self) -> int:
        return max(19, QFontMetrics(self._theme.fonts.meta_bold).horizontalAdvance(str(self._badge)) + 12)

    def _follow(self) -> None:
        action = self._action
        if action is None:
            return
        self.setCheckable(action.isCheckable())
        self.setChecked(action.isChecked())
        self.setEnabled(action.isEnabled())
        self.setToolTip(action.toolTip())
        self.setAccessibleName(words_of(action))
        self.update()

    def _open_menu(self) -> None:
        if self._menu is not None:
            below = self.mapToGlobal(self.rect().bottomRight())
            self._menu.popup(QPoint(below.x() - self._menu.sizeHint().width(), below.y() + 4))

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
