"""Long texts in lists of messages are cut: the reader asks for the part where it wants the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from parrot_wire.session import (
    MAX_PART_BYTES,
    ErrorPart,
    Image,
    Notice,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from parrot_wire.session import Message, Part


def cut_message(message: Message) -> Message:
    """The message with every part at most MAX_PART_BYTES long; the same object where nothing was cut."""
    parts = tuple(cut_part(part) for part in message.parts)
    changed = any(new is not old for new, old in zip(parts, message.parts, strict=True))
    return replace(message, parts=parts) if changed else message


def cut_part(part: Part) -> Part:
    """The part with its text cut at a whole character, and the full length in bytes; itself where it is short."""
    match part:
        case Text() | Thinking() | ToolResult() | ErrorPart() | Notice():
            cut, size = cut_text(part.text)
            return part if size is None else replace(part, text=cut, full_bytes=size)
        case ToolCall():
            encoded = msgspec.json.encode(part.input)
            if len(encoded) <= MAX_PART_BYTES:
                return part
            return replace(part, input=_cut_bytes(encoded), full_bytes=len(encoded))
        case Image():
            return part


def cut_text(text: str) -> tuple[str, int | None]:
    """The text cut to MAX_PART_BYTES of UTF-8, and its full length; None where nothing was cut."""
    if len(text) * 4 <= MAX_PART_BYTES:
        return text, None
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MAX_PART_BYTES:
        return text, None
    return _cut_bytes(encoded), len(encoded)


def _cut_bytes(encoded: bytes) -> str:
    return encoded[:MAX_PART_BYTES].decode("utf-8", "ignore")


def full_text(message: Message) -> str:
    """Everything of a message that can be read, one part a line."""
    return "\n".join(_text_of(part) for part in message.parts)


def _text_of(part: Part) -> str:
    match part:
        case Text() | Thinking() | ToolResult() | ErrorPart() | Notice():
            return part.text
        case ToolCall():
            return f"{part.name} {msgspec.json.encode(part.input).decode()}"
        case Image():
            return ""
