"""A stretch of time as sums and differences of what is counted by days, tens of days and months.

What came before a moment is what came before the nearest month's end, more or less some tens of days, more or less
some days: a difference of two such sums names few counters, where a sum of days alone would name hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_wire.times import Timestamp

MONTH, TEN_DAYS, DAY = 7, 9, 10
"""How much of a time names what counts it: ``2026-11``, ``2026-11-2`` (the 20th to the 29th), ``2026-11-22``."""
EVER = ""
"""The name of what counts every time."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is counted under the names, each so many times (it may be less than none), with what is in the edges.

    edges: (from, before, times), each of less than a day, which no counter knows.
    """

    names: dict[str, int]
    edges: tuple[tuple[Timestamp, Timestamp, int], ...]


NOTHING = Stretch({}, ())


def cover(after: Timestamp | None, before: Timestamp | None, *, first: Timestamp, last: Timestamp) -> Stretch:
    """[after, before), of times from ``first`` to ``last``."""
    if after is not None and after <= first:
        after = None
    if before is not None and before > last:
        before = None
    if (after is not None and after > last) or (before is not None and before <= max(first, after or "")):
        return NOTHING
    total = _Sum()
    span = _month_number(date.fromisoformat(first[:DAY])), _month_number(date.fromisoformat(last[:DAY])) + 1
    start = span[0] if after is None else total.add_before(after, -1)
    end = span[1] if before is None else total.add_before(before, 1)
    inside, outside = range(start, end), (*range(span[0], start), *range(end, span[1]))
    if len(inside) <= len(outside):
        total.add(map(_month_name, inside), 1)
    else:
        total.add((EVER,), 1)
        total.add(map(_month_name, outside), -1)
    return Stretch({name: times for name, times in total.names.items() if times}, tuple(total.edges))


class _Sum:
    """What is added up so far."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.edges: list[tuple[Timestamp, Timestamp, int]] = []

    def add(self, names: map[str] | tuple[str, ...], times: int) -> None:
        for name in names:
            self.names[name] = self.names.get(name, 0) + times

    def add_before(self, at: Timestamp, times: int) -> int:
        """All that came before a time, but for whole months; the number of the month up to which they are left out."""
        day = self._add_part_of_day(at, times)
        for length, around in ((DAY, _ten_around), (TEN_DAYS, _month_around)):
            start, end = around(day)
            behind, ahead = _names(start, day, length), _names(day, end, length) if end is not None else None
            if ahead is None or len(behind) <= len(ahead):
                self.add(behind, times)
                day = start
            else:
                self.add(ahead, -times)
                day = end or day
        return _month_number(day)

    def _add_part_of_day(self, at: Timestamp, times: int) -> date:
        """The day's part before a time, or what is lacking to the next day, whichever is shorter; that day."""
        day = date.fromisoformat(at[:DAY])
        midnight = f"{at[:DAY]}{_MIDNIGHT}"
        if at <= midnight:
            return day
        if at[DAY:] < _NOON or day == date.max:
            self.edges.append((midnight, at, times))
            return day
        next_day = day + _ONE_DAY
        self.edges.append((at, f"{next_day.isoformat()}{_MIDNIGHT}", -times))
        return next_day


def _names(start: date, end: date, length: int) -> tuple[str, ...]:
    """The names of that length of the days [start, end), in order."""
    days = (start + timedelta(days=number) for number in range((end - start).days))
    return tuple(dict.fromkeys(day.isoformat()[:length] for day in days))


def _ten_around(day: date) -> tuple[date, date | None]:
    """The ten days of a day, and the day after them: the month's first ten are nine, its last are one or two, or none.

    None where the calendar ends.
    """
    start = day.replace(day=max(1, day.day // 10 * 10))
    month_end = _month_around(day)[1]
    if start.day == 30 or (start.day == 20 and month_end is not None and (month_end - start).days <= 10):
        return start, month_end
    return start, start.replace(day=start.day // 10 * 10 + 10)


def _month_around(day: date) -> tuple[date, date | None]:
    """The month of a day, and the day after it; None where the calendar ends."""
    start = day.replace(day=1)
    if (start.year, start.month) == (date.max.year, 12):
        return start, None
    return start, (start + timedelta(days=31)).replace(day=1)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


_MIDNIGHT, _NOON = "T00:00:00.000Z", "T12:00:00.000Z"
_ONE_DAY = timedelta(days=1)
