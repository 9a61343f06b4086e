"""The Sessions list on the screen.

A table of one column, because it repaints one row for one change where a list view lays out everything again; fixed
row heights keep any change independent of how much is loaded. What a row looks like is `SessionDelegate`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QHoverEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget
from typing_extensions import override

from parrot_desktop.actions import ActionId
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.delegates.session_delegate import HAS_FOCUS, HOVERED, SELECTED, SessionDelegate
from parrot_desktop.views.session_list.clock import ListClock
from parrot_desktop.views.session_list.news import TOP, ListNews
from parrot_desktop.views.session_list.place_keeper import PlaceKeeper
from parrot_desktop.views.session_list.pointer import ListPointer
from parrot_desktop.views.session_list.reading_hold import ReadingHold
from parrot_desktop.views.session_list.rows_ahead import RowsAhead
from parrot_desktop.views.session_list.selection_teller import SelectionTeller
from parrot_desktop.views.session_list.visible_rows import VisibleRows
from parrot_desktop.views.widgets.day_chip import DayChip

if TYPE_CHECKING:
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.row_geometry import Density
    from parrot_wire.session import Row

Index = QModelIndex | QPersistentModelIndex

PREFETCH_SCREENS = 2
_HOVERS = frozenset({QEvent.Type.HoverEnter, QEvent.Type.HoverMove, QEvent.Type.HoverLeave})
_KEYS = {
    (Qt.Key.Key_S, Qt.KeyboardModifier.NoModifier): ActionId.STAR,
    (Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier): ActionId.STAR_OWNER,
    (Qt.Key.Key_U, Qt.KeyboardModifier.NoModifier): ActionId.TOGGLE_READ,
    (Qt.Key.Key_H, Qt.KeyboardModifier.NoModifier): ActionId.HIDE,
    (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier): ActionId.HIDE,
}
"""Keys of the list's own, as the table of actions names them."""


