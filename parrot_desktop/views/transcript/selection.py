"""Text that a reader selected: from one place to another, across blocks and messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.clean import one_line
from parrot_desktop.views.transcript.documents import utf16

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

    from parrot_desktop.views.transcript.column import Column

MAX_MESSAGES = 300
"""More than these are copied by an export, not by a selection."""


@dataclass(frozen=True, slots=True, order=True)
class TextPlace:
    """A position in the document of a block; blocks without a document have the position 0."""

    n: int
    block: int
    position: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the reader began, and where the pointer is."""

    start: TextPlace
    end: TextPlace

    @property
    def is_empty(self) -> bool:
        return self.start == self.end

    @property
    def ordered(self) -> tuple[TextPlace, TextPlace]:
        return (self.start, self.end) if self.start <= self.end else (self.end, self.start)

    def within(self, n: int, block: int, document: QTextDocument | None) -> tuple[int, int] | None:
        """The selected range of a block's document; None where nothing of it is selected."""
        first, last = self.ordered
        if document is None or self.is_empty or not (first.n, first.block) <= (n, block) <= (last.n, last.block):
            return None
        start = first.position if (n, block) == (first.n, first.block) else 0
        end = last.position if (n, block) == (last.n, last.block) else max(0, document.characterCount() - 1)
        return (start, end) if end > start else None


def selected_text(selection: Selection, column: Column) -> str:
    """The text as it is shown, a line break between blocks."""
    first, last = selection.ordered
    found: list[str] = []
    for n in range(first.n, min(last.n, first.n + MAX_MESSAGES) + 1):
        layout = column.measure_all(n)
        if layout is None:
            continue
        for number, block in enumerate(layout.blocks):
            if not (first.n, first.block) <= (n, number) <= (last.n, last.block):
                continue
            document = block.document
            if document is None:
                if (n, number) not in {(first.n, first.block), (last.n, last.block)} and block.words():
                    found.append(one_line(block.words(), 2_000))
                continue
            chosen = selection.within(n, number, document)
            if chosen is not None:
                found.append(_slice(document.toPlainText(), *chosen))
    return "\n".join(found)


def occurrences(text: str, needle: str) -> list[tuple[int, int]]:
    """Where the needle (lower case) stands in a text, in Qt's positions."""
    if not needle:
        return []
    lowered = text.lower()
    if len(lowered) == len(text):
        starts: list[int] = []
        at = lowered.find(needle)
        while at >= 0:
            starts.append(at)
            at = lowered.find(needle, at + len(needle))
        found = [(start, start + len(needle)) for start in starts]
    else:  # a letter whose small form is longer: positions would not fit
        found = [match.span() for match in re.finditer(re.escape(needle), text, re.IGNORECASE)]
    if text.isascii() or not any(ord(character) > 0xFFFF for character in text):
        return found
    return [(utf16(text[:start]), utf16(text[:end])) for start, end in found]


def _slice(text: str, start: int, end: int) -> str:
    """A piece of a text by Qt's positions."""
    raw = text.encode("utf-16-le")
    return raw[start * 2 : end * 2].decode("utf-16-le", "ignore").replace("\u2028", "\n").replace("\u00a0", " ")
