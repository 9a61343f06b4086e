"""Says what is selected, and what that sums up to, once for many changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QTimer, Signal

from parrot_desktop.models.selection import SelectionSummary, summarise

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView

    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_wire.session import Row

Index = QModelIndex | QPersistentModelIndex

SUMMARY_MS = 100
"""The sum is made anew at most ten times a second."""


class SelectionTeller(QObject):
    """Of a view and its model. The view says when another selection is made (`selected`)."""

    settled = Signal()
    """Other rows are selected, or those that are have changed."""
    summary_changed = Signal(object)
    """A `SelectionSummary`."""

    def __init__(self, view: QTableView, model: SessionListModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._last = SelectionSummary()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SUMMARY_MS)
        self._timer.timeout.connect(self.tell)
        model.dataChanged.connect(self._note_data)
        model.modelReset.connect(self._timer.start)

    def rows(self) -> list[Row]:
        """The wire's rows that are selected, as the list orders them."""
        places: set[int] = set()
        for span in self._view.selectionModel().selection().toList():
            places.update(range(span.top(), span.bottom() + 1))
        return [row for at in sorted(places) if (row := self._model.row_at(at)) is not None]

    def selected(self) -> None:
        """Another selection: told in the next turn of the event loop."""
        self._timer.start(0)

    def tell(self) -> None:
        """Now."""
        self._timer.stop()
        self._timer.setInterval(SUMMARY_MS)
        self.settled.emit()
        summary = summarise(self.rows(), self._model.words)
        if summary != self._last:
            self._last = summary
            self.summary_changed.emit(summary)

    def _note_data(self, first: Index, last: Index) -> None:
        if self._last.count and not self._timer.isActive():
            selection = self._view.selectionModel()
            if any(selection.isRowSelected(at, QModelIndex()) for at in range(first.row(), last.row() + 1)):
                self._timer.start()
