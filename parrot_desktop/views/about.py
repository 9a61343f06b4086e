"""About: what this is, which versions, whose work it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from parrot_desktop.i18n import tr
from parrot_desktop.theme.resources import resource_path
from parrot_desktop.version import VERSION

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

_LOGO = 64


class AboutDialog(QDialog):
    """``copy_asked``: the diagnostics are wanted on the clipboard."""

    copy_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget, *, diagnostics: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About Parrot"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        logo = QLabel()
        logo.setPixmap(_logo(self.devicePixelRatioF()))
        name = QLabel(f"Parrot Desktop {VERSION}")
        name.setProperty("role", "heading")
        what = QLabel(tr("A live window on the work of your coding agents."))
        what.setProperty("role", "muted")
        what.setWordWrap(True)
        versions = QLabel(diagnostics)
        versions.setProperty("role", "mono")
        versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        licences = QLabel(
            tr(
                "MIT licence. It stands on Qt and PySide6 (LGPL 3), Inter and JetBrains Mono (SIL OFL 1.1), "
                "Lucide icons (ISC), qasync, httpx and msgspec (BSD)."
            )
        )
        licences.setProperty("role", "faint")
        licences.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("Copy diagnostics"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy_asked)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 18)
        layout.setSpacing(10)
        for widget in (logo, name, what, versions, licences):
            layout.addWidget(widget)
        layout.addSpacing(4)
        layout.addWidget(buttons)
        self.setMinimumWidth(round(440 * theme.text_scale))


def _logo(ratio: float) -> QPixmap:
    side = round(_LOGO * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        QSvgRenderer(str(resource_path("icons/parrot.svg"))).render(painter, QRectF(0, 0, side, side))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
