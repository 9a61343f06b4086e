"""Every fact of a session as a table: a label, a value, a button that copies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.views.session_window.card import Card, CopyButton, FactLabel

if TYPE_CHECKING:
    from parrot_desktop.domain.session_facts import Fact
    from parrot_desktop.theme.theme import Theme

_MAX_WIDTH = 900


class MetadataView(QScrollArea):
    """The Metadata tab."""

    activated = Signal(object)
    """The Fact of a link."""
    copied = Signal(str)
    """The label of the fact that was copied."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._shown: tuple[Fact, ...] = ()
        """What stands in the table: it is made when somebody looks at it."""
        self._values: dict[str, FactLabel] = {}
        self._labels: list[QLabel] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("Metadata"))
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(22, 6, 22, 22)
        self._card = Card(theme)
        self._card.setMaximumWidth(_MAX_WIDTH)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._card.body.addLayout(self._grid)
        column.addWidget(self._card)
        column.addStretch(1)
        self.setWidget(inside)
        theme.changed.connect(self._restyle)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        self._facts = facts
        if self.isVisible():
            self._show()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        facts = self._facts
        if facts == self._shown:
            return
        if [fact.label for fact in facts] == [fact.label for fact in self._shown]:
            for fact in facts:
                self._values[fact.label].show_fact(fact)
            self._shown = facts
            return
        self._shown = facts
        self._clear()
        for row, fact in enumerate(facts):
            label = QLabel(fact.label)
            label.setProperty("role", "faint")
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.setContentsMargins(0, 6, 0, 0)
            value = FactLabel(self._theme)
            value.setContentsMargins(0, 6, 0, 0)
            value.link_activated.connect(self.activated)
            value.show_fact(fact)
            copy = CopyButton(self._theme, tr("Copy {label}", label=fact.label))
            copy.clicked.connect(lambda _=False, at=row: self._copy(at))
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(value, row, 1)
            self._grid.addWidget(copy, row, 2, Qt.AlignmentFlag.AlignTop)
            self._labels.append(label)
            self._values[fact.label] = value
        self._restyle()

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self._facts

    def _copy(self, row: int) -> None:
        fact = self._shown[row]
        QGuiApplication.clipboard().setText(fact.value)
        self.copied.emit(fact.label)

    def _clear(self) -> None:
        self._values.clear()
        self._labels.clear()
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _restyle(self) -> None:
        for label in self._labels:
            label.setFont(self._theme.fonts.meta)
        for value in self._values.values():
            value.restyle()
