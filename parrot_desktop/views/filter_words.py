"""What the facets of the filter are called, in the dock and on the pills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.filter_state import Span
from parrot_wire.values import StatusGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_WORDS: Mapping[StatusGroup, str] = {
    StatusGroup.LIVE: "Live",
    StatusGroup.WAITING: "Waiting",
    StatusGroup.NEEDS_LOOK: "Needs a look",
    StatusGroup.QUEUED: "Lining up",
    StatusGroup.SETTLED: "Settled",
}
"""In the order of the dock; English, for ``tr``."""

SPAN_WORDS: Mapping[Span, str] = {
    Span.ANY: "Any time",
    Span.TODAY: "Today",
    Span.WEEK: "7 days",
    Span.MONTH: "30 days",
    Span.RANGE: "Dates…",
}
