"""A lead is told what needs them, once, and nothing else."""

from __future__ import annotations

from msgspec.structs import replace

from parrot_desktop.domain.alerts import (
    Alert,
    AlertBook,
    AlertKind,
    AlertRules,
    Audience,
    Known,
    Watching,
    newest_of_each,
    say,
    say_while_away,
    still_waits,
)
from parrot_desktop.domain.words import EnglishWords
from parrot_wire.cost import ZERO
from parrot_wire.session import Row, Step, Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Action, Kind, Status

START = from_ms(1_800_000_000_000)
BEFORE = from_ms(1_700_000_000_000)
AFTER = from_ms(1_800_000_001_000)
RULES = AlertRules()
ME = Watching(me="sarah")


def row(status: Status, *, at: str = AFTER, owner: str = "tom", **fields: object) -> Row:
    base = Row(
        id="s1",
        short_id="s1",
        seq=1,
        kind=Kind.FLOW,
        title="Migrate billing",
        owner=owner,
        status=status,
        source="test",
        native_id="n1",
        steps=(),
        message_count=0,
        tool_call_count=0,
        cost=ZERO,
        started_at=BEFORE,
        last_activity_at=at,
        actions=(),
    )
    return replace(base, **fields)


def book(*known: Row) -> AlertBook:
    """A book of a run that started at START; an earlier run left the rows as they are given."""
    earlier = AlertBook(Known(), since=BEFORE)
    earlier.learn(known)
    return AlertBook(earlier.known, since=START)


def consider(a_book: AlertBook, a_row: Row, rules: AlertRules = RULES, watching: Watching = ME) -> Alert | None:
    return a_book.consider(a_row, rules, watching)


def test_a_failure_is_told_once_however_often_the_row_comes_again() -> None:
    a_book = book(row(Status.RUNNING))
    first = consider(a_book, row(Status.FAILED))
    assert first is not None
    assert first.kind is AlertKind.FAILED
    assert consider(a_book, row(Status.FAILED)) is None


def test_an_old_failure_found_by_the_first_index_is_no_news() -> None:
    assert consider(book(), row(Status.FAILED, at=BEFORE)) is None


def test_a_session_never_seen_that_failed_after_this_start_is_news() -> None:
    assert consider(book(), row(Status.FAILED, at=AFTER)) is not None


def test_old_work_that_is_indexed_piece_by_piece_is_no_news() -> None:
    a_book = book()
    assert consider(a_book, row(Status.RUNNING, at=BEFORE)) is None
    assert consider(a_book, row(Status.FAILED, at=BEFORE)) is None


def test_a_known_session_that_failed_while_away_is_news_though_it_moved_before_this_start() -> None:
    a_book = book(row(Status.RUNNING, at=BEFORE))
    assert consider(a_book, row(Status.FAILED, at=BEFORE)) is not None


def test_the_second_checkpoint_of_a_run_is_told_though_the_status_word_is_the_same() -> None:
    def waits(checkpoint: str) -> Row:
        waiting = Waiting(since=AFTER, reason=f"approve before {checkpoint}", checkpoint=checkpoint)
        return row(Status.PAUSED, waiting=waiting, actions=(Action.DECIDE,))

    a_book = book(row(Status.RUNNING))
    assert consider(a_book, waits("c1")) is not None
    assert consider(a_book, waits("c1")) is None
    second = consider(a_book, waits("c2"))
    assert second is not None
    assert (second.checkpoint, second.detail) == ("c2", "approve before c2")


def test_one_wait_is_told_once_whichever_comes_first_and_its_end_is_no_news() -> None:
    """The checkpoint may be reported a moment before the pause; a decision ends it, and the status comes later."""
    book = AlertBook(Known(), since=START)
    waiting = Waiting(since=AFTER, reason="Before Verify", checkpoint="c1")
    told = [
        book.consider(replace(row(status), waiting=wait), RULES, ME)
        for status, wait in (
            (Status.RUNNING, None),
            (Status.RUNNING, waiting),
            (Status.PAUSED, replace(waiting, since=from_ms(1_800_000_002_000))),
            (Status.PAUSED, None),
            (Status.RUNNING, None),
        )
    ]
    assert [alert.kind if alert else None for alert in told] == [None, AlertKind.WAITING, None, None, None]


def test_steps_of_one_thing_are_said_as_one() -> None:
    first, other, again = (
        Alert(kind=AlertKind.WAITING, session_id=session, title="Run", owner="tom", at=AFTER, detail=detail)
        for session, detail in (("s1", ""), ("s2", ""), ("s1", "Before Verify"))
    )
    assert newest_of_each([first, other, again]) == (again, other)


def test_a_chat_that_asks_a_question_while_running_is_told_as_waiting() -> None:
    a_book = book(row(Status.RUNNING))
    asks = row(Status.RUNNING, waiting=Waiting(since=AFTER, reason="permission to run a command"))
    alert = consider(a_book, asks)
    assert alert is not None
    assert alert.kind is AlertKind.WAITING


