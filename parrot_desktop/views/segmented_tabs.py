"""The tabs of the list: one of a few, side by side on one ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.theme.theme import Theme

_T = TypeVar("_T")

_MARGIN = 3
_PAD = 13
_HEIGHT = 32


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.fonts.body)
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * _PAD, metrics.height() + 8)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            event.ignore()  # the tabs as a whole answer
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            if self.isChecked():
                painter.setBrush(tokens.window if tokens.is_dark else tokens.surface)
                painter.setPen(QPen(tokens.accent if self.hasFocus() else tokens.border, 1))
                painter.drawRoundedRect(rect, tokens.radius.button - 1, tokens.radius.button - 1)
            elif self.hasFocus():
                painter.setPen(QPen(tokens.accent, 1))
                painter.drawRoundedRect(rect, tokens.radius.button - 1, tokens.radius.button - 1)
            is_lit = self.isChecked() or self.underMouse()
            painter.setPen(tokens.text if is_lit else tokens.muted)
            painter.setFont(self._theme.fonts.body)
            text = QFontMetrics(self._theme.fonts.body).elidedText(
                self.text(), Qt.TextElideMode.ElideRight, self.width() - 8
            )
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)


class SegmentedTabs(QWidget, Generic[_T]):
    """One choice of ``values``; ``on_chosen`` hears of a choice that a person made."""

    def __init__(
        self, theme: Theme, choices: Sequence[tuple[_T, str]], *, name: str, on_chosen: Callable[[_T], None]
    ) -> None:
        super().__init__()
        self._theme = theme
        self._on_chosen = on_chosen
        self._values = [value for value, _ in choices]
        self._group = QButtonGroup(self)
        self.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.setSpacing(1)
        for n, (_, text) in enumerate(choices):
            segment = _Segment(theme, text, self)
            self._group.addButton(segment, n)
            layout.addWidget(segment)
        self._group.idClicked.connect(self._choose)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def value(self) -> _T:
        return self._values[max(0, self._group.checkedId())]

    def set_value(self, value: _T | None) -> None:
        """Without telling anybody; None where none of them is what one sees."""
        if value is not None:
            self._group.button(self._values.index(value)).setChecked(True)
        elif (checked := self._group.checkedButton()) is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Exclusive groups move the focus with the arrows but leave the choice to Space; tabs choose at once.
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            step = -step
        button = self._group.button((self._group.checkedId() + step) % len(self._values))
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.settled.ground)
            painter.drawRoundedRect(self.rect(), tokens.radius.button + 1, tokens.radius.button + 1)

    def _choose(self, n: int) -> None:
        self._on_chosen(self._values[n])

    def _restyle(self) -> None:
        metrics = QFontMetrics(self._theme.fonts.body)
        self.setFixedHeight(max(_HEIGHT, metrics.height() + 14))
        for button in self._group.buttons():
            button.updateGeometry()
        self.update()
