"""What needs a person: what waits on one, and what went wrong lately; whoever has waited longest comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from parrot_wire.answers import Summary
from parrot_wire.cost import add
from parrot_wire.query import Filter
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_wire.session import Row

_Key = TypeVar("_Key")

DAYS = 7
"""How long a failure, or a run that broke off, asks for a look. What is paused or blocked waits for ever."""

_DAY_MS = 86_400_000
_WAITING = frozenset({Status.PAUSED, Status.BLOCKED})
_LATELY = (
    frozenset(status for status in Status if status.group in {StatusGroup.NEEDS_LOOK, StatusGroup.WAITING}) - _WAITING
)
_DIGITS = str.maketrans("0123456789", "9876543210")


def needs_filter() -> Filter:
    """Everything that may need somebody, whenever it was; `needs_parts` are the same within the days that count."""
    return Filter(statuses=_WAITING | _LATELY)


def needs_parts(now_ms: int) -> tuple[Filter, ...]:
    """Filters that share no session and together are what needs somebody now."""
    return Filter(statuses=_WAITING), Filter(statuses=_LATELY, active_after=_since(now_ms))


def needs_somebody(row: Row, now_ms: int) -> bool:
    """Whether a row that passes `needs_filter` is of the days that count."""
    return row.status in _WAITING or (row.status in _LATELY and row.last_activity_at >= _since(now_ms))


def waiting_since(row: Row) -> Timestamp:
    """When it began to need somebody."""
    if row.waiting is not None:
        return row.waiting.since
    return row.ended_at or row.last_activity_at


def longest_first(row: Row) -> tuple[str, str]:
    """The key by which the list, which is in descending order of keys, shows the oldest first."""
    return waiting_since(row).translate(_DIGITS), row.id


def added(summaries: Sequence[Summary]) -> Summary:
    """The summaries of filters that share no session, as one."""
    if len(summaries) == 1:
        return summaries[0]
    return Summary(
        total=sum(each.total for each in summaries),
        by_kind=_summed([each.by_kind for each in summaries]),
        by_group=_summed([each.by_group for each in summaries]),
        by_owner=_summed([each.by_owner for each in summaries]),
        cost=None if any(each.cost is None for each in summaries) else add(each.cost for each in summaries),
    )


def _summed(counts: Sequence[Mapping[_Key, int]]) -> dict[_Key, int]:
    total: dict[_Key, int] = {}
    for each in counts:
        for key, count in each.items():
            total[key] = total.get(key, 0) + count
    return total


def _since(now_ms: int) -> Timestamp:
    # To the day, so that it is the same filter all day long.
    return from_ms((now_ms // _DAY_MS - DAYS + 1) * _DAY_MS)
