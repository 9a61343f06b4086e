"""The pane beside the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from parrot_desktop.actions import ActionId
from parrot_wire.values import Action, Kind
from tests.helpers.details import detail, row, timeline, turns

if TYPE_CHECKING:
    from parrot_desktop.views.detail_pane import DetailPane


def test_a_chat_shows_its_summary_and_a_run_its_timeline(pane: DetailPane) -> None:
    pane.show_detail(detail(), None, turns(), may_reassign=False)
    assert not pane.timeline.isVisible()
    assert pane.session_id == "s1"
    run = detail(kind=Kind.FLOW, mode=None, actions=(Action.CANCEL,))
    pane.show_detail(run, timeline(), turns(), may_reassign=False)
    assert pane.timeline.isVisible()
    assert pane.offered == [ActionId.COPY_LINK, ActionId.CANCEL]


def test_buttons_tell_what_they_are_for_in_any_width(pane: DetailPane) -> None:
    everything = (Action.CANCEL, Action.END, Action.RESUME)
    pane.show_detail(detail(actions=everything), None, turns(), may_reassign=False)
    for width in (300, 430, 700):
        pane.resize(width, 700)
        QApplication.processEvents()
        for button in pane.buttons.values():
            assert button.accessibleName()
            assert button.geometry().right() <= pane.width()


def test_actions_name_the_session_that_is_shown(pane: DetailPane) -> None:
    pane.show_detail(detail(), None, turns(), may_reassign=False)
    asked = QSignalSpy(pane.action_requested)
    pane.buttons[ActionId.END].click()
    assert asked.at(0) == [ActionId.END, "s1"]


def test_a_newer_row_changes_the_head_at_once(pane: DetailPane) -> None:
    pane.show_detail(detail(), None, turns(), may_reassign=False)
    pane.show_row(row(actions=(), title="Another title"))
    assert pane.offered == [ActionId.COPY_LINK]


def test_nothing_selected_says_so(pane: DetailPane) -> None:
    pane.show_detail(detail(), None, turns(), may_reassign=False)
    pane.show_nothing(selected=3)
    assert pane.session_id is None
    assert pane.stack.currentIndex() == 0
