"""What a benchmark hands back, and how it is judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure must stay under, in the measurement's unit; None where the goal does not name it."""

    median: float | None = None
    p99: float | None = None
    text: str | None = None
    """The goal in words, where numbers do not say it all."""

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        parts = [f"p50 < {self.median:g}" if self.median is not None else "", f"p99 < {self.p99:g}" if self.p99 else ""]
        return ", ".join(part for part in parts if part)


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `median` and `p99` are of `samples` values; one value stands in `median` alone."""

    what: str
    unit: str
    limit: Limit
    median: float
    p99: float | None = None
    samples: int = 1
    detail: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    """Whatever else explains the figure: processor time, memory, counts."""
    judged: bool = True
    """False for a line that is shown beside the figure and has no goal of its own."""

    @property
    def share(self) -> float:
        """How much of what the goal allows was used: 1 is the goal itself."""
        of_median = self.median / self.limit.median if self.limit.median else self.median
        p99 = self.median if self.p99 is None else self.p99
        return max(of_median, p99 / self.limit.p99 if self.limit.p99 else 0.0)

    @property
    def met(self) -> bool:
        under_median = self.limit.median is None or self.median <= self.limit.median
        under_p99 = self.limit.p99 is None or (self.p99 if self.p99 is not None else self.median) <= self.limit.p99
        return under_median and under_p99


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summarise(
    what: str, values: Sequence[float], *, unit: str, limit: Limit, judged: bool = True, **detail: Any
) -> Measurement:
    """Median and p99 of some values; raises ValueError where nothing was measured."""
    if not values:
        raise ValueError(f"{what}: nothing was measured")
    return Measurement(
        what=what,
        unit=unit,
        limit=limit,
        median=round(quantile(values, 0.5), 3),
        p99=round(quantile(values, 0.99), 3) if len(values) > 1 else None,
        samples=len(values),
        detail={**detail, "max": round(max(values), 3)},
        judged=judged,
    )
