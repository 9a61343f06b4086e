"""A checkpoint of a run: who decided what, or the buttons to decide with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon, icon_pixmap
from parrot_desktop.views.flow_layout import FlowLayout
from parrot_wire.values import CheckpointStatus, Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.run_timeline import CheckpointItem
    from parrot_desktop.theme.tokens import Pair, Tokens
    from parrot_desktop.views.delegates.paint_kit import PaintKits

DOT = 28
"""Across the dot of a step, at 100 %: what stands between steps is centred under it."""

_ICONS = {
    CheckpointStatus.WAITING: "circle-pause",
    CheckpointStatus.APPROVED: "circle-check",
    CheckpointStatus.REJECTED: "circle-x",
    CheckpointStatus.SKIPPED: "skip-forward",
}


class CheckpointRow(QWidget):
    """Buttons only where the caller may decide, and the checkpoint waits."""

    decided = Signal(str, object, str)
    """checkpoint, Decision, comment"""
    reassigned = Signal(str, str)
    """checkpoint, member"""

    def __init__(self, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kits, self._theme = kits, kits.theme
        self._item: CheckpointItem | None = None
        self._people: Mapping[str, Person] = {}
        self._glyph = QLabel()
        self._glyph.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._comment = QLabel()
        self._comment.setProperty("role", "muted")
        self._comment.setWordWrap(True)
        self._comment.setTextFormat(Qt.TextFormat.PlainText)
        self._trouble = QLabel()
        self._trouble.setProperty("role", "danger")
        self._trouble.setWordWrap(True)
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("Comment (optional)"))
        self._field.setAccessibleName(tr("Comment on the decision"))
        self._buttons = QWidget()
        row = FlowLayout(self._buttons)
        self.approve = self._button(tr("Approve"), "check", "primary", Decision.APPROVE)
        self.reject = self._button(tr("Reject"), "x", "danger", Decision.REJECT)
        self.skip = self._button(tr("Skip step"), "skip-forward", "", Decision.SKIP)
        self.reassign = QPushButton(tr("Reassign…"))
        self.reassign.setProperty("variant", "link")
        self.reassign.clicked.connect(self._open_members)
        for button in (self.approve, self.reject, self.skip, self.reassign):
            row.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(5)
        for widget in (self._text, self._comment, self._field, self._buttons, self._trouble):
            column.addWidget(widget)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 4, 8, 8)
        line.setSpacing(12)
        line.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(column, 1)
        self._trouble.hide()
        kits.theme.changed.connect(self._restyle)

    def show_checkpoint(
        self, item: CheckpointItem, *, may_decide: bool, may_reassign: bool, people: Mapping[str, Person]
    ) -> None:
        if self._item is not None and item.status is not self._item.status:
            self.show_answer("")
        self._item, self._people = item, people
        self._text.setText(item.text)
        self._comment.setText(f"“{item.comment}”" if item.comment else "")
        self._comment.setVisible(bool(item.comment))
        decides = item.is_waiting and may_decide
        self._field.setVisible(decides)
        for button in (self.approve, self.reject, self.skip):
            button.setVisible(decides)
        self.reassign.setVisible(item.is_waiting and may_reassign)
        self._buttons.setVisible(decides or (item.is_waiting and may_reassign))
        self.setAccessibleName(tr("Checkpoint: {text}", text=item.text))
        self._restyle()

    def show_answer(self, trouble: str) -> None:
        """A decision that was sent came back: done, or why not."""
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        self._buttons.setEnabled(True)

    @property
    def takes_decisions(self) -> bool:
        return not self._field.isHidden()

    def take_focus(self) -> None:
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _button(self, text: str, glyph: str, variant: str, decision: Decision) -> QPushButton:
        button = QPushButton(f" {text}")  # the style leaves too little room after the icon
        button.setAccessibleName(text)
        if variant:
            button.setProperty("variant", variant)
        button.setProperty("glyph", glyph)
        button.clicked.connect(lambda _=False: self._decide(decision))
        return button

    def _decide(self, decision: Decision) -> None:
        if self._item is not None:
            self._buttons.setEnabled(False)
            self._trouble.hide()
            self.decided.emit(self._item.id, decision, self._field.text().strip())

    def _open_members(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assignee = self._item.assignee if self._item is not None else None
        for person in sorted(self._people.values(), key=lambda each: each.name.casefold()):
            action = menu.addAction(person.name)
            action.setEnabled(person.id != assignee)
            action.triggered.connect(lambda _=False, member=person.id: self._reassign(member))
        menu.popup(self.reassign.mapToGlobal(self.reassign.rect().bottomLeft()))

    def _reassign(self, member: str) -> None:
        if self._item is not None:
            self._buttons.setEnabled(False)
            self.reassigned.emit(self._item.id, member)

    def _restyle(self) -> None:
        tokens, item = self._theme.tokens, self._item
        if item is None:
            return
        self._text.setFont(self._theme.fonts.body_bold if item.is_waiting else self._theme.fonts.body)
        px = self._kits.at(1.0).px
        glyph = icon_pixmap(_ICONS[item.status], _pair(item.status, tokens).ink, px(16), self.devicePixelRatioF())
        self._glyph.setPixmap(glyph)
        self._glyph.setFixedWidth(px(DOT))
        for button, colour in (
            (self.approve, tokens.on_accent),
            (self.reject, tokens.danger),
            (self.skip, tokens.text),
        ):
            button.setIcon(icon(str(button.property("glyph")), colour))


def _pair(status: CheckpointStatus, tokens: Tokens) -> Pair:
    match status:
        case CheckpointStatus.WAITING:
            return tokens.waiting
        case CheckpointStatus.APPROVED:
            return tokens.live
        case CheckpointStatus.REJECTED:
            return tokens.needs_look
        case CheckpointStatus.SKIPPED:
            return tokens.settled
