"""The window itself: names of the pages on the leading side, the page beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.views.settings.fields import Page

SIZE = QSize(820, 560)
_TEXT_HEIGHT = 16
"""Of a line in the size that `SIZE` is made for."""


class SettingsWindow(QDialog):
    """Opened, never executed; there is nothing to confirm."""

    def __init__(self, parent: QWidget, pages: Sequence[Page]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # As the text grows so does the window, up to its screen.
        scale = self.fontMetrics().height() / _TEXT_HEIGHT
        self.resize((SIZE * max(1.0, scale)).boundedTo(self.screen().availableSize()))
        self.names = QListWidget()
        self.names.setObjectName("settings-names")
        self.names.setAccessibleName(tr("Settings"))
        self.pages = QStackedWidget()
        for page in pages:
            name = QListWidgetItem(page.accessibleName())
            name.setSizeHint(
                QSize(self.names.fontMetrics().horizontalAdvance(name.text()) + 20, self.fontMetrics().height() + 16)
            )
            self.names.addItem(name)
            self.pages.addWidget(page)
        widest = self.names.sizeHintForColumn(0) + 2 * self.names.frameWidth() + 24
        self.names.setFixedWidth(max(190, widest))
        self.names.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.names.setCurrentRow(0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.names)
        layout.addWidget(self.pages, 1)

    def show_page(self, at: int) -> None:
        self.names.setCurrentRow(at)
