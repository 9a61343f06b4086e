"""What of a transcript is worth finding: prompts, answers, what tools were asked, and how their results begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from parrot_wire.session import ErrorPart, Notice, Text, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_server.index.sources.base import Transcript
    from parrot_wire.session import Message

PIECE_MESSAGES = 128
MAX_TEXT = 64_000
"""Characters of one message; what lies beyond is not found."""
MAX_RESULT = 2_000
_NOTICES = frozenset({"command", "subagent", "agent_message", "info"})


def pieces_of(transcript: Transcript, first: int, last: int) -> Iterator[dict[int, str]]:
    """The texts of messages first to last by n, some messages at a time; a piece may be empty. Raises OSError."""
    for start in range(first, last + 1, PIECE_MESSAGES):
        page = transcript.page(start, min(start + PIECE_MESSAGES - 1, last))
        yield {message.n: text for message in page if (text := text_of(message))}


def text_of(message: Message) -> str:
    """The words of a message that search looks at."""
    return "\n".join(_texts(message))[:MAX_TEXT]


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case Text() | ErrorPart():
                yield part.text
            case ToolCall():
                yield part.name
                yield from _leaves(part.input)
            case ToolResult():
                yield part.text[:MAX_RESULT]
            case Notice() if part.kind in _NOTICES:
                yield part.text[:MAX_RESULT]
            case _:
                pass


def _leaves(value: Any) -> Iterator[str]:
    """The texts in a tool's input, whatever its shape."""
    match value:
        case str():
            yield value
        case dict():
            for each in cast("dict[str, Any]", value).values():
                yield from _leaves(each)
        case list():
            for each in cast("list[Any]", value):
                yield from _leaves(each)
        case _:
            pass
