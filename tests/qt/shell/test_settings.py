"""What the application remembers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray

from parrot_desktop.domain.filter_state import Tab
from parrot_desktop.settings import Editor, Settings
from parrot_desktop.theme.theme import ThemeChoice

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qapp")


def test_what_is_set_is_there_at_the_next_start(tmp_path: Path) -> None:
    """Every kind of value survives the file, texts with commas, quotes and percent signs too."""
    settings = Settings(tmp_path / "desktop.ini")
    settings.theme = ThemeChoice.HIGH_CONTRAST
    settings.text_scale = 1.25
    settings.has_filter = True
    settings.tab = Tab.CHATS
    settings.geometry = QByteArray(b"\x00\x01\xff")
    settings.terminal_command = 'kitty, "--title" 100% {command}'
    settings.editor = Editor.ZED
    settings.save()
    again = Settings(tmp_path / "desktop.ini")
    assert again.theme is ThemeChoice.HIGH_CONTRAST
    assert again.text_scale == 1.25
    assert again.has_filter
    assert again.tab is Tab.CHATS
    assert again.geometry == QByteArray(b"\x00\x01\xff")
    assert again.terminal_command == 'kitty, "--title" 100% {command}'
    assert again.editor is Editor.ZED


@pytest.mark.parametrize(
    ("name", "bad", "attribute", "default"),
    [
        ("appearance/theme", "purple", "theme", ThemeChoice.SYSTEM),
        ("appearance/text-scale", "9", "text_scale", 1.0),
        ("appearance/text-scale", "big", "text_scale", 1.0),
        ("appearance/text-scale", "nan", "text_scale", 1.0),
        ("window/filter", "perhaps", "has_filter", False),
        ("window/tab", "", "tab", Tab.ALL),
    ],
)
def test_a_bad_value_falls_back_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, bad: str, attribute: str, default: object
) -> None:
    """A file that was mended by hand, or by another version, never keeps the window from opening."""
    settings = Settings(tmp_path / "desktop.ini")
    settings.store.setValue(name, bad)
    with caplog.at_level(logging.WARNING):
        assert getattr(settings, attribute) == default
    assert name in caplog.text


def test_a_file_that_is_none(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "desktop.ini"
    path.write_bytes(b"\x00\xff[[[")
    assert Settings(path).theme is ThemeChoice.SYSTEM
