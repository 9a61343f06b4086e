"""The tabs behind All, Flows and Chats: what needs somebody, and saved views, each with its count.

As many as there is room for stand side by side; the others are behind the last button, which holds them all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QSizePolicy, QWidget
from typing_extensions import override

from parrot_desktop.i18n import number, plural, tr
from parrot_desktop.views.tool_button import ToolButton

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QAction

    from parrot_desktop.theme.theme import Theme

NEEDS = ""
"""The key of what needs somebody, which no saved view has: theirs are their names."""

_PAD = 11
_GAP = 6
_SPACING = 2
_WIDEST = 180


class _Tab(QAbstractButton):
    """One view: its name, and its count in a paler ink. It can be dragged along the others."""

    dragged = Signal(int)
    """Where the pointer is, in the parent's pixels."""
    dropped = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, key: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.key = key
        self._count: int | None = None
        self._pressed_at: QPoint | None = None
        self._is_dragged = False
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_count(None)

    @property
    def wanted_width(self) -> int:
        metrics = QFontMetrics(self._theme.fonts.body)
        # Advances are rounded, and what is a hair too narrow is cut.
        width = metrics.horizontalAdvance(self.text()) + 2 * _PAD + 2
        if self._count is not None:
            width += _GAP + metrics.horizontalAdvance(number(self._count))
        return min(width, _WIDEST)

    def set_count(self, count: int | None) -> None:
        self._count = count
        said = self.text() if count is None else f"{self.text()}, {plural(count, '{n} session', '{n} sessions')}"
        self.setAccessibleName(said)
        self.setToolTip(said)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.wanted_width, QFontMetrics(self._theme.fonts.body).height() + 10)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        self._is_dragged = False
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None and self.key != NEEDS:
            way = (event.position().toPoint() - self._pressed_at).manhattanLength()
            if self._is_dragged or way >= QApplication.startDragDistance():
                self._is_dragged = True
                self.dragged.emit(self.mapToParent(event.position().toPoint()).x())
                return
        super().mouseMoveEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        if self._is_dragged:
            self._is_dragged = False
            self.setDown(False)
            self.dropped.emit()
            return
        super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, font = self._theme.tokens, self._theme.fonts.body
        metrics = QFontMetrics(font)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            radius = tokens.radius.button
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            if self.isChecked() or self.underMouse():
                painter.setBrush(tokens.settled.ground)
                painter.setPen(QPen(tokens.border, 1) if self.isChecked() else Qt.PenStyle.NoPen)
                painter.drawRoundedRect(box, radius, radius)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(tokens.accent, 1.5))
                painter.drawRoundedRect(box, radius, radius)
            painter.setFont(font)
            count = "" if self._count is None else number(self._count)
            count_room = _GAP + metrics.horizontalAdvance(count) if count else 0
            room = self.rect().adjusted(_PAD, 0, -_PAD, 0)
            is_lit = self.isChecked() or self.underMouse()
            painter.setPen(tokens.text if is_lit else tokens.muted)
            name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width() - count_room)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeading, name)
            painter.setPen(tokens.muted)
            painter.drawText(room, middle | Qt.AlignmentFlag.AlignTrailing, count)


