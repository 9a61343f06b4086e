"""How long rows keep their places for somebody who points at them."""

from __future__ import annotations

import pytest

from parrot_desktop.views.session_list.reading_hold import KEY_HOLD_MS, POINTER_REST_MS, ReadingHold


class Hand:
    """A hold with a clock of its own, and what it said."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.told: list[bool] = []
        self.hold = ReadingHold(clock_ms=lambda: self.now_ms)
        self.hold.changed.connect(self.told.append)

    def after(self, ms: float) -> bool:
        """Whether the places are still held so much later."""
        self.now_ms += ms
        self.hold.refresh()
        return self.hold.is_holding


@pytest.fixture
def hand(qapp: object) -> Hand:
    return Hand()


def test_a_key_holds_for_two_seconds(hand: Hand) -> None:
    hand.hold.key_pressed()
    assert hand.after(KEY_HOLD_MS - 1)
    hand.hold.key_pressed()
    assert hand.after(KEY_HOLD_MS - 1)
    assert not hand.after(1)
    assert hand.told == [True, False]


def test_a_pointer_holds_while_it_is_there_and_used(hand: Hand) -> None:
    hand.hold.pointer_moved()
    assert hand.after(POINTER_REST_MS - 1)
    hand.hold.pointer_moved()
    assert hand.after(POINTER_REST_MS - 1)
    hand.hold.pointer_left()
    assert not hand.hold.is_holding


def test_a_pointer_that_was_left_lying_on_the_list_lets_it_live(hand: Hand) -> None:
    hand.hold.pointer_moved()
    assert not hand.after(POINTER_REST_MS)


def test_leaving_right_after_a_key_still_holds_for_the_key(hand: Hand) -> None:
    hand.hold.pointer_moved()
    hand.hold.key_pressed()
    hand.hold.pointer_left()
    assert hand.after(KEY_HOLD_MS - 1)
    hand.hold.let_go()
    assert not hand.hold.is_holding
