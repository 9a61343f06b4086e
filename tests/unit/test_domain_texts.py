"""What a row says: costs that hide nothing, times that read well, titles that cannot lie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_desktop.domain.cost_caption import amount, cost_caption
from parrot_desktop.domain.people import AVATAR_COLOURS, initials_of, people_of
from parrot_desktop.domain.relative_time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimeTexts
from parrot_desktop.domain.row_view import Marks, StepLook, make_row_view, one_line, spoken_row, step_tooltip
from parrot_desktop.domain.status_words import PLAIN_STEP_GLYPH, kind_word, status_word, step_glyph
from parrot_desktop.domain.words import EnglishWords
from parrot_wire.session import Cost, Member, Step, Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Action, Kind, Mode, Role, Status
from tests.helpers.list_rows import MEMBERS, NOW_MS, cost, row, steps

WORDS = EnglishWords()
TIMES = TimeTexts(WORDS, zone=UTC)
PEOPLE = people_of(MEMBERS)


@pytest.mark.parametrize(
    ("given_cost", "caption"),
    [
        (None, None),
        (cost(), "—"),
        (cost(840_000, priced=1), "$0.84"),
        (cost(840_000, estimated=3), "$0.84"),
        (cost(840_000, estimated=3, credits=84), "$0.84 · 84 credits"),
        (cost(840_000, estimated=3, credits=1), "$0.84 · 1 credit"),
        (cost(840_000, estimated=3, credits=0), "$0.84"),
        (cost(840_000, estimated=3, credits=1234.5), "$0.84 · 1,234.5 credits"),
        (cost(0, unpriced=2), "Unpriced"),
        (cost(0, unpriced=2, credits=4), "Unpriced · 4 credits"),
        (cost(840_000, estimated=1, unpriced=2), "$0.84 + unpriced"),
        (cost(840_000, estimated=1, unknown=2), "$0.84 + unknown"),
        (cost(840_000, priced=1, unpriced=1, unknown=2), "$0.84 + unpriced + unknown"),
        (cost(0, unknown=1), "Unknown"),
        (cost(0, unpriced=1, unknown=1), "Unpriced + unknown"),
        (cost(9_999, estimated=1), "<$0.01"),
        (cost(1, estimated=1, unknown=1), "<$0.01 + unknown"),
        (cost(0, priced=1), "$0.00"),
        (cost(1_234_567_890, priced=1), "$1,234.57"),
    ],
)
def test_cost_captions(given_cost: Cost | None, caption: str | None) -> None:
    assert cost_caption(given_cost, WORDS) == caption


@given(st.integers(0, 10**12))
def test_an_amount_is_rounded_to_the_nearest_cent(micros: int) -> None:
    text = amount(micros, WORDS)
    if text == "<$0.01":
        assert 0 < micros < 10_000
    else:
        cents = int(text.replace("$", "").replace(",", "").replace(".", ""))
        assert abs(cents * 10_000 - micros) <= 5_000


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [
        (-5 * MINUTE_MS, "now"),
        (0, "now"),
        (1_999, "now"),
        (4 * SECOND_MS, "4s ago"),
        (59_999, "59s ago"),
        (MINUTE_MS, "1m ago"),
        (59 * MINUTE_MS, "59m ago"),
        (HOUR_MS, "1h ago"),
        (23 * HOUR_MS, "23h ago"),
        (24 * HOUR_MS, "yesterday"),
        (36 * HOUR_MS, "2d ago"),
        (10 * DAY_MS, "10d ago"),
        (31 * DAY_MS, "1mo ago"),
        (200 * DAY_MS, "6mo ago"),
        (800 * DAY_MS, "2y ago"),
    ],
)
def test_ages(age_ms: int, text: str) -> None:
    """At eleven in the morning, 36 hours ago is not yesterday."""
    assert TIMES.ago(NOW_MS - age_ms, NOW_MS) == text


def test_yesterday_is_a_day_of_the_person_and_not_of_greenwich() -> None:
    east = TimeTexts(WORDS, zone=timezone(timedelta(hours=9)))
    assert TIMES.ago(NOW_MS - 36 * HOUR_MS, NOW_MS) == "2d ago"
    assert east.ago(NOW_MS - 36 * HOUR_MS, NOW_MS) == "yesterday"


@pytest.mark.parametrize(
    ("elapsed_ms", "text"),
    [
        (-1, "0s"),
        (42 * SECOND_MS, "42s"),
        (11 * MINUTE_MS + 42 * SECOND_MS, "11m 42s"),
        (2 * MINUTE_MS + 8 * SECOND_MS, "2m 08s"),
        (2 * HOUR_MS + 3 * MINUTE_MS, "2h 03m"),
        (3 * DAY_MS + 4 * HOUR_MS, "3d 04h"),
        (59 * DAY_MS, "59d 00h"),
        (90 * DAY_MS, "3mo"),
    ],
)
def test_elapsed(elapsed_ms: int, text: str) -> None:
    assert TIMES.elapsed(elapsed_ms) == text


def test_days_have_names() -> None:
    assert TIMES.day(NOW_MS, NOW_MS) == "Today"
    assert TIMES.day(NOW_MS - DAY_MS, NOW_MS) == "Yesterday"
    assert TIMES.day(NOW_MS - 2 * DAY_MS, NOW_MS) == "Monday 16 November"
    assert TIMES.day(NOW_MS - 400 * DAY_MS, NOW_MS).endswith("2025")
    assert TIMES.moment(NOW_MS) == "Wed 18 Nov 2026, " + datetime.fromtimestamp(NOW_MS / 1000, UTC).strftime("%H:%M:%S")


def test_every_status_and_kind_has_a_word() -> None:
    assert len({status_word(status, WORDS) for status in Status}) == len(Status)
    assert kind_word(Kind.CHAT, Mode.ASK, WORDS) == "Ask"
    assert kind_word(Kind.CHAT, Mode.WORKING, WORDS) == "Chat"


def test_a_step_has_the_glyph_of_its_skill_or_its_name() -> None:
    assert step_glyph("create-pr", "Ship it") == "git-pull-request"
    assert step_glyph(None, "Verify the export") == "shield-check"
    assert step_glyph("something-else", "Step 4") == PLAIN_STEP_GLYPH


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Sarah Chen", "SC"), ("sarah", "S"), ("anna maria lopez", "AL"), ("t.asare@acme.example", "TE"), ("…", "?")],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_in_a_small_team_no_two_share_a_colour() -> None:
    members = [Member(id=f"m{n}", name=f"Member {n}", role=Role.MEMBER) for n in range(AVATAR_COLOURS)]
    assert {person.colour for person in people_of(members).values()} == set(range(AVATAR_COLOURS))
    many = people_of([Member(id=f"m{n}", name="X", role=Role.MEMBER) for n in range(100)])
    assert len(many) == 100


_ROWS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from((Kind.FLOW, Kind.CHAT)),
        "mode": st.sampled_from(Mode),
        "title": st.sampled_from(("", "One", "Two\nlines")),
        "owner": st.sampled_from(("sarah", "tom", "stranger")),
        "status": st.sampled_from((Status.OPEN, Status.RUNNING, Status.FAILED, Status.QUEUED)),
        "status_detail": st.sampled_from(("", "left")),
        "waiting": st.just(Waiting(since=from_ms(NOW_MS), reason="approve")),
        "steps": st.sampled_from((steps(Status.COMPLETED), steps(Status.FAILED, Status.PENDING))),
        "message_count": st.integers(0, 2),
        "cost": st.sampled_from((None, cost(1_000_000, priced=1))),
        "actions": st.sampled_from(((Action.CANCEL,), (Action.END, Action.RESUME))),
        "ended_at": st.just(from_ms(NOW_MS)),
        "at_ms": st.sampled_from((NOW_MS, NOW_MS + 1)),
    },
)
_MARKS = st.builds(
    Marks, is_starred=st.booleans(), is_hidden=st.booleans(), pending=st.sampled_from((None, Action.END))
)


@given(old=_ROWS, new=_ROWS, old_marks=_MARKS, new_marks=_MARKS)
def test_what_is_taken_over_from_before_reads_as_if_formatted_anew(
    old: dict[str, Any], new: dict[str, Any], old_marks: Marks, new_marks: Marks
) -> None:
    before = make_row_view(row("a", **old), PEOPLE, WORDS, old_marks)
    changed = row("a", seq=2, **new)
    anew = make_row_view(changed, PEOPLE, WORDS, new_marks)
    assert make_row_view(changed, PEOPLE, WORDS, new_marks, before=before) == anew


def test_why_a_row_needs_a_person() -> None:
    waiting = Waiting(since=from_ms(NOW_MS), reason="approve before Verify")
    assert make_row_view(row("a", status=Status.PAUSED, waiting=waiting), PEOPLE, WORDS).reason == waiting.reason
    assert make_row_view(row("a", status_detail="4 tests failed"), PEOPLE, WORDS).reason == "4 tests failed"
    failed = Step(id="s", name="Implement", status=Status.FAILED, error="4 tests\nfailed")
    view = make_row_view(row("a", kind=Kind.FLOW, status=Status.FAILED, steps=(failed,)), PEOPLE, WORDS)
    assert view.reason == "Implement: 4 tests failed"
    assert make_row_view(row("a"), PEOPLE, WORDS).reason is None


def test_the_one_action_of_a_row() -> None:
    both = (Action.CANCEL, Action.END, Action.RESUME)
    flow = make_row_view(row("a", kind=Kind.FLOW, actions=both), PEOPLE, WORDS).action
    chat = make_row_view(row("a", actions=both), PEOPLE, WORDS).action
    assert flow is not None
    assert chat is not None
    assert (flow.action, chat.action) == (Action.CANCEL, Action.END)
    assert make_row_view(row("a", actions=(Action.RESUME,)), PEOPLE, WORDS).action is None
    asked = make_row_view(row("a", kind=Kind.FLOW, actions=both), PEOPLE, WORDS, Marks(pending=Action.CANCEL))
    assert asked.action is None
    assert asked.status_word == "Cancelling…"


def test_elapsed_of_a_row_by_its_status() -> None:
    started = 5 * MINUTE_MS
    later = NOW_MS + 1_000
    live = make_row_view(row("a", status=Status.RUNNING), PEOPLE, WORDS)
    settled = make_row_view(row("a", status=Status.OPEN), PEOPLE, WORDS)
    ended = make_row_view(row("a", status=Status.ENDED, ended_at=from_ms(NOW_MS - MINUTE_MS)), PEOPLE, WORDS)
    queued = make_row_view(row("a", status=Status.QUEUED), PEOPLE, WORDS)
    assert live.elapsed_ms(later) == started + 1_000
    assert settled.elapsed_ms(later) == started
    assert ended.elapsed_ms(later) == started - MINUTE_MS
    assert queued.elapsed_text(TIMES, later) == "—"


def test_a_title_is_one_line_that_cannot_turn_the_direction_of_what_follows() -> None:
    assert one_line("  two\nlines\tand \x1b[31mcolour\u202egnp.exe ") == "two lines and [31mcolour gnp.exe"
    assert len(one_line("x" * 100_000)) <= 300
    assert make_row_view(row("a", title="\u200e \n"), PEOPLE, WORDS).title == "Untitled chat"


def test_an_owner_that_no_member_list_knows_is_named_by_the_id() -> None:
    view = make_row_view(row("a", owner="ghost"), PEOPLE, WORDS)
    assert (view.owner.name, view.owner.initials) == ("ghost", "G")


def test_progress_in_words() -> None:
    assert make_row_view(row("a", message_count=1), PEOPLE, WORDS).progress == "1 message"
    assert make_row_view(row("a", message_count=1234), PEOPLE, WORDS).progress == "1,234 messages"
    flow = row("a", kind=Kind.FLOW, steps=steps(Status.COMPLETED, Status.RUNNING, Status.PENDING))
    view = make_row_view(flow, PEOPLE, WORDS)
    assert view.progress == "1 of 3 steps"
    assert [step.look for step in view.steps] == [StepLook.DONE, StepLook.RUNNING, StepLook.TO_COME]


def test_a_row_as_a_sentence() -> None:
    flow = row(
        "a",
        at_ms=NOW_MS - 11 * MINUTE_MS,
        kind=Kind.FLOW,
        title="Full SDLC",
        status=Status.RUNNING,
        steps=steps(Status.COMPLETED, Status.RUNNING),
        cost=cost(840_000, estimated=1),
    )
    spoken = spoken_row(make_row_view(flow, PEOPLE, WORDS), WORDS, TIMES, NOW_MS)
    assert spoken == "Full SDLC, Flow run, Running, Sarah Chen, step Implement, $0.84, 11 minutes ago"
    silent = spoken_row(make_row_view(row("b", cost=None), PEOPLE, WORDS), WORDS, TIMES, NOW_MS)
    assert silent == "Session b, Chat, Open, Sarah Chen, 8 messages, now"


def test_the_tooltip_of_a_step() -> None:
    started = from_ms(NOW_MS - 90 * SECOND_MS)
    running = Step(id="s", name="Implement", status=Status.RUNNING, started_at=started)
    done = Step(id="s", name="Plan", status=Status.COMPLETED, started_at=started, ended_at=from_ms(NOW_MS))
    coming = Step(id="s", name="Verify", status=Status.PENDING)
    views = make_row_view(row("a", kind=Kind.FLOW, steps=(done, running, coming)), PEOPLE, WORDS).steps
    assert [step_tooltip(step, WORDS, TIMES, NOW_MS + 10 * SECOND_MS) for step in views] == [
        "Plan: Completed, 1m 30s",
        "Implement: Running, 1m 40s",
        "Verify: Pending",
    ]


@given(
    st.integers(0, 3 * DAY_MS),
    st.integers(0, 3 * DAY_MS),
    st.sampled_from([Status.RUNNING, Status.ENDED]),
    st.floats(0, 1, exclude_max=True),
)
def test_a_row_knows_how_long_its_times_read_the_same(age_ms: int, lasted_ms: int, status: Status, part: float) -> None:
    """A list that looks no sooner misses nothing; days end by the calendar, which is looked at anyway."""
    view = make_row_view(row("a", at_ms=NOW_MS - age_ms, lasted_ms=lasted_ms, status=status), PEOPLE, WORDS)

    def texts(now_ms: int) -> tuple[str, str]:
        return view.age_text(TIMES, now_ms), view.elapsed_text(TIMES, now_ms)

    lasts_ms = view.times_last_ms(NOW_MS)
    assert 0 < lasts_ms <= HOUR_MS
    if age_ms < DAY_MS - HOUR_MS:
        assert texts(NOW_MS + int(part * lasts_ms)) == texts(NOW_MS)


def test_a_row_of_last_week_reads_the_same_for_long() -> None:
    view = make_row_view(row("a", at_ms=NOW_MS - 7 * DAY_MS, status=Status.ENDED), PEOPLE, WORDS)
    assert view.times_last_ms(NOW_MS) == HOUR_MS
