"""A session's window: what it says, what it offers, and what it keeps to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from parrot_desktop.actions import ActionId
from parrot_desktop.domain.transcript.find import PartFilter, Seek, SeekKind, find
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.domain.turn_view import TurnView, turn_view
from parrot_desktop.views.session_window.card import CopyButton, FactLabel
from parrot_desktop.views.session_window.checkpoint_row import CheckpointRow
from parrot_desktop.views.session_window.cost_card import Tile
from parrot_desktop.views.session_window.timeline import StepRow
from parrot_desktop.views.session_window.turn_list import SHOWN
from parrot_wire.values import Action, Decision, Kind, Mode, Status
from tests.helpers.details import cost, detail, timeline, turns
from tests.helpers.messages import answer, prompt

if TYPE_CHECKING:
    import pytest

    from parrot_desktop.domain.words import Words
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.session_window.window import SessionWindow
    from parrot_wire.session import Turn


def words_in(widget: QWidget) -> str:
    """All that labels in sight say."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_the_summary_says_what_is_known(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    assert "Draft three plans" in window.windowTitle()
    said = {
        label: window.summary.value_text(label) for label in ("Owner", "Duration", "Messages", "Cost", "Branch · PR")
    }
    assert said == {
        "Owner": "Sarah Chen",
        "Duration": "11m 42s",
        "Messages": "46 · 17 tool calls",
        "Cost": "$0.84",
        "Branch · PR": "feat/audit · #482",
    }
    assert window.summary.value_text("Repository") == "acme/insights"


