"""Asks how a session is to be exported: as what, where to, with or without its secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from parrot_desktop.export.session_export import ExportKind
from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

_KINDS = (
    (ExportKind.HTML, "HTML, one file that stands alone", "HTML (*.html)"),
    (ExportKind.MARKDOWN, "Markdown", "Markdown (*.md)"),
    (ExportKind.JSON, "JSON, for programs", "JSON (*.json)"),
)


class ExportDialog(QDialog):
    """``chosen``: path, ExportKind, whether secrets are masked. Opened, never executed; deletes itself."""

    chosen = Signal(object, object, bool)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Export session"))
        self.setMinimumWidth(420)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        self._group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(heading)
        for number, (_, text, _) in enumerate(_KINDS):
            button = QRadioButton(tr(text))
            button.setChecked(number == 0)
            self._group.addButton(button, number)
            layout.addWidget(button)
        self.masking = QCheckBox(tr("Mask keys, tokens and passwords"))
        self.masking.setChecked(True)
        note = QLabel(
            tr("What looks like a secret is masked; read the file before you hand it on. A SHA-256 stamp closes it.")
        )
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        note.setFont(theme.fonts.meta)
        layout.addSpacing(4)
        layout.addWidget(self.masking)
        layout.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        export = buttons.addButton(tr("Export…"), QDialogButtonBox.ButtonRole.AcceptRole)
        export.setProperty("variant", "primary")
        buttons.accepted.connect(self._ask_where)
        buttons.rejected.connect(self.reject)
        layout.addSpacing(6)
        layout.addWidget(buttons)

    @property
    def kind(self) -> ExportKind:
        return _KINDS[max(0, self._group.checkedId())][0]

    def choose(self, kind: ExportKind) -> None:
        number = next(at for at, entry in enumerate(_KINDS) if entry[0] is kind)
        self._group.button(number).setChecked(True)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, tr("Export session"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(_KINDS[max(0, self._group.checkedId())][2])
        dialog.setDefaultSuffix(self.kind.value)
        dialog.selectFile(f"{file_name(self._title)}.{self.kind.value}")
        dialog.fileSelected.connect(self.finish)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def finish(self, path: str) -> None:
        """The place is chosen."""
        self.chosen.emit(Path(path), self.kind, self.masking.isChecked())
        self.accept()


def file_name(title: str) -> str:
    """A title as the name of a file, on every system."""
    name = re.sub(r"[^\w.\- ]+", " ", title).strip(" .")
    return re.sub(r"\s+", "-", name)[:80] or "session"
