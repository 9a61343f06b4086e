"""Goose's messages: roles, and content as a list of tagged blocks."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

from parrot_server.index.clock import Clock
from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, obj, objs, shown, string, whole
from parrot_server.index.sources.base import TurnState
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Notice, Part, Text, Thinking, ToolCall, ToolResult
from parrot_wire.values import MessageRole

_SECONDS = 10_000_000_000
"""Times above are milliseconds."""
_NOTE_FIELDS = ("msg", "message", "text", "prompt", "reason")

clock = Clock()


class Saying(NamedTuple):
    """What one message amounts to."""

    role: MessageRole
    parts: tuple[Part, ...]
    prompt: str | None
    """What a person typed; None where nobody did."""
    is_answer: bool
    state: TurnState


def saying_of(role: str, content: str, metadata: str) -> Saying | None:
    """None for what is hidden from the person, or is no message."""
    if obj(parse(metadata.encode("utf-8", "replace"))).get("userVisible") is False:
        return None
    blocks = objs(parse(content.encode("utf-8", "replace")))
    parts = tuple(part for block in blocks for part in _parts(block))
    has_result = any(isinstance(part, ToolResult) for part in parts)
    if role == "assistant":
        is_calling = any(isinstance(part, ToolCall) for part in parts)
        has_words = any(isinstance(part, Text) for part in parts)
        state = TurnState.CLOSED if has_words and not is_calling else TurnState.OPEN
        return Saying(MessageRole.ASSISTANT, parts, None, bool(parts), state)
    if role != "user" or not parts:
        return None
    if has_result:
        return Saying(MessageRole.TOOL, parts, None, False, TurnState.OPEN)
    typed = "\n".join(part.text for part in parts if isinstance(part, Text))
    is_prompt = bool(typed) or any(isinstance(part, Image) for part in parts)
    if not is_prompt:
        return Saying(MessageRole.SYSTEM, parts, None, False, TurnState.NONE)
    return Saying(MessageRole.USER, parts, typed, False, TurnState.OPEN)


def images_of(content: str) -> list[ImageBytes]:
    """The images of a message, in their order; one whose bytes are broken has none."""
    found: list[ImageBytes] = []
    for block in objs(parse(content.encode("utf-8", "replace"))):
        if block.get("type") == "image":
            try:
                data = base64.b64decode(string(block.get("data")), validate=False)
            except (binascii.Error, ValueError):
                data = b""
            found.append(ImageBytes(media_type=string(block.get("mimeType")) or "image/png", data=data))
    return found


def time_ms(value: Any) -> int | None:
    """Seconds or milliseconds since 1970, or a date and time in UTC."""
    if isinstance(value, str) and not value.isdigit():
        return clock.ms(value)
    number = whole(value)
    if number is None or number <= 0:
        return None
    return number if number > _SECONDS else number * 1000


def _parts(block: JSON) -> list[Part]:
    match block.get("type"):
        case "text" if string(block.get("text")).strip():
            return [Text(text=string(block.get("text")))]
        case "thinking" if string(block.get("thinking")).strip():
            return [Thinking(text=string(block.get("thinking")))]
        case "toolRequest" | "frontendToolRequest":
            return _call(block)
        case "toolResponse":
            return [_result(block)]
        case "image":
            return [Image(media_type=string(block.get("mimeType")) or "image/png")]
        case "toolConfirmationRequest" | "actionRequired" | "systemNotification" | "contextLengthExceeded":
            words = next((string(block.get(field)) for field in _NOTE_FIELDS if string(block.get(field))), "")
            return [Notice(kind="info", text=words)] if words else []
        case "summarizationRequested":
            return [Notice(kind="compaction", text="Conversation compacted")]
        case _:
            return []


def _call(block: JSON) -> list[Part]:
    """A call that the model got wrong is an error instead."""
    call = obj(block.get("toolCall"))
    value = obj(call.get("value")) or call
    name = string(value.get("name"))
    if call.get("status") == "error" or not name:
        return [ErrorPart(text=shown(call.get("error")) or "A call that could not be understood")]
    return [ToolCall(call_id=string(block.get("id")), name=name, input=value.get("arguments"))]


def _result(block: JSON) -> ToolResult:
    outcome = obj(block.get("toolResult"))
    status = string(outcome.get("status"))
    value = outcome.get("value")
    content = obj(value).get("content") if isinstance(value, dict) else value
    lines = [string(piece.get("text")) for piece in objs(content) if string(piece.get("text"))]
    exit_code = whole(obj(obj(value).get("structuredContent")).get("exit_code"))
    failed = status == "error" or obj(value).get("isError") is True or bool(exit_code)
    return ToolResult(
        call_id=string(block.get("id")),
        ok=False if failed else True if status == "success" else None,
        text="\n".join(lines) or shown(outcome.get("error")),
        exit_code=exit_code,
    )
