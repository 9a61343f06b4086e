"""Where each action stands in the menus: File, Edit, View, Go, Help; as a menu bar and behind the menu button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from parrot_desktop.actions import SPEC_OF, ActionId, offered
from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.actions import Actions
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Row

_A = ActionId

MENUS: tuple[tuple[str, tuple[ActionId | None, ...]], ...] = (
    (
        "File",
        (
            _A.OPEN,
            None,
            _A.CONNECT,
            _A.OPEN_SAMPLE,
            None,
            _A.EXPORT_LIST,
            _A.EXPORT_SESSION,
            None,
            _A.CLOSE_WINDOW,
            _A.QUIT,
        ),
    ),
    (
        "Edit",
        (
            _A.COPY_LINK,
            _A.COPY_ID,
            _A.COPY_RESUME_COMMAND,
            None,
            _A.STAR,
            _A.STAR_OWNER,
            _A.TOGGLE_READ,
            _A.HIDE,
            None,
            _A.CANCEL,
            _A.END,
            None,
            _A.SEARCH_TITLES,
            _A.SEARCH_TRANSCRIPTS,
            None,
            _A.SETTINGS,
        ),
    ),
    (
        "View",
        (
            _A.TAB_ALL,
            _A.TAB_FLOWS,
            _A.TAB_CHATS,
            _A.NEEDS_YOU,
            _A.SAVE_VIEW,
            None,
            _A.FILTER,
            _A.STARRED_ONLY,
            _A.CLEAR_FILTER,
            _A.SHOW_HIDDEN,
            _A.DETAILS,
            _A.CENTER_PANE,
            None,
            _A.THEME_SYSTEM,
            _A.THEME_LIGHT,
            _A.THEME_DARK,
            _A.THEME_CONTRAST,
            None,
            _A.MENU_BAR,
            _A.REFRESH,
        ),
    ),
    (
        "Go",
        (
            _A.SHOW_WAITING,
            _A.SHOW_FAILED,
            _A.SHOW_LIVE,
            _A.COMMAND_CENTER,
            _A.NOTIFICATIONS,
            _A.GO_TOP,
            _A.JUMP_TO_DATE,
            _A.BACK_TO_NOW,
            None,
            _A.RESUME,
            _A.OPEN_EDITOR,
            _A.REVEAL_FILE,
        ),
    ),
    ("Help", (_A.PALETTE, _A.SHORTCUTS, None, _A.OPEN_LOG, _A.COPY_DIAGNOSTICS, _A.ABOUT)),
)
"""Titles (English, for ``tr``) and actions; None is a line."""

_CONTEXT_GROUPS: tuple[tuple[ActionId, ...], ...] = (
    (_A.OPEN,),
    (_A.APPROVE, _A.REJECT, _A.SKIP, _A.REASSIGN),
    (_A.CANCEL, _A.END),
    (_A.RESUME, _A.OPEN_EDITOR, _A.REVEAL_FILE),
    (_A.COPY_LINK, _A.COPY_ID, _A.COPY_RESUME_COMMAND),
    (_A.STAR, _A.STAR_OWNER, _A.TOGGLE_READ, _A.HIDE),
    (_A.EXPORT_SESSION,),
)


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> None:
    for title, ids in MENUS:
        _fill(_titled(bar.addMenu(tr(title)), title), ids, actions)


def fill_button_menu(menu: QMenu, actions: Actions) -> None:
    """The same menus, one below the other."""
    for title, ids in MENUS:
        _fill(_titled(menu.addMenu(tr(title)), title), ids, actions)


def context_menu(parent: QWidget, actions: Actions, rows: Sequence[Row]) -> QMenu:
    """What can be done to the rows; what is not allowed is not shown."""
    menu = QMenu(parent)
    allowed = {spec.id for spec in offered(rows)} & actions.keys()
    for group in _CONTEXT_GROUPS:
        here = [action_id for action_id in group if action_id in allowed]
        if here and not menu.isEmpty():
            menu.addSeparator()
        for action_id in here:
            menu.addAction(actions[action_id])
    return menu


class ActionIcons(QObject):
    """The icons of actions in the theme's ink; a checkable action shows its check instead.

    Drawn when a menu first shows them: two dozen pictures that no window needs to open.
    """

    def __init__(self, actions: Actions, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._theme = theme
        self._are_drawn = False
        theme.changed.connect(self._redraw)

    def draw(self) -> None:
        """A menu opens."""
        if not self._are_drawn:
            self._are_drawn = True
            self._redraw()

    def _redraw(self) -> None:
        if not self._are_drawn:
            return
        tokens = self._theme.tokens
        for action_id, action in self._actions.items():
            spec = SPEC_OF[action_id]
            if spec.icon and not spec.is_checkable:
                ink = tokens.danger if spec.is_danger else tokens.muted
                action.setIcon(icon(spec.icon, ink, disabled=tokens.faint))


def _titled(menu: QMenu, title: str) -> QMenu:
    menu.setObjectName(f"menu-{title.lower()}")
    return menu


def _fill(menu: QMenu, ids: Sequence[ActionId | None], actions: Actions) -> None:
    for action_id in ids:
        if action_id is None:
            menu.addSeparator()
        elif action_id in actions:
            menu.addAction(actions[action_id])
