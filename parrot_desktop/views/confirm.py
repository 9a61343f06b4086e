"""A question before something that cannot be taken back. Opened, never executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable


def confirm(
    parent: QWidget, *, title: str, text: str, yes: str, on_yes: Callable[[], None], no: str = ""
) -> QMessageBox:
    """Calls ``on_yes`` where the person says so. Enter and Esc mean no: the safe answer is the default."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    go = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    go.setProperty("variant", "danger")
    stay = box.addButton(no or tr("Keep it running"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    go.clicked.connect(lambda _=False: on_yes())
    box.open()
    return box
