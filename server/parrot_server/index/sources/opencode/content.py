"""opencode's messages and their parts, which are the same JSON in its database and in the files before it; those of
opencode 2 are put into that shape first (`projected`)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, NamedTuple

from parrot_server.index import wording
from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, count, items, obj, objs, shown, string, whole
from parrot_server.index.sources.base import TurnState
from parrot_server.index.sources.opencode.projected import ASIDE, COMPACTION
from parrot_server.index.tally import micros, tokens
from parrot_server.store.ids import derive_id
from parrot_server.transcripts import ImageBytes
from parrot_wire.records import TurnRecord
from parrot_wire.session import ErrorPart, Image, Message, Notice, Part, Text, Thinking, Tokens, ToolCall, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import Basis, MessageRole

NAME = "opencode"

_ABORTED = "MessageAbortedError"
_OUTCOMES = {
    "succeeded": TurnState.CLOSED,
    "failed": TurnState.FAILED,
    "interrupted": TurnState.INTERRUPTED,
}
"""How opencode 2 says that a turn ended."""
_GOES_ON = frozenset({"tool-calls", "unknown"})
_LOCAL_PROVIDERS = frozenset({"ollama", "lmstudio", "lm-studio", "llama.cpp", "llamacpp", "vllm", "local"})
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,", re.IGNORECASE)


class Saying(NamedTuple):
    """What one message amounts to."""

    at_ms: int
    role: MessageRole
    parts: tuple[Part, ...]
    prompt: str | None = None
    """What a person typed; None where nobody did."""
    is_answer: bool = False
    state: TurnState = TurnState.NONE
    """How the turn stands after it."""
    error: str | None = None
    model: str | None = None
    agent: str = ""
    turn: TurnRecord | None = None


def saying_of(info: JSON, parts: list[JSON]) -> Saying:
    """A message and its parts, in order. ``info`` holds its id."""
    time = obj(info.get("time"))
    at_ms = whole(time.get("created")) or 0
    match info.get("role"):
        case "user":
            return _asked(info, parts, at_ms)
        case role if role in (COMPACTION, ASIDE):
            return _beside(info, parts, time, at_ms)
        case _:
            pass
    shown_parts = [each for part in parts for each in _answer_parts(part)]
    failure = obj(info.get("error"))
    state, error = _state(info, time, failure)
    if error is not None:
        shown_parts.append(ErrorPart(text=error))
    elif failure:
        shown_parts.append(Notice(kind="interrupted", text=_words(failure) or "Stopped"))
    model = model_of(info)
    return Saying(
        at_ms,
        MessageRole.ASSISTANT,
        tuple(shown_parts),
        is_answer=bool(shown_parts),
        state=state,
        error=error,
        model=model,
        agent=string(info.get("mode")) or string(info.get("agent")),
        turn=_turn(info, time, model, at_ms),
    )


def message_of(n: int, info: JSON, saying: Saying, turn: int | None) -> Message:
    return Message(
        n=n,
        id=string(info.get("id")) or str(n),
        role=saying.role,
        at=wording.timestamp(saying.at_ms) or from_ms(0),
        parts=saying.parts,
        turn=turn,
        model=saying.model if saying.role is MessageRole.ASSISTANT else None,
    )


def is_turn(info: JSON) -> bool:
    """Whether a message is the answer to a request: it used tokens, cost something, or came to its end."""
    if info.get("role") not in ("assistant", COMPACTION):
        return False
    return bool(_tokens(info).total or _charge(info) or (string(info.get("finish")) and not info.get("error")))


def model_of(info: JSON) -> str | None:
    return string(info.get("modelID")) or string(obj(info.get("model")).get("modelID")) or None


def images_of(parts: list[JSON]) -> list[ImageBytes]:
    """The images of a message, in their order; one that lies elsewhere is without bytes."""
    found: list[ImageBytes] = []
    for part in parts:
        files = [part] if part.get("type") == "file" else objs(obj(part.get("state")).get("attachments"))
        for file in files:
            if _is_image(file):
                match = _DATA_URL.match(string(file.get("url")))
                try:
                    data = base64.b64decode(string(file.get("url"))[match.end() :]) if match is not None else b""
                except (binascii.Error, ValueError):
                    data = b""
                found.append(ImageBytes(media_type=string(file.get("mime")), data=data))
    return found


def _asked(info: JSON, parts: list[JSON], at_ms: int) -> Saying:
    shown_parts: list[Part] = []
    typed: list[str] = []
    for part in parts:
        text = string(part.get("text"))
        match part.get("type"):
            case "text" if text.strip():
                if part.get("synthetic") is True or part.get("ignored") is True:
                    shown_parts.append(Notice(kind="context", text=text))
                else:
                    typed.append(unquoted(text))
                    shown_parts.append(Text(text=typed[-1]))
            case _:
                shown_parts.extend(_other_parts(part))
    has_images = any(isinstance(part, Image) for part in shown_parts)
    prompt = "\n".join(typed) if typed or has_images else None
    return Saying(
        at_ms,
        MessageRole.USER if prompt is not None else MessageRole.SYSTEM,
        tuple(shown_parts),
        prompt=prompt,
        state=TurnState.OPEN,
        model=model_of(info),
        agent=string(info.get("agent")),
    )


def _beside(info: JSON, parts: list[JSON], time: JSON, at_ms: int) -> Saying:
    """What stands between prompts and answers: commands of a person, what the model was told, how a turn ended."""
    shown_parts: list[Part] = []
    for part in parts:
        if part.get("synthetic") is True:
            if string(part.get("text")).strip():
                shown_parts.append(Notice(kind="context", text=string(part.get("text"))))
        else:
            shown_parts.extend(_answer_parts(part))
    model = model_of(info)
    return Saying(
        at_ms,
        MessageRole.SYSTEM,
        tuple(shown_parts),
        state=_OUTCOMES.get(string(info.get("outcome")), TurnState.NONE),
        model=model,
        turn=_turn(info, time, model, at_ms),
    )


def unquoted(text: str) -> str:
    """``opencode run`` keeps what it was given with quotes around it."""
    if len(text) > 1 and text.startswith('"') and text.rstrip().endswith('"'):
        inner = parse(text.encode("utf-8", "replace"))
        if isinstance(inner, str):
            return inner
    return text


def _answer_parts(part: JSON) -> list[Part]:
    text = string(part.get("text"))
    match part.get("type"):
        case "text":
            return [Text(text=text)] if text.strip() else []
        case "reasoning":
            return [Thinking(text=text)] if text.strip() else []
        case "tool":
            return _tool_parts(part)
        case _:
            return _other_parts(part)


def _other_parts(part: JSON) -> list[Part]:
    match part.get("type"):
        case "file" if _is_image(part):
            return [Image(media_type=string(part.get("mime")))]
        case "file":
            named = string(part.get("filename")) or string(part.get("url"))
            return [Notice(kind="file", text=named)] if named else []
        case "patch":
            files = [shown(each) for each in items(part.get("files")) if each]
            return [Notice(kind="patch", text="\n".join(files))] if files else []
        case "compaction":
            return [Notice(kind="compaction", text=string(part.get("text")) or "Conversation compacted")]
        case "subtask":
            words = string(part.get("description")) or string(part.get("prompt"))
            return [Notice(kind="subagent", text=words)] if words else []
        case "retry":
            return [Notice(kind="retry", text=_words(obj(part.get("error"))) or "The request is made again")]
        case _:
            return []


def _tool_parts(part: JSON) -> list[Part]:
    state = obj(part.get("state"))
    call_id = string(part.get("callID")) or string(part.get("id"))
    metadata = obj(state.get("metadata"))
    child = string(metadata.get("sessionId")) or string(metadata.get("sessionID"))
    parts: list[Part] = [
        ToolCall(
            call_id=call_id,
            name=string(part.get("tool")) or "tool",
            input=state.get("input"),
            child=derive_id(NAME, child) if child else None,
        )
    ]
    status = string(state.get("status"))
    if status not in ("completed", "error"):
        return parts
    exit_code = whole(metadata.get("exit"))
    # A shell that failed is completed all the same, and so is a call of a tool that there is not.
    ok = status == "completed" and not exit_code and part.get("tool") != "invalid"
    time = obj(state.get("time"))
    begin, end = whole(time.get("start")), whole(time.get("end"))
    result = ToolResult(
        call_id=call_id,
        ok=ok,
        text=shown(state.get("output")) or shown(state.get("error")),
        exit_code=exit_code,
        duration=max(0, end - begin) if begin is not None and end is not None else None,
    )
    parts.append(result)
    parts.extend(
        Image(media_type=string(each.get("mime"))) for each in objs(state.get("attachments")) if _is_image(each)
    )
    return parts


def _is_image(file: JSON) -> bool:
    return string(file.get("mime")).startswith("image/")


def _state(info: JSON, time: JSON, failure: JSON) -> tuple[TurnState, str | None]:
    """How a turn stands after an answer, and what it failed with."""
    if failure:
        if failure.get("name") == _ABORTED:
            return TurnState.INTERRUPTED, None
        return TurnState.FAILED, _words(failure) or "error"
    if whole(time.get("completed")) is None or string(info.get("finish")) in _GOES_ON:
        return TurnState.OPEN, None
    return TurnState.CLOSED, None


def _words(failure: JSON) -> str:
    return (
        string(obj(failure.get("data")).get("message")) or string(failure.get("message")) or string(failure.get("name"))
    )


def _turn(info: JSON, time: JSON, model: str | None, at_ms: int) -> TurnRecord | None:
    if not is_turn(info):
        return None
    charge = _charge(info)
    is_local = string(info.get("providerID")) in _LOCAL_PROVIDERS
    return TurnRecord(
        id=string(info.get("original")) or string(info.get("id")),
        model=model,
        tokens=_tokens(info),
        # No charge for tokens is a model whose price opencode does not know, more often than a gift.
        cost=charge or None,
        basis=Basis.UNPRICED if is_local and not charge else None,
        started_at=wording.timestamp(at_ms) or from_ms(0),
        ended_at=wording.timestamp(whole(time.get("completed")) or at_ms),
    )


def _charge(info: JSON) -> int:
    """Micro-dollars, by opencode's own prices."""
    return micros(info.get("cost")) or 0


def _tokens(info: JSON) -> Tokens:
    """What was cached stands beside the input, and thoughts beside the output unless the total says otherwise."""
    used = obj(info.get("tokens"))
    cache: Any = obj(used.get("cache"))
    input, output, thoughts = count(used.get("input")), count(used.get("output")), count(used.get("reasoning"))
    read, write = count(cache.get("read")), count(cache.get("write"))
    if whole(used.get("total")) != input + output + read + write:
        output += thoughts
    return tokens(input=input, output=output, cache_read=read, cache_write=write)
