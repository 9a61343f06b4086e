"""Finding text in a transcript, and stepping through its prompts and errors."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.store import PartPlace, TranscriptStore, part_text
from parrot_wire.session import ErrorPart, Image, Message, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_wire.session import Part


class PartFilter(StrEnum):
    """Which parts of a transcript are shown."""

    ALL = "all"
    PROMPTS = "prompts"
    ANSWERS = "answers"
    TOOLS = "tools"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """The ``occurrence``-th place (from 0) of the text within a part."""

    n: int
    index: int
    occurrence: int

    @property
    def place(self) -> PartPlace:
        return PartPlace(self.n, self.index)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A part that holds the text ``count`` times."""

    n: int
    index: int
    count: int


def find(messages: Iterable[Message], text: str) -> list[Found]:
    """The parts that hold the text, in order, case aside. An empty text stands nowhere."""
    needle = text.lower()
    if not needle:
        return []
    return [
        Found(message.n, index, count)
        for message in messages
        for index, part in enumerate(message.parts)
        if (count := count_in(part, needle))
    ]


class Matches:
    """All matches of a text, which come stretch by stretch and in any order; each has a number from 0."""

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._ends: list[int] = []
        """How many matches there are up to and with each part."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def clear(self) -> None:
        self._found.clear()
        self._ends.clear()

    def add(self, found: Iterable[Found]) -> None:
        self._found.extend(found)
        self._found.sort()
        self._ends = list(accumulate(each.count for each in self._found))

    def at(self, number: int) -> Match:
        """Match ``number``; 0 <= number < len."""
        group = bisect_right(self._ends, number)
        each = self._found[group]
        return Match(each.n, each.index, number - (self._ends[group] - each.count))

    def number_of(self, match: Match) -> int:
        """The number of a match; for one that is not there the number of the one after it, or the count."""
        group = bisect_left(self._found, (match.n, match.index), key=lambda each: (each.n, each.index))
        if group >= len(self._found):
            return len(self)
        each = self._found[group]
        begin = self._ends[group] - each.count
        is_there = (each.n, each.index) == (match.n, match.index)
        return begin + min(match.occurrence, each.count) if is_there else begin


def count_in(part: Part, needle: str) -> int:
    """How often a part holds the needle, which is in lower case.

    Emphasis in the middle of what is looked for does not hide it: a text that does not hold the needle as written is
    searched once more without its marks.
    """
    haystack = part_text(part).lower()
    count = haystack.count(needle)
    if count or not isinstance(part, Text | Thinking) or not ("*" in haystack or "`" in haystack):
        return count
    return haystack.replace("*", "").replace("`", "").count(needle)


def is_prompt(message: Message) -> bool:
    """Whether a person wrote it."""
    return message.role is MessageRole.USER and any(isinstance(part, Text | Image) for part in message.parts)


def is_error(part: Part) -> bool:
    """Failures and interruptions: what stands out."""
    match part:
        case ErrorPart():
            return True
        case ToolResult():
            return part.ok is False or bool(part.exit_code)
        case Notice():
            return part.kind in {"interrupted", "error"}
        case _:
            return False


def has_error(message: Message) -> bool:
    return any(is_error(part) for part in message.parts)


def passes(filter_: PartFilter, message: Message, part: Part, result: ToolResult | None) -> bool:
    """Whether a part is shown; ``result`` is what answered a tool call."""
    match filter_:
        case PartFilter.ALL:
            return True
        case PartFilter.PROMPTS:
            return message.role is MessageRole.USER and isinstance(part, Text | Image)
        case PartFilter.ANSWERS:
            return message.role is MessageRole.ASSISTANT and isinstance(part, Text | Image)
        case PartFilter.TOOLS:
            return isinstance(part, ToolCall | ToolResult)
        case PartFilter.ERRORS:
            return is_error(part) or (result is not None and is_error(result))


class SeekKind(StrEnum):
    """What one can jump to."""

    PROMPT = "prompt"
    ERROR = "error"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Seek:
    """The next (``by`` 1) or the previous (-1) thing of a kind after a place; for a turn, ``turn`` is its number."""

    kind: SeekKind
    after: PartPlace
    by: int = 1
    turn: int | None = None


def seek_in(message: Message, wanted: Seek, store: TranscriptStore) -> PartPlace | None:
    """The place in a message that is sought; an error of a result counts where its call stands."""
    places = [place for place in _places(message, wanted, store) if _is_beyond(place, wanted)]
    if not places:
        return None
    return min(places) if wanted.by > 0 else max(places)


def _places(message: Message, wanted: Seek, store: TranscriptStore) -> list[PartPlace]:
    match wanted.kind:
        case SeekKind.PROMPT:
            return [PartPlace(message.n, _first(message))] if is_prompt(message) else []
        case SeekKind.TURN:
            return [PartPlace(message.n, 0)] if message.turn == wanted.turn else []
        case SeekKind.ERROR:
            found: list[PartPlace] = []
            for index, part in enumerate(message.parts):
                if is_error(part):
                    place = PartPlace(message.n, index)
                    found.append(store.call_of(place) or place)
            return found


def _first(message: Message) -> int:
    return next(index for index, part in enumerate(message.parts) if isinstance(part, Text | Image))


def _is_beyond(place: PartPlace, wanted: Seek) -> bool:
    if wanted.kind is SeekKind.TURN:
        return True
    return place > wanted.after if wanted.by > 0 else place < wanted.after
