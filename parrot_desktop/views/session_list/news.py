"""The pill over the list that says what one does not see: "3 new" above, "2 moved" and waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from parrot_desktop.views.pill_button import PillButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.session_list.visible_rows import VisibleRows

MAX_COUNTED = 99
"""More than so many that came above are "99+ new"."""
TOP = 10


class ListNews(QObject):
    """Counts what came above the page, and shows it with what waits because somebody points at the rows."""

    clicked = Signal()

    def __init__(self, theme: Theme, model: SessionListModel, visible: VisibleRows, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._model = model
        self._visible = visible
        self._above: set[str] = set()
        self._pill = PillButton(theme, icon="arrow-up", parent=viewport)
        self._pill.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pill.clicked.connect(self.clicked)
        self._pill.hide()

    @property
    def is_shown(self) -> bool:
        return self._pill.isVisible()

    @property
    def has_above(self) -> bool:
        """Whether something came above what can be seen."""
        return bool(self._above)

    def came_above(self, session_id: str) -> None:
        if len(self._above) <= MAX_COUNTED:
            self._above.add(session_id)

    def forget(self) -> None:
        """Another filter is shown."""
        self._above.clear()

    def prune(self) -> None:
        """Keep only those that are still above what can be seen."""
        if self._above:
            top = self._visible.offset // self._visible.height
            self._above = {
                session_id
                for session_id in self._above
                if (at := self._visible.position_of(session_id)) is not None and at < top
            }

    def refresh(self) -> None:
        """Shows what there is to say, or nothing."""
        text = self._text()
        if text:
            self._pill.setText(text)
            self._pill.setAccessibleName(text)
            self._pill.adjustSize()
            self.place()
        self._pill.setVisible(bool(text))

    def place(self) -> None:
        """In the middle above the rows."""
        self._pill.move((self._visible.width - self._pill.width()) // 2, TOP)
        self._pill.raise_()

    def _text(self) -> str:
        words, held = self._model.words, self._model.held
        new = held.new + len(self._above)
        if len(self._above) > MAX_COUNTED:
            return words.tr("{n}+ new", n=words.number(MAX_COUNTED))
        if held.moved and new:
            return words.tr("{new} new, {moved} moved", new=words.number(new), moved=words.number(held.moved))
        if held.moved:
            return words.plural(held.moved, "{n} moved", "{n} moved")
        if new:
            return words.plural(new, "{n} new", "{n} new")
        return words.plural(held.gone, "{n} gone", "{n} gone") if held.gone else ""
