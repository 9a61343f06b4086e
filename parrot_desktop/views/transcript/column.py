"""All messages of a transcript under each other: which is where, without laying out more than is seen.

Heights of messages that nobody has seen yet are estimates. What is read never jumps when they are corrected: whoever
settles a stretch is told by how much the things above it grew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.heights import Heights
from parrot_desktop.domain.transcript.pieces import Heading, PartPiece, TurnLine, pieces_of
from parrot_desktop.domain.transcript.store import PartPlace, part_text
from parrot_desktop.views.transcript.message_layout import MessageLayout
from parrot_desktop.views.transcript.wells import SHOWN_CHARS, SHOWN_LINES
from parrot_wire.session import ErrorPart, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_desktop.views.transcript.compose import Composer
    from parrot_desktop.views.transcript.kit import TranscriptKit
    from parrot_desktop.views.transcript.message_layout import Placed
    from parrot_wire.session import Message

MAX_LAYOUTS = 80
UNKNOWN_HEIGHT = 84
"""Pixels at 100 % for a message that is not loaded yet."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of the text that stays where it is: ``offset`` pixels below the top of a block of message ``n``."""

    n: int
    block: int
    offset: int


class Column:
    """Messages numbered from 1; heights in pixels at one width."""

    def __init__(self, kit: TranscriptKit, store: TranscriptStore, composer: Composer) -> None:
        self.kit = kit
        self.composer = composer
        self._store = store
        self._width = 0
        self._heights = Heights()
        self._layouts: dict[int, MessageLayout] = {}

    @property
    def width(self) -> int:
        return self._width

    @property
    def height(self) -> int:
        return self._heights.total

    @property
    def count(self) -> int:
        return len(self._heights)

    def top_of(self, n: int) -> int:
        """Where message ``n`` begins; ``n`` may be one more than there are."""
        return self._heights.top(n - 1)

    def height_of(self, n: int) -> int:
        return self._heights[n - 1]

    def message_at(self, y: int) -> int:
        """The number of the message at a height: the nearest one outside. Needs at least one message."""
        return self._heights.at(y) + 1

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self.rebuild()

    def rebuild(self) -> None:
        """Forget every layout and estimate again: the width, the look or what is shown is another."""
        self._layouts.clear()
        unknown = self.kit.px(UNKNOWN_HEIGHT)
        self._heights = Heights(self._store.total, unknown)
        if self._width > 0:
            for message in self._store.held(1, self._store.total):
                self._heights.set(message.n - 1, self._estimate(message))

    def set_total(self, total: int) -> None:
        if total < len(self._heights):
            self._heights.shrink(total)
            for n in [n for n in self._layouts if n > total]:
                del self._layouts[n]
        else:
            self._heights.extend(total - len(self._heights), self.kit.px(UNKNOWN_HEIGHT))

    def refresh(self, numbers: Iterable[int]) -> None:
        """These messages are new or look different now."""
        for n in numbers:
            self._layouts.pop(n, None)
            message = self._store.get(n)
            if message is not None and n <= len(self._heights) and self._width > 0:
                self._heights.set(n - 1, self._estimate(message))

    def layout(self, n: int) -> MessageLayout | None:
        """The message laid out; None where it is not loaded. Its height may change by it."""
        made = self._layouts.get(n)
        if made is not None:
            self._layouts[n] = self._layouts.pop(n)  # the last one used goes last
            return made
        message = self._store.get(n)
        if message is None or self._width <= 0:
            return None
        made = MessageLayout(self.composer.blocks_of(message), self._width)
        self._layouts[n] = made
        self._heights.set(n - 1, made.height)
        while len(self._layouts) > MAX_LAYOUTS:
            del self._layouts[next(iter(self._layouts))]
        return made

    def laid_out(self, n: int) -> MessageLayout | None:
        """The message's layout where there is one; nothing changes by asking."""
        return self._layouts.get(n)

    def ensure_block(self, n: int, number: int) -> None:
        """Measure one block of a message, so that its place and text are known."""
        layout = self.layout(n)
        if layout is not None and layout.ensure(number):
            self._heights.set(n - 1, layout.height)

    def measure_all(self, n: int) -> MessageLayout | None:
        layout = self.layout(n)
        if layout is not None and layout.measure_all():
            self._heights.set(n - 1, layout.height)
        return layout

    def settle(self, top: int, height: int) -> int:
        """Lay out what lies within ``height`` below ``top``. Returns by how much to scroll so that nothing jumps.

        What was laid out before stays where it is, whatever comes above it turns out to be; where nothing was (after
        a jump), what begins in sight does.
        """
        pivot = self._first_measured(top, height)
        limit = top if pivot is None else pivot
        shift = 0
        y = top
        while self.count and y < min(top + shift + height, self.height):
            n = self.message_at(y)
            begin = self.top_of(n)
            before = self.height_of(n)
            layout = self.layout(n)
            if layout is not None:
                if begin < limit + shift:
                    shift += self.height_of(n) - before
                seen = top + shift - begin
                above, below = layout.settle(seen, seen + height, limit + shift - begin)
                shift += above
                if above or below:
                    self._heights.set(n - 1, layout.height)
            y = max(y + 1, begin + self.height_of(n))
        return shift

    def _first_measured(self, top: int, height: int) -> int | None:
        """Where the first block in sight begins whose height is known."""
        for _, begin, layout in self.visible(top, height):
            found = layout.first_measured(top - begin, top + height - begin) if layout is not None else None
            if found is not None:
                return begin + found
        return None

    def visible(self, top: int, height: int) -> Iterator[tuple[int, int, MessageLayout | None]]:
        """(n, top, layout) of what lies within ``height`` below ``top``, in order."""
        y = max(0, top)
        while self.count and y < min(top + height, self.height):
            n = self.message_at(y)
            begin = self.top_of(n)
            yield n, begin, self._layouts.get(n)
            y = max(y + 1, begin + self.height_of(n))

    def anchor(self, y: int) -> Anchor | None:
        """What stands at a height."""
        if not self.count:
            return None
        n = self.message_at(y)
        offset = y - self.top_of(n)
        layout = self._layouts.get(n)
        placed = layout.at(offset) if layout is not None else None
        if placed is None:
            return Anchor(n, 0, offset)
        return Anchor(n, placed.number, offset - (placed.top - placed.block.gap))

    def y_of(self, anchor: Anchor) -> int:
        """Where an anchor stands now."""
        n = min(anchor.n, self.count)
        top = self.top_of(n)
        layout = self.layout(n) if n == anchor.n else None
        if layout is None or not len(layout):
            return top + (anchor.offset if anchor.block == 0 and layout is None else 0)
        self.ensure_block(n, min(anchor.block, len(layout) - 1))
        top = self.top_of(n)
        if anchor.block >= len(layout):
            return top + layout.height
        placed = layout.placed(anchor.block)
        return top + placed.top - placed.block.gap + min(anchor.offset, placed.height + placed.block.gap)

    def placed(self, n: int, number: int) -> tuple[int, Placed] | None:
        """(top of the message, block), measured."""
        layout = self.layout(n)
        if layout is None or number >= len(layout):
            return None
        self.ensure_block(n, number)
        return self.top_of(n), layout.placed(number)

    def _estimate_opened(self, piece: PartPiece) -> int:
        """Roughly how much higher an opened part is."""
        text = part_text(piece.part)[:SHOWN_CHARS] + (piece.result[1].text[:SHOWN_CHARS] if piece.result else "")
        per_line = max(20, int(self._width / self.kit.mono_char))
        lines = min(text.count("\n"), SHOWN_LINES) + len(text) // per_line // 2
        return round(lines * self.kit.mono_line) + self.kit.px(60)

    def _estimate(self, message: Message) -> int:
        """Roughly how high a message is, without parsing it."""
        kit = self.kit
        total = 0
        per_line = max(20, int(self._width / kit.body_char))
        for piece in pieces_of(message, self._store, self.composer.view):
            match piece:
                case Heading():
                    total += kit.px(44)
                case TurnLine():
                    total += kit.px(26)
                case PartPiece(part=Text() | ErrorPart() as part):
                    lines = part.text.count("\n") + len(part.text) // per_line + 1
                    total += round(lines * kit.body_line) + kit.px(12)
                case PartPiece():
                    total += kit.px(44)
                    if self.composer.is_open(PartPlace(message.n, piece.index)):
                        total += self._estimate_opened(piece)
                case _:
                    total += kit.px(40)
        return total
