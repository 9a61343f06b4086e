"""The source's own record of a message, as it stands in its file: for whoever wants to know what was really written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from parrot_desktop.domain.transcript.clean import clean
from parrot_desktop.domain.transcript.tools import as_json
from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

MAX_CHARS = 2_000_000
"""More is cut: a text field lays out all that it holds."""
_LINE = 20_000


class RawDialog(QDialog):
    """Shown by `open`; deletes itself. ``data`` is what the file holds, JSON lines as a rule."""

    def __init__(self, theme: Theme, n: int, data: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Record of message {n}", n=n))
        self.resize(QSize(860, 620))
        self._text = data.decode("utf-8", "replace")
        self.field = QPlainTextEdit()
        self.field.setReadOnly(True)
        self.field.setFont(theme.fonts.mono)
        self.field.setPlainText(shown(self._text))
        self.field.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("Copy as it is"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field, 1)
        layout.addWidget(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


def shown(text: str) -> str:
    """JSON lines laid out; whatever is not JSON as it is. Endless lines are wrapped, hidden characters made visible."""
    found: list[str] = []
    for line in text[:MAX_CHARS].splitlines():
        try:
            pretty = as_json(json.loads(line)) if line.lstrip().startswith(("{", "[")) else line
        except (ValueError, RecursionError):
            pretty = line
        found.append(pretty)
    whole = clean("\n\n".join(found))
    cut = "\n".join(_wrapped(line) for line in whole.split("\n"))
    return f"{cut}\n\n…" if len(text) > MAX_CHARS else cut


def _wrapped(line: str) -> str:
    if len(line) <= _LINE:
        return line
    return "\n".join(line[at : at + _LINE] for at in range(0, len(line), _LINE))
