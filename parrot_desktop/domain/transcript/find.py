"""Finding text in a transcript, and stepping through its prompts and errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
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


def find(messages: Iterable[Message], text: str) -> list[Match]:
    """Where the text stands, in order, case aside. An empty text stands nowhere."""
    needle = text.lower()
    if not needle:
        return []
    found: list[Match] = []
    for message in messages:
        for index, part in enumerate(message.parts):
            found.extend(Match(message.n, index, number) for number in range(count_in(part, needle)))
    return found


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
