"""When to keep still: quiet hours, a snooze, a mute. Pure; times are local."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class Quiet:
    """``hours`` is (from, to), over midnight where it says so; equal ends mean the whole day."""

    hours: tuple[time, time] | None = None
    snoozed_until: datetime | None = None
    is_muted: bool = False

    def holds_at(self, now: datetime) -> bool:
        """Whether nothing is to be said now; the notification center keeps it all the same."""
        if self.is_muted or (self.snoozed_until is not None and now < self.snoozed_until):
            return True
        if self.hours is None:
            return False
        start, end = self.hours
        moment = now.time()
        if start < end:
            return start <= moment < end
        return moment >= start or moment < end
