"""Asking for the address of a workspace and the token for it. Opened, never executed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme


class ConnectDialog(QDialog):
    """``chosen`` carries the address and the token, empty where the keyring is to be asked."""

    chosen = Signal(str, str)
    own_chosen = Signal()
    """This machine's own workspace is wanted instead."""

    def __init__(self, theme: Theme, parent: QWidget, *, url: str, offers_own: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Connect to a workspace"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(tr("Connect to a workspace"))
        heading.setProperty("role", "heading")
        text = QLabel(
            tr("A team's workspace has an address and gives each member a token. The token is kept in your keyring.")
        )
        text.setProperty("role", "muted")
        text.setWordWrap(True)
        self._url = QLineEdit(url)
        self._url.setPlaceholderText("https://parrot.example.com")
        # On the field: a least width of the dialog would stand in for that of its buttons.
        self._url.setMinimumWidth(340)
        self._url.setAccessibleName(tr("Address"))
        self._token = QLineEdit()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setPlaceholderText(tr("Leave empty to use the one in your keyring"))
        self._token.setAccessibleName(tr("Token"))
        self._problem = QLabel()
        self._problem.setProperty("role", "danger")
        self._problem.setWordWrap(True)
        self._problem.hide()
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(tr("Address"), self._url)
        form.addRow(tr("Token"), self._token)
        buttons = QDialogButtonBox()
        connect = buttons.addButton(tr("Connect"), QDialogButtonBox.ButtonRole.AcceptRole)
        connect.setProperty("variant", "primary")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        if offers_own:
            own = buttons.addButton(tr("This machine's own"), QDialogButtonBox.ButtonRole.ResetRole)
            own.clicked.connect(self._choose_own)
        buttons.accepted.connect(self._choose)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 18)
        layout.setSpacing(12)
        for widget in (heading, text):
            layout.addWidget(widget)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)

    def _choose(self) -> None:
        url = self._url.text().strip().rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            self._problem.setText(tr("The address begins with http:// or https:// and names a machine."))
            self._problem.show()
            self._url.setFocus()
            return
        self.chosen.emit(url, self._token.text().strip())
        self.accept()

    def _choose_own(self) -> None:
        self.own_chosen.emit()
        self.accept()
