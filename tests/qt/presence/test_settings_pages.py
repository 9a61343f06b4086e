"""Each field of the settings writes what it says, and shows what is kept."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSlider, QTimeEdit, QWidget

from parrot_desktop.domain.alerts import Audience
from parrot_desktop.settings import Editor, Motion, Settings
from parrot_desktop.theme.theme import ThemeChoice
from parrot_desktop.views.settings.pages import appearance_page, general_page, notifications_page, tools_page

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from parrot_desktop.views.settings.fields import Page


@pytest.fixture
def settings(tmp_path: Path, qtbot: QtBot) -> Settings:
    return Settings(tmp_path / "desktop.ini")


def pick(page: QWidget, name: str, at: int) -> None:
    box = next(box for box in page.findChildren(QComboBox) if box.accessibleName() == name)
    box.setCurrentIndex(at)
    box.activated.emit(at)


def press(page: QWidget, words: str) -> None:
    next(box for box in page.findChildren(QCheckBox) if words in box.text()).click()


def shown(qtbot: QtBot, page: Page) -> Page:
    qtbot.addWidget(page)
    return page


def test_appearance(settings: Settings, qtbot: QtBot) -> None:
    told: list[int] = []
    page = shown(qtbot, appearance_page(settings, lambda: told.append(1)))
    pick(page, "Theme", 3)
    pick(page, "Rows", 1)
    pick(page, "Motion", 2)
    slider = page.findChildren(QSlider)[0]
    slider.setValue(30)
    assert (settings.theme, settings.is_compact) == (ThemeChoice.HIGH_CONTRAST, True)
    assert (settings.motion, settings.text_scale) == (Motion.REDUCED, 1.5)
    assert slider.minimum() == 18
    assert len(told) == 4
    again = shown(qtbot, appearance_page(settings, lambda: None))
    assert again.findChildren(QSlider)[0].value() == 30
    assert [box.currentIndex() for box in again.findChildren(QComboBox)] == [3, 1, 2]


def test_notifications(settings: Settings, qtbot: QtBot) -> None:
    told: list[int] = []
    page = shown(qtbot, notifications_page(settings, lambda: told.append(1), sees_spend=True))
    pick(page, "A run fails or is rejected", 2)
    pick(page, "A run is finished", 0)
    page.findChildren(QDoubleSpinBox)[0].setValue(12.5)
    press(page, "Say nothing at all")
    first, last = page.findChildren(QTimeEdit)
    assert not first.isEnabled()
    press(page, "Say nothing from")
    assert first.isEnabled()
    first.setTime(QTime(23, 15))
    last.setTime(QTime(6, 45))
    assert (settings.notify_failed, settings.notify_finished) == (Audience.MINE, Audience.ALL)
    assert settings.notify_waiting is Audience.ALL
    assert (settings.spend_limit, settings.is_muted) == (12.5, True)
    assert settings.quiet_hours == (time(23, 15), time(6, 45))
    assert len(told) >= 4


def test_who_may_not_see_spend_is_not_asked_about_it(settings: Settings, qtbot: QtBot) -> None:
    page = shown(qtbot, notifications_page(settings, lambda: None, sees_spend=False))
    assert page.findChildren(QDoubleSpinBox) == []


def test_general_and_tools(settings: Settings, qtbot: QtBot) -> None:
    login: list[bool] = []
    general = shown(qtbot, general_page(settings, starts_at_login=False, set_login=login.append))
    press(general, "log in")
    press(general, "tray")
    assert login == [True]
    assert not settings.stays_in_tray
    tools = shown(qtbot, tools_page(settings))
    command, terminal = (
        next(field for field in tools.findChildren(QLineEdit) if field.accessibleName() == name)
        for name in ("Editor command", "Terminal command")
    )
    assert not command.isEnabled()
    pick(tools, "Editor", 5)
    assert settings.editor is Editor.CUSTOM
    assert command.isEnabled()
    for field, words in ((command, "ed {path}"), (terminal, "kitty {command}")):
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert (settings.editor_command, settings.terminal_command) == ("ed {path}", "kitty {command}")
