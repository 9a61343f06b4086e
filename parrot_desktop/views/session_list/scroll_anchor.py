"""Keeps what one is reading where it is, while rows come, go and move above it.

A view keeps its offset in pixels, so without this each row that comes on top shifts the page by one; and it paints the
whole page for every row that moves, also where the page looks as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Slot(NamedTuple):
    """What stands at a place of the viewport: a session's id, and the upper edge in pixels."""

    id: str
    top: int


class Shift(NamedTuple):
    """A block of neighbouring rows that stands elsewhere as a whole: its upper edge before, its height, and how far."""

    top: int
    height: int
    by: int


SHIFT_AT_LEAST = 4
"""Fewer rows are painted anew as fast as their pixels are moved."""


class ScrollAnchor:
    """Remembers the visible rows before a batch of changes, and says where to scroll to after it.

    At the very top nothing is anchored: there the list follows what is new.
    """

    def __init__(self) -> None:
        self._slots: Sequence[Slot] = ()
        self._is_set = False
        self._moved: set[str] = set()

    @property
    def is_set(self) -> bool:
        """Whether the page is to stay, which it is not at the top."""
        return self._is_set

    def remember(self, slots: Sequence[Slot], *, is_at_top: bool) -> None:
        """Before the changes: what is visible, from above."""
        self._slots = slots
        self._is_set = bool(slots) and not is_at_top
        self._moved.clear()

    def row_moved(self, session_id: str) -> None:
        """A row went elsewhere by itself; it does not take the page with it."""
        self._moved.add(session_id)

    def offset_after(self, row_of: Callable[[str], int | None], row_height: int) -> int | None:
        """Where to scroll to, in pixels; None where nothing was anchored, or none of what was seen is still there."""
        if self._is_set:
            for slot in self._slots:
                if slot.id not in self._moved and (row := row_of(slot.id)) is not None:
                    return row * row_height - slot.top
        return None

    def shift_after(self, slots: Sequence[Slot], row_height: int) -> Shift | None:
        """The largest block of rows that kept their neighbours and moved: its pixels need only be moved along."""
        before = {slot.id: slot.top for slot in self._slots}
        best: list[Slot] = []
        block: list[Slot] = []
        for slot in slots:
            old_top = before.get(slot.id)
            if old_top is None or old_top == slot.top or slot.id in self._moved:
                block = []
                continue
            old = Slot(slot.id, old_top)
            if block and old_top - block[-1].top != row_height:
                block = []
            block = [*block, old]
            if len(block) > len(best):
                best = block
        if len(best) < SHIFT_AT_LEAST:
            return None
        after = {slot.id: slot.top for slot in slots}
        return Shift(best[0].top, len(best) * row_height, after[best[0].id] - best[0].top)

    def stale_after(self, slots: Sequence[Slot], shift: Shift | None) -> list[int]:
        """Upper edges of the places whose pixels, once the shift was made, show another session or none any more."""
        before: dict[int, str] = {}
        for slot in self._slots:
            is_shifted = shift is not None and shift.top <= slot.top < shift.top + shift.height
            before.setdefault(slot.top, slot.id)
            if is_shifted and shift is not None:
                before[slot.top + shift.by] = slot.id
        after = {slot.top: slot.id for slot in slots}
        return [top for top in before.keys() | after.keys() if before.get(top) != after.get(top)]
