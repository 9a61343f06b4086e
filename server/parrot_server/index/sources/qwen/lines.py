"""One line of a Qwen Code chat: what it is, and what it shows.

``system`` lines repeat as telemetry what others say (usage, calls); only failures stand there alone.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from parrot_server.index import genai
from parrot_server.index.clock import Clock
from parrot_server.index.loose import JSON, count, obj, objs, string, whole
from parrot_server.index.tally import tokens_inside
from parrot_wire.session import ErrorPart, Image, Notice, Part, Text, Thinking, Tokens, ToolCall
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import MessageRole

_TYPED = frozenset({"", "mid_turn_user_message"})
"""Kinds of ``user`` lines that a person typed."""
_NOT_TYPED = frozenset({"system", "goal_control", "goal_runtime"})
_INJECTED = ("<qwen:", "<system-reminder>", "<session_context>")
_ABORTED = "APIUserAbortError"

clock = Clock()
_NO_TIME = from_ms(0)


class What(IntEnum):
    PROMPT = 1
    NOTICE = 2
    ANSWER = 3
    CALLING = 4
    """An answer that calls tools, or has no words yet."""
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
    tokens: Tokens | None = None
    model: str | None = None
    is_sidechain: bool = False
    joins: str = ""


def entry_of(record: JSON) -> Entry | None:
    """What a line shows; None for what is only kept for the tool itself."""
    match string(record.get("type")):
        case "user":
            return _user(record)
        case "assistant":
            return _assistant(record)
        case "tool_result":
            return _result(record)
        case "system":
            return _system(record)
        case _:
            return None


def pieces_of(record: JSON) -> list[JSON]:
    return objs(obj(record.get("message")).get("parts"))


def images_of(record: JSON) -> list[genai.ImageBytes]:
    return genai.images_of(pieces_of(record))


def _entry(record: JSON, what: What, role: MessageRole, parts: list[Part], text: str = "") -> Entry:
    return Entry(
        what,
        role,
        string(record.get("uuid")),
        clock.timestamp(string(record.get("timestamp"))) or _NO_TIME,
        tuple(parts),
        text,
        is_sidechain=record.get("isSidechain") is True,
    )


def _user(record: JSON) -> Entry | None:
    parts: list[Part] = []
    typed: list[str] = []
    pieces = pieces_of(record)
    is_typed = string(record.get("subtype")) in _TYPED and string(record.get("provenance")) not in _NOT_TYPED
    for piece in pieces:
        text = string(piece.get("text"))
        if "functionResponse" in piece:
            # Formerly what came of a call was a line of the user.
            return _result(record)
        if text.lstrip().startswith(_INJECTED):
            parts.append(Notice(kind="context", text=text))
        elif text.strip():
            typed.append(text)
            parts.append(Text(text=text) if is_typed else Notice(kind="notification", text=text))
        else:
            parts.extend(genai.other_parts(piece))
    if is_typed and (typed or any(isinstance(part, Image) for part in parts)):
        return _entry(record, What.PROMPT, MessageRole.USER, parts, "\n".join(typed))
    return _entry(record, What.NOTICE, MessageRole.SYSTEM, parts) if parts else None


def _assistant(record: JSON) -> Entry:
    parts: list[Part] = []
    for piece in pieces_of(record):
        text = string(piece.get("text"))
        if text and piece.get("thought") is True:
            parts.append(Thinking(text=text))
        elif text.strip():
            parts.append(Text(text=text))
        elif "functionCall" in piece:
            parts.append(genai.call_part(obj(piece["functionCall"])))
        else:
            parts.extend(genai.other_parts(piece))
    is_calling = any(isinstance(part, ToolCall) for part in parts) or not any(isinstance(part, Text) for part in parts)
    entry = _entry(record, What.CALLING if is_calling else What.ANSWER, MessageRole.ASSISTANT, parts)
    return entry._replace(
        turn=entry.message_id or entry.at,
        tokens=_tokens(obj(record.get("usageMetadata"))),
        model=string(record.get("model")) or None,
    )


def _result(record: JSON) -> Entry:
    outcome = obj(record.get("toolCallResult"))
    status = string(outcome.get("status")) or None
    parts: list[Part] = []
    for piece in pieces_of(record):
        if "functionResponse" in piece:
            parts.append(genai.response_part(obj(piece["functionResponse"]), status))
        else:
            parts.extend(genai.other_parts(piece))
    what = What.STOPPED if status == "cancelled" else What.RESULT
    return _entry(record, what, MessageRole.TOOL, parts)


def _system(record: JSON) -> Entry | None:
    payload = obj(record.get("systemPayload"))
    match string(record.get("subtype")):
        case "ui_telemetry":
            return _telemetry(record, obj(payload.get("uiEvent")))
        case "chat_compression":
            notice = Notice(kind="compaction", text="Conversation compressed")
        case "slash_command" if payload.get("phase") == "invocation" and string(payload.get("rawCommand")):
            notice = Notice(kind="command", text=string(payload.get("rawCommand")))
        case "rewind":
            notice = Notice(kind="info", text="Went back in the conversation")
        case _:
            return None
    return _entry(record, What.NOTICE, MessageRole.SYSTEM, [notice])


def _telemetry(record: JSON, event: JSON) -> Entry | None:
    if event.get("event.name") != "qwen-code.api_error":
        return None
    said = string(event.get("error_message")) or string(event.get("error_type")) or "error"
    if event.get("error_type") == _ABORTED:
        return _entry(record, What.STOPPED, MessageRole.SYSTEM, [Notice(kind="interrupted", text=said)])
    return _entry(record, What.FAILED, MessageRole.ASSISTANT, [ErrorPart(text=said)], said)


def _tokens(usage: JSON) -> Tokens | None:
    """The prompt counts what was cached. Some providers count thoughts as part of the answer, others beside it: the
    total tells."""
    if not usage:
        return None
    prompt, output = count(usage.get("promptTokenCount")), count(usage.get("candidatesTokenCount"))
    thoughts, total = count(usage.get("thoughtsTokenCount")), whole(usage.get("totalTokenCount"))
    if total is None or total != prompt + output:
        output += thoughts
    return tokens_inside(prompt, output, cache_read=count(usage.get("cachedContentTokenCount")))
