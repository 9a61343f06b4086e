"""One Amp thread: a document that is rewritten whole with every change. Its ``env`` also holds what identifies a
machine and an installation; nothing of that is read."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from parrot_server.index import wording
from parrot_server.index.clock import Clock
from parrot_server.index.loose import JSON, count, items, obj, objs, shown, string, whole
from parrot_server.index.sources.base import TurnState
from parrot_server.index.tally import tokens, turn_id
from parrot_server.transcripts import ImageBytes
from parrot_wire.records import TurnRecord
from parrot_wire.session import Image, Message, Notice, Part, Text, Thinking, ToolCall, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

_ENDED = {"cancelled": TurnState.INTERRUPTED, "error": TurnState.FAILED}
_TEXT_FIELDS = ("output", "content", "diff")

clock = Clock()


class Place(NamedTuple):
    """Where a thread works."""

    cwd: str | None
    project: str | None
    repository: str | None
    branch: str | None


class Said(NamedTuple):
    """One message of a thread, and what it amounts to."""

    message: Message
    record: JSON
    prompt: str | None
    state: TurnState
    error: str | None
    turn: TurnRecord | None
    images: list[ImageBytes]


def place_of(document: JSON) -> Place:
    trees = objs(obj(obj(document.get("env")).get("initial")).get("trees"))
    tree = trees[0] if trees else {}
    uri = urlsplit(string(tree.get("uri")))
    repository = obj(tree.get("repository"))
    branch = string(repository.get("ref")).removeprefix("refs/heads/")
    return Place(
        unquote(uri.path) if uri.scheme == "file" and uri.path else None,
        string(tree.get("displayName")) or None,
        wording.repository_of(string(repository.get("url"))),
        branch or None,
    )


def created_ms(document: JSON) -> int | None:
    return whole(document.get("created")) or None


def last_traced_ms(document: JSON) -> int | None:
    """When the last request was over, as far as the thread's own traces tell."""
    ends = (clock.ms(string(trace.get("endTime"))) for trace in objs(obj(document.get("meta")).get("traces")))
    return max((end for end in ends if end is not None), default=None)


def said_in(document: JSON, thread_id: str) -> list[Said]:
    """The messages that show something, or used something, in order."""
    found: list[Said] = []
    at_ms = created_ms(document) or 0
    turns = began_ms = 0
    for number, record in enumerate(objs(document.get("messages"))):
        usage = obj(record.get("usage"))
        sent_ms = whole(obj(record.get("meta")).get("sentAt")) or clock.ms(string(usage.get("timestamp")))
        # A message without a time of its own came after the one before it.
        at_ms = max(at_ms, sent_ms or 0)
        is_answer = record.get("role") == "assistant"
        if not is_answer and record.get("role") != "user":
            continue
        blocks = _blocks(record.get("content"))
        parts = tuple(part for block in blocks for part in _parts(block))
        if not parts and not usage:
            continue
        turn = None
        if is_answer:
            turns += 1
            # Turns are numbered by when they began, so no two begin at once.
            began_ms = max(at_ms, began_ms + 1)
            turn = _turn(f"{number:05}", usage, began_ms, thread_id)
        typed = "\n".join(part.text for part in parts if isinstance(part, Text)) if not is_answer else ""
        has_result = any(isinstance(part, ToolResult) for part in parts)
        is_prompt = not is_answer and not has_result and bool(typed or parts)
        state, error = _state(record, parts, is_answer=is_answer)
        message = Message(
            n=len(found) + 1,
            id=shown(record.get("messageId")) or str(number),
            role=_role(is_answer=is_answer, has_result=has_result),
            at=wording.timestamp(at_ms) or from_ms(0),
            parts=parts,
            turn=turns if is_answer else None,
            model=string(usage.get("model")) or None,
        )
        images = [image for block in blocks for image in _images(block)]
        found.append(Said(message, record, typed if is_prompt else None, state, error, turn, images))
    return found


def _role(*, is_answer: bool, has_result: bool) -> MessageRole:
    if is_answer:
        return MessageRole.ASSISTANT
    return MessageRole.TOOL if has_result else MessageRole.USER


