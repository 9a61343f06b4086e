"""What the pages are made of: a page with sections, rows of a name and a field, and fields bound to a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSlider,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import time

_T = TypeVar("_T")


class Page(QScrollArea):
    """A page that scrolls where it has no room."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(title)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(26, 20, 26, 22)
        self.column.setSpacing(14)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self.column.addWidget(heading)
        self._form: QFormLayout | None = None
        self.setWidget(content)

    def section(self, title: str) -> None:
        """What follows belongs under this title."""
        label = QLabel(title)
        label.setProperty("role", "section")
        label.setContentsMargins(0, 8, 0, 0)
        self.column.addWidget(label)
        self._form = None

    def row(self, name: str, field: QWidget) -> None:
        """A field with its name before it, which is what a screen reader says of it."""
        if self._form is None:
            self._form = QFormLayout()
            self._form.setHorizontalSpacing(18)
            self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
            self._form.setVerticalSpacing(10)
            self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
            self.column.addLayout(self._form)
        label = QLabel(name)
        label.setBuddy(field)
        for spoken in (field, field.focusProxy()):
            if spoken is not None:
                spoken.setAccessibleName(name)
        self._form.addRow(label, field)

    def whole(self, widget: QWidget) -> None:
        """A widget as wide as the page."""
        self._form = None
        self.column.addWidget(widget)

    def note(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "faint")
        label.setWordWrap(True)
        self.whole(label)
        return label

    def end(self) -> None:
        self.column.addStretch(1)


def check(text: str, value: bool, write: Callable[[bool], None]) -> QCheckBox:
    box = QCheckBox(text)
    box.setChecked(value)
    box.toggled.connect(write)
    return box


def choice(options: Sequence[tuple[_T, str]], value: _T, write: Callable[[_T], None]) -> QComboBox:
    """``options`` are (value, words)."""
    box = QComboBox()
    box.setMinimumWidth(220)
    values = [option for option, _ in options]
    for _, words in options:
        box.addItem(words)
    box.setCurrentIndex(values.index(value) if value in values else 0)

    def chosen(at: int) -> None:
        write(values[at])

    box.activated.connect(chosen)
    return box


def text(value: str, write: Callable[[str], None], *, hint: str = "") -> QLineEdit:
    """Written when the field is left or Enter is pressed."""
    field = QLineEdit(value)
    field.setPlaceholderText(hint)
    field.setMinimumWidth(320)
    field.editingFinished.connect(lambda: write(field.text().strip()))
    return field


def percent(value: float, least: float, most: float, write: Callable[[float], None]) -> QWidget:
    """A slider in steps of 5 %, with its figure beside it."""
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(round(least * 20), round(most * 20))
    slider.setValue(round(value * 20))
    slider.setMinimumWidth(220)
    slider.setPageStep(2)
    figure = QLabel(f"{round(value * 100)} %")
    holder = QWidget()
    layout = QFormLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addRow(slider, figure)
    holder.setFocusProxy(slider)

    def changed(at: int) -> None:
        figure.setText(f"{at * 5} %")
        write(at / 20)

    slider.valueChanged.connect(changed)
    return holder


def money(value: float, write: Callable[[float], None], *, none: str) -> QDoubleSpinBox:
    """Dollars; ``none`` is what 0 says."""
    field = QDoubleSpinBox()
    field.setRange(0, 1_000_000)
    field.setDecimals(2)
    field.setPrefix("$ ")
    field.setSpecialValueText(none)
    field.setValue(value)
    field.setKeyboardTracking(False)
    field.valueChanged.connect(write)
    return field


def clock(value: time, write: Callable[[time], None]) -> QTimeEdit:
    field = QTimeEdit(QTime(value.hour, value.minute))
    field.setKeyboardTracking(False)

    def changed(at: QTime) -> None:
        write(value.replace(hour=at.hour(), minute=at.minute()))

    field.timeChanged.connect(changed)
    return field
