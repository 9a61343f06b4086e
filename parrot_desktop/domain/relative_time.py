"""How long ago, how long for, which day: short texts for a column that ticks, long ones for ears and tooltips.

All times are milliseconds since 1970; days are the local ones of an injected zone.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

    from parrot_desktop.domain.words import Words

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_NOW_MS = 2 * SECOND_MS
_DAYS_PER_MONTH = 30
_DAYS_PER_YEAR = 365
_ELAPSED_IN_DAYS = 60


def ago_lasts_ms(age_ms: int) -> int:
    """For how long `TimeTexts.ago` and `TimeTexts.waits` say the same of such an age: at most an hour is promised."""
    unit_ms = SECOND_MS if age_ms < MINUTE_MS else MINUTE_MS if age_ms < HOUR_MS else HOUR_MS
    return unit_ms - age_ms % unit_ms


def elapsed_lasts_ms(elapsed_ms: int) -> int:
    """For how long `TimeTexts.elapsed` says the same: at most a minute is promised."""
    unit_ms = SECOND_MS if elapsed_ms < HOUR_MS else MINUTE_MS
    return unit_ms - elapsed_ms % unit_ms


class TimeTexts:
    """Times as texts in one language and zone. ``zone`` None is the machine's own."""

    def __init__(self, words: Words, *, zone: tzinfo | None = None) -> None:
        self._words = words
        self._zone = zone

    def ago(self, then_ms: int, now_ms: int) -> str:
        """ "now", "4s ago", "3m ago", "1h ago", "yesterday", "3d ago", "2mo ago", "1y ago".

        The future counts as now: clocks of two machines differ.
        """
        age_ms = now_ms - then_ms
        words = self._words
        if age_ms < _NOW_MS:
            return words.tr("now")
        if age_ms < MINUTE_MS:
            return words.tr("{n}s ago", n=age_ms // SECOND_MS)
        if age_ms < HOUR_MS:
            return words.tr("{n}m ago", n=age_ms // MINUTE_MS)
        if age_ms < DAY_MS:
            return words.tr("{n}h ago", n=age_ms // HOUR_MS)
        days = self._days_between(then_ms, now_ms)
        if days == 1:
            return words.tr("yesterday")
        if days < _DAYS_PER_MONTH:
            return words.tr("{n}d ago", n=days)
        if days < _DAYS_PER_YEAR:
            return words.tr("{n}mo ago", n=days // _DAYS_PER_MONTH)
        return words.tr("{n}y ago", n=days // _DAYS_PER_YEAR)

    def waits(self, since_ms: int, now_ms: int) -> str:
        """How long something has waited: "waits 40s", "waits 12m", "waits 3h", "waits 5d"."""
        waited_ms, words = max(0, now_ms - since_ms), self._words
        if waited_ms < MINUTE_MS:
            return words.tr("waits {n}s", n=waited_ms // SECOND_MS)
        if waited_ms < HOUR_MS:
            return words.tr("waits {n}m", n=waited_ms // MINUTE_MS)
        if waited_ms < DAY_MS:
            return words.tr("waits {n}h", n=waited_ms // HOUR_MS)
        return words.tr("waits {n}d", n=waited_ms // DAY_MS)

    def spoken_ago(self, then_ms: int, now_ms: int) -> str:
        """As `ago`, in words that a screen reader says well: "3 minutes ago"."""
        age_ms = now_ms - then_ms
        words = self._words
        if age_ms < _NOW_MS:
            return words.tr("now")
        if age_ms < MINUTE_MS:
            return words.plural(age_ms // SECOND_MS, "{n} second ago", "{n} seconds ago")
        if age_ms < HOUR_MS:
            return words.plural(age_ms // MINUTE_MS, "{n} minute ago", "{n} minutes ago")
        if age_ms < DAY_MS:
            return words.plural(age_ms // HOUR_MS, "{n} hour ago", "{n} hours ago")
        days = self._days_between(then_ms, now_ms)
        if days == 1:
            return words.tr("yesterday")
        if days < _DAYS_PER_MONTH:
            return words.plural(days, "{n} day ago", "{n} days ago")
        if days < _DAYS_PER_YEAR:
            return words.plural(days // _DAYS_PER_MONTH, "{n} month ago", "{n} months ago")
        return words.plural(days // _DAYS_PER_YEAR, "{n} year ago", "{n} years ago")

    def elapsed(self, elapsed_ms: int) -> str:
        """ "42s", "11m 42s", "2h 03m", "3d 04h", "2mo"; a negative time is none at all."""
        words = self._words
        seconds = max(0, elapsed_ms) // SECOND_MS
        if seconds < 60:
            return words.tr("{s}s", s=seconds)
        minutes, seconds = divmod(seconds, 60)
        if minutes < 60:
            return words.tr("{m}m {s}s", m=minutes, s=f"{seconds:02d}")
        hours, minutes = divmod(minutes, 60)
        if hours < 24:
            return words.tr("{h}h {m}m", h=hours, m=f"{minutes:02d}")
        days, hours = divmod(hours, 24)
        if days < _ELAPSED_IN_DAYS:
            return words.tr("{d}d {h}h", d=days, h=f"{hours:02d}")
        return words.tr("{n}mo", n=days // _DAYS_PER_MONTH)

    def moment(self, at_ms: int) -> str:
        """The absolute time, local, to the second."""
        return self._words.moment(self._local(at_ms))

    def day(self, at_ms: int, now_ms: int) -> str:
        """The heading of a day: "Today", "Yesterday", "Monday 16 November", with the year when it is another."""
        days = self._days_between(at_ms, now_ms)
        if days <= 0:
            return self._words.tr("Today")
        if days == 1:
            return self._words.tr("Yesterday")
        at, now = self._local(at_ms), self._local(now_ms)
        return self._words.day(at.date(), with_year=at.year != now.year)

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self._zone)

    def _days_between(self, then_ms: int, now_ms: int) -> int:
        return self._local(now_ms).toordinal() - self._local(then_ms).toordinal()
