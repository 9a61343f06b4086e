"""The pages whose settings are plain values: General, Appearance, Notifications, Editor and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from parrot_desktop.domain.alerts import Audience
from parrot_desktop.i18n import tr
from parrot_desktop.settings import Editor, Motion, Settings
from parrot_desktop.theme.theme import ThemeChoice
from parrot_desktop.views.settings.fields import Page, check, choice, clock, money, percent, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time


def general_page(settings: Settings, *, starts_at_login: bool, set_login: Callable[[bool], None]) -> Page:
    """``set_login`` turns start at login on or off, and says itself where the desktop refuses."""
    page = Page(tr("General"))

    def write_tray(value: bool) -> None:
        settings.stays_in_tray = value

    page.whole(check(tr("Start Parrot when I log in"), starts_at_login, set_login))
    page.whole(check(tr("Closing the window keeps Parrot in the tray"), settings.stays_in_tray, write_tray))
    page.note(tr("Where the desktop has no tray, closing the window quits."))
    page.end()
    return page


def appearance_page(settings: Settings, changed: Callable[[], None]) -> Page:
    page = Page(tr("Appearance"))

    def write_theme(value: ThemeChoice) -> None:
        settings.theme = value
        changed()

    def write_scale(value: float) -> None:
        settings.text_scale = value
        changed()

    def write_compact(value: bool) -> None:
        settings.is_compact = value
        changed()

    def write_motion(value: Motion) -> None:
        settings.motion = value
        changed()

    themes = (
        (ThemeChoice.SYSTEM, tr("As the system")),
        (ThemeChoice.LIGHT, tr("Light")),
        (ThemeChoice.DARK, tr("Dark")),
        (ThemeChoice.HIGH_CONTRAST, tr("High contrast")),
    )
    motions = (
        (Motion.SYSTEM, tr("As the system")),
        (Motion.FULL, tr("Spinners turn")),
        (Motion.REDUCED, tr("Nothing moves by itself")),
    )
    page.row(tr("Theme"), choice(themes, settings.theme, write_theme))
    page.row(
        tr("Rows"),
        choice(((False, tr("Comfortable")), (True, tr("Compact"))), settings.is_compact, write_compact),
    )
    page.row(tr("Text size"), percent(settings.text_scale, 0.9, 1.5, write_scale))
    page.row(tr("Motion"), choice(motions, settings.motion, write_motion))
    page.end()
    return page


def notifications_page(settings: Settings, changed: Callable[[], None], *, sees_spend: bool) -> Page:
    """``sees_spend``: whether the limit on spend means anything to this person."""
    page = Page(tr("Notifications"))
    whom = (
        (Audience.ALL, tr("For everyone's sessions")),
        (Audience.WATCHED, tr("For mine and those I star")),
        (Audience.MINE, tr("For mine")),
        (Audience.NOBODY, tr("Never")),
    )

    def write_failed(value: Audience) -> None:
        settings.notify_failed = value

    def write_waiting(value: Audience) -> None:
        settings.notify_waiting = value

    def write_finished(value: Audience) -> None:
        settings.notify_finished = value

    def write_limit(value: float) -> None:
        settings.spend_limit = value

    def write_muted(value: bool) -> None:
        settings.is_muted = value
        changed()

    page.section(tr("Tell me when"))
    page.row(tr("A run fails or is rejected"), choice(whom, settings.notify_failed, write_failed))
    page.row(tr("Something waits for a person"), choice(whom, settings.notify_waiting, write_waiting))
    page.row(tr("A run is finished"), choice(whom, settings.notify_finished, write_finished))
    if sees_spend:
        page.row(tr("A session costs more than"), money(settings.spend_limit, write_limit, none=tr("no limit")))
    page.section(tr("Keep still"))
    page.whole(check(tr("Say nothing at all (the bell keeps counting)"), settings.is_muted, write_muted))
    page.whole(_quiet_hours(settings, changed))
    page.end()
    return page


def _quiet_hours(settings: Settings, changed: Callable[[], None]) -> QWidget:
    """One line: from when to when."""

    def write_from(value: time) -> None:
        settings.quiet_from = value
        changed()

    def write_to(value: time) -> None:
        settings.quiet_to = value
        changed()

    def write_has(value: bool) -> None:
        settings.has_quiet_hours = value
        start.setEnabled(value)
        end.setEnabled(value)
        changed()

    start = clock(settings.quiet_from, write_from)
    end = clock(settings.quiet_to, write_to)
    start.setAccessibleName(tr("Quiet hours begin"))
    end.setAccessibleName(tr("Quiet hours end"))
    start.setEnabled(settings.has_quiet_hours)
    end.setEnabled(settings.has_quiet_hours)
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    line.addWidget(check(tr("Say nothing from"), settings.has_quiet_hours, write_has))
    line.addWidget(start)
    line.addWidget(QLabel(tr("to")))
    line.addWidget(end)
    line.addStretch(1)
    return holder


def tools_page(settings: Settings) -> Page:
    page = Page(tr("Editor and terminal"))
    editors = (
        (Editor.AUTO, tr("Whichever is found")),
        (Editor.VSCODE, "VS Code"),
        (Editor.CURSOR, "Cursor"),
        (Editor.ZED, "Zed"),
        (Editor.JETBRAINS, "JetBrains"),
        (Editor.CUSTOM, tr("My own command")),
    )

    def write_editor(value: Editor) -> None:
        settings.editor = value
        command.setEnabled(value is Editor.CUSTOM)

    def write_command(value: str) -> None:
        settings.editor_command = value

    def write_terminal(value: str) -> None:
        settings.terminal_command = value

    command = text(settings.editor_command, write_command, hint="myeditor --line {line} {path}")
    command.setEnabled(settings.editor is Editor.CUSTOM)
    page.row(tr("Editor"), choice(editors, settings.editor, write_editor))
    page.row(tr("Editor command"), command)
    page.row(tr("Terminal command"), text(settings.terminal_command, write_terminal, hint=tr("The desktop's own")))
    page.note(tr("{path} and {line} stand for the file and its line, {command} for what the terminal is to run."))
    page.end()
    return page
