"""One message laid out: its blocks under each other, each measured when it comes into sight."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_desktop.views.transcript.block import Block


@dataclass(slots=True)
class Placed:
    """A block and where it is: ``top`` is below its gap, from the top of the message."""

    number: int
    block: Block
    top: int
    height: int


class MessageLayout:
    """Blocks of a message at one width. Heights begin as estimates and are corrected by `settle`."""

    def __init__(self, blocks: list[Block], width: int) -> None:
        self.blocks = blocks
        self._width = width
        self._heights = [block.estimate(width) for block in blocks]
        self._measured = [False] * len(blocks)
        self._tops: list[int] = []
        self._sum()

    @property
    def height(self) -> int:
        return self._tops[-1]

    @property
    def width(self) -> int:
        return self._width

    def __len__(self) -> int:
        return len(self.blocks)

    def placed(self, number: int) -> Placed:
        block = self.blocks[number]
        return Placed(number, block, self._tops[number] + block.gap, self._heights[number])

    def between(self, top: int, bottom: int) -> Iterator[Placed]:
        """Blocks that touch these heights of the message, in order."""
        number = max(0, bisect_right(self._tops, top) - 1)
        while number < len(self.blocks) and self._tops[number] < bottom:
            yield self.placed(number)
            number += 1

    def at(self, y: int) -> Placed | None:
        """The block at a height; the gap above a block is its own."""
        if not self.blocks or not 0 <= y < self.height:
            return None
        return self.placed(min(bisect_right(self._tops, y) - 1, len(self.blocks) - 1))

    def first_measured(self, top: int, bottom: int) -> int | None:
        """Where the first block between two heights begins, its gap included, whose height is no estimate."""
        number = max(0, bisect_right(self._tops, top) - 1)
        while number < len(self.blocks) and self._tops[number] < bottom:
            if self._measured[number]:
                return self._tops[number]
            number += 1
        return None

    def settle(self, top: int, bottom: int, limit: int) -> tuple[int, int]:
        """Measure the blocks between two heights. Returns by how much those before ``limit``, and the others, grew.

        What grows before the limit moves the rest down, and what is looked at with it.
        """
        above = below = 0
        number = max(0, bisect_right(self._tops, top) - 1)
        y = self._tops[number]
        while number < len(self.blocks) and y < bottom + above:
            if not self._measured[number]:
                grown = self._measure(number)
                if y < limit + above:
                    above += grown
                else:
                    below += grown
            y += self.blocks[number].gap + self._heights[number]
            number += 1
        if above or below:
            self._sum()
        return above, below

    def measure_all(self) -> int:
        """Returns by how much the message grew."""
        grown = sum(self._measure(number) for number, known in enumerate(self._measured) if not known)
        if grown:
            self._sum()
        return grown

    def _measure(self, number: int) -> int:
        height = self.blocks[number].measure(self._width)
        grown = height - self._heights[number]
        self._heights[number] = height
        self._measured[number] = True
        return grown

    def ensure(self, number: int) -> int:
        """Measure one block. Returns by how much the message grew."""
        if self._measured[number]:
            return 0
        grown = self._measure(number)
        if grown:
            self._sum()
        return grown

    def blocks_of_part(self, part: int) -> list[int]:
        """Numbers of the blocks that show a part."""
        return [number for number, block in enumerate(self.blocks) if block.part == part]

    def _sum(self) -> None:
        self._tops = [
            0,
            *accumulate(block.gap + height for block, height in zip(self.blocks, self._heights, strict=True)),
        ]


def rect_of(placed: Placed, left: int, message_top: int, width: int) -> QRect:
    """Where a block is on the viewport."""
    return QRect(left, message_top + placed.top, width, placed.height)
