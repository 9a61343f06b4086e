"""The Command Center beside the list: on either side, or below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMenu, QWidget
from typing_extensions import override

from parrot_desktop.i18n import tr
from parrot_desktop.views.tool_button import ToolButton

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.command_center import CommandCenter

SIZE = QSize(380, 320)
"""Its width on a side, its height below or under another pane."""

LEAST = QSize(320, 140)
"""Narrower, its rows would lose their status."""

_PLACES = {
    Qt.DockWidgetArea.LeftDockWidgetArea: "On the left",
    Qt.DockWidgetArea.RightDockWidgetArea: "On the right",
    Qt.DockWidgetArea.BottomDockWidgetArea: "Below the list",
}


class CommandCenterDock(QDockWidget):
    """Empty until it is first seen; a hidden one costs nothing."""

    wanted = Signal()
    """It is seen for the first time: `fill` it."""
    place_chosen = Signal(object)
    """Another `Qt.DockWidgetArea`."""
    close_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Command Center"))
        self._theme = theme
        self.setObjectName("command-center-dock")
        # Moved by its menu, which every hand can reach; like the other panes it has no bar to drag.
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.setTitleBarWidget(QWidget(self))
        self.setWidget(QWidget())
        self.center: CommandCenter | None = None
        self._place = Qt.DockWidgetArea.NoDockWidgetArea
        self._places: dict[Qt.DockWidgetArea, QAction] = {}

    def fill(self, make: Callable[[Sequence[QWidget]], CommandCenter]) -> None:
        """``make`` is handed the tools for the Command Center's header."""
        if self.center is not None:
            return
        self.center = make(self._make_tools())
        self.center.setMinimumSize(LEAST)
        self.widget().deleteLater()
        self.setWidget(self.center)

    def show_place(self, area: Qt.DockWidgetArea) -> None:
        """What its menu shows as chosen."""
        self._place = area
        for place, action in self._places.items():
            action.setChecked(place is area)

    def take_focus(self) -> None:
        if self.center is not None:
            self.center.take_focus()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.center is None:
            self.wanted.emit()

    def _make_tools(self) -> Sequence[QWidget]:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for area, words in _PLACES.items():
            action = menu.addAction(tr(words))
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, area))
            group.addAction(action)
            self._places[area] = action
        self.show_place(self._place)
        place = ToolButton(self._theme, "ellipsis-vertical", menu=menu, is_quiet=True)
        place.setAccessibleName(tr("Place of the Command Center"))
        place.setToolTip(tr("Place of the Command Center"))
        close = ToolButton(self._theme, "x", is_quiet=True)
        close.setAccessibleName(tr("Close the Command Center"))
        close.setToolTip(tr("Close the Command Center"))
        close.clicked.connect(self.close_asked)
        return place, close

    def _choose(self, area: Qt.DockWidgetArea, _checked: bool) -> None:
        self.place_chosen.emit(area)
