"""Short durations as people read them. Longer ones are `relative_time`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.relative_time import TimeTexts

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words


def duration_text(ms: int, words: Words) -> str:
    """``42 ms``, ``1.4s``, ``8s``, ``11m 42s``."""
    if ms < 1_000:
        return words.tr("{n} ms", n=max(0, ms))
    if ms < 9_950:
        return words.tr("{s}s", s=f"{ms / 1_000:.1f}".removesuffix(".0"))
    return TimeTexts(words).elapsed(round(ms, -3))
