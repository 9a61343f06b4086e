"""The middle of the window: the list, or what stands in its place, under the filters in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.views.banner import Banner
from parrot_desktop.views.faces import Face, FaceView, SkeletonRows
from parrot_desktop.views.filter_strip import FilterStrip

if TYPE_CHECKING:
    from parrot_desktop.theme.theme import Theme


class ListArea(QWidget):
    """One of three: the list view, rows to come, or a face. ``face_asked`` carries the face's ActionId."""

    face_asked = Signal(object)

    def __init__(self, theme: Theme, list_view: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self.strip = FilterStrip(theme)
        self.banner = Banner(theme)
        self.jump = Banner(theme, is_trouble=False)
        """Says that the list begins at another day than today."""
        self._list = list_view
        self._skeleton = SkeletonRows(theme)
        self._face = FaceView(theme)
        self._face.asked.connect(self.face_asked)
        self._stack = QStackedWidget()
        for widget in (list_view, self._skeleton, self._face):
            self._stack.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.jump)
        layout.addWidget(self.strip)
        layout.addWidget(self._stack, 1)
        self.setMinimumWidth(320)
        theme.changed.connect(self.update)

    @property
    def face(self) -> Face | None:
        """The face that is shown, if one is."""
        return self._face.face if self._stack.currentWidget() is self._face else None

    @property
    def shows_list(self) -> bool:
        return self._stack.currentWidget() is self._list

    @property
    def has_focus(self) -> bool:
        """Whether the keys are the list's, or of what stands in its place."""
        focus = QApplication.focusWidget()
        return focus is not None and self._stack.isAncestorOf(focus)

    def take_focus(self) -> None:
        """To whatever stands there; the rows get it from what stood in their place."""
        (self._stack.currentWidget() or self._list).setFocus()

    def show_list(self) -> None:
        had_focus = self._face.hasFocus() or self._skeleton.hasFocus()
        self._stack.setCurrentWidget(self._list)
        if had_focus:
            self._list.setFocus()

    def show_loading(self) -> None:
        had_focus = self._list.hasFocus() or self._face.hasFocus()
        self._stack.setCurrentWidget(self._skeleton)
        if had_focus:
            self._skeleton.setFocus()

    def show_face(self, face: Face) -> None:
        had_focus = self._list.hasFocus() or self._skeleton.hasFocus()
        self._face.show_face(face)
        self._stack.setCurrentWidget(self._face)
        if had_focus:
            self._face.setFocus()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.tokens.surface)
