"""The owner facet: a search field over every member, each with avatar, count and a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.i18n import number, tr
from parrot_desktop.models.owner_filter_model import OwnerFilterModel, OwnerRole
from parrot_desktop.theme.icons import icon, icon_pixmap
from parrot_desktop.views.delegates.paint_avatar import avatar_pixmap
from parrot_desktop.views.delegates.paint_kit import PaintKits

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex

_ROW = 32
_BOX = 15
_AVATAR = 22
_MAX_ROWS = 8


class _OwnerDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._kits = PaintKits(theme)

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, max(_ROW, option.fontMetrics.height() + 12))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, fonts = self._theme.tokens, self._theme.fonts
        person = index.data(OwnerRole.PERSON)
        count = int(index.data(OwnerRole.COUNT))
        is_checked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        rect = option.rect
        is_rtl = option.direction is Qt.LayoutDirection.RightToLeft
        middle = rect.top() + rect.height() // 2

        def at(x: int, width: int) -> int:
            return rect.right() - x - width + 1 if is_rtl else rect.left() + x

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        has_focus = option.state & QStyle.StateFlag.State_HasFocus
        if option.state & QStyle.StateFlag.State_MouseOver or has_focus:
            painter.setPen(QPen(tokens.accent, 1) if has_focus else Qt.PenStyle.NoPen)
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(rect.adjusted(0, 1, -1, -1), tokens.radius.button, tokens.radius.button)
        box = QRect(at(4, _BOX), middle - _BOX // 2, _BOX, _BOX)
        ratio = painter.device().devicePixelRatioF()
        if is_checked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(box, 4, 4)
            painter.drawPixmap(box.left() + 2, box.top() + 2, icon_pixmap("check", tokens.on_accent, 11, ratio))
        else:
            painter.setPen(QPen(tokens.muted, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 4, 4)
        kit = self._kits.at(ratio)
        painter.drawPixmap(at(28, _AVATAR), middle - _AVATAR // 2, avatar_pixmap(person, _AVATAR, kit))
        count_text = number(count)
        painter.setFont(fonts.meta)
        count_width = painter.fontMetrics().horizontalAdvance(count_text)
        painter.setPen(tokens.faint)
        trail = Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignLeft if is_rtl else Qt.AlignmentFlag.AlignRight)
        count_x = rect.width() - count_width - 4
        painter.drawText(QRect(at(count_x, count_width), rect.top(), count_width, rect.height()), trail, count_text)
        painter.setFont(fonts.body)
        painter.setPen(tokens.text if count or is_checked else tokens.muted)
        name_width = max(10, count_x - 59 - 8)
        name = painter.fontMetrics().elidedText(person.name, Qt.TextElideMode.ElideRight, name_width)
        lead = Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRect(at(59, name_width), rect.top(), name_width, rect.height()), lead, name)
        painter.restore()


class _OwnerList(QListView):
    """Space and Enter check, like a click anywhere on a name."""

    def __init__(self, model: OwnerFilterModel) -> None:
        super().__init__()
        self._owners = model
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setAccessibleName(tr("Owners"))
        self.clicked.connect(model.toggle)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._owners.toggle(self.currentIndex())
            return
        super().keyPressEvent(event)


class _SearchField(QLineEdit):
    """Enter picks while there is something to look for; else it is the panel's."""

    picked = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.text():
            self.picked.emit()
            return
        super().keyPressEvent(event)


class OwnerFacet(QWidget):
    """Search and list. What is checked is the model's."""

    def __init__(self, theme: Theme, model: OwnerFilterModel) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self.search = _SearchField()
        self.search.setPlaceholderText(tr("Search members"))
        self.search.setAccessibleName(tr("Search members"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(model.set_search)
        self._glass = QAction(self.search)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.list = _OwnerList(model)
        self._delegate = _OwnerDelegate(theme)
        self.list.setItemDelegate(self._delegate)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.picked.connect(self._pick_first)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        model.modelReset.connect(self._fit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _pick_first(self) -> None:
        """Enter in the search checks the only match, and makes room for the next name."""
        if self._model.rowCount() == 1 and self.search.text():
            self._model.toggle(self._model.index(0))
            self.search.clear()

    def _fit(self) -> None:
        row = max(_ROW, self.list.fontMetrics().height() + 12)
        rows = max(1, min(_MAX_ROWS, self._model.rowCount()))
        self.list.setFixedHeight(rows * row + 2)

    def _restyle(self) -> None:
        self._glass.setIcon(icon("search", self._theme.tokens.faint))
        palette = self.list.palette()
        palette.setColor(palette.ColorRole.Base, self._theme.tokens.surface)
        self.list.setPalette(palette)
        self._fit()
