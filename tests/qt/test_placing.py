"""A window that was left on a screen that is gone, or larger than what is there, comes up where it can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from parrot_desktop.views.placing import keep_on_screen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    "left_at",
    [QRect(5000, 100, 600, 400), QRect(-3000, -2000, 600, 400), QRect(700, 500, 600, 400), QRect(0, 0, 4000, 3000)],
)
def test_it_lies_on_a_screen(left_at: QRect, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(left_at)
    keep_on_screen(window)
    assert QGuiApplication.primaryScreen().availableGeometry().contains(window.geometry())
    assert window.width() <= left_at.width()


def test_what_can_be_reached_stays(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(40, 60, 500, 400)
    keep_on_screen(window)
    assert window.geometry() == QRect(40, 60, 500, 400)
