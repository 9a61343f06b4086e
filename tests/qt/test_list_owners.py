"""The owner facet: everybody is there, those with work first, and nothing jumps while one picks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from parrot_desktop.models.owner_filter_model import OwnerFilterModel, OwnerRole
from parrot_desktop.models.roles import ACCESSIBLE_TEXT
from parrot_wire.session import Member
from parrot_wire.values import Role
from tests.helpers.list_rows import MEMBERS

CHECK = int(Qt.ItemDataRole.CheckStateRole)


def names(model: OwnerFilterModel) -> list[str]:
    return [str(model.index(at).data()) for at in range(model.rowCount())]


@pytest.fixture
def model(qapp: object) -> OwnerFilterModel:
    made = OwnerFilterModel()
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    made.set_members(MEMBERS)
    made.set_counts({"tom": 3, "priya": 12, "lena": 3})
    made.reorder()
    return made


def test_everybody_is_listed_most_work_first_then_by_name(model: OwnerFilterModel) -> None:
    assert names(model) == ["Priya Patel", "Lena Ortiz", "Tom Asare", "Jonas Weber", "Marcus Webb", "Sarah Chen"]
    assert [model.index(at).data(OwnerRole.COUNT) for at in range(4)] == [12, 3, 3, 0]
    assert model.index(0).data(ACCESSIBLE_TEXT) == "Priya Patel, 12 sessions"


def test_counts_that_change_while_one_picks_shuffle_nothing(model: OwnerFilterModel) -> None:
    before = names(model)
    model.set_counts({"sarah": 99})
    assert names(model) == before
    assert model.index(5).data(OwnerRole.COUNT) == 99
    model.reorder()
    assert names(model)[0] == "Sarah Chen"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("we", ["Jonas Weber", "Marcus Webb"]),
        ("MARC web", ["Marcus Webb"]),
        ("  ", ["Priya Patel", "Lena Ortiz", "Tom Asare", "Jonas Weber", "Marcus Webb", "Sarah Chen"]),
        ("xyz", []),
    ],
)
def test_searching(model: OwnerFilterModel, search: str, found: list[str]) -> None:
    model.set_search(search)
    assert names(model) == found


def test_searching_needs_no_accents(model: OwnerFilterModel) -> None:
    model.set_members([Member(id="j", name="José Núñez", role=Role.MEMBER)])
    model.set_search("nunez")
    assert "José Núñez" in names(model)


def test_checks_survive_searching_and_come_from_clicks(model: OwnerFilterModel) -> None:
    told: list[frozenset[str]] = []
    model.checked_changed.connect(told.append)
    assert model.setData(model.index(0), Qt.CheckState.Checked, CHECK)
    model.set_search("tom")
    assert model.setData(model.index(0), Qt.CheckState.Checked.value, CHECK)
    assert not model.setData(model.index(0), "x", int(Qt.ItemDataRole.EditRole))
    assert model.checked == {"priya", "tom"}
    model.set_search("")
    assert Qt.CheckState(model.index(0).data(CHECK)) is Qt.CheckState.Checked
    model.toggle(model.index(0))
    model.set_checked([])
    assert told == [{"priya"}, {"priya", "tom"}, {"tom"}, frozenset()]


def test_work_of_somebody_unknown_is_still_offered(model: OwnerFilterModel) -> None:
    model.set_counts({"ghost": 2})
    assert "ghost" in names(model)