class ViewTabs(QWidget):
    """It shows and tells; what a view is knows its controller, by key."""

    chosen = Signal(str)
    """A saved view, by its key."""
    order_changed = Signal(object)
    """The keys of the saved views (list[str]) as they stand now."""
    rename_asked = Signal(str)
    remove_asked = Signal(str)
    wanted_changed = Signal()
    """It could use another width."""

    def __init__(self, theme: Theme, *, save_action: QAction, needs_action: QAction) -> None:
        super().__init__()
        self._theme = theme
        self._save_action = save_action
        self._needs_action = needs_action
        self._counts: dict[str, int] = {}
        self._current: str | None = None
        self._room = 0
        self._tabs: list[_Tab] = []
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._more = ToolButton(theme, "chevron-down", menu=self._menu, is_quiet=True, parent=self)
        self._more.setAccessibleName(tr("Views"))
        self._more.setToolTip(tr("What needs you, and saved views"))
        self.setAccessibleName(tr("Views"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._place)
        self.set_views(())

    @property
    def least_width(self) -> int:
        """Room for the button alone."""
        return self._more.sizeHint().width()

    @property
    def current_width(self) -> int:
        """Room that the one that is seen takes beside the button; 0 where none is."""
        current = next((tab for tab in self._tabs if tab.key == self._current), None)
        return 0 if current is None else current.wanted_width + _SPACING

    @property
    def shown_keys(self) -> list[str]:
        """Those that stand side by side; the others are in the menu alone."""
        return [tab.key for tab in self._tabs if not tab.isHidden()]

    def set_views(self, names: Sequence[str]) -> None:
        """The saved views, in their order."""
        focused = next((tab.key for tab in self._tabs if tab.hasFocus()), None)
        for tab in self._tabs:
            tab.hide()
            tab.deleteLater()
        self._tabs = [self._make_tab(NEEDS, tr("Needs you")), *(self._make_tab(name, name) for name in names)]
        self.set_counts(self._counts)
        self.set_current(self._current)
        for tab in self._tabs:
            if tab.key == focused and not tab.isHidden():
                tab.setFocus()

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """How many sessions each has; what is missing is not known."""
        self._counts = dict(counts)
        widths = [tab.wanted_width for tab in self._tabs]
        for tab in self._tabs:
            tab.set_count(self._counts.get(tab.key))
        if widths != [tab.wanted_width for tab in self._tabs] or self._room == 0:
            self.wanted_changed.emit()
            self._place()

    def set_current(self, key: str | None) -> None:
        """The one that is seen in the list, if any."""
        is_other, self._current = key != self._current, key
        for tab in self._tabs:
            tab.setChecked(tab.key == key)
        if is_other:
            self.wanted_changed.emit()
        self._place()

    def set_room(self, width_px: int) -> None:
        """Take no more than this."""
        if width_px != self._room:
            self._room = width_px
            self._place()

    def move_view(self, key: str, by: int) -> None:
        """Further to the end, or (negative) to the start."""
        keys = [tab.key for tab in self._tabs[1:]]
        if key in keys:
            at = keys.index(key)
            keys.insert(max(0, min(at + by, len(keys) - 1)), keys.pop(at))
            self.order_changed.emit(keys)

    def _make_tab(self, key: str, text: str) -> _Tab:
        tab = _Tab(self._theme, key, text, self)
        tab.clicked.connect(partial(self._choose, key))
        tab.dragged.connect(partial(self._drag, tab))
        tab.dropped.connect(self._dropped)
        tab.menu_wanted.connect(partial(self._open_tab_menu, key))
        return tab

    def _dropped(self) -> None:
        self.order_changed.emit([each.key for each in self._tabs[1:]])

    def _choose(self, key: str, _checked: bool = False) -> None:
        self.set_current(self._current)  # the click has toggled the tab; what is on is for the controller to say
        if key == NEEDS:
            self._needs_action.trigger()
        else:
            self.chosen.emit(key)

    def _drag(self, tab: _Tab, x: int) -> None:
        """The tab changes places with the one that the pointer has come over."""
        at = self._tabs.index(tab)
        for other_at, other in enumerate(self._tabs):
            box = other.geometry()
            if other is tab or other.key == NEEDS or other.isHidden() or not box.left() <= x <= box.right():
                continue
            # Past its middle only: else a narrow one would jump to and fro under the pointer.
            towards_end = (other_at > at) != self.isRightToLeft()
            if (x > box.center().x()) == towards_end:
                self._tabs.insert(other_at, self._tabs.pop(at))
                self._place()
            return

    def _place(self) -> None:
        """As many as fit, the one that is seen among them."""
        height = max([tab.sizeHint().height() for tab in self._tabs] + [self._more.sizeHint().height()])
        room = self._room - self.least_width
        current = next((tab for tab in self._tabs if tab.key == self._current), None)
        shown: list[_Tab] = []
        if current is not None and current.wanted_width + _SPACING <= room:
            shown.append(current)
            room -= current.wanted_width + _SPACING
        for tab in self._tabs:
            if tab is current:
                continue
            if tab.wanted_width + _SPACING > room:
                break
            shown.append(tab)
            room -= tab.wanted_width + _SPACING
        width = sum(tab.wanted_width + _SPACING for tab in shown) + self.least_width
        x = 0
        for tab in self._tabs:
            tab.setVisible(tab in shown)
            if tab in shown:
                left = width - x - tab.wanted_width if self.isRightToLeft() else x
                tab.setGeometry(
                    left, (height - tab.sizeHint().height()) // 2, tab.wanted_width, tab.sizeHint().height()
                )
                x += tab.wanted_width + _SPACING
        more = self._more.sizeHint()
        left = 0 if self.isRightToLeft() else x
        self._more.setGeometry(left, (height - more.height()) // 2, more.width(), more.height())
        self.setFixedSize(width, height)
        self._order_tabs([tab for tab in self._tabs if tab in shown])

    def _order_tabs(self, shown: Sequence[_Tab]) -> None:
        """Tab walks them as they stand. They are made behind everything; the button is where the layout put it."""
        before: QWidget = self._more
        for tab in shown:
            QWidget.setTabOrder(before, tab)
            before = tab
        if shown:
            QWidget.setTabOrder(before, self._more)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for tab in self._tabs:
            count = self._counts.get(tab.key)
            words = tab.text().replace("&", "&&")
            text = words if count is None else tr("{view} ({count})", view=words, count=number(count))
            entry = self._menu.addAction(text)
            entry.setCheckable(True)
            entry.setChecked(tab.key == self._current)
            entry.triggered.connect(partial(self._choose, tab.key))
        self._menu.addSeparator()
        self._menu.addAction(self._save_action)
        if self._current:
            self._add_view_actions(self._menu, self._current)

    def _open_tab_menu(self, key: str, at: QPoint) -> None:
        if key != NEEDS:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._add_view_actions(menu, key)
            menu.popup(at)

    def _add_view_actions(self, menu: QMenu, key: str) -> None:
        keys = [tab.key for tab in self._tabs[1:]]
        menu.addAction(tr("Rename view…")).triggered.connect(lambda: self.rename_asked.emit(key))
        earlier = menu.addAction(tr("Move towards the start"))
        earlier.setEnabled(keys.index(key) > 0)
        earlier.triggered.connect(lambda: self.move_view(key, -1))
        later = menu.addAction(tr("Move towards the end"))
        later.setEnabled(keys.index(key) < len(keys) - 1)
        later.triggered.connect(lambda: self.move_view(key, 1))
        menu.addSeparator()
        menu.addAction(tr("Delete view")).triggered.connect(lambda: self.remove_asked.emit(key))
