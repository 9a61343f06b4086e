"""Every action of the application, once: menus, toolbars, context menus, row buttons and the palette look here.

What is enabled is a pure function of the selected rows: the server said in each row's ``actions`` what this person may
do now, so nothing here decides rights.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from parrot_desktop.i18n import tr
from parrot_wire.values import Action, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from parrot_wire.session import Row


class ActionId(StrEnum):
    """Names of actions; a name is stable, since keys and rows refer to it."""

    # On the selected sessions
    OPEN = "open"
    CANCEL = "cancel"
    END = "end"
    RESUME = "resume"
    OPEN_EDITOR = "open_editor"
    COPY_LINK = "copy_link"
    COPY_ID = "copy_id"
    COPY_RESUME_COMMAND = "copy_resume_command"
    REVEAL_FILE = "reveal_file"
    EXPORT_SESSION = "export_session"
    APPROVE = "approve"
    REJECT = "reject"
    SKIP = "skip"
    REASSIGN = "reassign"
    STAR = "star"
    STAR_OWNER = "star_owner"
    TOGGLE_READ = "toggle_read"
    HIDE = "hide"
    # In a transcript
    FIND = "find"
    FIND_NEXT = "find_next"
    FIND_PREVIOUS = "find_previous"
    FIRST_MESSAGE = "first_message"
    LAST_MESSAGE = "last_message"
    NEXT_PROMPT = "next_prompt"
    PREVIOUS_PROMPT = "previous_prompt"
    NEXT_ERROR = "next_error"
    EXPAND_ALL = "expand_all"
    COLLAPSE_ALL = "collapse_all"
    # In the main window
    TAB_ALL = "tab_all"
    TAB_FLOWS = "tab_flows"
    TAB_CHATS = "tab_chats"
    NEEDS_YOU = "needs_you"
    SAVE_VIEW = "save_view"
    JUMP_TO_DATE = "jump_to_date"
    BACK_TO_NOW = "back_to_now"
    SHOW_HIDDEN = "show_hidden"
    STARRED_ONLY = "starred_only"
    FILTER = "filter"
    CLEAR_FILTER = "clear_filter"
    SEARCH_TITLES = "search_titles"
    SEARCH_TRANSCRIPTS = "search_transcripts"
    DETAILS = "details"
    SHOW_WAITING = "show_waiting"
    SHOW_FAILED = "show_failed"
    SHOW_LIVE = "show_live"
    GO_TOP = "go_top"
    REFRESH = "refresh"
    EXPORT_LIST = "export_list"
    CONNECT = "connect"
    OPEN_SAMPLE = "open_sample"
    THEME_SYSTEM = "theme_system"
    THEME_LIGHT = "theme_light"
    THEME_DARK = "theme_dark"
    THEME_CONTRAST = "theme_contrast"
    MENU_BAR = "menu_bar"
    OPEN_MENU = "open_menu"
    COMMAND_CENTER = "command_center"
    CENTER_PANE = "center_pane"
    NOTIFICATIONS = "notifications"
    SETTINGS = "settings"
    # Everywhere
    PALETTE = "palette"
    SHORTCUTS = "shortcuts"
    COPY_DIAGNOSTICS = "copy_diagnostics"
    OPEN_LOG = "open_log"
    ABOUT = "about"
    CLOSE_WINDOW = "close_window"
    QUIT = "quit"


class Place(StrEnum):
    """Where an action makes sense."""

    SESSION = "session"
    TRANSCRIPT = "transcript"
    MAIN = "main"
    ANYWHERE = "anywhere"


def _always(_rows: Sequence[Row]) -> bool:
    return True


def _some(rows: Sequence[Row]) -> bool:
    return bool(rows)


def _one(rows: Sequence[Row]) -> bool:
    return len(rows) == 1


def _all_may(action: Action) -> Callable[[Sequence[Row]], bool]:
    return lambda rows: bool(rows) and all(action in row.actions for row in rows)


def _one_may(action: Action) -> Callable[[Sequence[Row]], bool]:
    return lambda rows: len(rows) == 1 and action in rows[0].actions


def _one_chat(rows: Sequence[Row]) -> bool:
    return len(rows) == 1 and rows[0].kind is not Kind.FLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action. ``text`` and ``tip`` are English and are translated when the action is built.

    shortcut: what Qt reads, in portable form; "" for none. ``more`` are further keys for the same.
    """

    id: ActionId
    place: Place
    text: str
    icon: str = ""
    shortcut: str = ""
    more: tuple[str, ...] = ()
    tip: str = ""
    enabled: Callable[[Sequence[Row]], bool] = _always
    is_checkable: bool = False
    is_danger: bool = False
    in_list: bool = False
    """Its keys are the list view's own: elsewhere they type, or press a button."""


