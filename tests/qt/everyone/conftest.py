"""Every window of the program, to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale

from parrot_desktop.theme.stylesheet import make_stylesheet
from parrot_desktop.theme.theme import Theme, ThemeChoice
from tests.qt.everyone.windows import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def as_the_program(qapp: QApplication) -> Iterator[None]:
    """Its style and its numbers."""
    before = QLocale()
    qapp.setStyle("Fusion")
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)
    qapp.setStyleSheet("")


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes a stage in a theme and a size of text; its windows go in the end."""
    made: list[Stage] = []

    def make(choice: ThemeChoice = ThemeChoice.DARK, text_scale: float = 1.0) -> Stage:
        theme = Theme(choice=choice, text_scale=text_scale)
        qapp.setStyleSheet(make_stylesheet(theme.tokens, theme.fonts))
        made.append(Stage(theme, tmp_path))
        return made[-1]

    yield make
    for each in made:
        each.close()
    # Else what is styled anew by the next test is styled here too.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
