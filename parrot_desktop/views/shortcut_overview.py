"""``?``: every key, by where it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from parrot_desktop.actions import SPECS, Place
from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

_COLUMNS: tuple[tuple[tuple[Place, str], ...], ...] = (
    ((Place.MAIN, "In the list"),),
    (
        (Place.SESSION, "On the selected session"),
        (Place.TRANSCRIPT, "In a transcript"),
        (Place.ANYWHERE, "Everywhere"),
    ),
)

_MORE: tuple[tuple[Place, tuple[str, ...], str], ...] = (
    (Place.MAIN, ("Up", "Down", "PgUp", "PgDown"), "Move through the list"),
    (Place.MAIN, ("Shift+Up", "Shift+Down"), "Select several"),
    (Place.MAIN, ("Shift+F10",), "What can be done to the selection"),
    (Place.MAIN, ("Esc",), "Close the filter, leave a search, go back to the list"),
    (Place.MAIN, ("Down",), "From the title search into what it found"),
)
"""Keys that are no actions, and what they do."""


class ShortcutOverview(QDialog):
    """Opened, never executed; closes by Esc."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(24, 18, 24, 24)
        columns.setSpacing(44)
        for places in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(20)
            for place, title in places:
                column.addWidget(_group(theme, place, tr(title)))
            column.addStretch(1)
            columns.addLayout(column)
        area = QScrollArea()
        area.setAccessibleName(tr("Keyboard shortcuts"))
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        screen = parent.size()
        hint = content.sizeHint()
        self.resize(min(hint.width() + 20, screen.width() - 40), min(hint.height() + 4, screen.height() - 40))


def shortcut_lines(place: Place) -> list[tuple[str, str]]:
    """(keys as this system writes them, what they do) of one place."""
    lines = [
        (_native((spec.shortcut, *spec.more)), tr(spec.text).rstrip("…"))
        for spec in SPECS
        if spec.place is place and spec.shortcut
    ]
    return lines + [(_native(keys), tr(words)) for where, keys, words in _MORE if where is place]


def _native(keys: tuple[str, ...]) -> str:
    """As this system and this language write them."""
    return ", ".join(QKeySequence(each).toString(QKeySequence.SequenceFormat.NativeText) for each in keys)


def _group(theme: Theme, place: Place, title: str) -> QWidget:
    group = QWidget()
    grid = QGridLayout(group)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(7)
    heading = QLabel(title.upper())
    heading.setProperty("role", "section")
    grid.addWidget(heading, 0, 0, 1, 2)
    for n, (keys, words) in enumerate(shortcut_lines(place), start=1):
        grid.addWidget(QLabel(words), n, 0)
        label = QLabel(keys)
        label.setProperty("role", "mono")
        label.setFont(theme.fonts.mono)
        grid.addWidget(label, n, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return group
