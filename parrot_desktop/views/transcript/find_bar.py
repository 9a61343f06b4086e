"""The bar of find: what is looked for, which match of how many, back and forth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit
from typing_extensions import override

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.transcript.find import Match, Matches
from parrot_desktop.i18n import number, tr
from parrot_desktop.views.tool_button import ToolButton

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from parrot_desktop.actions import Actions
    from parrot_desktop.domain.transcript.find import Found
    from parrot_desktop.theme.theme import Theme


class FindBar(QFrame):
    """Holds the matches, which come page by page, and which of them is the current one."""

    text_changed = Signal(str)
    match_chosen = Signal(object)
    """Match"""
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matches = Matches()
        self._current: Match | None = None
        self._is_done = True
        self._start = Match(0, 0, 0)
        self._wants_first = False
        self.setProperty("variant", "card")
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("Find in transcript"))
        self._field.setAccessibleName(tr("Find in transcript"))
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._changed)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self._count.setMinimumWidth(92)
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._previous = ToolButton(theme, "chevron-up", is_quiet=True)
        self._next = ToolButton(theme, "chevron-down", is_quiet=True)
        close = ToolButton(theme, "x", is_quiet=True)
        for button, name, act in (
            (self._previous, tr("Previous match"), self.previous),
            (self._next, tr("Next match"), self.next),
            (close, tr("Close find"), self.close_bar),
        ):
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(act)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 6, 5)
        row.setSpacing(4)
        row.addWidget(self._field, 1)
        row.addWidget(self._count)
        row.addSpacing(4)
        for button in (self._previous, self._next, close):
            row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        return self._field.text()

    @property
    def count_text(self) -> str:
        return self._count.text()

    @property
    def is_done(self) -> bool:
        """Whether all of the transcript was looked through."""
        return self._is_done

    @property
    def current(self) -> Match | None:
        return self._current

    def follow(self, actions: Actions) -> None:
        """Tooltips with the keys of the window's actions."""
        for button, action in ((self._previous, ActionId.FIND_PREVIOUS), (self._next, ActionId.FIND_NEXT)):
            if action in actions:
                button.setToolTip(actions[action].toolTip())

    def open_bar(self, start_n: int) -> None:
        """Show it, its text selected. Matches are stepped through from message ``start_n``."""
        self._start = Match(start_n, 0, 0)
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()
        if self._field.text() and not self._matches and self._is_done:
            self._changed(self._field.text())

    def look_for(self, text: str) -> None:
        """As if it were typed."""
        self._field.setText(text)

    def close_bar(self) -> None:
        self.hide()
        self.forget()
        self.text_changed.emit("")
        self.closed.emit()

    def forget(self) -> None:
        """No matches are known any more."""
        self._matches.clear()
        self._current, self._is_done = None, True
        self._show_count()

    def begin(self) -> None:
        """A search for the text in the field begins."""
        self.forget()
        self._is_done = False
        self._wants_first = True
        self._show_count()

    def add(self, found: Iterable[Found], *, is_done: bool) -> None:
        """More matches were found. The first one from where the reader is becomes the current one at once."""
        self._matches.add(found)
        self._is_done = is_done
        count = len(self._matches)
        first = self._matches.number_of(self._start)
        if self._wants_first and count and (is_done or first < count):
            self._wants_first = False
            self._choose(first if first < count else 0)
        self._show_count()

    def next(self) -> None:
        self._step(1)

    def previous(self) -> None:
        self._step(-1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        if not self._matches:
            return
        if self._current is None:
            self._choose(0 if by > 0 else len(self._matches) - 1)
        else:
            self._choose((self._matches.number_of(self._current) + by) % len(self._matches))

    def _choose(self, at: int) -> None:
        self._current = self._matches.at(at)
        self._show_count()
        self.match_chosen.emit(self._current)

    def _changed(self, text: str) -> None:
        if text:
            self.begin()
        else:
            self.forget()
        self.text_changed.emit(text)

    def _show_count(self) -> None:
        total = number(len(self._matches))
        more = "" if self._is_done else "…"
        if not self._field.text():
            words = ""
        elif not self._matches:
            words = tr("No matches") if self._is_done else tr("Searching…")
        elif self._current is None:
            words = tr("{total} matches", total=total) + more
        else:
            at = self._matches.number_of(self._current)
            words = tr("{at} of {total}", at=number(at + 1), total=total) + more
        self._count.setText(words)
        self._count.setAccessibleName(words)
        for button in (self._previous, self._next):
            button.setEnabled(bool(self._matches))