_SESSION = Place.SESSION
_TRANSCRIPT = Place.TRANSCRIPT
_MAIN = Place.MAIN
_ANY = Place.ANYWHERE

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        id=ActionId.OPEN,
        place=_SESSION,
        text="Open",
        icon="maximize-2",
        shortcut="Return",
        more=("Enter",),
        enabled=_one,
        in_list=True,
    ),
    ActionSpec(
        id=ActionId.CANCEL,
        place=_SESSION,
        text="Cancel run",
        icon="square",
        shortcut="Ctrl+.",
        enabled=_all_may(Action.CANCEL),
        is_danger=True,
    ),
    ActionSpec(
        id=ActionId.END,
        place=_SESSION,
        text="End conversation",
        icon="circle-check",
        shortcut="Ctrl+E",
        enabled=_all_may(Action.END),
    ),
    ActionSpec(
        id=ActionId.RESUME,
        place=_SESSION,
        text="Resume in chat",
        icon="terminal",
        shortcut="Ctrl+R",
        tip="Opens a terminal in the session's folder with the tool's own resume command",
        enabled=_one_may(Action.RESUME),
    ),
    ActionSpec(
        id=ActionId.OPEN_EDITOR,
        place=_SESSION,
        text="Open in editor",
        icon="code",
        shortcut="Ctrl+Shift+E",
        enabled=_one_may(Action.OPEN_EDITOR),
    ),
    ActionSpec(
        id=ActionId.COPY_LINK, place=_SESSION, text="Copy link", icon="link", shortcut="Ctrl+Shift+C", enabled=_some
    ),
    ActionSpec(id=ActionId.COPY_ID, place=_SESSION, text="Copy id", icon="hash", enabled=_some),
    ActionSpec(
        id=ActionId.COPY_RESUME_COMMAND, place=_SESSION, text="Copy resume command", icon="copy", enabled=_one_chat
    ),
    ActionSpec(
        id=ActionId.REVEAL_FILE, place=_SESSION, text="Reveal transcript file", icon="folder-open", enabled=_one
    ),
    ActionSpec(id=ActionId.EXPORT_SESSION, place=_SESSION, text="Export session…", icon="download", enabled=_one),
    ActionSpec(id=ActionId.APPROVE, place=_SESSION, text="Approve…", icon="check", enabled=_one_may(Action.DECIDE)),
    ActionSpec(
        id=ActionId.REJECT, place=_SESSION, text="Reject…", icon="x", enabled=_one_may(Action.DECIDE), is_danger=True
    ),
    ActionSpec(
        id=ActionId.SKIP, place=_SESSION, text="Skip step…", icon="skip-forward", enabled=_one_may(Action.DECIDE)
    ),
    ActionSpec(
        id=ActionId.REASSIGN, place=_SESSION, text="Reassign…", icon="user-round", enabled=_one_may(Action.DECIDE)
    ),
    ActionSpec(
        id=ActionId.STAR,
        place=_SESSION,
        text="Star",
        icon="star",
        shortcut="S",
        tip="Watches it: notifications can be for what is starred alone",
        enabled=_some,
        in_list=True,
    ),
    ActionSpec(
        id=ActionId.STAR_OWNER,
        place=_SESSION,
        text="Star the owner",
        icon="star",
        shortcut="Shift+S",
        tip="Watches everything that this person's agents do",
        enabled=_some,
        in_list=True,
    ),
    ActionSpec(
        id=ActionId.TOGGLE_READ,
        place=_SESSION,
        text="Mark as read",
        icon="circle-dot",
        shortcut="U",
        enabled=_some,
        in_list=True,
    ),
    ActionSpec(
        id=ActionId.HIDE,
        place=_SESSION,
        text="Hide",
        icon="archive",
        shortcut="H",
        more=("Delete",),
        tip="Takes it out of this desktop's list; it still counts, and others go on seeing it",
        enabled=_some,
        in_list=True,
    ),
    ActionSpec(id=ActionId.FIND, place=_TRANSCRIPT, text="Find in transcript", icon="search", shortcut="Ctrl+F"),
    ActionSpec(
        id=ActionId.FIND_NEXT,
        place=_TRANSCRIPT,
        text="Next match",
        icon="chevron-down",
        shortcut="F3",
        more=("Ctrl+G",),
    ),
    ActionSpec(
        id=ActionId.FIND_PREVIOUS,
        place=_TRANSCRIPT,
        text="Previous match",
        icon="chevron-up",
        shortcut="Shift+F3",
        more=("Ctrl+Shift+G",),
    ),
    ActionSpec(
        id=ActionId.FIRST_MESSAGE,
        place=_TRANSCRIPT,
        text="First message",
        icon="arrow-up-to-line",
        shortcut="Ctrl+Home",
    ),
    ActionSpec(
        id=ActionId.LAST_MESSAGE, place=_TRANSCRIPT, text="Last message", icon="arrow-down-to-line", shortcut="Ctrl+End"
    ),
    ActionSpec(id=ActionId.NEXT_PROMPT, place=_TRANSCRIPT, text="Next prompt", icon="arrow-down", shortcut="Alt+Down"),
    ActionSpec(
        id=ActionId.PREVIOUS_PROMPT, place=_TRANSCRIPT, text="Previous prompt", icon="arrow-up", shortcut="Alt+Up"
    ),
    ActionSpec(id=ActionId.NEXT_ERROR, place=_TRANSCRIPT, text="Next error", icon="circle-alert", shortcut="F8"),
    ActionSpec(
        id=ActionId.EXPAND_ALL, place=_TRANSCRIPT, text="Unfold all", icon="chevrons-down", shortcut="Ctrl+Shift+Down"
    ),
    ActionSpec(
        id=ActionId.COLLAPSE_ALL, place=_TRANSCRIPT, text="Fold all", icon="chevrons-up", shortcut="Ctrl+Shift+Up"
    ),
    ActionSpec(
        id=ActionId.TAB_ALL, place=_MAIN, text="All sessions", icon="list", shortcut="Ctrl+1", is_checkable=True
    ),
    ActionSpec(id=ActionId.TAB_FLOWS, place=_MAIN, text="Flows", icon="workflow", shortcut="Ctrl+2", is_checkable=True),
    ActionSpec(
        id=ActionId.TAB_CHATS, place=_MAIN, text="Chats", icon="message-circle", shortcut="Ctrl+3", is_checkable=True
    ),
    ActionSpec(
        id=ActionId.NEEDS_YOU,
        place=_MAIN,
        text="Needs you",
        icon="inbox",
        shortcut="Ctrl+4",
        tip="What waits on a person, and what failed lately; the longest wait first",
        is_checkable=True,
    ),
    ActionSpec(
        id=ActionId.SAVE_VIEW,
        place=_MAIN,
        text="Save this view…",
        icon="save",
        shortcut="Ctrl+Shift+V",
        tip="Keeps the tab and its filters under a name, as a tab of its own",
    ),
    ActionSpec(id=ActionId.JUMP_TO_DATE, place=_MAIN, text="Jump to date…", icon="calendar-days", shortcut="Ctrl+G"),
    ActionSpec(
        id=ActionId.BACK_TO_NOW, place=_MAIN, text="Back to now", icon="arrow-up-to-line", shortcut="Ctrl+Shift+G"
    ),
    ActionSpec(
        id=ActionId.SHOW_HIDDEN,
        place=_MAIN,
        text="Show hidden sessions",
        icon="eye",
        shortcut="Ctrl+Shift+H",
        is_checkable=True,
    ),
    ActionSpec(
        id=ActionId.STARRED_ONLY,
        place=_MAIN,
        text="Starred only",
        icon="star",
        shortcut="Ctrl+5",
        tip="What has a star, or whose owner has one",
        is_checkable=True,
    ),
    ActionSpec(id=ActionId.FILTER, place=_MAIN, text="Filter", icon="funnel", shortcut="Ctrl+F", is_checkable=True),
    ActionSpec(id=ActionId.CLEAR_FILTER, place=_MAIN, text="Clear filters", icon="funnel-x", shortcut="Ctrl+Shift+X"),
    ActionSpec(id=ActionId.SEARCH_TITLES, place=_MAIN, text="Search titles", icon="search", shortcut="/"),
    ActionSpec(
        id=ActionId.SEARCH_TRANSCRIPTS,
        place=_MAIN,
        text="Search all transcripts…",
        icon="file-search",
        shortcut="Ctrl+Shift+F",
    ),
    ActionSpec(
        id=ActionId.DETAILS,
        place=_MAIN,
        text="Details",
        icon="panel-right",
        shortcut="Space",
        tip="Shows the selected session beside the list",
        is_checkable=True,
        in_list=True,
    ),
    ActionSpec(
        id=ActionId.SHOW_WAITING, place=_MAIN, text="What waits on someone", icon="circle-pause", shortcut="Alt+1"
    ),
    ActionSpec(id=ActionId.SHOW_FAILED, place=_MAIN, text="What failed today", icon="circle-x", shortcut="Alt+2"),
    ActionSpec(id=ActionId.SHOW_LIVE, place=_MAIN, text="What is live", icon="loader-circle", shortcut="Alt+3"),
    ActionSpec(
        id=ActionId.GO_TOP, place=_MAIN, text="Go to the newest", icon="arrow-up-to-line", shortcut="Home", in_list=True
    ),
    ActionSpec(
        id=ActionId.COMMAND_CENTER,
        place=_MAIN,
        text="Command Center",
        icon="activity",
        shortcut="Ctrl+Shift+A",
        tip="What is in motion now, and the last day",
    ),
    ActionSpec(
        id=ActionId.CENTER_PANE,
        place=_MAIN,
        text="Command Center beside the list",
        icon="activity",
        shortcut="Ctrl+Shift+D",
        tip="Keeps what is in motion in sight, in a pane of this window",
        is_checkable=True,
    ),
    ActionSpec(id=ActionId.NOTIFICATIONS, place=_MAIN, text="Notifications", icon="bell", shortcut="Ctrl+Shift+N"),
    ActionSpec(id=ActionId.REFRESH, place=_MAIN, text="Refresh", icon="refresh-cw", shortcut="F5"),
    ActionSpec(id=ActionId.EXPORT_LIST, place=_MAIN, text="Export list as CSV…", icon="table", shortcut="Ctrl+Shift+S"),
    ActionSpec(id=ActionId.SETTINGS, place=_MAIN, text="Settings…", icon="settings", shortcut="Ctrl+,"),
    ActionSpec(id=ActionId.CONNECT, place=_MAIN, text="Connect to a workspace…", icon="plug"),
    ActionSpec(id=ActionId.OPEN_SAMPLE, place=_MAIN, text="Open the sample workspace", icon="sparkles"),
    ActionSpec(id=ActionId.THEME_SYSTEM, place=_MAIN, text="Theme: as the system", icon="monitor", is_checkable=True),
    ActionSpec(id=ActionId.THEME_LIGHT, place=_MAIN, text="Theme: light", icon="sun", is_checkable=True),
    ActionSpec(id=ActionId.THEME_DARK, place=_MAIN, text="Theme: dark", icon="moon", is_checkable=True),
    ActionSpec(
        id=ActionId.THEME_CONTRAST, place=_MAIN, text="Theme: high contrast", icon="sun-moon", is_checkable=True
    ),
    ActionSpec(
        id=ActionId.MENU_BAR, place=_MAIN, text="Menu bar", icon="panel-left", shortcut="Ctrl+M", is_checkable=True
    ),
    ActionSpec(id=ActionId.OPEN_MENU, place=_MAIN, text="Menu", icon="ellipsis-vertical", shortcut="F10"),
    ActionSpec(id=ActionId.PALETTE, place=_ANY, text="Command palette", icon="command", shortcut="Ctrl+K"),
    ActionSpec(
        id=ActionId.SHORTCUTS, place=_ANY, text="Keyboard shortcuts", icon="keyboard", shortcut="?", more=("F1",)
    ),
    ActionSpec(id=ActionId.COPY_DIAGNOSTICS, place=_ANY, text="Copy diagnostics", icon="clipboard"),
    ActionSpec(id=ActionId.OPEN_LOG, place=_ANY, text="Show log folder", icon="scroll-text"),
    ActionSpec(id=ActionId.ABOUT, place=_ANY, text="About Parrot", icon="info"),
    ActionSpec(id=ActionId.CLOSE_WINDOW, place=_ANY, text="Close window", icon="x", shortcut="Ctrl+W"),
    ActionSpec(id=ActionId.QUIT, place=_ANY, text="Quit", icon="log-out", shortcut="Ctrl+Q"),
)

