"""The filter as a person sets it, and as the wire has it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from parrot_desktop.domain.filter_state import (
    Attention,
    FilterState,
    Span,
    Stars,
    attention_filter,
    dump_state,
    load_state,
    seconds_to_midnight,
)
from parrot_wire.codec import BadData
from parrot_wire.query import Filter
from parrot_wire.values import Kind, Status, StatusGroup

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)


def test_days_are_those_of_the_calendar() -> None:
    """Today begins at local midnight; 7 days are today and the six before; a summer day keeps its summer hour."""
    today = FilterState(span=Span.TODAY).to_filter(frozenset(), today=TODAY, zone=BERLIN)
    assert (today.active_after, today.active_before) == ("2026-11-22T23:00:00.000Z", None)
    week = FilterState(span=Span.WEEK).to_filter(frozenset(), today=TODAY, zone=BERLIN)
    assert week.active_after == "2026-11-16T23:00:00.000Z"
    summer = FilterState(span=Span.RANGE, first_day=date(2026, 7, 1), last_day=date(2026, 7, 1))
    both = summer.to_filter(frozenset(), today=TODAY, zone=BERLIN)
    assert (both.active_after, both.active_before) == ("2026-06-30T22:00:00.000Z", "2026-07-01T22:00:00.000Z")


def test_what_narrows_is_counted() -> None:
    """The number on the Filter button: every value, dates as one, the title's words not at all."""
    state = FilterState(
        owners=frozenset({"a", "b"}), status_groups=frozenset({StatusGroup.LIVE}), span=Span.TODAY, q="fix"
    )
    assert state.count == 4
    assert not FilterState(q="fix").is_empty
    assert FilterState(span=Span.RANGE).count == 0
    wire = state.to_filter(frozenset({Kind.FLOW}), today=TODAY)
    assert (wire.kinds, wire.owners, wire.q) == (frozenset({Kind.FLOW}), frozenset({"a", "b"}), "fix")


def test_stars_narrow_as_they_are_now() -> None:
    """A star on a row or on its owner is enough; where there is none, nothing passes; it counts as one."""
    state = FilterState(is_starred=True)
    stars = Stars(sessions=frozenset({"s1"}), owners=frozenset({"m1"}))
    wire = state.to_filter(frozenset(), today=TODAY, stars=stars)
    assert (wire.among_sessions, wire.among_owners) == (stars.sessions, stars.owners)
    assert state.to_filter(frozenset(), today=TODAY, stars=Stars()).among_sessions
    assert FilterState().to_filter(frozenset(), today=TODAY, stars=stars) == Filter()
    assert (state.count, state.is_empty) == (1, False)
    assert load_state(dump_state(state)) == state


def test_it_is_remembered_as_it_was() -> None:
    """What is written down reads as the same; what is no filter is refused."""
    state = FilterState(projects=frozenset({"p"}), span=Span.RANGE, first_day=TODAY, q="a b")
    assert load_state(dump_state(state)) == state
    for torn in ("{", "[]", '{"span": "century"}', '{"first_day": 12}'):
        with pytest.raises(BadData):
            load_state(torn)


def test_chips_count_what_they_say() -> None:
    """Waiting is paused and blocked, failed is since midnight, live is live; nothing else narrows them."""
    waiting = attention_filter(Attention.WAITING, today=TODAY)
    assert waiting.effective_statuses == {Status.PAUSED, Status.BLOCKED}
    failed = attention_filter(Attention.FAILED_TODAY, today=TODAY, zone=BERLIN)
    assert failed.active_after == "2026-11-22T23:00:00.000Z"
    assert attention_filter(Attention.LIVE, today=TODAY).status_groups == {StatusGroup.LIVE}


def test_midnight_is_minded() -> None:
    """A minute before it sixty seconds are left; at it a whole day, and never nothing."""
    assert seconds_to_midnight(datetime(2026, 11, 23, 23, 59, tzinfo=BERLIN)) == 60
    assert seconds_to_midnight(datetime(2026, 11, 23, 0, 0, tzinfo=BERLIN)) == 86_400
    assert seconds_to_midnight(datetime(2026, 11, 23, 23, 59, 59, 999_999, tzinfo=BERLIN)) >= 1
