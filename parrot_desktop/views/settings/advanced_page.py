"""Advanced: where data and logs are, and the way back to what the settings were at first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from parrot_desktop.i18n import tr
from parrot_desktop.views.settings.fields import Page


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