SPEC_OF: Mapping[ActionId, ActionSpec] = {spec.id: spec for spec in SPECS}

Actions = dict[ActionId, QAction]


def build_actions(
    parent: QWidget, *, ids: Sequence[ActionId] | None = None, places: Sequence[Place] | None = None
) -> Actions:
    """QActions of a window, added to it so that their keys work there: those named, or those of some places.

    Connect to ``triggered``; call `update_enabled` when the selection changes.
    """
    made: Actions = {}
    for spec in SPECS:
        if (ids is not None and spec.id not in ids) or (places is not None and spec.place not in places):
            continue
        action = QAction(tr(spec.text), parent)
        action.setObjectName(spec.id)
        action.setCheckable(spec.is_checkable)
        sequences = [QKeySequence(keys) for keys in (spec.shortcut, *spec.more) if keys]
        keys = sequences[0].toString(QKeySequence.SequenceFormat.NativeText) if sequences else ""
        tip = tr(spec.tip) if spec.tip else tr(spec.text).rstrip("…")
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setEnabled(spec.enabled(()))
        if spec.in_list:
            # The view answers these keys itself: a shortcut would take Enter from every field of the window. After a
            # tab, menus show them all the same.
            action.setText(f"{tr(spec.text)}\t{keys}")
        else:
            everywhere = spec.id is ActionId.QUIT
            action.setShortcuts(sequences)
            action.setShortcutContext(
                Qt.ShortcutContext.ApplicationShortcut if everywhere else Qt.ShortcutContext.WindowShortcut
            )
            parent.addAction(action)
        made[spec.id] = action
    return made


def words_of(action: QAction) -> str:
    """What an action is called, without what its menu shows besides."""
    return action.text().partition("\t")[0].rstrip("…")


def rename(action: QAction, text: str) -> None:
    """Another word for what it does now; the keys that its menu shows stay."""
    _, tab, keys = action.text().partition("\t")
    if action.text() != f"{text}{tab}{keys}":
        action.setText(f"{text}{tab}{keys}")


def update_enabled(actions: Actions, rows: Sequence[Row]) -> None:
    """Enable what can be done to the rows, which are those selected."""
    for action_id, action in actions.items():
        action.setEnabled(SPEC_OF[action_id].enabled(rows))


def offered(rows: Sequence[Row]) -> list[ActionSpec]:
    """What a context menu on the rows holds, in the table's order: what is not allowed is not shown."""
    return [spec for spec in SPECS if spec.place is Place.SESSION and spec.enabled(rows)]
