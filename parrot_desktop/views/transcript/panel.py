"""The transcript with what belongs around it: filter, jumps, find, what is new, and faces for when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.actions import ActionId, Actions
from parrot_desktop.domain.transcript.find import PartFilter, Seek, SeekKind
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.i18n import plural, tr
from parrot_desktop.views.faces import Face, FaceView
from parrot_desktop.views.pill_button import PillButton, Tone
from parrot_desktop.views.tool_button import ToolButton
from parrot_desktop.views.transcript.block import Act, Target
from parrot_desktop.views.transcript.find_bar import FindBar
from parrot_desktop.views.transcript.view import TranscriptView

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.pieces import View
    from parrot_desktop.theme.theme import Theme

_FILTER_WORDS = {
    PartFilter.ALL: "All parts",
    PartFilter.PROMPTS: "Prompts",
    PartFilter.ANSWERS: "Answers",
    PartFilter.TOOLS: "Tools",
    PartFilter.ERRORS: "Errors",
}


class TranscriptPanel(QWidget):
    """A `TranscriptView` in its frame. ``actions`` are the window's: those of `Place.TRANSCRIPT` are connected here."""

    find_requested = Signal(str)
    """Look for a text in the whole transcript; empty: no longer."""
    seek_requested = Signal(object)
    """Seek"""
    raw_requested = Signal(int)
    """The source's own record of a message."""
    message_link_requested = Signal(int)
    """Copy a link to a message."""
    face_asked = Signal(object)
    """ActionId of a face's button."""

    def __init__(self, theme: Theme, captions: Captions, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self.view = TranscriptView(theme, captions)
        self.find_bar = FindBar(theme)
        self.find_bar.follow(actions)
        self._face = FaceView(theme)
        self.filter_menu = QMenu(self)
        self._filter_actions = self._buildfilter_menu()
        self._filter_button = ToolButton(theme, "funnel", text=tr("All parts"), menu=self.filter_menu, is_quiet=True)
        self._filter_button.setToolTip(tr("Which parts are shown"))
        self.bar = QHBoxLayout()
        """The row above the text; whoever hosts the panel puts its tabs at the left."""
        self.bar.setContentsMargins(22, 0, 16, 0)
        self.bar.setSpacing(2)
        self.bar.addStretch(1)
        self.bar.addWidget(self._filter_button)
        self._tools: list[QWidget] = [self._filter_button]
        for action, icon in (
            (ActionId.PREVIOUS_PROMPT, "arrow-up"),
            (ActionId.NEXT_PROMPT, "arrow-down"),
            (ActionId.NEXT_ERROR, "circle-alert"),
            (ActionId.FIND, "search"),
        ):
            if action in actions:
                self._tools.append(ToolButton(theme, icon, action=actions[action], is_quiet=True))
                self.bar.addWidget(self._tools[-1])
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self._face)
        find_row = QHBoxLayout()
        find_row.setContentsMargins(22, 0, 22, 0)
        find_row.addWidget(self.find_bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 14, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.bar)
        layout.addLayout(find_row)
        layout.addWidget(self.stack, 1)
        self._chip = PillButton(theme, icon="arrow-down", tone=Tone.LIVE, parent=self.view)
        self._chip.hide()
        self._connect()

    def _connect(self) -> None:
        self.view.unseen_changed.connect(self._show_unseen)
        self.view.menu_requested.connect(self._open_menu)
        self.view.view_changed.connect(self._show_filter)
        self.view.viewport().installEventFilter(self)
        self.find_bar.text_changed.connect(self._find)
        self.find_bar.match_chosen.connect(self.view.show_match)
        self.find_bar.closed.connect(self.view.setFocus)
        self._chip.clicked.connect(self._follow)
        self._face.asked.connect(self.face_asked)
        handlers: dict[ActionId, Callable[[], None]] = {
            ActionId.FIND: self.open_find,
            ActionId.FIND_NEXT: self._find_next,
            ActionId.FIND_PREVIOUS: self._find_previous,
            ActionId.FIRST_MESSAGE: lambda: self.view.scroll_to(1),
            ActionId.LAST_MESSAGE: self._follow,
            ActionId.NEXT_PROMPT: lambda: self.seek(SeekKind.PROMPT, 1),
            ActionId.PREVIOUS_PROMPT: lambda: self.seek(SeekKind.PROMPT, -1),
            ActionId.NEXT_ERROR: lambda: self.seek(SeekKind.ERROR, 1),
            ActionId.EXPAND_ALL: lambda: self.view.set_all_open(True),
            ActionId.COLLAPSE_ALL: lambda: self.view.set_all_open(False),
        }
        for action, handler in handlers.items():
            if action in self._actions:
                self._actions[action].triggered.connect(_without_argument(handler))

    # States

    def show_face(self, face: Face | None) -> None:
        """Something in place of the text; None for the text."""
        if face is not None:
            self._face.show_face(face)
        self.stack.setCurrentWidget(self.view if face is None else self._face)

    @property
    def face(self) -> Face | None:
        return self._face.face if self.stack.currentWidget() is self._face else None

    def reset(self, captions: Captions) -> None:
        """Another session."""
        if self.find_bar.isVisible():
            self.find_bar.close_bar()
        self.view.clear(captions)
        self._show_filter(self.view.shown)

    def set_tools_visible(self, visible: bool) -> None:
        """Filter, jumps and find, which are of no use beside another page."""
        for tool in self._tools:
            tool.setVisible(visible)
        if not visible and self.find_bar.isVisible():
            self.find_bar.close_bar()

    # Finding and jumping

    def open_find(self) -> None:
        self.find_bar.open_bar(self.view.reading)

    def seek(self, kind: SeekKind, by: int) -> None:
        """Ask for the next thing of a kind from where the reader is."""
        current = self.view.current
        n = self.view.place_of_reading
        if current is None or current.n != n:
            # From the top of the view: what stands there counts as passed, unless it is what is sought.
            current = PartPlace(n, -1 if by > 0 else 0)
        self.seek_requested.emit(Seek(kind, current, by))

    def seek_turn(self, turn: int) -> None:
        self.seek_requested.emit(Seek(SeekKind.TURN, PartPlace(self.view.reading, 0), turn=turn))

    def _find(self, text: str) -> None:
        self.view.set_needle(text)
        self.find_requested.emit(text)

    def _find_next(self) -> None:
        if self.find_bar.isVisible():
            self.find_bar.next()
        else:
            self.open_find()

    def _find_previous(self) -> None:
        if self.find_bar.isVisible():
            self.find_bar.previous()
        else:
            self.open_find()

    def _follow(self) -> None:
        self.view.scroll_to_end(follow=True)
        self.view.setFocus()

    # The filter

    def _buildfilter_menu(self) -> dict[PartFilter, QAction]:
        group = QActionGroup(self)
        made: dict[PartFilter, QAction] = {}
        for value in PartFilter:
            action = self.filter_menu.addAction(tr(_FILTER_WORDS[value]))
            action.setCheckable(True)
            action.setChecked(value is PartFilter.ALL)
            group.addAction(action)
            action.triggered.connect(lambda _=False, chosen=value: self._choose_filter(chosen))
            made[value] = action
        return made

    def _choose_filter(self, value: PartFilter) -> None:
        self.view.set_view(replace(self.view.shown, parts=value))

    def _show_filter(self, view: View) -> None:
        self._filter_actions[view.parts].setChecked(True)
        self._filter_button.setText(tr(_FILTER_WORDS[view.parts]))
        self._filter_button.setAccessibleName(tr("Shown: {what}", what=tr(_FILTER_WORDS[view.parts])))
        self._filter_button.updateGeometry()

    # What is new

    def _show_unseen(self, count: int) -> None:
        if count:
            self._chip.set_texts(plural(count, "{n} new", "{n} new"))
            self._chip.setToolTip(tr("Go to the end and follow it"))
            self._chip.adjustSize()
            self._place_chip()
        self._chip.setVisible(count > 0)

    def _place_chip(self) -> None:
        area = self.view.viewport().geometry()
        x = area.center().x() - self._chip.width() // 2
        self._chip.move(x, area.bottom() - self._chip.height() - 14)
        self._chip.raise_()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self._chip.isVisible():
            self._place_chip()
        return super().eventFilter(watched, event)

    # The menu

    def _open_menu(self, n: int, target: Target | None, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.view.selected:
            menu.addAction(tr("Copy"), self.view.copy)
        if target is not None and target.act is Act.LINK:
            menu.addAction(tr("Open link"), lambda: self.view.link_activated.emit(target.value))
            menu.addAction(tr("Copy address"), lambda: _copy(target.value.removeprefix("file:")))
        menu.addAction(tr("Copy message as Markdown"), lambda: self.view.copy_message(n))
        menu.addAction(tr("Copy link to message"), lambda: self.message_link_requested.emit(n))
        menu.addSeparator()
        menu.addAction(tr("Show the source's own record"), lambda: self.raw_requested.emit(n))
        menu.addSeparator()
        for action in (ActionId.EXPAND_ALL, ActionId.COLLAPSE_ALL):
            if action in self._actions:
                menu.addAction(self._actions[action])
        menu.popup(at)


def _without_argument(handler: Callable[[], None]) -> Callable[[bool], None]:
    """For ``triggered``, which says whether the action is checked."""
    return lambda _checked: handler()


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
