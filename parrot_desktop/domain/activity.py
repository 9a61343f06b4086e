"""What is in motion now, for the Command Center and the tray: active sessions of every kind, and the last day's.

Pure: the controller feeds it rows, the views read its two lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from parrot_wire.times import from_ms, to_ms
from parrot_wire.values import Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_wire.session import Row
    from parrot_wire.times import Timestamp

RECENT_MS = 24 * 3_600_000
MAX_RECENT = 100
"""Recent ones that are kept for the panel; the Sessions list has the rest."""


@dataclass(frozen=True, slots=True)
class Activity:
    """``active``: mine first, then what waits, then newest. ``recent``: settled in the last day, newest first."""

    active: tuple[Row, ...] = ()
    recent: tuple[Row, ...] = ()

    @property
    def live_count(self) -> int:
        return sum(row.status.is_live for row in self.active)

    @property
    def waiting_count(self) -> int:
        return sum(row.waiting is not None or row.status.group is StatusGroup.WAITING for row in self.active)


class ActivityBook:
    """The rows that are active or recent, of all that the stream brings."""

    def __init__(self, *, me: str) -> None:
        self._me = me
        self._rows: dict[str, Row] = {}

    def clear(self) -> None:
        self._rows.clear()

    def take(self, rows: Iterable[Row], *, now_ms: int) -> None:
        """Rows in their newest state; older ones than are known change nothing."""
        horizon = _horizon(now_ms)
        for row in rows:
            known = self._rows.get(row.id)
            if known is not None and known.seq > row.seq:
                continue
            if _is_shown(row, horizon):
                self._rows[row.id] = row
            else:
                self._rows.pop(row.id, None)

    def drop(self, session_id: str) -> None:
        self._rows.pop(session_id, None)

    def snapshot(self, *, now_ms: int) -> Activity:
        """What to show now; what has become older than a day is forgotten here."""
        horizon = _horizon(now_ms)
        self._rows = {key: row for key, row in self._rows.items() if _is_shown(row, horizon)}
        active = [row for row in self._rows.values() if _is_active(row)]
        recent = [row for row in self._rows.values() if not _is_active(row)]
        active.sort(key=lambda row: to_ms(row.last_activity_at), reverse=True)
        active.sort(key=lambda row: (row.owner != self._me, not _waits(row)))
        recent.sort(key=lambda row: row.last_activity_at, reverse=True)
        return Activity(tuple(active), tuple(recent[:MAX_RECENT]))


def _is_active(row: Row) -> bool:
    """An interrupted session waits for a person, but nothing of it is in motion: it is recent, or past."""
    return row.status.is_active or (row.waiting is not None and row.status is not Status.ENDED)


def _waits(row: Row) -> bool:
    return row.waiting is not None or row.status.group is StatusGroup.WAITING


def _is_shown(row: Row, horizon: Timestamp) -> bool:
    return _is_active(row) or row.last_activity_at >= horizon


def _horizon(now_ms: int) -> Timestamp:
    """A day ago, to the second: it is asked for with every change."""
    return _second(now_ms // 1000 - RECENT_MS // 1000)


@lru_cache(maxsize=2)
def _second(epoch_s: int) -> Timestamp:
    return from_ms(epoch_s * 1000)