class SessionListView(QTableView):
    """Shows a `SessionListModel`; says what a person did, and does none of it itself."""

    session_opened = Signal(str)
    """Double click or Enter, with the session's id."""
    current_session_changed = Signal(object)
    """The id of the row that has the cursor, or None: what a detail pane follows."""
    action_requested = Signal(object, str)
    """The row's button was clicked: an `Action` of the wire, and the session's id."""
    details_toggled = Signal()
    """Space."""
    action_key_pressed = Signal(object)
    """A key of an `ActionId` on the selected rows."""
    context_requested = Signal(object, QPoint)
    """A context menu is wanted: the selected ids (list[str], as the list orders them), and where on the screen."""
    selection_settled = Signal()
    """Other rows are selected, or those that are have changed: once for many changes."""
    selection_summary_changed = Signal(object)
    """A `SelectionSummary`."""

    def __init__(
        self,
        theme: Theme,
        model: SessionListModel,
        *,
        kits: PaintKits | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._kits = kits or PaintKits(theme)
        self._delegate = SessionDelegate(self._kits, model)
        self._visible = VisibleRows(self, model, self._delegate)
        self._clock = ListClock(self._visible)
        self._pointer = ListPointer(self._visible)
        self._ahead = RowsAhead(self._visible)
        self._hold = ReadingHold(parent=self)
        self._hold.changed.connect(model.set_holding)
        self._selection = SelectionTeller(self, model)
        self._selection.settled.connect(self.selection_settled)
        self._selection.summary_changed.connect(self.selection_summary_changed)
        self._news = ListNews(theme, model, self._visible, self.viewport())
        self._news.clicked.connect(self.show_news)
        self._day = DayChip(self._kits, self.viewport())
        self._places = PlaceKeeper(self._visible, self._news, covering=self._day)
        self._places.kept.connect(self._place_kept)
        self._set_up_table()
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._apply_row_height()
        model.rowsRemoved.connect(self._news.prune)
        model.modelReset.connect(self._forget_all)
        model.held_changed.connect(self._news.refresh)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.changed.connect(self._theme_changed)

    # What the window asks

    @property
    def delegate(self) -> SessionDelegate:
        return self._delegate

    @property
    def is_reading(self) -> bool:
        """Whether moves wait because somebody points at the rows or walks through them."""
        return self._hold.is_holding

    @property
    def is_spinning(self) -> bool:
        """Whether a spinner can be seen turning."""
        return self._clock.is_spinning

    def set_density(self, density: Density) -> None:
        """How much air the rows have."""
        self._delegate.set_density(density)
        self._rows_resized()

    def set_reduced_motion(self, reduced: bool) -> None:
        """Whether spinners stand still."""
        self._clock.set_reduced_motion(reduced)

    def language_changed(self) -> None:
        """The model speaks another language now."""
        self.viewport().update()

    def current_session(self) -> str | None:
        """The id of the row that has the cursor."""
        row = self._model.row_at(self.currentIndex().row())
        return None if row is None else row.id

    def selected_sessions(self) -> list[str]:
        """Ids, as the list orders them."""
        return [row.id for row in self.selected_rows()]

    def selected_rows(self) -> list[Row]:
        """The wire's rows, as the list orders them."""
        return self._selection.rows()

    def select_session(self, session_id: str, *, scroll: bool = True) -> bool:
        """Selects one session alone and puts the cursor on it; False where it is not loaded."""
        index = self._model.index_of(session_id)
        if not index.isValid():
            return False
        self.setCurrentIndex(index)
        if scroll:
            self.scrollTo(index)
        return True

    def scroll_to_top(self) -> None:
        """To the newest."""
        self.verticalScrollBar().setValue(0)

    def show_news(self) -> None:
        """What the pill does: what waited takes its place, and what came above comes into view."""
        self._model.release()
        if self._news.has_above:
            self.scroll_to_top()
        self._news.refresh()

    # Setting up

    def _set_up_table(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(False)
        self.setAutoScroll(True)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(self._model.words.tr("Sessions"))

    def _apply_row_height(self) -> None:
        height = self._delegate.row_height()
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(max(8, height // 2))

    def _rows_resized(self) -> None:
        """Another height, and the same session on top."""
        top = self._visible.offset // self._visible.height
        self._apply_row_height()
        self.updateGeometries()
        self.verticalScrollBar().setValue(top * self._visible.height)
        self.viewport().update()

    def _theme_changed(self) -> None:
        self._delegate.set_density(self._delegate.density)
        self._rows_resized()
        self._place_overlays()

    # Live: what one reads stays where it is

    @override
    def doItemsLayout(self) -> None:
        if self._places.is_changing:
            self.updateGeometries()
        else:
            super().doItemsLayout()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._places.is_changing:
            # The offset follows the rows, so the pixels stay.
            self.verticalHeader().setOffset(self._visible.offset)
        else:
            super().scrollContentsBy(dx, dy)

    def _place_kept(self) -> None:
        self._news.refresh()
        self._prefetch()

    def _forget_all(self) -> None:
        """Another filter: nothing of the page before means anything, and all of it is painted anew."""
        self._places.forget()
        self._news.forget()
        self.scroll_to_top()
        self.viewport().update()

    def _scrolled(self) -> None:
        if self._places.is_changing:
            return
        self._news.prune()
        self._news.refresh()
        self._prefetch()
        self._ahead.scrolled()
        view = self._model.view_at(self._visible.positions().start)
        if view is None or self._visible.offset == 0 or self._model.is_waiting_first:
            self._day.hide()
        elif self.isVisible():
            self._day.show_day(self._model.times.day(view.last_ms, self._model.now_ms()))
            self._place_overlays()

    def _prefetch(self) -> None:
        rows = self._visible.positions()
        # Where all that came is hidden there is no row to go by.
        if not self._model.loaded_count or (
            len(rows) and rows.stop + PREFETCH_SCREENS * len(rows) >= self._model.loaded_count
        ):
            self._model.fetchMore(QModelIndex())

    def _place_overlays(self) -> None:
        self._news.place()
        self._day.move(TOP if self.isRightToLeft() else self._visible.width - self._day.width() - TOP, TOP)

    # What ticks

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        # Without the table's own painting, which asks the style about every cell and makes five objects of Python's for
        # it: a fifth of a frame.
        self._delegate.has_painted_spinner = False
        asked, region = event.rect(), event.region()
        is_whole = asked.width() >= self._visible.width
        self._delegate.asked = None if is_whole else (asked.x(), asked.x() + asked.width())
        mirrored = self.isRightToLeft()
        with QPainter(self.viewport()) as painter:
            for at, rect in self._visible.within(asked):
                if region.intersects(rect):
                    self._delegate.paint_row(painter, rect, at, self._flags(at), is_mirrored=mirrored)
        self._clock.painted()
        self._ahead.painted()
        if self._delegate.has_painted_spinner:
            self._clock.spinner_painted()
        if asked == self.viewport().rect():
            self._clock.whole_painted()

    def _flags(self, at: int) -> int:
        """What the delegate must know of a row that no model says."""
        selection, flags = self.selectionModel(), 0
        if selection.hasSelection() and selection.isRowSelected(at, QModelIndex()):
            flags |= SELECTED
        hovered = self._pointer.hovered
        if hovered is not None and self._visible.position_of(hovered) == at:
            flags |= HOVERED
        if self._delegate.shows_focus and at == self.currentIndex().row() and self.hasFocus():
            flags |= HAS_FOCUS
        return flags

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
        self._hold.let_go()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_overlays()
        self._prefetch()

    # Pointer

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pointer.moved(event.position().toPoint()):
            self._hold.pointer_moved()
        if not self._pointer.holds_button:
            super().mouseMoveEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hold.pointer_moved()
        self._show_focus(shows=False)
        if event.button() == Qt.MouseButton.LeftButton:
            point = event.position().toPoint()
            found = self._pointer.find(point)
            if found is not None and found.is_button:
                self._pointer.press(found, point)
                return
            if found is None and self._visible.footer_rect().contains(point):
                self._model.retry_page()
        super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._pointer.holds_button:
            super().mouseReleaseEvent(event)
            return
        meant = self._pointer.release(event.position().toPoint())
        if meant is not None and meant.row.action is not None:
            self.action_requested.emit(meant.row.action.action, meant.row.id)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._pointer.find(event.position().toPoint())
        if found is not None and found.is_button:
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.session_opened.emit(found.row.id)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self._hold.pointer_moved()
        super().wheelEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        ids = self.selected_sessions()
        if not ids:
            return
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            rect = self.visualRect(self.currentIndex())
            where = self.viewport().mapToGlobal(QPoint(rect.center().x(), rect.bottom()))
        self.context_requested.emit(ids, where)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in _HOVERS and isinstance(event, QHoverEvent):
            is_gone = event.type() == QEvent.Type.HoverLeave
            self._pointer.hovers(None if is_gone else event.position().toPoint())
        elif event.type() == QEvent.Type.Leave:
            self._pointer.left()
            self._hold.pointer_left()
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._pointer.show_tooltip(event)
            return True
        return super().viewportEvent(event)

    # Keys

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._hold.key_pressed()
        key = event.key()
        current = self.current_session()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if current is not None:
                self.session_opened.emit(current)
        elif key == Qt.Key.Key_Space:
            self.details_toggled.emit()
        elif key == Qt.Key.Key_Escape:
            event.ignore()
        elif (wanted := _KEYS.get((Qt.Key(key), event.modifiers()))) is not None:
            self._selection.tell()
            self.action_key_pressed.emit(wanted)
        else:
            self._show_focus(shows=True)
            super().keyPressEvent(event)

    @override
    def keyboardSearch(self, search: str) -> None:
        """Typing finds nothing here: the title search does, over all sessions and not only those loaded."""

    @override
    def moveCursor(self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """In a table Home and End go to the first and last column; here there is one, and rows are meant."""
        match cursorAction:
            case QAbstractItemView.CursorAction.MoveHome:
                return self._model.index(0)
            case QAbstractItemView.CursorAction.MoveEnd:
                return self._model.index(self._model.loaded_count - 1)
            case QAbstractItemView.CursorAction.MovePageDown:
                return self._paged(1)
            case QAbstractItemView.CursorAction.MovePageUp:
                return self._paged(-1)
            case QAbstractItemView.CursorAction.MoveLeft | QAbstractItemView.CursorAction.MoveRight:
                return self.currentIndex()
            case _:
                return super().moveCursor(cursorAction, modifiers)

    def _paged(self, direction: int) -> QModelIndex:
        screen = max(1, self.viewport().height() // self._visible.height - 1)
        at = self.currentIndex().row() + direction * screen
        return self._model.index(max(0, min(at, self._model.loaded_count - 1)))

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        if by_key:
            self._show_focus(shows=True)

    def _show_focus(self, *, shows: bool) -> None:
        if shows != self._delegate.shows_focus:
            self._delegate.shows_focus = shows
            self.viewport().update(self.visualRect(self.currentIndex()))

    # Selection

    @override
    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        row = self._model.row_at(current.row())
        self.current_session_changed.emit(None if row is None else row.id)

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._selection.selected()
