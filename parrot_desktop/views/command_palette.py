"""Ctrl+K: every action that can be done now, found by a few of its letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.actions import SPEC_OF, ActionId, words_of
from parrot_desktop.domain.fuzzy import fuzzy_score
from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon_pixmap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from parrot_desktop.actions import Actions
    from parrot_desktop.theme.theme import Theme

_WIDTH = 520
_ROWS_SHOWN = 9
_ROW_HEIGHT = 36

_POINTLESS = frozenset({ActionId.PALETTE, ActionId.OPEN_MENU})
"""What would only lead back here."""

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette."""

    text: str
    icon: str
    keys: str
    action: QAction


def commands_of(actions: Actions) -> list[Command]:
    """What can be done now, in the table's order."""
    return [
        Command(
            text=words_of(action),
            icon=SPEC_OF[action_id].icon or "chevron-right",
            keys=QKeySequence(SPEC_OF[action_id].shortcut).toString(QKeySequence.SequenceFormat.NativeText),
            action=action,
        )
        for action_id, action in actions.items()
        if action.isEnabled() and action.isVisible() and action_id not in _POINTLESS
    ]


def matching(commands: Sequence[Command], query: str) -> list[Command]:
    """Best first; all, in their order, for an empty query."""
    scored = [(fuzzy_score(query, command.text), n, command) for n, command in enumerate(commands)]
    found = [(-score, n, command) for score, n, command in scored if score is not None]
    return [command for _, _, command in sorted(found, key=lambda each: each[:2])]


class _CommandModel(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Command] = []

    def show_commands(self, commands: list[Command]) -> None:
        self.beginResetModel()
        self.commands = commands
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.commands)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        command = self.commands[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("{name}, {keys}", name=command.text, keys=command.keys) if command.keys else command.text
        return None


class _CommandDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: _CommandModel) -> None:
        super().__init__()
        self._theme = theme
        self._model = model

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(_ROW_HEIGHT, option.fontMetrics.height() + 16))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        command = self._model.commands[index.row()]
        rect = option.rect
        is_rtl = option.direction is Qt.LayoutDirection.RightToLeft
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.selected)
            painter.drawRoundedRect(rect.adjusted(6, 1, -6, -1), tokens.radius.button, tokens.radius.button)
        ratio = painter.device().devicePixelRatioF()
        pixmap = icon_pixmap(command.icon, tokens.muted, 16, ratio)
        x = rect.right() - 18 - 16 if is_rtl else rect.left() + 18
        painter.drawPixmap(x, rect.center().y() - 7, pixmap)
        inner = QRect(rect).adjusted(18, 0, -46, 0) if is_rtl else QRect(rect).adjusted(46, 0, -18, 0)
        # These two the painter mirrors itself.
        painter.setLayoutDirection(option.direction)
        painter.setPen(tokens.text)
        painter.setFont(self._theme.fonts.body)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, command.text)
        painter.setPen(tokens.faint)
        painter.setFont(self._theme.fonts.meta)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing, command.keys)
        painter.restore()


class CommandPalette(QFrame):
    """Lies over its window. Up and Down choose, Enter does, Esc and a click elsewhere leave."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._commands: list[Command] = []
        self.setAccessibleName(tr("Command palette"))
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("What do you want to do?"))
        self._field.setAccessibleName(tr("Find a command"))
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._model = _CommandModel()
        self._delegate = _CommandDelegate(theme, self._model)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(self._delegate)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(tr("Commands"))
        self._list.setMouseTracking(True)
        self._list.entered.connect(self._list.setCurrentIndex)
        self._list.clicked.connect(self._do)
        self._none = QLabel(tr("No command has these letters"))
        self._none.setProperty("role", "muted")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(6)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        layout.addWidget(self._none)
        self.hide()
        window.installEventFilter(self)

    def open_with(self, actions: Actions) -> None:
        self._commands = commands_of(actions)
        self._field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        if self.isVisible():
            had_focus = self._field.hasFocus()
            self.hide()
            if had_focus:
                self._window.setFocus(Qt.FocusReason.PopupFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        elif event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # the window's own shortcuts wait while one types here
            return True
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.border, 1))
            painter.setBrush(tokens.raised)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), tokens.radius.card, tokens.radius.card)

    def _key(self, event: QKeyEvent) -> bool:
        count = len(self._model.commands)
        row = self._list.currentIndex().row()
        match event.key():
            case Qt.Key.Key_Escape:
                self.close_palette()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._do(self._list.currentIndex())
            case Qt.Key.Key_Down if count:
                self._list.setCurrentIndex(self._model.index((row + 1) % count))
            case Qt.Key.Key_Up if count:
                self._list.setCurrentIndex(self._model.index((row - 1) % count))
            case Qt.Key.Key_PageDown if count:
                self._list.setCurrentIndex(self._model.index(min(count - 1, row + _ROWS_SHOWN)))
            case Qt.Key.Key_PageUp if count:
                self._list.setCurrentIndex(self._model.index(max(0, row - _ROWS_SHOWN)))
            case _:
                return False
        return True

    def _search(self, query: str) -> None:
        found = matching(self._commands, query)
        self._model.show_commands(found)
        if found:
            self._list.setCurrentIndex(self._model.index(0))
        self._list.setVisible(bool(found))
        self._none.setVisible(not found)

    def _do(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        action = self._model.commands[index.row()].action
        self.close_palette()
        action.trigger()

    def _place(self) -> None:
        row = max(_ROW_HEIGHT, self.fontMetrics().height() + 16)
        width = min(_WIDTH, self._window.width() - 32)
        rows = max(4, min(_ROWS_SHOWN, (self._window.height() - 140) // row))
        self._list.setFixedHeight(rows * row)
        self._none.setFixedHeight(rows * row)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, min(90, self._window.height() // 8))
