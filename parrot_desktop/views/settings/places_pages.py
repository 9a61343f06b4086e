"""Workspaces (which one is open, which were, and another) and Advanced (folders, reset)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from parrot_desktop.i18n import tr
from parrot_desktop.views.settings.fields import Page

if TYPE_CHECKING:
    from collections.abc import Sequence


class WorkspacesPage(Page):
    """An empty address is this machine's own workspace."""

    open_asked = Signal(str)
    forget_asked = Signal(str)
    connect_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Workspaces"))
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        self.whole(self._list)
        another = QPushButton(tr("Connect to a workspace…"))
        another.clicked.connect(self.connect_asked)
        line = QHBoxLayout()
        line.addWidget(another)
        line.addStretch(1)
        self.column.addLayout(line)
        self.end()

    def show_workspaces(self, urls: Sequence[str], *, current: str, state: str) -> None:
        """``state`` is how the connection to the current one stands, in words."""
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for url in dict.fromkeys(["", *urls, current]):
            self._rows.addWidget(self._row(url, state if url == current else ""))

    def _row(self, url: str, state: str) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        name = QLabel(url or tr("This machine"))
        name.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(name, 1)
        if state:
            said = QLabel(state)
            said.setProperty("role", "muted")
            layout.addWidget(said)
            return row
        button = QPushButton(tr("Open"))
        button.setAccessibleName(tr("Open {name}", name=name.text()))
        button.clicked.connect(lambda: self.open_asked.emit(url))
        layout.addWidget(button)
        if url:
            forget = QPushButton(tr("Forget"))
            forget.setAccessibleName(tr("Forget {name}", name=url))
            forget.setProperty("variant", "quiet")
            forget.clicked.connect(lambda: self.forget_asked.emit(url))
            layout.addWidget(forget)
        return row


class AdvancedPage(Page):
    logs_asked = Signal()
    data_asked = Signal()
    reset_asked = Signal()

    def __init__(self, *, data_folder: str, log_folder: str) -> None:
        super().__init__(tr("Advanced"))
        for title, folder, signal in (
            (tr("Data folder"), data_folder, self.data_asked),
            (tr("Logs"), log_folder, self.logs_asked),
        ):
            self.section(title)
            place = QLabel(folder)
            place.setTextFormat(Qt.TextFormat.PlainText)
            place.setProperty("role", "mono")
            place.setWordWrap(True)
            place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.whole(place)
            self._button(tr("Open folder"), tr("Open {name}", name=title)).clicked.connect(signal)
        self.section(tr("Reset"))
        self.note(tr("Puts every setting of this window back to what it was at first. Sessions are not touched."))
        reset = self._button(tr("Reset settings"), tr("Reset settings"))
        reset.setProperty("variant", "danger")
        reset.clicked.connect(self.reset_asked)
        self.end()

    def _button(self, text: str, spoken: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(spoken)
        line = QHBoxLayout()
        line.addWidget(button)
        line.addStretch(1)
        self.column.addLayout(line)
        return button