def test_every_fact_of_the_metadata_can_be_copied(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    facts = {fact.label: fact.value for fact in window.metadata.facts}
    assert facts["Source file"] == "/home/sarah/b3c9917d.jsonl"
    assert facts["Resume command"] == "claude --resume b3c9917d"
    assert not window.metadata.findChildren(CopyButton), "the table is made when somebody looks at it"
    QTest.mouseClick(window.tabs.findChildren(QAbstractButton)[1], Qt.MouseButton.LeftButton)
    buttons = window.metadata.findChildren(CopyButton)
    assert len(buttons) == len(facts)
    for button, value in zip(buttons, facts.values(), strict=True):
        button.click()
        assert QGuiApplication.clipboard().text() == value


def test_thousands_of_turns_are_put_into_words_as_they_are_looked_at(
    window: SessionWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long session is told of again with every turn that it gains."""
    said: list[int] = []

    def counting(turn: Turn, words: Words) -> TurnView:
        said.append(turn.n)
        return turn_view(turn, words)

    monkeypatch.setattr("parrot_desktop.views.session_window.turn_list.turn_view", counting)
    many = [msgspec.structs.replace(turns()[0], n=n) for n in range(1, 3_001)]
    window.show_detail(detail(), many)
    QApplication.processEvents()
    assert 3_000 in said
    assert len(set(said)) <= 2 * SHOWN
    said.clear()
    window.show_detail(detail(), [*many, msgspec.structs.replace(many[0], n=3_001)])
    QApplication.processEvents()
    assert 3_001 in said
    assert len(set(said)) <= 2 * SHOWN


def test_the_cost_card_tells_the_whole_and_what_the_children_spent(window: SessionWindow) -> None:
    window.show_detail(detail(cost=cost(840_000, credits=0.84)), turns(12))
    assert window.cost.isVisible()
    assert window.cost.figure.text() == "$0.84"
    assert "of which subagents $0.15" in words_in(window.cost)
    assert window.cost.tile_texts == ["Turns 23", "Events 41", "AI credits 0.84", "Tokens 128.4k", "Tool calls 17"]
    assert window.children_card.figure.text() == "$0.15"


def test_large_text_wraps_no_fact_at_every_word(window: SessionWindow, theme: Theme) -> None:
    def lefts() -> set[int]:
        return {value.x() for value in window.summary.findChildren(FactLabel)}

    window.show_detail(detail(cost=cost(840_000, credits=0.84)), turns())
    QApplication.processEvents()
    assert len(lefts()) == 2
    assert len({tile.y() for tile in window.cost.findChildren(Tile)}) == 1
    theme.set_text_scale(1.5)
    QApplication.processEvents()
    assert len(lefts()) == 1
    tiles = window.cost.findChildren(Tile)
    assert len({tile.y() for tile in tiles}) == 2
    assert all(tile.width() >= tile.sizeHint().width() for tile in tiles)


def test_credits_and_tool_calls_stand_only_above_zero(window: SessionWindow) -> None:
    window.show_detail(detail(tool_call_count=0), turns())
    assert [text.split()[0] for text in window.cost.tile_texts] == ["Turns", "Events", "Tokens"]


def test_without_the_right_to_see_spend_there_is_no_trace_of_it(window: SessionWindow) -> None:
    child = detail().children[0]
    hidden = detail(cost=None, own_cost=None, children=(msgspec.structs.replace(child, cost=None),))
    window.show_detail(hidden, turns())
    everything = words_in(window) + " ".join(fact.label for fact in window.metadata.facts)
    assert not window.cost.isVisible()
    assert "$" not in everything
    assert "ost" not in everything.replace("Host", "")
    assert window.children_card.figure.text() == ""


def test_what_is_not_allowed_is_not_there(window: SessionWindow) -> None:
    window.show_detail(detail(actions=tuple(Action)), turns())
    assert window.header.offered == [
        ActionId.RESUME,
        ActionId.OPEN_EDITOR,
        ActionId.COPY_LINK,
        ActionId.END,
        ActionId.CANCEL,
    ]
    window.show_detail(detail(actions=(), status=Status.ENDED, mode=Mode.ASK), turns())
    assert window.header.offered == [ActionId.COPY_LINK]
    assert not window.actions_by_id[ActionId.END].isEnabled()
    assert not window.actions_by_id[ActionId.RESUME].isEnabled()


def test_buttons_lose_their_words_before_the_window_stops_shrinking(window: SessionWindow) -> None:
    window.show_detail(detail(actions=tuple(Action)), turns())
    window.resize(600, 500)
    QApplication.processEvents()
    assert window.width() == 600
    buttons = [window.header.buttons[action] for action in window.header.offered]
    assert buttons[-1].text() == ""
    assert buttons[-1].accessibleName() == "Cancel"
    assert all(button.geometry().right() <= window.header.width() for button in buttons)
    assert not window.side.isVisible()


def test_buttons_and_keys_ask_for_actions(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    asked = QSignalSpy(window.action_requested)
    window.header.buttons[ActionId.END].click()
    window.actions_by_id[ActionId.COPY_LINK].trigger()
    assert [asked.at(number)[0] for number in range(asked.count())] == [ActionId.END, ActionId.COPY_LINK]


def test_a_run_shows_its_timeline_and_takes_decisions(window: SessionWindow) -> None:
    run = detail(kind=Kind.FLOW, mode=None, actions=(Action.DECIDE, Action.CANCEL), steps=timeline().steps)
    window.show_detail(run, turns())
    window.show_timeline(timeline(), turns(), may_reassign=True)
    rows = window.timeline.rows
    kinds = [type(row).__name__ for row in rows]
    assert kinds == ["StepRow", "CheckpointRow", "StepRow", "CheckpointRow", "StepRow"]
    decided, waiting = (row for row in rows if isinstance(row, CheckpointRow))
    assert "Approved by Tom Asare" in words_in(decided)
    assert "“Go on”" in words_in(decided)
    assert decided.approve.isHidden()
    assert "Waits for Sarah Chen" in words_in(waiting)

    told = QSignalSpy(window.decided)
    waiting.take_focus()
    field = waiting.focusWidget() or waiting
    QTest.keyClicks(field, "fine")
    waiting.reject.click()
    assert told.at(0) == ["c1", Decision.REJECT, "fine"]
    assert not waiting.approve.isEnabled()  # until it is answered
    window.timeline.answer("c1", "It was decided before: approved by Tom")
    assert waiting.approve.isEnabled()
    assert "decided before" in words_in(waiting)


def test_without_the_right_a_checkpoint_only_tells(window: SessionWindow) -> None:
    window.show_detail(detail(kind=Kind.FLOW, mode=None, actions=()), turns())
    window.show_timeline(timeline(), turns(), may_reassign=False)
    waiting = [row for row in window.timeline.rows if isinstance(row, CheckpointRow)][-1]
    hidden = (waiting.approve, waiting.reject, waiting.skip, waiting.reassign)
    assert all(button.isHidden() for button in hidden)


def test_a_step_filters_the_transcript_and_costs_what_its_turns_did(window: SessionWindow) -> None:
    window.show_detail(detail(kind=Kind.FLOW, mode=None), turns())
    window.show_timeline(timeline(), turns(), may_reassign=False)
    chosen = QSignalSpy(window.step_chosen)
    step = next(row for row in window.timeline.rows if isinstance(row, StepRow) and row.item and row.item.id == "plan")
    assert step.item is not None
    assert step.item.detail == "$0.31"  # five turns, and the agent that was started meanwhile
    assert step.elapsed_text == "4m 10s"
    step.click()
    step.click()
    assert [chosen.at(number)[0] for number in range(chosen.count())] == ["plan", ""]


def test_artifacts_lead_to_the_web_and_to_files_alone(window: SessionWindow) -> None:
    window.show_detail(detail(kind=Kind.FLOW, mode=None), turns())
    window.show_timeline(timeline(), turns(), may_reassign=False)
    told = QSignalSpy(window.link_activated)
    for row in window.artifacts.rows:
        row.click()
    assert [told.at(number)[0] for number in range(told.count())] == ["https://x.y/pull/482", "file:/w/app/plan.md"]


def test_a_child_opens(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    opened = QSignalSpy(window.session_activated)
    (child,) = window.children_card.rows
    QTest.keyClick(child, Qt.Key.Key_Return)
    assert opened.at(0) == ["k1"]


def test_find_steps_through_the_matches_and_closes(window: SessionWindow) -> None:
    said = [prompt(1, "a plan"), answer(2, "plan, plan")]
    window.show_detail(detail(), turns())
    panel = window.panel
    panel.view.set_total(2)
    panel.view.put_messages(said)
    window.actions_by_id[ActionId.FIND].trigger()
    asked = QSignalSpy(panel.find_requested)
    panel.find_bar.look_for("plan")
    assert asked.at(0) == ["plan"]
    assert panel.find_bar.count_text == "Searching…"
    panel.find_bar.add(find(said, "plan"), is_done=True)
    assert panel.find_bar.count_text == "1 of 3"
    window.actions_by_id[ActionId.FIND_NEXT].trigger()
    assert panel.find_bar.count_text == "2 of 3"
    assert panel.view.current == PartPlace(2, 0)
    window.actions_by_id[ActionId.FIND_PREVIOUS].trigger()
    window.actions_by_id[ActionId.FIND_PREVIOUS].trigger()
    assert panel.find_bar.count_text == "3 of 3"
    panel.find_bar.look_for("nowhere")
    panel.find_bar.add((), is_done=True)
    assert panel.find_bar.count_text == "No matches"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not panel.find_bar.isVisible()


def test_jumps_ask_for_the_next_thing_from_where_one_reads(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    window.panel.view.set_total(3)
    window.panel.view.put_messages([prompt(1), answer(2), prompt(3)])
    asked = QSignalSpy(window.panel.seek_requested)
    window.panel.view.make_current(PartPlace(1, 0))
    for action in (ActionId.NEXT_PROMPT, ActionId.PREVIOUS_PROMPT, ActionId.NEXT_ERROR):
        window.actions_by_id[action].trigger()
    window.cost.turn_activated.emit(7)
    assert [asked.at(number)[0] for number in range(asked.count())] == [
        Seek(SeekKind.PROMPT, PartPlace(1, 0), 1),
        Seek(SeekKind.PROMPT, PartPlace(1, 0), -1),
        Seek(SeekKind.ERROR, PartPlace(1, 0), 1),
        Seek(SeekKind.TURN, PartPlace(1, 0), 1, 7),
    ]


def test_the_filter_shows_one_kind_and_says_so(window: SessionWindow) -> None:
    window.show_detail(detail(), turns())
    view = window.panel.view
    view.set_total(2)
    view.put_messages([prompt(1), answer(2)])
    menu = {action.text(): action for action in window.panel.filter_menu.actions()}
    menu["Answers"].trigger()
    assert view.shown.parts is PartFilter.ANSWERS
    view.go_to_part(PartPlace(1, 0))
    assert view.shown.parts is PartFilter.ALL
    assert menu["All parts"].isChecked()


def test_the_layout_is_remembered_and_rubbish_is_not(window: SessionWindow) -> None:
    window.resize(700, 620)
    layout = window.dump_layout()
    window.resize(600, 500)
    window.restore_layout(layout)
    assert (window.width(), window.height()) == (700, 620)
    window.restore_layout(QByteArray(b"\xff\x00rubbish|a,b,"))
    assert (window.width(), window.height()) == (700, 620)
