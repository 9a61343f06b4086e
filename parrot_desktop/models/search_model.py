"""What a search in all transcripts found, in the server's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.domain.row_view import RowView

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

HIT_ROLE = int(Qt.ItemDataRole.UserRole)
"""The `SearchLine` of a row."""


@dataclass(frozen=True, slots=True)
class SearchLine:
    """One hit. ``text`` is the snippet on one line, ``marks`` what matched in it."""

    view: RowView
    n: int
    text: str
    marks: tuple[tuple[int, int], ...]
    spoken: str


class SearchModel(QAbstractListModel):
    """Grows page by page."""

    more_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[SearchLine] = []
        self._has_more = False
        self._is_asked = False

    def show(self, lines: Sequence[SearchLine], *, has_more: bool) -> None:
        self.beginResetModel()
        self._lines, self._has_more, self._is_asked = list(lines), has_more, False
        self.endResetModel()

    def append(self, lines: Sequence[SearchLine], *, has_more: bool) -> None:
        self._has_more, self._is_asked = has_more, False
        if lines:
            count = len(self._lines)
            self.beginInsertRows(_ROOT, count, count + len(lines) - 1)
            self._lines.extend(lines)
            self.endInsertRows()

    def line_at(self, row: int) -> SearchLine | None:
        return self._lines[row] if 0 <= row < len(self._lines) else None

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    @override
    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        line = self.line_at(index.row())
        if line is None:
            return None
        if role == HIT_ROLE:
            return line
        if role in {int(Qt.ItemDataRole.AccessibleTextRole), int(Qt.ItemDataRole.ToolTipRole)}:
            return line.spoken
        return None

    @override
    def canFetchMore(self, parent: Index) -> bool:
        return self._has_more and not self._is_asked

    @override
    def fetchMore(self, parent: Index) -> None:
        self._is_asked = True
        self.more_requested.emit()
