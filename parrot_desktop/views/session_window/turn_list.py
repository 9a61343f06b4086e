"""The turns of a session, one line each: number, model, basis, cost. Thousands cost no more than those in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.domain.turn_view import turn_view
from parrot_desktop.i18n import tr
from parrot_desktop.views.delegates.paint_kit import Face
from parrot_desktop.views.delegates.paint_pill import pill_pixmap, pill_size
from parrot_desktop.views.mirroring import place_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from parrot_desktop.domain.turn_view import TurnView
    from parrot_desktop.domain.words import Words
    from parrot_desktop.views.delegates.paint_kit import PaintKits
    from parrot_wire.session import Turn

LINE = 30
SHOWN = 8
"""Lines in sight until all are asked for."""
MAX_SHOWN = 24
_ANY = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_VIEW = Qt.ItemDataRole.UserRole


class _TurnModel(QAbstractListModel):
    """Newest first. Turns come at the front, and the one that runs changes in place; put into words when looked at."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.turns: list[Turn] = []
        self._words = words

    def show(self, turns: Sequence[Turn]) -> None:
        fresh = len(turns) - len(self.turns)
        if fresh < 0 or [turn.n for turn in turns[fresh:]] != [turn.n for turn in self.turns]:
            self.beginResetModel()
            self.turns = list(turns)
            self.endResetModel()
            return
        if fresh:
            self.beginInsertRows(_ROOT, 0, fresh - 1)
            self.turns[:0] = turns[:fresh]
            self.endInsertRows()
        for row in range(fresh, len(turns)):
            if self.turns[row] is not turns[row]:
                self.turns[row] = turns[row]
                self.dataChanged.emit(self.index(row), self.index(row))

    @override
    def rowCount(self, parent: _ANY = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.turns)

    @override
    def data(self, index: _ANY, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        turn = self.turns[index.row()]
        match role:
            case Qt.ItemDataRole.UserRole:
                return turn_view(turn, self._words)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return turn_view(turn, self._words).tooltip
            case Qt.ItemDataRole.AccessibleTextRole:
                return turn_view(turn, self._words).spoken
            case _:
                return None


class _TurnDelegate(QStyledItemDelegate):
    def __init__(self, kits: PaintKits, parent: QWidget) -> None:
        super().__init__(parent)
        self._kits = kits
        self._view = parent

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _ANY) -> None:
        turn: TurnView = index.data(_VIEW)
        kit = self._kits.at(self._view.devicePixelRatioF())
        rect: QRect = option.rect
        painter.save()
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(rect, kit.tokens.selected if selected else kit.tokens.hover)
        painter.fillRect(rect.left(), rect.top(), rect.width(), 1, kit.tokens.border)
        middle_top, height = rect.top(), rect.height()

        def at(left: int, width: int) -> int:
            return place_in(rect, left, width, is_mirrored=self._view.isRightToLeft())

        painter.setFont(kit.fonts[Face.META])
        painter.setPen(kit.faint)
        number_width, cost_width = round(kit.width(Face.META, str(turn.n))), round(kit.width(Face.BODY, turn.cost))
        painter.drawText(at(rect.left(), number_width), kit.baseline(Face.META, middle_top, height), str(turn.n))
        right = rect.right() - cost_width + 1
        painter.setFont(kit.fonts[Face.BODY])
        painter.setPen(kit.text)
        painter.drawText(at(right, cost_width), kit.baseline(Face.BODY, middle_top, height), turn.cost)
        pair = kit.tokens.basis(turn.basis)
        pill_height = kit.px(21)
        size = pill_size(turn.basis_word, pill_height, kit)
        # Costs take one column, so that the badges stand under each other.
        pill_x = rect.right() - max(kit.px(70), rect.right() - right + kit.px(12)) - size.width()
        pill_y = rect.top() + (height - pill_height) // 2
        painter.drawPixmap(at(pill_x, size.width()), pill_y, pill_pixmap(turn.basis_word, pair, pill_height, kit))
        model_x = rect.left() + max(kit.px(36), number_width + kit.px(10))
        painter.setFont(kit.fonts[Face.BODY])
        painter.setPen(kit.text)
        text = kit.elided(Face.BODY, turn.model, pill_x - model_x - kit.px(8))
        left = at(model_x, round(kit.width(Face.BODY, text)))
        painter.drawText(left, kit.baseline(Face.BODY, middle_top, height), text)
        painter.restore()

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _ANY) -> QSize:
        return QSize(100, self._kits.at(1.0).px(LINE))


class TurnList(QTableView):
    """``turn_activated`` carries the number of the turn that a person opened."""

    turn_activated = Signal(int)

    def __init__(self, kits: PaintKits, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kits = kits
        self._turns = _TurnModel(words)
        self._is_whole = False
        self.setModel(self._turns)
        self.setItemDelegate(_TurnDelegate(kits, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.setObjectName("turns")
        self.setAccessibleName(tr("Turns"))
        self.activated.connect(self._open)
        self.clicked.connect(self._open)
        kits.theme.changed.connect(self._resize)
        self._resize()

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Oldest first."""
        self._turns.show(turns[::-1])
        self._resize()

    def show_whole(self, whole: bool) -> None:
        """More of them at once."""
        self._is_whole = whole
        self._resize()

    def _open(self, index: QModelIndex) -> None:
        self.turn_activated.emit(self._turns.turns[index.row()].n)

    def _resize(self) -> None:
        line = self._kits.at(1.0).px(LINE)
        self.verticalHeader().setDefaultSectionSize(line)
        count = min(len(self._turns.turns), MAX_SHOWN if self._is_whole else SHOWN)
        scrolls = len(self._turns.turns) > count and self._is_whole
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(count * line + 2)
