"""Keeps what one is reading where it is, while rows come, go and move above it.

A view keeps its offset in pixels, so without this each row that comes on top shifts the page by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ScrollAnchor:
    """Remembers the visible rows before a batch of changes, and says where to scroll to after it.

    Offsets and heights are pixels. At the very top nothing is anchored: there the list follows what is new.
    """

    def __init__(self) -> None:
        self._visible: list[tuple[str, int]] = []
        self._moved: set[str] = set()

    def remember(self, *, offset: int, row_height: int, visible_ids: Sequence[str], first_row: int) -> None:
        """Before the changes. ``visible_ids`` are those of the rows from ``first_row`` on."""
        self._moved.clear()
        if offset <= 0:
            self._visible = []
            return
        self._visible = [
            (session_id, (first_row + number) * row_height - offset) for number, session_id in enumerate(visible_ids)
        ]

    @property
    def is_set(self) -> bool:
        return bool(self._visible)

    def row_moved(self, session_id: str) -> None:
        """A row went elsewhere by itself; it does not take the page with it."""
        self._moved.add(session_id)

    def offset_after(self, row_of: Callable[[str], int | None], row_height: int) -> int | None:
        """Where to scroll to; None where nothing was anchored, or none of what was seen is still there."""
        for session_id, top in self._visible:
            if session_id not in self._moved and (row := row_of(session_id)) is not None:
                return row * row_height - top
        return None
