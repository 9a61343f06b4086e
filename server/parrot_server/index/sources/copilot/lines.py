"""One event of a Copilot CLI session: what it is, and what it shows.

``{type, data, id, timestamp, parentId}``. What the vendor tells the model (``system.message``) is nobody's business.
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import IntEnum
from typing import Any, NamedTuple

from parrot_server.index.clock import Clock
from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, count, number, obj, objs, shown, string, whole
from parrot_server.index.tally import tokens_inside
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Notice, Part, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import MessageRole

_EXIT = re.compile(r"(?:completed|exited) with exit code (-?\d+)>?\s*$")
_NANO = 1_000_000_000
"""AI units are counted in billionths; one is one credit."""
_MOST_CREDITS = 10**8

clock = Clock()
_NO_TIME = from_ms(0)


class What(IntEnum):
    PROMPT = 1
    NOTICE = 2
    ANSWER = 3
    CALLING = 4
    RESULT = 5
    STOPPED = 6
    FAILED = 7


class Entry(NamedTuple):
    """Implements ``entry_transcript.Shown``."""

    what: What
    role: MessageRole
    message_id: str
    at: Timestamp
    parts: tuple[Part, ...]
    text: str = ""
    """Of a prompt, or what failed."""
    turn: str = ""
    """The request that this is the answer to."""
    model: str | None = None
    output: int = 0
    """Tokens of the answer, where the event says so."""
    is_subagent: bool = False
    joins: str = ""
    """A message may come in pieces."""


class Usage(NamedTuple):
    """One request, as ``session.usage_record`` tells it. Copilot counts in credits, never in money."""

    id: str
    call_id: str
    model: str | None
    tokens: Tokens
    credits: float | None


def entry_of(record: JSON) -> Entry | None:
    """What an event shows; None for what is only kept for the tool itself."""
    data = obj(record.get("data"))
    match string(record.get("type")):
        case "user.message":
            return _user(record, data)
        case "assistant.message":
            return _assistant(record, data)
        case "assistant.reasoning":
            text = string(data.get("content"))
            return _entry(record, What.NOTICE, MessageRole.ASSISTANT, [Thinking(text=text)]) if text else None
        case "tool.execution_complete":
            return _entry(record, What.RESULT, MessageRole.TOOL, [_result(data)])
        case "session.error":
            said = string(data.get("message")) or string(data.get("errorType")) or "error"
            return _entry(record, What.FAILED, MessageRole.ASSISTANT, [ErrorPart(text=said)], said)
        case "abort":
            notice = Notice(kind="interrupted", text=f"Stopped ({string(data.get('reason')) or 'by the user'})")
            return _entry(record, What.STOPPED, MessageRole.SYSTEM, [notice])
        case kind:
            notice = _notice(kind, data)
            return _entry(record, What.NOTICE, MessageRole.SYSTEM, [notice]) if notice is not None else None


def usage_of(record: JSON) -> Usage | None:
    """The request that an event accounts for."""
    if record.get("type") != "session.usage_record":
        return None
    usage = obj(obj(record.get("data")).get("usage"))
    own_id = string(obj(usage.get("accounting")).get("usageId")) or string(usage.get("apiCallId"))
    return Usage(
        own_id or string(record.get("id")),
        string(usage.get("apiCallId")),
        string(usage.get("model")) or None,
        tokens_of(usage),
        credits_of(usage),
    )


def tokens_of(usage: JSON) -> Tokens:
    """Cached tokens are part of the input."""
    return tokens_inside(
        count(usage.get("inputTokens")),
        count(usage.get("outputTokens")),
        cache_read=count(usage.get("cacheReadTokens")),
        cache_write=count(usage.get("cacheWriteTokens")),
    )


def credits_of(usage: JSON) -> float | None:
    """AI credits, or the premium requests that came before them; None where nothing was charged or it is not known."""
    for nanos in (usage.get("totalNanoAiu"), obj(usage.get("copilotUsage")).get("totalNanoAiu")):
        units = number(nanos)
        if units is not None and 0 < units <= _NANO * _MOST_CREDITS:
            return units / _NANO
    return charged(usage.get("cost"))


def charged(value: Any) -> float | None:
    """Credits, where any were charged."""
    credits = number(value)
    return credits if credits is not None and 0 < credits <= _MOST_CREDITS else None


def images_of(record: JSON) -> list[ImageBytes]:
    """The images that were sent with a prompt, in their order; one whose bytes are not here has none."""
    found: list[ImageBytes] = []
    for attachment in objs(obj(record.get("data")).get("attachments")):
        if _is_image(attachment):
            try:
                raw = base64.b64decode(string(attachment.get("data")), validate=False)
            except (binascii.Error, ValueError):
                raw = b""
            found.append(ImageBytes(media_type=_media_type(attachment), data=raw))
    return found


def _entry(record: JSON, what: What, role: MessageRole, parts: list[Part], text: str = "") -> Entry:
    at = clock.timestamp(string(record.get("timestamp"))) or _NO_TIME
    return Entry(what, role, string(record.get("id")), at, tuple(parts), text)


def _user(record: JSON, data: JSON) -> Entry | None:
    text = string(data.get("content"))
    is_injected = string(data.get("source")).startswith("skill-") or text.lstrip().startswith("<skill-context")
    parts: list[Part] = []
    if text.strip():
        parts.append(Notice(kind="context", text=text) if is_injected else Text(text=text))
    for attachment in objs(data.get("attachments")):
        if _is_image(attachment):
            parts.append(Image(media_type=_media_type(attachment)))
        elif named := string(attachment.get("path")) or string(attachment.get("displayName")):
            parts.append(Notice(kind="file", text=named))
    if not parts:
        return None
    if is_injected:
        return _entry(record, What.NOTICE, MessageRole.SYSTEM, parts)
    return _entry(record, What.PROMPT, MessageRole.USER, parts, text)


def _assistant(record: JSON, data: JSON) -> Entry:
    parts: list[Part] = []
    if thought := string(data.get("reasoningText")):
        parts.append(Thinking(text=thought))
    if (text := string(data.get("content"))).strip():
        parts.append(Text(text=text))
    calls = objs(data.get("toolRequests"))
    parts.extend(
        ToolCall(
            call_id=string(call.get("toolCallId")),
            name=string(call.get("name")) or "tool",
            input=_arguments(call.get("arguments")),
        )
        for call in calls
    )
    message_id = string(data.get("messageId")) or string(record.get("id"))
    return Entry(
        What.CALLING if calls else What.ANSWER,
        MessageRole.ASSISTANT,
        message_id,
        clock.timestamp(string(record.get("timestamp"))) or _NO_TIME,
        tuple(parts),
        turn=string(data.get("apiCallId")) or message_id,
        model=string(data.get("model")) or None,
        output=count(data.get("outputTokens")),
        is_subagent=bool(string(data.get("parentToolCallId"))),
        joins=message_id,
    )


def _arguments(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        parsed = parse(value.encode("utf-8", "replace"))
        return value if parsed is None else parsed
    return value


def _result(data: JSON) -> ToolResult:
    """A shell that failed is a success all the same: its exit code has the last word."""
    telemetry = obj(obj(data.get("toolTelemetry")).get("metrics"))
    result = data.get("result")
    text = string(obj(result).get("content")) if isinstance(result, dict) else shown(result)
    error = obj(data.get("error"))
    text = text or string(error.get("message"))
    exit_code = whole(obj(data.get("shellExecution")).get("exitCode"))
    if exit_code is None:
        exit_code = whole(telemetry.get("exit_code"))
    if exit_code is None and (match := _EXIT.search(text)) is not None:
        exit_code = int(match[1])
    succeeded = data.get("success")
    ok = succeeded if isinstance(succeeded, bool) else None
    return ToolResult(
        call_id=string(data.get("toolCallId")),
        ok=False if exit_code else ok,
        text=text,
        exit_code=exit_code,
        duration=whole(telemetry.get("durationMs")),
    )


def _notice(kind: str, data: JSON) -> Notice | None:
    match kind:
        case "session.truncation" | "session.compaction_complete":
            return Notice(kind="compaction", text="Conversation compacted")
        case "session.info" | "session.warning" if string(data.get("message")):
            return Notice(kind="info", text=string(data.get("message")))
        case "system.notification" if string(data.get("content")):
            return Notice(kind="notification", text=string(data.get("content")))
        case "subagent.started":
            name = string(data.get("agentDisplayName")) or string(data.get("agentName")) or "Agent"
            about = string(data.get("agentDescription"))
            return Notice(kind="subagent", text=f"{name}: {about}" if about else name)
        case _:
            return None


def _is_image(attachment: JSON) -> bool:
    return bool(string(attachment.get("data"))) and _media_type(attachment).startswith("image/")


def _media_type(attachment: JSON) -> str:
    return string(attachment.get("mimeType")) or string(attachment.get("mediaType"))
