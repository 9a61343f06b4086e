"""Stretches of time from kept counters: whatever the ends, they count what lies between them, and name few."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from parrot_server.store import stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2023, 12, 1)
DAYS = 460
ends = st.one_of(
    st.none(),
    st.datetimes(START - timedelta(days=40), START + timedelta(days=DAYS + 40)),
    st.dates(START.date(), START.date() + timedelta(days=DAYS)).map(lambda day: datetime(day.year, day.month, day.day)),
)
times = st.lists(st.datetimes(START, START + timedelta(days=DAYS)), min_size=1, max_size=40)


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def counted(found: stretches.Stretch, moments: Sequence[str]) -> int:
    by_name = sum(times * sum(at.startswith(name) for at in moments) for name, times in found.names.items())
    by_edge = sum(times * sum(start <= at < end for at in moments) for start, end, times in found.edges)
    return by_name + by_edge


@given(after=ends, before=ends, times=times)
def test_a_stretch_counts_what_lies_in_it(
    after: datetime | None, before: datetime | None, times: list[datetime]
) -> None:
    moments = [text(moment) for moment in times]
    start, end = (None if moment is None else text(moment) for moment in (after, before))
    found = stretches.cover(start, end, first=min(moments), last=max(moments))
    inside = [at for at in moments if (start is None or at >= start) and (end is None or at < end)]
    assert counted(found, moments) == len(inside)
    assert {len(name) for name in found.names} <= {0, 7, 9, 10}


@given(after=ends, before=ends)
def test_a_stretch_names_few_counters_and_leaves_half_a_day_at_each_end(
    after: datetime | None, before: datetime | None
) -> None:
    """Of years: not more months than half of them, and at each end few days; the rest is never read one by one."""
    start, end = (None if moment is None else text(moment) for moment in (after, before))
    first, last = text(START), text(START + timedelta(days=DAYS))
    found = stretches.cover(start, end, first=first, last=last)
    months = DAYS // 28 // 2 + 2
    assert len(found.names) <= months + 2 * (5 + 2)
    assert len(found.edges) <= 2
    for since, until, _ in found.edges:
        assert datetime.fromisoformat(until) - datetime.fromisoformat(since) <= timedelta(hours=12)


def test_the_calendar_s_ends_are_dates_like_others() -> None:
    ends = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")
    for at in ("0001-01-01T00:00:00.001Z", "2024-02-29T13:00:00.000Z", "9999-12-31T13:00:00.000Z", ends[1]):
        for after, before in ((at, None), (None, at), (at, ends[1])):
            found = stretches.cover(after, before, first=ends[0], last=ends[1])
            inside = [each for each in ends if each >= (after or "") and each < (before or "~")]
            assert counted(found, ends) == len(inside)
