"""Choosing several of many by typing: projects, initiatives, plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.views.flow_layout import FlowLayout
from parrot_desktop.views.pill_button import PillButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from parrot_desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Choice:
    """``key`` is what is chosen, ``text`` what a person reads."""

    key: str
    text: str


class _Field(QLineEdit):
    """Shows all that can be chosen as soon as it is entered."""

    entered = Signal()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in {Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason}:
            self.entered.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.text():
            self.entered.emit()
            return
        super().keyPressEvent(event)


class RecordPicker(QWidget):
    """A field with suggestions; what was chosen stands below as pills that can be taken away."""

    changed = Signal()

    def __init__(self, theme: Theme, *, placeholder: str, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._choices: dict[str, Choice] = {}
        self._chosen: list[str] = []
        self._field = _Field()
        self._field.setPlaceholderText(placeholder)
        self._field.setAccessibleName(name)
        self._suggestions = QStringListModel(self)
        completer = QCompleter(self._suggestions, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(8)
        completer.activated.connect(self._choose_text)
        self._completer = completer
        self._field.setCompleter(completer)
        self._field.entered.connect(self._open)
        self._field.returnPressed.connect(self._take_typed)
        self._pills = QWidget()
        self._flow = FlowLayout(self._pills)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._field)
        layout.addWidget(self._pills)
        self._show()

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(self._chosen)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """What can be chosen, in the order of the suggestions."""
        self._choices = {choice.key: choice for choice in choices}
        self._show()

    def set_chosen(self, keys: frozenset[str]) -> None:
        """Without telling anybody."""
        self._chosen = [key for key in self._chosen if key in keys] + sorted(keys - set(self._chosen))
        self._show()

    def text_of(self, key: str) -> str:
        choice = self._choices.get(key)
        return choice.text if choice is not None else key

    def _open(self) -> None:
        if self._suggestions.rowCount() and not self._field.text():
            self._completer.setCompletionPrefix("")
            self._completer.complete()

    def _take_typed(self) -> None:
        typed = self._field.text().strip().casefold()
        matching = [choice for choice in self._free() if typed and typed in choice.text.casefold()]
        if len(matching) == 1:
            self._choose_text(matching[0].text)

    def _choose_text(self, text: str) -> None:
        for choice in self._free():
            if choice.text == text:
                self._chosen.append(choice.key)
                self._show()
                self.changed.emit()
                break
        # The completer writes its text into the field after this signal.
        QTimer.singleShot(0, self._field, self._field.clear)

    def _remove(self, key: str) -> None:
        if key in self._chosen:
            self._chosen.remove(key)
            self._show()
            self._field.setFocus()
            self.changed.emit()

    def _free(self) -> list[Choice]:
        return [choice for choice in self._choices.values() if choice.key not in self._chosen]

    def _show(self) -> None:
        self._suggestions.setStringList([choice.text for choice in self._free()])
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for key in self._chosen:
            pill = PillButton(self._theme, text=self.text_of(key), is_removable=True)
            pill.setAccessibleName(self.text_of(key))
            pill.removed.connect(lambda which=key: self._remove(which))
            pill.clicked.connect(lambda _=False, which=key: self._remove(which))
            self._flow.addWidget(pill)
        self._pills.setVisible(bool(self._chosen))
        self.updateGeometry()
