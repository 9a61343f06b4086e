"""Cost per turn as small bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from parrot_desktop.domain.transcript.captions import turn_money
from parrot_desktop.domain.turn_view import Bar, bars
from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Turn

_HEIGHT = 46
_LEAST_WIDTH = 3
_WIDEST = 14
_GAP = 2


class CostChart(QWidget):
    """One bar a turn, or a few turns where there are more than fit. A click goes to the bar's first turn."""

    turn_activated = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._turns: Sequence[Turn] = ()
        self._hovered: Bar | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Cost per turn"))
        theme.changed.connect(self.update)

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Oldest first."""
        self._turns = turns
        most = max((turn.cost or 0 for turn in turns), default=0)
        self.setAccessibleDescription(
            tr("{n} turns, the dearest {cost}", n=len(turns), cost=turn_money(most)) if turns else ""
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, round(_HEIGHT * self._theme.text_scale))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        shown, width = self._bars()
        if not shown:
            return
        tokens = self._theme.tokens
        top = max(bar.micros for bar in shown)
        height = self.height() - 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.border)
            painter.setPen(Qt.PenStyle.NoPen)
            for number, bar in enumerate(shown):
                # What was free or is not known still was a turn.
                tall = max(2.0, height * bar.micros / top) if top else 2.0
                ink = tokens.accent if bar.micros else tokens.faint
                painter.setOpacity(1.0 if bar == self._hovered else 0.72)
                painter.setBrush(ink)
                x = number * (width + _GAP)
                if self.isRightToLeft():
                    x = self.width() - x - width
                painter.drawRoundedRect(QRectF(x, self.height() - 1 - tall, width, tall), 1.5, 1.5)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._bar_at(event.position().x()))

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        bar = self._bar_at(event.position().x())
        if bar is not None and event.button() is Qt.MouseButton.LeftButton:
            self.turn_activated.emit(bar.first)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            bar = self._bar_at(event.pos().x())
            if bar is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), bar_text(bar), self)
            return True
        return super().event(event)

    def _hover(self, bar: Bar | None) -> None:
        if bar != self._hovered:
            self._hovered = bar
            self.setCursor(Qt.CursorShape.ArrowCursor if bar is None else Qt.CursorShape.PointingHandCursor)
            self.update()

    def _bars(self) -> tuple[tuple[Bar, ...], float]:
        """The bars, and how wide each is."""
        room = self.width() + _GAP
        shown = bars(self._turns, max(1, room // (_LEAST_WIDTH + _GAP)))
        return shown, min(_WIDEST, room / max(1, len(shown)) - _GAP)

    def _bar_at(self, x: float) -> Bar | None:
        shown, width = self._bars()
        along = self.width() - x if self.isRightToLeft() else x
        number = int(along // (width + _GAP))
        return shown[number] if 0 <= number < len(shown) else None


def bar_text(bar: Bar) -> str:
    """What a bar says of its turns."""
    if bar.first == bar.last:
        name = tr("Turn {n}", n=bar.first)
    else:
        name = tr("Turns {first} to {last}", first=bar.first, last=bar.last)
    text = f"{name}: {turn_money(bar.micros)}"
    return tr("{text} + unknown", text=text) if bar.has_unknown else text
