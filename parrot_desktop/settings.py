"""What the application remembers, as typed values with a default and a range. A bad value falls back and is logged.

Stored by QSettings as text in one INI file of the data directory, so that it can be read and mended by hand.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from PySide6.QtCore import QByteArray, QSettings

from parrot_desktop.domain.alerts import Audience
from parrot_desktop.domain.filter_state import Tab
from parrot_desktop.theme.theme import ThemeChoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


class Editor(StrEnum):
    """Which editor opens folders and files; ``custom`` takes ``Settings.editor_command``."""

    AUTO = "auto"
    VSCODE = "vscode"
    CURSOR = "cursor"
    ZED = "zed"
    JETBRAINS = "jetbrains"
    CUSTOM = "custom"


class Motion(StrEnum):
    """Whether things may move by themselves."""

    SYSTEM = "system"
    FULL = "full"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True)
class _Key(Generic[_T]):
    """One setting: a descriptor over the text that QSettings keeps. ``read`` raises ValueError for a bad text."""

    name: str
    default: _T
    read: Callable[[str], _T]
    write: Callable[[_T], str]

    @overload
    def __get__(self, settings: None, owner: type[Settings]) -> _Key[_T]: ...
    @overload
    def __get__(self, settings: Settings, owner: type[Settings]) -> _T: ...
    def __get__(self, settings: Settings | None, owner: type[Settings]) -> _Key[_T] | _T:
        if settings is None:
            return self
        text: Any = settings.store.value(self.name)
        if text is None:
            return self.default
        try:
            return self.read(str(text))
        except ValueError as error:
            log.warning("setting %s is not usable (%s): taking the default", self.name, error)
            return self.default

    def __set__(self, settings: Settings, value: _T) -> None:
        settings.store.setValue(self.name, self.write(value))


def _flag(name: str, *, default: bool) -> _Key[bool]:
    def read(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError(f"neither true nor false: {text!r}")
        return text == "true"

    return _Key(name, default, read, lambda value: "true" if value else "false")


def _number(name: str, *, default: float, least: float, most: float) -> _Key[float]:
    def read(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise ValueError(f"{value} is outside {least} to {most}")
        return value

    return _Key(name, default, read, str)


def _word(name: str, default: _E) -> _Key[_E]:
    return _Key(name, default, type(default), str)


def _text(name: str) -> _Key[str]:
    # QSettings reads an unquoted comma as a list; percent signs and commas are escaped, so that text stays text.
    return _Key(
        name,
        "",
        lambda text: bytes(QByteArray.fromPercentEncoding(QByteArray(text.encode())).data()).decode(),
        lambda value: bytes(QByteArray(value.encode()).toPercentEncoding().data()).decode(),
    )


def _time(name: str, default: time) -> _Key[time]:
    return _Key(name, default, time.fromisoformat, lambda value: value.isoformat("minutes"))


def _bytes(name: str) -> _Key[QByteArray]:
    return _Key(
        name,
        QByteArray(),
        lambda text: QByteArray.fromBase64(QByteArray(text.encode())),
        lambda value: bytes(value.toBase64().data()).decode(),
    )


class Settings:
    """The settings of one data directory."""

    theme = _word("appearance/theme", ThemeChoice.SYSTEM)
    text_scale = _number("appearance/text-scale", default=1.0, least=0.9, most=1.5)
    has_menu_bar = _flag("appearance/menu-bar", default=False)
    geometry = _bytes("window/geometry")
    layout = _bytes("window/layout")
    session_layout = _bytes("session-window/layout")
    """`SessionWindow.dump_layout` of the last one that was closed."""
    tab = _word("window/tab", Tab.ALL)
    has_details = _flag("window/details", default=True)
    has_filter = _flag("window/filter", default=False)
    filter = _text("window/filter-state")
    """JSON of a ``FilterState``; whoever reads it checks it."""
    open_sessions = _text("session-window/open")
    """JSON of the session windows that were open, by workspace; whoever reads it checks it."""
    editor = _word("tools/editor", Editor.AUTO)
    editor_command = _text("tools/editor-command")
    """For ``Editor.CUSTOM``: words with ``{path}``, and ``{line}`` where the editor takes one."""
    terminal_command = _text("tools/terminal-command")
    """Words with ``{command}``; empty takes the desktop's own terminal."""

    stays_in_tray = _flag("general/stays-in-tray", default=True)
    """Closing the window leaves Parrot in the tray, where there is one."""
    has_said_tray = _flag("general/has-said-tray", default=False)
    """That a closed window goes on in the tray was said once."""
    motion = _word("appearance/motion", Motion.SYSTEM)
    is_compact = _flag("appearance/compact", default=False)
    notify_failed = _word("notifications/failed", Audience.ALL)
    notify_waiting = _word("notifications/waiting", Audience.ALL)
    notify_finished = _word("notifications/finished", Audience.NOBODY)
    spend_limit = _number("notifications/spend-limit", default=0.0, least=0.0, most=1_000_000.0)
    """Dollars that one session may cost before it is told; 0 tells nothing."""
    is_muted = _flag("notifications/muted", default=False)
    has_quiet_hours = _flag("notifications/has-quiet-hours", default=False)
    quiet_from = _time("notifications/quiet-from", time(22))
    quiet_to = _time("notifications/quiet-to", time(7))

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = QSettings(str(path), QSettings.Format.IniFormat)
        if self.store.status() is not QSettings.Status.NoError:
            log.warning("settings file %s cannot be read (%s): taking defaults", path, self.store.status().name)

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """From and to, local time; None where they are off."""
        return (self.quiet_from, self.quiet_to) if self.has_quiet_hours else None

    def save(self) -> None:
        """Write now what Qt would write a little later; a file that cannot be written is logged."""
        self.store.sync()
        if self.store.status() is QSettings.Status.AccessError:
            log.warning("settings cannot be written to %s", self.path)