def _blocks(content: Any) -> list[JSON]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else objs(content)


def _parts(block: JSON) -> list[Part]:
    match block.get("type"):
        case "text" if string(block.get("text")).strip():
            return [Text(text=string(block.get("text")))]
        case "thinking" if string(block.get("thinking")).strip():
            return [Thinking(text=string(block.get("thinking")))]
        case "tool_use":
            name = string(block.get("name")) or "tool"
            return [ToolCall(call_id=string(block.get("id")), name=name, input=block.get("input"))]
        case "tool_result":
            return [_result(block)]
        case "image":
            return [Image(media_type=_media_type(block))]
        case "file" | "mention" if string(block.get("path")) or string(block.get("uri")):
            return [Notice(kind="file", text=string(block.get("path")) or string(block.get("uri")))]
        case _:
            return []


def _images(block: JSON) -> list[ImageBytes]:
    if block.get("type") != "image":
        return []
    try:
        data = base64.b64decode(string(obj(block.get("source")).get("data")), validate=False)
    except (binascii.Error, ValueError):
        data = b""
    return [ImageBytes(media_type=_media_type(block), data=data)]


def _media_type(block: JSON) -> str:
    source = obj(block.get("source"))
    return string(source.get("mediaType")) or string(source.get("media_type")) or "image/png"


def _result(block: JSON) -> ToolResult:
    """Amp's own form tells how the call ran; the one that models know stands in older threads."""
    run = obj(block.get("run"))
    if not run:
        failed = block.get("is_error")
        text = _text(block.get("content"))
        ok = not failed if isinstance(failed, bool) else None
        return ToolResult(call_id=string(block.get("tool_use_id")), ok=ok, text=text)
    status = string(run.get("status"))
    result = run.get("result")
    exit_code = whole(obj(result).get("exitCode"))
    error = run.get("error")
    text = _text(result) or (string(obj(error).get("message")) or shown(error))
    ok = {"done": True, "error": False, "cancelled": False}.get(status)
    return ToolResult(
        call_id=string(block.get("toolUseID")) or string(block.get("tool_use_id")),
        ok=False if exit_code else ok,
        text=text or ("cancelled" if status == "cancelled" else ""),
        exit_code=exit_code,
    )


def _text(value: Any) -> str:
    if isinstance(value, dict):
        held = obj(value)
        known = [_text(held[name]) for name in _TEXT_FIELDS if name in held]
        return next((text for text in known if text), "") if known else shown(held)
    lines = items(value)
    if lines and all(isinstance(line, str) for line in lines):
        return "\n".join(lines)
    if lines and all(string(obj(line).get("text")) for line in lines):
        return "\n".join(string(obj(line).get("text")) for line in lines)
    return shown(value)


def _state(record: JSON, parts: tuple[Part, ...], *, is_answer: bool) -> tuple[TurnState, str | None]:
    """How the turn stands after a message, and what it failed with."""
    if not is_answer:
        return TurnState.OPEN, None
    state = obj(record.get("state"))
    kind = string(state.get("type"))
    ended = _ENDED.get(kind)
    if ended is TurnState.FAILED:
        return ended, string(obj(state.get("error")).get("message")) or shown(state.get("error")) or "error"
    if ended is not None:
        return ended, None
    if kind == "streaming" or state.get("stopReason") == "tool_use":
        return TurnState.OPEN, None
    return (TurnState.OPEN if any(isinstance(part, ToolCall) for part in parts) else TurnState.CLOSED), None


def _turn(own_id: str, usage: JSON, at_ms: int, thread_id: str) -> TurnRecord:
    """What was cached stands beside the input."""
    return TurnRecord(
        id=turn_id(thread_id, own_id),
        model=string(usage.get("model")) or None,
        tokens=tokens(
            input=count(usage.get("inputTokens")),
            output=count(usage.get("outputTokens")),
            cache_read=count(usage.get("cacheReadInputTokens")),
            cache_write=count(usage.get("cacheCreationInputTokens")),
        ),
        started_at=wording.timestamp(at_ms) or from_ms(0),
    )
