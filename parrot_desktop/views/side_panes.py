"""The panes around the list: filter, details and Command Center; where they stand, and who gives way to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget
from typing_extensions import override

from parrot_desktop.actions import ActionId
from parrot_desktop.i18n import tr
from parrot_desktop.views.command_center_dock import SIZE, CommandCenterDock

if TYPE_CHECKING:
    from parrot_desktop.actions import Actions
    from parrot_desktop.theme.theme import Theme

FILTER_WIDTH = 268
DETAILS_WIDTH = 430
NARROW = 940
"""Below this width the panes of the two sides take turns: between both the list would have no room."""
LOW = 640
"""Below this height the panes of one side take turns: each would have too little of it."""

ROOMY = 1_200
"""From this width on nobody's pane had to give way: so wide as one is then, it is meant to be."""
LIST_WIDTH = 560
"""So much the list keeps before panes that had to give way have their width back."""

_Area = Qt.DockWidgetArea
_SIDES = (_Area.LeftDockWidgetArea, _Area.RightDockWidgetArea)


class SidePanes(QObject):
    """Docks of a main window. The actions that show and hide them say which are in sight."""

    changed = Signal(object, bool)
    """An `ActionId`, and whether its pane is in sight now."""
    focus_left = Signal()
    """The pane that had the focus was closed."""

    def __init__(self, window: QMainWindow, theme: Theme, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._actions = actions
        self.filter = _dock("filter", tr("Filter"))
        self.details = _dock("details", tr("Details"))
        self.center = CommandCenterDock(theme)
        self._docks: dict[ActionId, QDockWidget] = {
            ActionId.FILTER: self.filter,
            ActionId.DETAILS: self.details,
            ActionId.CENTER_PANE: self.center,
        }
        # Qt mirrors whatever stands in layouts, but not the places of docks.
        leading, trailing = _Area.LeftDockWidgetArea, _Area.RightDockWidgetArea
        if window.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            leading, trailing = trailing, leading
        window.setCorner(Qt.Corner.BottomLeftCorner, _Area.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea)
        window.addDockWidget(leading, self.filter)
        window.addDockWidget(trailing, self.details)
        self._put_center(trailing)
        for dock in self._docks.values():
            dock.hide()
        self._wished: dict[QDockWidget, float] = {
            self.filter: FILTER_WIDTH,
            self.details: DETAILS_WIDTH,
            self.center: SIZE.width(),
        }
        """How wide each is meant to be, with text at 100 %. A narrow window makes them narrower; Qt leaves them so."""
        self._is_settled = False
        window.resizeDocks([self.filter, self.details], [FILTER_WIDTH, DETAILS_WIDTH], Qt.Orientation.Horizontal)
        for dock in self._docks.values():
            dock.installEventFilter(self)
        self._scale = theme.text_scale
        theme.changed.connect(self._restyle)
        self.center.place_chosen.connect(self._place_center)
        self.center.close_asked.connect(actions[ActionId.CENTER_PANE].trigger)

    def is_shown(self, which: ActionId) -> bool:
        return self._actions[which].isChecked()

    def has_focus(self, which: ActionId) -> bool:
        """Whether the focus is somewhere in the pane."""
        focus = QApplication.focusWidget()
        return focus is not None and self._docks[which].isAncestorOf(focus)

    def show(self, which: ActionId, shown: bool) -> None:
        """In a narrow or low window others go meanwhile."""
        dock = self._docks[which]
        if shown:
            self._make_room(which, self._window.dockWidgetArea(dock))
        had_focus = self.has_focus(which)
        self._actions[which].setChecked(shown)
        dock.setVisible(shown)
        if had_focus and not shown:
            self.focus_left.emit()
        if shown:
            self._widen()
        self.changed.emit(which, shown)

    def restored(self, *, has_filter: bool, has_details: bool) -> None:
        """The window's state was restored, the Command Center with it; the others are as their settings say."""
        has_center = not self.center.isHidden()
        for which, shown in (
            (ActionId.DETAILS, has_details),
            (ActionId.CENTER_PANE, has_center),
            (ActionId.FILTER, has_filter),
        ):
            self._actions[which].setChecked(shown)
            self._docks[which].setVisible(shown)
        self.center.show_place(self._window.dockWidgetArea(self.center))
        self.fit()

    def settle(self) -> None:
        """The window comes into sight: panes have the widths with which they were left."""
        if not self._is_settled and self._window.width() >= ROOMY:
            for dock in self._docks.values():
                if not dock.isHidden() and self._window.dockWidgetArea(dock) in _SIDES:
                    self._wished[dock] = dock.width() / self._theme.text_scale
        self._is_settled = True
        self._widen()

    def fit(self) -> None:
        """The window has another size."""
        first = next((which for which in self._docks if self.is_shown(which)), None)
        if first is not None:
            self._make_room(first, self._window.dockWidgetArea(self._docks[first]))
        self._widen()

    def _restyle(self) -> None:
        if self._theme.text_scale != self._scale:
            self._scale = self._theme.text_scale
            self._widen(also_narrower=True)

    def _widen(self, *, also_narrower: bool = False) -> None:
        """Panes that a narrow window made narrower become as wide again as they are meant to be."""
        window = self._window
        if not self._is_settled:
            return
        sides = [
            [dock for dock in self._docks.values() if not dock.isHidden() and window.dockWidgetArea(dock) is side]
            for side in _SIDES
        ]
        shown = [side for side in sides if side]
        widths = [round(max(self._wished[dock] for dock in side) * self._theme.text_scale) for side in shown]
        is_other = also_narrower or any(side[0].width() < width for side, width in zip(shown, widths, strict=True))
        if is_other and window.width() - sum(widths) >= LIST_WIDTH:
            window.resizeDocks([side[0] for side in shown], widths, Qt.Orientation.Horizontal)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The window's own edge is dragged outside of it: a button that is down here has hold of a separator.
        if event.type() == QEvent.Type.Resize and QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            for dock in self._docks.values():
                if dock is watched and self._window.dockWidgetArea(dock) in _SIDES:
                    for other in self._docks.values():
                        if self._window.dockWidgetArea(other) is self._window.dockWidgetArea(dock):
                            self._wished[other] = dock.width() / self._theme.text_scale
        return False

    def _place_center(self, area: _Area) -> None:
        self._make_room(ActionId.CENTER_PANE, area)
        self._put_center(area)
        self.center.setVisible(self.is_shown(ActionId.CENTER_PANE))
        self.center.take_focus()

    def _put_center(self, area: _Area) -> None:
        window, dock = self._window, self.center
        window.addDockWidget(area, dock)
        if area is not _Area.BottomDockWidgetArea:
            # Under what stands there already: beside it the list would have no room.
            above = next(other for other in (self.filter, self.details) if window.dockWidgetArea(other) is area)
            window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
            if above.isHidden():
                window.resizeDocks([dock], [SIZE.width()], Qt.Orientation.Horizontal)
        window.resizeDocks([dock], [SIZE.height()], Qt.Orientation.Vertical)
        dock.show_place(area)

    def _make_room(self, which: ActionId, area: _Area) -> None:
        """For a pane that comes to stand there: those go for which the window is too narrow, or too low."""
        if area is _Area.BottomDockWidgetArea:
            return
        is_narrow, is_low = self._window.width() < NARROW, self._window.height() < LOW
        for other, dock in self._docks.items():
            there = self._window.dockWidgetArea(dock)
            if other is which or not self.is_shown(other) or there is _Area.BottomDockWidgetArea:
                continue
            if is_low if there is area else is_narrow:
                self.show(other, False)


def _dock(name: str, title: str) -> QDockWidget:
    dock = QDockWidget(title)
    dock.setObjectName(name)
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    dock.setTitleBarWidget(QWidget(dock))
    dock.setWidget(QWidget())
    return dock
