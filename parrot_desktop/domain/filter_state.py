"""What the list is narrowed to, as a person sets it: remembered between starts and turned into the wire's filter.

Dates are kept as a person thinks of them ("the last 7 days", two days of the calendar), so that they still mean it
tomorrow; ``to_filter`` pins them to moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from parrot_wire.codec import decode, encode
from parrot_wire.query import Filter
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import Kind, Status, StatusGroup

if TYPE_CHECKING:
    from datetime import tzinfo


class Tab(StrEnum):
    """The tabs of the main window."""

    ALL = "all"
    FLOWS = "flows"
    CHATS = "chats"


class Span(StrEnum):
    """A stretch of days that ends today."""

    ANY = "any"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


class Attention(StrEnum):
    """What the attention chips count, over the whole scope: they ignore tab and filter."""

    WAITING = "waiting"
    FAILED_TODAY = "failed_today"
    LIVE = "live"


MAX_STARS = 150
"""Sessions that are asked for by id: with more of them the address would be too long for some proxies."""

_NONE_STARRED = frozenset({"none"})
"""Where nothing is starred, nothing is asked for: no session has such an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stars:
    """What a person starred here, by id: sessions, and owners with all that is theirs. The last `MAX_STARS` count."""

    sessions: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.sessions or self.owners)


@dataclass(frozen=True, kw_only=True)
class FilterState:
    """Each field that is set narrows. ``first_day`` and ``last_day`` count for ``Span.RANGE``, both inclusive."""

    owners: frozenset[str] = frozenset()
    status_groups: frozenset[StatusGroup] = frozenset()
    projects: frozenset[str] = frozenset()
    initiatives: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    span: Span = Span.ANY
    first_day: date | None = None
    last_day: date | None = None
    q: str = ""
    is_starred: bool = False
    """Only what is starred, or whose owner is."""

    @property
    def has_dates(self) -> bool:
        return self.span is not Span.ANY and (
            self.span is not Span.RANGE or self.first_day is not None or self.last_day is not None
        )

    @property
    def count(self) -> int:
        """How many things narrow: the number on the Filter button. Words in the title have their own field."""
        values = (self.owners, self.status_groups, self.projects, self.initiatives, self.plans)
        return sum(len(each) for each in values) + self.has_dates + self.is_starred

    @property
    def is_empty(self) -> bool:
        return self.count == 0 and not self.q.strip()

    def to_filter(
        self,
        kinds: frozenset[Kind],
        *,
        today: date,
        zone: tzinfo | None = None,
        until: date | None = None,
        stars: Stars = Stars(),
    ) -> Filter:
        """``zone`` says when a day begins; None is this machine's own. ``until``: nothing that moved after that day.

        stars: as they are now; they count where the state is of what is starred.
        """
        after, before = self._bounds(today, zone)
        if until is not None:
            end = _midnight(until + timedelta(days=1), zone)
            before = end if before is None else min(before, end)
        return Filter(
            kinds=kinds,
            owners=self.owners,
            status_groups=self.status_groups,
            projects=self.projects,
            initiatives=self.initiatives,
            plans=self.plans,
            among_owners=stars.owners if self.is_starred else frozenset(),
            among_sessions=(stars.sessions if stars else _NONE_STARRED) if self.is_starred else frozenset(),
            active_after=after,
            active_before=before,
            q=" ".join(self.q.split()),
        )

    def _bounds(self, today: date, zone: tzinfo | None) -> tuple[Timestamp | None, Timestamp | None]:
        match self.span:
            case Span.ANY:
                return None, None
            case Span.TODAY:
                return _midnight(today, zone), None
            case Span.WEEK:
                return _midnight(today - timedelta(days=6), zone), None
            case Span.MONTH:
                return _midnight(today - timedelta(days=29), zone), None
            case Span.RANGE:
                first = None if self.first_day is None else _midnight(self.first_day, zone)
                last = None if self.last_day is None else _midnight(self.last_day + timedelta(days=1), zone)
                return first, last


def attention_filter(attention: Attention, *, today: date, zone: tzinfo | None = None) -> Filter:
    """What a chip counts and shows; ``zone`` says when today began, None is this machine's own."""
    match attention:
        case Attention.WAITING:
            return Filter(statuses=frozenset({Status.PAUSED, Status.BLOCKED}))
        case Attention.FAILED_TODAY:
            return Filter(status_groups=frozenset({StatusGroup.NEEDS_LOOK}), active_after=_midnight(today, zone))
        case Attention.LIVE:
            return Filter(status_groups=frozenset({StatusGroup.LIVE}))


def seconds_to_midnight(now: datetime) -> float:
    """Seconds until "today" is another day; ``now`` is local. At least one, so that nobody spins on it."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return max(1.0, tomorrow.timestamp() - now.timestamp())


def dump_state(state: FilterState) -> str:
    return encode(state).decode()


def load_state(text: str) -> FilterState:
    """Raises ValueError for a text that is none."""
    return decode(text, FilterState)


def _midnight(day: date, zone: tzinfo | None) -> Timestamp:
    moment = datetime.combine(day, time(), zone)
    return from_ms(round(moment.timestamp() * 1000))
