"""Ctrl+Shift+F: find a text in every transcript. The list keeps its own, precise filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from parrot_desktop.i18n import plural, tr
from parrot_desktop.models.search_model import HIT_ROLE, SearchLine, SearchModel
from parrot_desktop.views.delegates.paint_kit import Face as Font
from parrot_desktop.views.faces import Face, FaceView

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits

SIZE = QSize(760, 560)
_LINE = 78
_PAD = 14
_ANY = QModelIndex | QPersistentModelIndex


class _HitDelegate(QStyledItemDelegate):
    """Title and when; under it whose; then what was found, with the words lit."""

    def __init__(self, kits: PaintKits, times: TimeTexts, now_ms: Callable[[], int], view: QWidget) -> None:
        super().__init__(view)
        self._kits, self._times, self._now_ms, self._view = kits, times, now_ms, view

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: _ANY) -> QSize:
        return QSize(200, self._kits.at(1.0).px(_LINE))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _ANY) -> None:
        line: SearchLine | None = index.data(HIT_ROLE)
        if line is None:
            return
        kit = self._kits.at(self._view.devicePixelRatioF())
        rect: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, kit.tokens.selected)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, kit.tokens.hover)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, kit.tokens.border)
        left, right = rect.left() + _PAD, rect.right() - _PAD
        glyph = kit.glyph(line.view.kind_glyph, kit.tokens.muted, kit.px(15))
        painter.drawPixmap(left, rect.top() + kit.px(11), glyph)
        text_left = left + kit.px(25)
        age = line.view.age_text(self._times, self._now_ms())
        painter.setFont(kit.fonts[Font.META])
        painter.setPen(kit.faint)
        meta = f"{line.view.owner.name} · {age}"
        meta_left = right - round(kit.width(Font.META, meta))
        top = rect.top() + kit.px(8)
        painter.drawText(meta_left, kit.baseline(Font.META, top, kit.px(20)), meta)
        painter.setFont(kit.fonts[Font.TITLE])
        painter.setPen(kit.text)
        title = kit.elided(Font.TITLE, line.view.title, meta_left - text_left - kit.px(12))
        painter.drawText(text_left, kit.baseline(Font.TITLE, top, kit.px(20)), title)
        self._paint_snippet(painter, line, QPoint(text_left, rect.top() + kit.px(31)), right - text_left)
        painter.restore()

    def _paint_snippet(self, painter: QPainter, line: SearchLine, at: QPoint, width: int) -> None:
        kit = self._kits.at(self._view.devicePixelRatioF())
        layout = QTextLayout(line.text, kit.fonts[Font.BODY])
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        ranges: list[QTextLayout.FormatRange] = []
        for start, end in line.marks:
            lit = QTextLayout.FormatRange()
            lit.start, lit.length = start, end - start
            shape = QTextCharFormat()
            shape.setForeground(kit.tokens.waiting.ink)
            shape.setBackground(kit.tokens.waiting.ground)
            shape.setFontWeight(QFont.Weight.DemiBold)
            lit.format = shape
            ranges.append(lit)
        layout.setFormats(ranges)
        layout.beginLayout()
        y = 0.0
        for _ in range(2):
            row = layout.createLine()
            if not row.isValid():
                break
            row.setLineWidth(width)
            row.setPosition(QPointF(0, y))
            y += row.height() * 1.12
        layout.endLayout()
        painter.setPen(kit.muted)
        layout.draw(painter, QPointF(at))


class _HitList(QTableView):
    """One column of hits."""

    def __init__(self, model: SearchModel, kits: PaintKits) -> None:
        super().__init__()
        self._kits = kits
        self.setModel(model)
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
        self.setAccessibleName(tr("What was found"))
        kits.theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._kits.at(1.0).px(_LINE))


class SearchDialog(QDialog):
    """Emits what is looked for, and which hit is opened. It stays open, so that one hit after the other can be read."""

    asked = Signal(str, bool)
    """text, whether only sessions under the list's filter count"""
    hit_opened = Signal(str, int)
    """session, message"""

    def __init__(
        self,
        theme: Theme,
        kits: PaintKits,
        times: TimeTexts,
        parent: QWidget | None = None,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Search all transcripts"))
        self.resize(SIZE)
        self.model = SearchModel()
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Search all transcripts"))
        self.field.setAccessibleName(tr("Search all transcripts"))
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.filtered = QCheckBox(tr("Only sessions of the list"))
        self.filtered.setToolTip(tr("Only those that the list's tab and filter let through"))
        self._count = QLabel()
        self._count.setProperty("role", "faint")
        self.list = _HitList(self.model, kits)
        self.list.setItemDelegate(_HitDelegate(kits, times, now_ms, self.list))
        self._face = FaceView(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._face)
        self._stack.addWidget(self.list)
        top = QVBoxLayout()
        top.setContentsMargins(16, 14, 16, 10)
        top.setSpacing(8)
        top.addWidget(self.field)
        row = QHBoxLayout()
        row.addWidget(self.filtered)
        row.addStretch(1)
        row.addWidget(self._count)
        top.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)
        self.field.textChanged.connect(self._ask)
        self.filtered.toggled.connect(self._ask)
        self.list.clicked.connect(self._open)
        self.list.activated.connect(self._open)
        self.show_idle()

    # What is shown

    def open_dialog(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()
        self.field.setFocus()
        self.field.selectAll()

    def show_idle(self) -> None:
        self._show_face(
            Face("file-search", tr("Search what was said"), tr("Prompts, answers, commands and their output."))
        )

    def show_hits(self, lines: list[SearchLine], *, has_more: bool, is_indexing: bool) -> None:
        """The first page of an answer."""
        self.model.show(lines, has_more=has_more)
        if not lines:
            text = tr("Transcripts are still being read; try again in a moment.") if is_indexing else ""
            self._show_face(Face("search", tr("Nothing found"), text))
            return
        count = plural(len(lines), "{n} place", "{n} places")
        self._count.setText(f"{count}+" if has_more else count)
        self._stack.setCurrentWidget(self.list)
        self.list.setCurrentIndex(self.model.index(0))

    def show_more(self, lines: list[SearchLine], *, has_more: bool) -> None:
        self.model.append(lines, has_more=has_more)
        count = plural(self.model.rowCount(), "{n} place", "{n} places")
        self._count.setText(f"{count}+" if has_more else count)

    def show_trouble(self, text: str) -> None:
        self._show_face(Face("cloud-off", tr("The search did not work"), text, is_trouble=True))

    @property
    def face(self) -> Face | None:
        return self._face.face if self._stack.currentWidget() is self._face else None

    # What a person does

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the field the arrows go through the hits, and Enter opens one."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key = event.key()
            if key in {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}:
                self._move({Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5}.get(Qt.Key(key), -5))
                return True
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._open(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _move(self, by: int) -> None:
        rows = self.model.rowCount()
        if rows:
            row = min(max(0, self.list.currentIndex().row() + by), rows - 1)
            self.list.setCurrentIndex(self.model.index(row))

    def _ask(self) -> None:
        text = self.field.text().strip()
        if not text:
            self.model.show((), has_more=False)
            self.show_idle()
        self.asked.emit(text, self.filtered.isChecked())

    def _open(self, index: QModelIndex) -> None:
        line = self.model.line_at(index.row())
        if line is not None:
            self.hit_opened.emit(line.view.id, line.n)

    def _show_face(self, face: Face) -> None:
        self._count.clear()
        self._face.show_face(face)
        self._stack.setCurrentWidget(self._face)
