"""One line of a Cursor agent's transcript: who said what. There are neither times nor models nor tokens in it.

The text files before it, with ``user:`` and ``assistant:`` on lines of their own, are taken apart into the same
records.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, obj, objs, shown, string
from parrot_wire.session import ErrorPart, Notice, Part, Text, Thinking, ToolCall, ToolResult
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from parrot_server.transcripts import ImageBytes

_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)
_ROLE = re.compile(r"(user|assistant):\s*$")
_MARK = re.compile(r"\[(Thinking|Tool call|Tool result)\]\s?(.*)$")
_PAIR = re.compile(r"\s*([\w.-]+)\s*[:=]\s?(.*)$")
_FAILED = frozenset({"error", "failed", "failure"})
_STOPPED = frozenset({"aborted", "cancelled", "canceled", "interrupted"})


class What(IntEnum):
    PROMPT = 1
    NOTICE = 2
    ANSWER = 3
    CALLING = 4
    CLOSED = 5
    STOPPED = 6
    FAILED = 7


class Entry(NamedTuple):
    """Implements ``entry_transcript.Shown``."""

    what: What
    role: MessageRole
    parts: tuple[Part, ...]
    text: str = ""
    """Of a prompt, or what failed."""
    turn: str = ""
    message_id: str = ""
    joins: str = ""
    model: str | None = None
    at: Timestamp = from_ms(0)


def entry_of(record: JSON) -> Entry | None:
    """What a line shows; None for what this version does not know."""
    content = obj(record.get("message")).get("content") or record.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objs(content)
    match string(record.get("role")):
        case "user":
            return _user(blocks)
        case "assistant":
            return _assistant(blocks)
        case _:
            return _ended(record) if record.get("type") == "turn_ended" else None


def no_images(record: JSON) -> list[ImageBytes]:
    """Transcripts hold none."""
    del record
    return []


def records_of(text: str) -> list[JSON]:
    """An old transcript as records."""
    found: list[JSON] = []
    role, lines = "", list[str]()
    for line in text.splitlines():
        match = _ROLE.match(line)
        if match is None:
            lines.append(line)
            continue
        if role:
            found.append(_record(role, lines))
        role, lines = match[1], []
    if role:
        found.append(_record(role, lines))
    return found


def _user(blocks: list[JSON]) -> Entry | None:
    parts: list[Part] = []
    typed: list[str] = []
    for block in blocks:
        text = string(block.get("text"))
        asked = _QUERY.findall(text)
        rest = _QUERY.sub("", text).strip() if asked else ""
        if asked or text.strip():
            words = "\n".join(asked) if asked else text.strip()
            typed.append(words)
            parts.append(Text(text=words))
        if rest:
            parts.append(Notice(kind="context", text=rest))
    return Entry(What.PROMPT, MessageRole.USER, tuple(parts), "\n".join(typed)) if parts else None


def _assistant(blocks: list[JSON]) -> Entry | None:
    parts: list[Part] = []
    for block in blocks:
        match block.get("type"):
            case "text" if string(block.get("text")).strip():
                parts.append(Text(text=string(block.get("text"))))
            case "thinking" if string(block.get("thinking")).strip():
                parts.append(Thinking(text=string(block.get("thinking"))))
            case "tool_use":
                name = string(block.get("name")) or "tool"
                parts.append(ToolCall(call_id=string(block.get("id")), name=name, input=block.get("input")))
            case "tool_result":
                failed = block.get("is_error")
                ok = not failed if isinstance(failed, bool) else None
                text = _words(block.get("content"))
                parts.append(ToolResult(call_id=string(block.get("tool_use_id")), ok=ok, text=text))
            case _:
                pass
    if not parts:
        return None
    calls = any(isinstance(part, ToolCall) for part in parts)
    return Entry(What.CALLING if calls else What.ANSWER, MessageRole.ASSISTANT, tuple(parts), turn="answer")


def _words(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(string(each.get("text")) for each in objs(content) if each.get("text"))
    return shown(content)


def _ended(record: JSON) -> Entry:
    status = string(record.get("status")).lower()
    if status in _FAILED:
        said = string(record.get("error")) or string(record.get("message")) or "The turn failed"
        return Entry(What.FAILED, MessageRole.ASSISTANT, (ErrorPart(text=said),), said)
    if status in _STOPPED:
        return Entry(What.STOPPED, MessageRole.SYSTEM, (Notice(kind="interrupted", text="Stopped by the user"),))
    return Entry(What.CLOSED, MessageRole.SYSTEM, ())


def _record(role: str, lines: list[str]) -> JSON:
    if role == "user":
        return {"role": role, "message": {"content": [{"type": "text", "text": "\n".join(lines).strip()}]}}
    blocks: list[JSON] = []
    kind, name, body = "", "", list[str]()
    for line in [*lines, "[Thinking]"]:
        match = _MARK.match(line)
        # What belongs to a mark is indented; the first line that is not goes on with the answer.
        if match is None and (not kind or not line.strip() or line[0] in " \t"):
            body.append(line)
            continue
        block = _block(kind, name, body)
        if block is not None:
            blocks.append(block)
        kind, name, body = (match[1], match[2].strip(), []) if match is not None else ("", "", [line])
        if kind == "Thinking" and name:
            body.append(name)
    return {"role": role, "message": {"content": blocks}}


def _block(kind: str, name: str, body: list[str]) -> JSON | None:
    text = "\n".join(body).strip()
    match kind:
        case "Thinking":
            return {"type": "thinking", "thinking": text} if text else None
        case "Tool call":
            return {"type": "tool_use", "id": "", "name": name, "input": _input(text, body)}
        case "Tool result":
            return {"type": "tool_result", "tool_use_id": "", "content": text}
        case _:
            return {"type": "text", "text": text} if text else None


def _input(text: str, body: list[str]) -> object:
    """What a call was asked with: JSON, or a name and a value a line."""
    parsed = parse(text.encode("utf-8", "replace")) if text.startswith("{") else None
    if isinstance(parsed, dict):
        return obj(parsed)
    pairs = [_PAIR.match(line) for line in body if line.strip()]
    if pairs and all(pairs):
        return {match[1]: match[2] for match in pairs if match is not None}
    return text
