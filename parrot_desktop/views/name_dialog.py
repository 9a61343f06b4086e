"""What a view shall be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from parrot_desktop.domain.desk import MAX_NAME, clean_name
from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Collection

_WIDTH = 340


class NameDialog(QDialog):
    """One field; Enter takes what it says. Opened, never executed.

    taken: names of views whose place this one would take; the dialog says so before it happens.
    """

    named = Signal(str)

    def __init__(
        self, parent: QWidget, *, title: str, label: str, go: str, name: str = "", taken: Collection[str] = ()
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._taken = frozenset(taken)
        said = QLabel(label)
        self.field = QLineEdit(name)
        self.field.setMaxLength(MAX_NAME)
        self.field.setMinimumWidth(_WIDTH)
        self.field.setAccessibleName(label)
        self.field.selectAll()
        said.setBuddy(self.field)
        self.warning = QLabel(tr("There is a view of this name. This one takes its place."))
        self.warning.setProperty("role", "muted")
        self.warning.setWordWrap(True)
        # Where it may come, it has its room already: nothing jumps while one types.
        policy = self.warning.sizePolicy()
        policy.setRetainSizeWhenHidden(bool(taken))
        self.warning.setSizePolicy(policy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton(go, QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setProperty("variant", "primary")
        self.go.setDefault(True)
        buttons.accepted.connect(self._go)
        buttons.rejected.connect(self.reject)
        self.field.textChanged.connect(self._typed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(said)
        layout.addWidget(self.field)
        layout.addWidget(self.warning)
        layout.addSpacing(8)
        layout.addWidget(buttons)
        self._typed()
        self.field.setFocus()

    def _typed(self) -> None:
        name = clean_name(self.field.text())
        self.go.setEnabled(bool(name))
        self.warning.setVisible(name in self._taken)

    def _go(self) -> None:
        name = clean_name(self.field.text())
        if name and self.isVisible():
            self.accept()
            self.named.emit(name)
