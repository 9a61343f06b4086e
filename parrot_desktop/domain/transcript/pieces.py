"""A message as the pieces that are drawn: headings and separators, then its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.find import PartFilter, passes
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_wire.session import ErrorPart, Image, Message, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.times import to_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from parrot_desktop.domain.transcript.store import TranscriptStore
    from parrot_wire.session import Part

LONGEST_THOUGHT_MS = 30 * 60_000
"""A longer pause before a message is a pause, no thought."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Who speaks from here on, and when. An agent's heading carries its turn."""

    role: MessageRole
    at: str
    model: str | None
    turn: int | None
    with_date: bool


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A later turn of the same agent begins."""

    turn: int
    at: str
    model: str | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a Flow begins."""

    step: str


@dataclass(frozen=True, slots=True)
class PartPiece:
    """One part of the message. For a tool call, ``result`` is what answered it."""

    index: int
    part: Part
    result: tuple[PartPlace, ToolResult] | None = None
    thought_ms: int | None = None


Piece = Heading | TurnLine | StepLine | PartPiece


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a transcript: a kind of part, or one step alone."""

    parts: PartFilter = PartFilter.ALL
    step: str | None = None


def pieces_of(message: Message, store: TranscriptStore, view: View) -> list[Piece]:
    """The pieces of a message, top to bottom. None at all where it has nothing to show: its results stand elsewhere."""
    if view.step is not None and message.step != view.step:
        return []
    parts = _parts(message, store, view)
    if not parts:
        return []
    before = _before(message, store)
    furniture: list[Piece] = []
    if message.step is not None and (before is None or before.step != message.step):
        furniture.append(StepLine(message.step))
    if _speaker(message) is not None:
        same = before is not None and _speaker(before) == _speaker(message) and not furniture
        if not same or view.parts is not PartFilter.ALL:
            with_date = before is None or before.at[:10] != message.at[:10]
            furniture.append(Heading(message.role, message.at, message.model, message.turn, with_date))
        elif message.turn is not None and before is not None and before.turn != message.turn:
            furniture.append(TurnLine(message.turn, message.at, message.model))
    return [*furniture, *parts]


def _parts(message: Message, store: TranscriptStore, view: View) -> list[PartPiece]:
    found: list[PartPiece] = []
    for index, part in enumerate(message.parts):
        match part:
            case ToolResult() if store.call_of(PartPlace(message.n, index)) is not None:
                continue
            case ToolCall():
                result = store.result_of(PartPlace(message.n, index))
                if passes(view.parts, message, part, result[1] if result else None):
                    found.append(PartPiece(index, part, result))
            case Text() if not part.text.strip():
                continue
            case Thinking():
                if passes(view.parts, message, part, None):
                    found.append(PartPiece(index, part, None, _thought(message, index, store)))
            case Text() | Image() | ErrorPart() | Notice() | ToolResult():
                if passes(view.parts, message, part, None):
                    found.append(PartPiece(index, part))
    return found


def _thought(message: Message, index: int, store: TranscriptStore) -> int | None:
    """How long the agent thought: from what came before to this message, where it begins with the thought."""
    before = store.get(message.n - 1)
    if index != 0 or before is None:
        return None
    pause = to_ms(message.at) - to_ms(before.at)
    return pause if 500 <= pause <= LONGEST_THOUGHT_MS else None


def _speaker(message: Message) -> MessageRole | None:
    """Who speaks; None for what the program says by itself, which goes under no one's name."""
    return message.role if message.role in {MessageRole.USER, MessageRole.ASSISTANT} else None


def _before(message: Message, store: TranscriptStore) -> Message | None:
    """The message before this one that has something to show: results under their calls do not part two turns."""
    for n in range(message.n - 1, max(0, message.n - 50), -1):
        before = store.get(n)
        if before is None:
            return None
        if before.role is not MessageRole.TOOL and any(
            store.call_of(PartPlace(n, index)) is None for index in range(len(before.parts))
        ):
            return before
    return None
