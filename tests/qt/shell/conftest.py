"""A theme and a window without a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale

from parrot_desktop.i18n import QtWords
from parrot_desktop.models.owner_filter_model import OwnerFilterModel
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.main_window import MainWindow
from parrot_wire.session import Member
from parrot_wire.values import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

MEMBERS = [
    Member(id="m1", name="Sarah Chen", role=Role.LEAD),
    Member(id="m2", name="Tom Asare", role=Role.MEMBER),
    Member(id="m3", name="Priya Patel", role=Role.MEMBER),
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
def owners() -> OwnerFilterModel:
    model = OwnerFilterModel(words=QtWords())
    model.set_members(MEMBERS)
    model.set_counts({"m1": 12, "m2": 3})
    return model


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, owners: OwnerFilterModel) -> MainWindow:
    """Shown, 1360 wide, with an empty list."""
    made = MainWindow(theme, SessionListModel(words=QtWords()), owners)
    qtbot.addWidget(made, before_close_func=lambda _: made.close_for_good())
    made.show()
    qtbot.waitExposed(made)
    return made
