"""What narrows the list, as pills above it, each of which can be taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.views.flow_layout import FlowLayout
from parrot_desktop.views.pill_button import PillButton, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.domain.filter_state import FilterState
    from parrot_desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class FilterPill:
    """``without`` is the filter once this pill is gone."""

    text: str
    without: FilterState
    tone: Tone = Tone.PLAIN


class FilterStrip(QWidget):
    """``changed`` carries the FilterState that a person left; ``cleared`` is for all of it at once."""

    changed = Signal(object)
    cleared = Signal()
    pressed = Signal()
    """A pill itself was pressed: show where it comes from."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pills: tuple[FilterPill, ...] = ()
        self._holder = QWidget()
        self._flow = FlowLayout(self._holder)
        policy = self._holder.sizePolicy()
        policy.setHeightForWidth(True)
        self._holder.setSizePolicy(policy)
        clear = QPushButton(tr("Clear filters"))
        clear.setProperty("variant", "link")
        clear.clicked.connect(self.cleared)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 7, 12, 8)
        layout.addWidget(self._holder, 1)
        layout.addWidget(clear)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(tr("Filters in force"))
        self.hide()

    def show_pills(self, pills: Sequence[FilterPill]) -> None:
        if tuple(pills) == self._pills:
            return
        self._pills = tuple(pills)
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for pill in pills:
            button = PillButton(self._theme, text=pill.text, tone=pill.tone, is_removable=True)
            button.setAccessibleName(pill.text)
            button.removed.connect(lambda left=pill.without: self.changed.emit(left))
            button.clicked.connect(self.pressed)
            self._flow.addWidget(button)
        self.setVisible(bool(pills))
        self.updateGeometry()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), tokens.surface)
            painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.border)