def test_finished_runs_are_told_only_where_asked_for() -> None:
    assert consider(book(row(Status.RUNNING)), row(Status.COMPLETED)) is None
    rules = AlertRules(audience={AlertKind.FINISHED: Audience.ALL})
    assert consider(book(row(Status.RUNNING)), row(Status.COMPLETED), rules) is not None


def test_audiences_mine_and_watched_leave_the_rest_out() -> None:
    mine = AlertRules(audience={AlertKind.FAILED: Audience.MINE})
    watched = AlertRules(audience={AlertKind.FAILED: Audience.WATCHED})
    running = row(Status.RUNNING)
    assert consider(book(running), row(Status.FAILED), mine) is None
    assert consider(book(running), row(Status.FAILED, owner="sarah"), mine) is not None
    assert consider(book(running), row(Status.FAILED), watched) is None
    assert consider(book(running), row(Status.FAILED), watched, Watching(me="sarah", owners=frozenset({"tom"})))
    assert consider(book(running), row(Status.FAILED), watched, Watching(me="sarah", sessions=frozenset({"s1"})))


def test_a_checkpoint_assigned_to_me_concerns_me_in_anyones_run() -> None:
    rules = AlertRules(audience={AlertKind.WAITING: Audience.MINE})
    waiting = Waiting(since=AFTER, reason="approve before Verify", checkpoint="c", assignee="sarah")
    assert consider(book(row(Status.RUNNING)), row(Status.PAUSED, waiting=waiting), rules) is not None


def test_spend_over_the_limit_is_told_once_a_session_and_never_without_the_right_to_see_it() -> None:
    rules = AlertRules(spend_limit_micros=1_000_000)
    a_book = book(row(Status.RUNNING))
    over = row(Status.RUNNING, cost=replace(ZERO, micros=1_000_001))
    alert = consider(a_book, over, rules)
    assert alert is not None
    assert alert.kind is AlertKind.SPEND
    assert consider(a_book, row(Status.RUNNING, cost=replace(ZERO, micros=2_000_000)), rules) is None
    assert consider(book(row(Status.RUNNING)), row(Status.RUNNING, cost=None), rules) is None


def test_a_failure_leads_to_the_step_that_failed_with_its_error() -> None:
    steps = (
        Step(id="plan", name="Plan", status=Status.COMPLETED),
        Step(id="impl", name="Implement", status=Status.FAILED, error="4 tests failed"),
    )
    alert = consider(book(row(Status.RUNNING)), row(Status.FAILED, steps=steps))
    assert alert is not None
    assert (alert.step, alert.detail) == ("impl", "Implement: 4 tests failed")


def test_a_run_that_began_and_failed_while_away_is_news_and_older_work_found_meanwhile_is_not() -> None:
    def back_after(until: str) -> AlertBook:
        return AlertBook(Known(feed="f", seq=9, until=until), since=START)

    assert consider(back_after(from_ms(1_700_000_000_000)), row(Status.FAILED, at=from_ms(1_750_000_000_000)))
    assert not consider(back_after(from_ms(1_760_000_000_000)), row(Status.FAILED, at=from_ms(1_750_000_000_000)))


def test_another_feed_forgets_what_was_known() -> None:
    a_book = book(row(Status.RUNNING, at=BEFORE))
    a_book.start_feed("another")
    assert consider(a_book, row(Status.FAILED, at=BEFORE)) is None


def test_alerts_of_a_few_seconds_are_said_as_one() -> None:
    def alert(n: int, kind: AlertKind = AlertKind.FAILED) -> Alert:
        return Alert(kind=kind, session_id=f"s{n}", title=f"Run {n}", owner="tom", at=AFTER)

    one = say([alert(1)], EnglishWords())
    assert (one.title, one.text) == ("A run failed", "Run 1")
    assert one.alert is not None
    many = say([alert(n) for n in range(5)], EnglishWords())
    assert many.title == "5 runs failed"
    assert many.text.endswith("and 2 more")
    assert many.alert is None
    away = say_while_away([alert(1), alert(2), alert(3, AlertKind.WAITING)], EnglishWords())
    assert away.title == "While you were away: 2 runs failed, A run waits for you"


def test_a_wait_is_over_once_somebody_decided_or_the_work_goes_on() -> None:
    asked = Waiting(since=AFTER, reason="approve before Verify", checkpoint="c1")
    decides = consider(book(), row(Status.PAUSED, waiting=asked, actions=(Action.DECIDE,)))
    assert decides is not None
    assert still_waits(decides, row(Status.PAUSED, waiting=asked))
    assert not still_waits(decides, row(Status.PAUSED, waiting=replace(asked, checkpoint="c2")))
    assert not still_waits(decides, row(Status.PAUSED))
    blocked = consider(book(), row(Status.BLOCKED))
    assert blocked is not None
    assert still_waits(blocked, row(Status.BLOCKED))
    assert not still_waits(blocked, row(Status.RUNNING))
