"""The main window: header, list, filter dock, detail dock, status bar. It arranges and tells; controllers act.

What the first picture does not show (the filter's facets, menus, the palette, the icons of actions) is made when it is
first wanted: a window that stands in 0.3 s has no time for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QIcon, QKeyEvent, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget
from typing_extensions import override

from parrot_desktop.actions import ActionId, Actions, Place, build_actions
from parrot_desktop.theme.resources import resource_path
from parrot_desktop.views.header import Header
from parrot_desktop.views.list_area import ListArea
from parrot_desktop.views.menus import ActionIcons, context_menu, fill_button_menu, fill_menu_bar
from parrot_desktop.views.session_list_view import SessionListView
from parrot_desktop.views.side_panes import SidePanes
from parrot_desktop.views.status_bar import StatusBar
from parrot_desktop.views.toast import ToastStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.domain.filter_state import FilterState
    from parrot_desktop.models.owner_filter_model import OwnerFilterModel
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.command_palette import CommandPalette
    from parrot_desktop.views.filter_dock import FilterPanel
    from parrot_wire.answers import RecordItem
    from parrot_wire.session import Row
    from parrot_wire.values import RecordKind

SIZE = QSize(1360, 860)
MINIMUM = QSize(640, 480)

_LAYOUT_VERSIONS = {Qt.LayoutDirection.LeftToRight: 1, Qt.LayoutDirection.RightToLeft: 2}
"""A layout is of one direction: Qt would put the panes of one on the wrong sides of the other."""


class MainWindow(QMainWindow):
    """Emits what a person asks for."""

    close_asked = Signal()
    """The window's cross, Alt+F4, or the session ending. The window stays until `close_for_good`."""
    visibility_changed = Signal(bool)
    """Whether anybody can see it."""
    details_changed = Signal(bool)
    """The detail pane was opened or closed."""
    filter_applied = Signal(object)
    """The FilterState that the dock was left with."""

    def __init__(self, theme: Theme, model: SessionListModel, owners: OwnerFilterModel) -> None:
        super().__init__()
        self._theme = theme
        self._may_close = False
        self._was_seen = False
        self._is_painted = False
        self.setObjectName("main")
        self.setWindowTitle("Parrot")
        self.setWindowIcon(QIcon(QPixmap(str(resource_path("icons/parrot.svg")))))
        self.setMinimumSize(MINIMUM)
        self.resize(SIZE)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

        self.actions_by_id: Actions = build_actions(self, places=(Place.SESSION, Place.MAIN, Place.ANYWHERE))
        self._icons = ActionIcons(self.actions_by_id, theme, self)
        self._button_menu = QMenu(self)
        self.header = Header(
            theme,
            filter_action=self.actions_by_id[ActionId.FILTER],
            details_action=self.actions_by_id[ActionId.DETAILS],
            center_action=self.actions_by_id[ActionId.COMMAND_CENTER],
            bell_action=self.actions_by_id[ActionId.NOTIFICATIONS],
            needs_action=self.actions_by_id[ActionId.NEEDS_YOU],
            save_view_action=self.actions_by_id[ActionId.SAVE_VIEW],
            menu=self._button_menu,
        )
        self.list_view = SessionListView(theme, model)
        self.area = ListArea(theme, self.list_view)
        self._owners = owners
        self._panel: FilterPanel | None = None
        self._palette: CommandPalette | None = None
        self._filter_state: FilterState | None = None
        self._records: dict[RecordKind, Sequence[RecordItem]] = {}
        self.status = StatusBar(theme, now_ms=model.now_ms)
        self._build_docks()
        self.setStatusBar(self.status)
        self.toasts = ToastStack(theme, self)
        self.toasts.set_lift(self.status.height())
        self._connect()
        theme.changed.connect(self._restyle)

    def _build_docks(self) -> None:
        bar = QToolBar()
        bar.setObjectName("header-bar")
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.addWidget(self.header)
        bar.setStyleSheet("QToolBar { border: 0; padding: 0; margin: 0; spacing: 0; }")
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        self.setCentralWidget(self.area)
        self.panes = SidePanes(self, self._theme, self.actions_by_id)

    def _connect(self) -> None:
        actions = self.actions_by_id
        actions[ActionId.PALETTE].triggered.connect(self._open_palette)
        actions[ActionId.SHORTCUTS].triggered.connect(self._show_shortcuts)
        actions[ActionId.OPEN_MENU].triggered.connect(self.header.open_menu)
        actions[ActionId.SEARCH_TITLES].triggered.connect(self.header.open_search)
        actions[ActionId.FILTER].triggered.connect(self.show_filter)
        actions[ActionId.DETAILS].triggered.connect(self.show_details)
        actions[ActionId.CENTER_PANE].triggered.connect(self.show_center)
        self.panes.changed.connect(self._pane_changed)
        self.panes.focus_left.connect(self._focus_list)
        self.header.search_left.connect(self._focus_list)
        actions[ActionId.GO_TOP].triggered.connect(self._go_top)
        actions[ActionId.CLOSE_WINDOW].triggered.connect(self.close)
        actions[ActionId.MENU_BAR].triggered.connect(self.set_menu_bar)
        self.header.menu_wanted.connect(self._fill_button_menu)
        self.list_view.details_toggled.connect(actions[ActionId.DETAILS].trigger)
        self.list_view.action_key_pressed.connect(self._trigger)
        self.area.strip.pressed.connect(self._open_filter)

    @property
    def is_painted(self) -> bool:
        """Whether it has been on the screen."""
        return self._is_painted

    # Panes

    @property
    def has_details(self) -> bool:
        return self.panes.is_shown(ActionId.DETAILS)

    @property
    def has_filter(self) -> bool:
        return self.panes.is_shown(ActionId.FILTER)

    @property
    def has_center(self) -> bool:
        return self.panes.is_shown(ActionId.CENTER_PANE)

    def set_detail_widget(self, widget: QWidget) -> None:
        """What the detail pane holds; the one before goes."""
        self.panes.details.widget().deleteLater()
        self.panes.details.setWidget(widget)

    @property
    def filter_panel(self) -> FilterPanel:
        """The facets, made now if need be."""
        if self._panel is None:
            from parrot_desktop.views.filter_dock import FilterPanel

            self._panel = FilterPanel(self._theme, self._owners)
            self._panel.close_asked.connect(self._close_filter)
            self._panel.applied.connect(self.filter_applied)
            for kind, items in self._records.items():
                self._panel.set_records(kind, items)
            if self._filter_state is not None:
                self._panel.set_state(self._filter_state)
            self.panes.filter.widget().deleteLater()
            self.panes.filter.setWidget(self._panel)
        return self._panel

    def show_filter_state(self, state: FilterState) -> None:
        """What the facets say."""
        self._filter_state = state
        if self._panel is not None:
            self._panel.set_state(state)

    def show_records(self, kind: RecordKind, items: Sequence[RecordItem]) -> None:
        """What the facets offer."""
        self._records[kind] = items
        if self._panel is not None:
            self._panel.set_records(kind, items)

    def show_filter(self, shown: bool) -> None:
        panel = self.filter_panel if shown else None
        self.panes.show(ActionId.FILTER, shown)
        if panel is not None:
            panel.take_focus()

    def show_details(self, shown: bool) -> None:
        self.panes.show(ActionId.DETAILS, shown)

    def show_center(self, shown: bool) -> None:
        """The Command Center beside the list; whoever opens it is in it."""
        self.panes.show(ActionId.CENTER_PANE, shown)
        if shown:
            self.panes.center.take_focus()

    def set_menu_bar(self, shown: bool) -> None:
        """A menu bar, or the menu button in its stead."""
        self.actions_by_id[ActionId.MENU_BAR].setChecked(shown)
        bar = self.menuBar()
        if shown and not bar.actions():
            self._icons.draw()
            fill_menu_bar(bar, self.actions_by_id)
        bar.setVisible(shown)
        self.header.set_menu_visible(not shown)

    # What is remembered

    def dump_layout(self) -> QByteArray:
        return self.saveState(_LAYOUT_VERSIONS[self.layoutDirection()])

    def restore_layout(self, geometry: QByteArray, layout: QByteArray, *, has_filter: bool, has_details: bool) -> None:
        """Empty or strange bytes leave what is; a window that would lie on no screen is brought back by Qt.

        Whether the Command Center is in sight, and where, is a part of the layout.
        """
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        if not layout.isEmpty():
            self.restoreState(layout, _LAYOUT_VERSIONS[self.layoutDirection()])
        if has_filter:
            self.panes.filter.setWidget(self.filter_panel)
        self.panes.restored(has_filter=has_filter, has_details=has_details)

    # Menus

    def popup_context_menu(self, rows: Sequence[Row], at: QPoint) -> None:
        """On the selected rows, at a place of the screen."""
        self._icons.draw()
        menu = context_menu(self, self.actions_by_id, rows)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(at)

    def _fill_button_menu(self) -> None:
        self._icons.draw()
        if self._button_menu.isEmpty():
            fill_button_menu(self._button_menu, self.actions_by_id)

    def _open_palette(self) -> None:
        from parrot_desktop.views.command_palette import CommandPalette

        if self._palette is None:
            self._palette = CommandPalette(self._theme, self)
        self._palette.open_with(self.actions_by_id)

    def _show_shortcuts(self) -> None:
        from parrot_desktop.views.shortcut_overview import ShortcutOverview

        ShortcutOverview(self._theme, self).open()

    def _trigger(self, action: ActionId) -> None:
        self.actions_by_id[action].trigger()

    def _go_top(self) -> None:
        self.list_view.scroll_to_top()
        self.area.take_focus()

    def _pane_changed(self, which: ActionId, shown: bool) -> None:
        if which is ActionId.DETAILS:
            self.details_changed.emit(shown)

    def _focus_list(self) -> None:
        self.area.take_focus()

    def _open_filter(self) -> None:
        self.show_filter(True)

    def _close_filter(self) -> None:
        self.show_filter(False)
        self.area.take_focus()

    # The window itself

    def close_for_good(self) -> None:
        self._may_close = True
        self.close()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_asked.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.panes.has_focus(ActionId.FILTER):
                self._close_filter()
            elif not self.area.has_focus:
                self.area.take_focus()
            elif self.has_filter:
                self._close_filter()
            return
        super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.panes.fit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._is_painted = True

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panes.settle()
        self._tell_visibility()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_visibility()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._tell_visibility()

    def _tell_visibility(self) -> None:
        seen = self.isVisible() and not self.isMinimized()
        if seen != self._was_seen:
            self._was_seen = seen
            self.visibility_changed.emit(seen)

    def _restyle(self) -> None:
        self.toasts.set_lift(self.status.height())
