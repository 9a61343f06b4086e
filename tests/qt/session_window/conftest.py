"""A session's window without a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale

from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.session_facts import FactContext
from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.i18n import QtWords
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.delegates.paint_kit import PaintKits
from parrot_desktop.views.detail_pane import DetailPane
from parrot_desktop.views.session_window.window import SessionWindow
from parrot_wire.session import Member
from parrot_wire.values import Role
from tests.helpers.details import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

MEMBERS = [
    Member(id="m1", name="Sarah Chen", role=Role.LEAD),
    Member(id="m2", name="Tom Asare", role=Role.MEMBER),
]


@pytest.fixture(autouse=True)
def american() -> Iterator[None]:
    """Numbers as the United States write them, wherever the tests run."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    return Theme(choice=ThemeChoice.DARK)


@pytest.fixture
def context() -> FactContext:
    words = QtWords()
    return FactContext(words, TimeTexts(words), people_of(MEMBERS))


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, context: FactContext) -> SessionWindow:
    """Shown, and empty."""
    captions = Captions(context.words, person="Sarah Chen")
    made = SessionWindow(theme, PaintKits(theme), captions, context, now_ms=lambda: NOW_MS)
    qtbot.addWidget(made)
    made.resize(1360, 830)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def pane(qtbot: QtBot, theme: Theme, context: FactContext) -> DetailPane:
    """Shown, with nothing in it."""
    captions = Captions(context.words, person="Sarah Chen")
    made = DetailPane(theme, PaintKits(theme), captions, context, now_ms=lambda: NOW_MS)
    qtbot.addWidget(made)
    made.resize(430, 760)
    made.show()
    qtbot.waitExposed(made)
    return made
