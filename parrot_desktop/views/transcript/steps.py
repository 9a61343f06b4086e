"""Going through the transcript part by part, with the arrow keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.store import PartPlace

if TYPE_CHECKING:
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.views.transcript.sight import Sight


class Steps:
    """Finds the part to go to. A part higher than the view is read to its end before it is left."""

    def __init__(self, sight: Sight, store: TranscriptStore) -> None:
        self._sight, self._store = sight, store

    def step(self, current: PartPlace | None, by: int) -> PartPlace | None:
        """The part after (1) or before (-1) the current one; None where the view scrolls instead, or at an end."""
        sight = self._sight
        if not sight.column.count:
            return None
        if current is None or not sight.is_in_sight(current):
            return sight.first_part()
        rect = sight.rect_of_part(current)
        below = rect.bottom() - sight.height if rect is not None else 0
        above = -rect.top() if rect is not None else 0
        if by > 0 and below > 4:
            sight.scroll_by(min(sight.height // 2, below + 8))
            return None
        if by < 0 and above > 4:
            sight.scroll_by(-min(sight.height // 2, above + 8))
            return None
        return self._neighbour(current, by)

    def _neighbour(self, place: PartPlace, by: int) -> PartPlace | None:
        parts = self._parts_of(place.n)
        at = parts.index(place.index) + by if place.index in parts else (0 if by > 0 else len(parts) - 1)
        if 0 <= at < len(parts):
            return PartPlace(place.n, parts[at])
        n = place.n + by
        while 1 <= n <= self._sight.column.count:
            if self._store.get(n) is None:
                # It is asked for as it comes into sight; the next key press finds it.
                self._sight.scroll_to(self._sight.column.top_of(n))
                return None
            parts = self._parts_of(n)
            if parts:
                return PartPlace(n, parts[0 if by > 0 else -1])
            n += by
        return None

    def _parts_of(self, n: int) -> list[int]:
        layout = self._sight.column.layout(n)
        if layout is None:
            return []
        return list(dict.fromkeys(block.part for block in layout.blocks if block.part >= 0))
