"""Workspaces: which one is open, which were, how each of them stands, and the way to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.domain.standing import Checked, Standing
from parrot_desktop.i18n import tr
from parrot_desktop.views.settings.fields import Page

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One workspace of the list. ``url`` empty is this machine's own; ``name`` empty where it was never joined."""

    url: str
    name: str = ""
    is_current: bool = False
    state: str = ""
    """How it stands, in words; ``detail`` says why, as a sentence."""
    detail: str = ""
    is_trouble: bool = False


def standing_words(checked: Checked | None) -> str:
    """In a few words; None while it was not asked yet."""
    if checked is None:
        return tr("Asking…")
    match checked.standing:
        case Standing.HERE:
            return tr("Reachable")
        case Standing.ASLEEP:
            return tr("Starts when it is opened")
        case Standing.UNREACHABLE:
            return tr("Not reachable")
        case Standing.REFUSED:
            return tr("Not signed in")
        case Standing.OTHER_VERSION:
            return tr("Another version: {version}", version=checked.detail)


class WorkspacesPage(Page):
    """`show_places` fills it; rows stay as long as their workspace does, so that the keyboard's place is kept."""

    open_asked = Signal(str)
    forget_asked = Signal(str)
    connect_asked = Signal()
    seen = Signal(bool)
    """Whether the page is in sight: then what it says is to be true."""

    def __init__(self) -> None:
        super().__init__(tr("Workspaces"))
        self._rows: dict[str, _Row] = {}
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self.whole(self._list)
        another = QPushButton(tr("Connect to a workspace…"))
        another.clicked.connect(self.connect_asked)
        line = QHBoxLayout()
        line.addWidget(another)
        line.addStretch(1)
        self.column.addLayout(line)
        self.end()

    def show_places(self, places: Sequence[Place]) -> None:
        for url in self._rows.keys() - {place.url for place in places}:
            self._rows.pop(url).deleteLater()
        for at, place in enumerate(places):
            row = self._rows.get(place.url)
            if row is None:
                row = self._rows[place.url] = _Row(place.url)
                row.open.clicked.connect(lambda _=False, url=place.url: self.open_asked.emit(url))
                row.forget.clicked.connect(lambda _=False, url=place.url: self.forget_asked.emit(url))
                self._column.insertWidget(at, row)
            row.show_place(place)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)


class _Row(QFrame):
    """Name and address, how it stands and why, and what can be done with it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.setProperty("variant", "card")
        self._place: Place | None = None
        self._name = QLabel()
        font = self._name.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._name.setFont(font)
        self._address = QLabel(url)
        self._address.setProperty("role", "faint")
        self._address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._address.setVisible(bool(url))
        self._state = QLabel()
        self._why = QLabel()
        self._why.setProperty("role", "faint")
        self._why.setWordWrap(True)
        for label in (self._name, self._address, self._state, self._why):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.open = QPushButton(tr("Open"))
        self.forget = QPushButton(tr("Forget"))
        self.forget.setProperty("variant", "quiet")
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._name, self._address, self._why):
            words.addWidget(label)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(10)
        layout.addLayout(words, 1)
        for widget in (self._state, self.open, self.forget):
            layout.addWidget(widget)

    def show_place(self, place: Place) -> None:
        if place == self._place:
            return
        self._place = place
        name = place.name or (place.url if place.url else tr("This machine"))
        if not place.url and place.name:
            name = tr("{name}, on this machine", name=place.name)
        self._name.setText(name)
        self._address.setVisible(bool(place.url and place.name))
        self._state.setText(place.state)
        self._state.setAccessibleName(tr("{name}: {state}", name=name, state=place.state))
        self._state.setProperty("role", "danger" if place.is_trouble else "muted")
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        self._why.setText(place.detail)
        self._why.setVisible(bool(place.detail))
        self.open.setAccessibleName(tr("Open {name}", name=name))
        self.open.setVisible(not place.is_current)
        self.forget.setAccessibleName(tr("Forget {name}", name=name))
        self.forget.setVisible(bool(place.url) and not place.is_current)
