"""The messages of one transcript that are at hand, and what they know of each other.

A transcript can be longer than memory should be: pages come and go, and the ones far from what is read go first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parrot_wire.session import Message, Part, Turn

PAGE = 100
"""Messages of one page: page p holds the numbers from p * PAGE + 1."""

MAX_HELD_CHARS = 8_000_000
"""Text kept at hand: 8 MB of memory where it is ASCII, twice to four times as much elsewhere."""


@dataclass(frozen=True, slots=True, order=True)
class PartPlace:
    """A part of a message: ``index`` counts from 0."""

    n: int
    index: int


class TranscriptStore:
    """Messages by their number, with tool calls and results paired by ``call_id``."""

    def __init__(self, *, max_chars: int = MAX_HELD_CHARS) -> None:
        self.total = 0
        self.turns: dict[int, Turn] = {}
        self._max_chars = max_chars
        self._messages: dict[int, Message] = {}
        self._pages: dict[int, int] = {}  # page -> characters held, in order of use: the oldest first
        # A call's id may come again (in each step of a run), so each has its places, in order.
        self._results: dict[str, list[PartPlace]] = {}
        self._calls: dict[str, list[PartPlace]] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def get(self, n: int) -> Message | None:
        return self._messages.get(n)

    def held(self, first: int, last: int) -> Iterator[Message]:
        """The messages at hand with ``first <= n <= last``, in order."""
        for n in range(first, last + 1):
            message = self._messages.get(n)
            if message is not None:
                yield message

    def clear(self) -> None:
        self.total = 0
        self.turns = {}
        for held in (self._messages, self._pages, self._results, self._calls):
            held.clear()

    def put(self, messages: Iterable[Message]) -> set[int]:
        """Add or replace messages. Returns the numbers of all whose look may have changed, neighbours included."""
        changed: set[int] = set()
        for message in messages:
            old = self._messages.get(message.n)
            if old == message:
                continue
            if old is not None:
                self._forget(old)
            self._messages[message.n] = message
            page = (message.n - 1) // PAGE
            self._pages[page] = self._pages.get(page, 0) + weight(message)
            self.total = max(self.total, message.n)
            changed.add(message.n)
            if message.n + 1 in self._messages:
                changed.add(message.n + 1)  # whether it needs a heading depends on this one
            changed |= self._pair(message)
        return changed

    def result_of(self, place: PartPlace) -> tuple[PartPlace, ToolResult] | None:
        """What answered the call at a place: the last result of its id before that id is called again."""
        call = self.part(place)
        if not isinstance(call, ToolCall):
            return None
        calls = self._calls.get(call.call_id, [])
        after = bisect_right(calls, place)
        end = calls[after] if after < len(calls) else None
        results = self._results.get(call.call_id, [])
        at = (bisect_left(results, end) if end is not None else len(results)) - 1
        if at < 0 or results[at] < place:
            return None
        result = self.part(results[at])
        return (results[at], result) if isinstance(result, ToolResult) else None

    def call_of(self, place: PartPlace) -> PartPlace | None:
        """The call that the result at a place answers, where it is at hand: it then shows the result."""
        result = self.part(place)
        if not isinstance(result, ToolResult):
            return None
        calls = self._calls.get(result.call_id, [])
        at = bisect_left(calls, place) - 1
        return calls[at] if at >= 0 else None

    def part(self, place: PartPlace) -> Part | None:
        message = self._messages.get(place.n)
        if message is None or place.index >= len(message.parts):
            return None
        return message.parts[place.index]

    def missing(self, first: int, last: int) -> list[tuple[int, int]]:
        """The runs of numbers within these bounds that are not at hand, as (first, last)."""
        gaps: list[tuple[int, int]] = []
        for n in range(max(1, first), min(last, self.total) + 1):
            if n in self._messages:
                continue
            if gaps and gaps[-1][1] == n - 1:
                gaps[-1] = (gaps[-1][0], n)
            else:
                gaps.append((n, n))
        return gaps

    def touch(self, first: int, last: int) -> None:
        """Say that these messages are being read: their pages go last."""
        for page in range((max(1, first) - 1) // PAGE, (max(1, last) - 1) // PAGE + 1):
            if page in self._pages:
                self._pages[page] = self._pages.pop(page)

    def evict(self) -> list[int]:
        """Let go of the pages that were read longest ago, while too much is held. Returns the numbers let go."""
        gone: list[int] = []
        held = sum(self._pages.values())
        for page in list(self._pages)[:-3]:  # what is on the screen spans two pages at most, and one is spare
            if held <= self._max_chars:
                break
            held -= self._pages.pop(page)
            for n in range(page * PAGE + 1, (page + 1) * PAGE + 1):
                message = self._messages.pop(n, None)
                if message is not None:
                    self._unpair(message)
                    gone.append(n)
        return gone

    def _pair(self, message: Message) -> set[int]:
        """Returns the numbers of the messages that show, or no longer show, something of this one."""
        touched: set[int] = set()
        for index, part in enumerate(message.parts):
            if not isinstance(part, ToolCall | ToolResult):
                continue
            place = PartPlace(message.n, index)
            known = (self._calls if isinstance(part, ToolCall) else self._results).setdefault(part.call_id, [])
            insort(known, place)
            others = (self._results if isinstance(part, ToolCall) else self._calls).get(part.call_id, ())
            touched.update(other.n for other in others)
        return touched

    def _unpair(self, message: Message) -> None:
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolCall | ToolResult):
                known = self._calls if isinstance(part, ToolCall) else self._results
                places = known.get(part.call_id, [])
                place = PartPlace(message.n, index)
                if place in places:
                    places.remove(place)
                if not places:
                    known.pop(part.call_id, None)

    def _forget(self, message: Message) -> None:
        self._unpair(message)
        page = (message.n - 1) // PAGE
        self._pages[page] = self._pages.get(page, 0) - weight(message)


def part_text(part: Part) -> str:
    """All words of a part, as they are searched: a call's arguments by their values."""
    match part:
        case Text() | Thinking() | ToolResult() | ErrorPart() | Notice():
            return part.text
        case ToolCall():
            return _values(part.name, part.input)
        case Image():
            return ""


def weight(message: Message) -> int:
    """Roughly the characters that a message holds."""
    return 200 + sum(len(part_text(part)) for part in message.parts)


def _values(name: str, value: object) -> str:
    """A tool's name and the texts of its input, a line each."""
    found = [name]
    todo: list[object] = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, dict):
            todo.extend(reversed(list(each.values())))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        elif isinstance(each, list | tuple):
            todo.extend(reversed(each))  # pyright: ignore[reportUnknownArgumentType]
        elif each is not None:
            found.append(str(each))
    return "\n".join(found)
