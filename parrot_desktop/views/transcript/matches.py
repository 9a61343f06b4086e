"""What find shows: every place of the text that is seen, and the one that was stepped to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.find import count_in
from parrot_desktop.views.transcript.message_layout import rect_of
from parrot_desktop.views.transcript.selection import occurrences
from parrot_wire.session import ToolResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextDocument

    from parrot_desktop.domain.transcript.find import Match
    from parrot_desktop.domain.transcript.store import PartPlace, TranscriptStore
    from parrot_desktop.views.transcript.folding import Folding
    from parrot_desktop.views.transcript.sight import Sight


class Matches:
    """Highlights of one text (in lower case). ``current`` is (message, block, which of the block's places)."""

    def __init__(self, sight: Sight, store: TranscriptStore, folding: Folding) -> None:
        self._sight, self._store, self._folding = sight, store, folding
        self.needle = ""
        self.current: tuple[int, int, int] | None = None
        self.pending: Match | None = None
        """A match in a message that is not loaded yet."""

    def clear(self) -> None:
        self.needle, self.current, self.pending = "", None, None

    def marks(
        self, n: int, number: int, document: QTextDocument
    ) -> tuple[Sequence[tuple[int, int]], tuple[int, int] | None]:
        """The places in a block's document, and the current one if it is there."""
        if not self.needle:
            return (), None
        found = occurrences(document.toPlainText(), self.needle)
        current = self.current
        if current is None or current[:2] != (n, number) or current[2] >= len(found):
            return found, None
        return found, found[current[2]]

    def owner_of(self, place: PartPlace) -> PartPlace:
        """The part whose blocks show a part: a result is shown by its call."""
        return self._store.call_of(place) or place

    def unfold(self, match: Match) -> PartPlace:
        """Open what hides a match. Returns the part whose blocks show it."""
        owner = self.owner_of(match.place)
        if not self._hits(owner) and not self._folding.is_open(owner):
            with self._sight.held():
                self._folding.opened.add(owner)
                self._folding.closed.discard(owner)
                self._sight.column.refresh([owner.n])
        if not self._hits(owner):  # it may be in what is left out of a long text
            with self._sight.held():
                self._folding.whole.add(match.place)
                self._sight.column.refresh([owner.n])
        return owner

    def take(self, match: Match, owner: PartPlace) -> bool:
        """Make it the current one and bring it into sight; False where it is not to be seen in what is shown."""
        hits = self._hits(owner)
        part = self._store.part(match.place)
        if not hits or part is None:
            self.current = None
            return False
        number = match.occurrence
        if isinstance(part, ToolResult):  # its matches come after those of the call
            number += len(hits) - count_in(part, self.needle)
        self.current = (owner.n, *hits[min(max(0, number), len(hits) - 1)])
        self._reveal()
        return True

    def _hits(self, place: PartPlace) -> list[tuple[int, int]]:
        """(block, which of the block's) of the places in a part, as it is shown now."""
        found: list[tuple[int, int]] = []
        for placed in self._sight.blocks_of(place):
            count = len(occurrences(placed.block.text, self.needle))
            found.extend((placed.number, index) for index in range(count))
        return found

    def _reveal(self) -> None:
        """Scroll until the line of the current match is well in sight."""
        if self.current is None:
            return
        n, number, index = self.current
        sight = self._sight
        found = sight.column.placed(n, number)
        document = found[1].block.document if found is not None else None
        if found is None or document is None:
            return
        start = occurrences(document.toPlainText(), self.needle)[index][0]
        rect = rect_of(found[1], sight.left, found[0] - sight.top, sight.column.width)
        block = document.findBlock(start)
        line = block.layout().lineForTextPosition(start - block.position())
        inside = document.documentLayout().blockBoundingRect(block).top() + (line.y() if line.isValid() else 0)
        y = found[1].block.text_origin(rect).y() + inside
        pad = sight.column.kit.px(60)
        if not pad <= y <= sight.height - pad:
            sight.scroll_to(int(y + sight.top - sight.height / 3))
