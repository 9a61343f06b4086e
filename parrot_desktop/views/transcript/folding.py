"""What a reader of a transcript opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.store import PartPlace

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from parrot_wire.session import Part


@dataclass(slots=True)
class Folding:
    """What a reader opened, and what was fetched for it."""

    opened: set[PartPlace] = field(default_factory=set[PartPlace])
    closed: set[PartPlace] = field(default_factory=set[PartPlace])
    """Parts folded by hand while everything is unfolded."""
    all_open: bool = False
    whole: set[PartPlace] = field(default_factory=set[PartPlace])
    """Shown uncut."""
    fetched: dict[PartPlace, Part] = field(default_factory=dict[PartPlace, "Part"])
    images: dict[PartPlace, QImage | None] = field(default_factory=dict[PartPlace, "QImage | None"])
    """None where the bytes are no image that can be shown."""

    def is_open(self, place: PartPlace) -> bool:
        return place in self.opened or (self.all_open and place not in self.closed)

    def clear(self) -> None:
        for held in (self.opened, self.closed, self.whole, self.fetched, self.images):
            held.clear()
        self.all_open = False

    def set_all(self, is_open: bool) -> None:
        self.all_open = is_open
        self.opened.clear()
        self.closed.clear()

    def toggle(self, place: PartPlace) -> bool:
        """Returns whether it is open now."""
        if self.is_open(place):
            self.opened.discard(place)
            self.closed.add(place)
            return False
        self.opened.add(place)
        self.closed.discard(place)
        return True
