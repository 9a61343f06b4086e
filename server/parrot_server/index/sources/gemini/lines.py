"""The messages of Gemini CLI's chat recordings: what each is, its parts, and what it used.

A call and what came of it stand in one record (``toolCalls``); the record that gives the result back to the model
(``functionResponse``) repeats it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from parrot_server.index.genai import OUTCOMES, call_part, other_parts, response_part
from parrot_server.index.loose import JSON, count, items, obj, objs, shown, string
from parrot_server.index.tally import tokens_inside
from parrot_wire.session import ErrorPart, Image, Notice, Part, Text, Thinking, Tokens, ToolResult

_CONTEXT = "<session_context>"
_ANSWERS = frozenset({"gemini", "model", "assistant"})


class What(IntEnum):
    """What a message is to the conversation. Stored: append only."""

    NOTHING = 0
    PROMPT = 1
    CONTEXT = 2
    """Put in by the tool as if the person had said it."""
    RESULT = 3
    ANSWER = 4
    """Said, with nothing left to do."""
    CALLING = 5
    """An answer that calls tools, or has no words yet."""
    STOPPED = 6
    """An answer all of whose calls were cancelled."""
    NOTICE = 7
    CANCELLED = 8
    """The tool says that the person stopped the turn."""
    ERROR = 9
    FAILED = 10
    """The tool took a prompt back, since there was no answer to it."""

    @property
    def is_answer(self) -> bool:
        return self in (What.ANSWER, What.CALLING, What.STOPPED)


class Entry(NamedTuple):
    what: What
    parts: tuple[Part, ...]
    text: str = ""
    """Of a prompt."""
    tokens: Tokens | None = None
    model: str | None = None


def entry_of(message: JSON) -> Entry:
    """What a message record says."""
    kind = string(message.get("type"))
    if kind == "user":
        return _user(message)
    if kind in _ANSWERS:
        return _answer(message)
    said = _words(message.get("content"))
    match kind:
        case "error":
            return Entry(What.ERROR, (ErrorPart(text=said or "error"),), said)
        case "info" | "warning":
            stopped = said.strip().lower().startswith("request cancelled")
            notice = Notice(kind="interrupted" if stopped else kind, text=said)
            return Entry(What.CANCELLED if stopped else What.NOTICE, (notice,))
        case _:
            return Entry(What.NOTHING, ())


def pieces_of(message: JSON) -> list[JSON]:
    """A message's content as a list of parts, in whichever way it is written."""
    content = message.get("content")
    if content is None or content == "":
        content = message.get("parts")
    if isinstance(content, str):
        return [{"text": content}] if content else []
    if isinstance(content, dict):
        return [obj(content)]
    return [{"text": each} if isinstance(each, str) else obj(each) for each in items(content)]


def _user(message: JSON) -> Entry:
    parts: list[Part] = []
    typed: list[str] = []
    has_results = False
    for piece in pieces_of(message):
        text = string(piece.get("text"))
        if "functionResponse" in piece:
            has_results = True
            parts.append(response_part(obj(piece["functionResponse"]), None))
        elif text.lstrip().startswith(_CONTEXT):
            parts.append(Notice(kind="context", text=text))
        elif text.strip():
            typed.append(text)
            parts.append(Text(text=text))
        else:
            parts.extend(other_parts(piece))
    if has_results:
        return Entry(What.RESULT, tuple(parts))
    if typed or any(isinstance(part, Image) for part in parts):
        return Entry(What.PROMPT, tuple(parts), "\n".join(typed))
    return Entry(What.CONTEXT if parts else What.NOTHING, tuple(parts))


def _answer(message: JSON) -> Entry:
    parts: list[Part] = []
    for thought in objs(message.get("thoughts")):
        lines = (string(thought.get("subject")), string(thought.get("description")))
        if any(lines):
            parts.append(Thinking(text="\n".join(line for line in lines if line)))
    has_words = False
    called: dict[str, None] = {}
    calls = objs(message.get("toolCalls"))
    recorded = {string(each.get("id")) for each in calls}
    for piece in pieces_of(message):
        text = string(piece.get("text"))
        call = obj(piece.get("functionCall"))
        if text and piece.get("thought") is True:
            # What the recording keeps as thoughts of its own is told to the model again as words.
            if not message.get("thoughts"):
                parts.append(Thinking(text=text))
        elif text.strip():
            has_words = True
            parts.append(Text(text=text))
        elif call and string(call.get("id")) not in recorded:
            called[string(call.get("id"))] = None
            parts.append(call_part(call))
        elif not call:
            parts.extend(other_parts(piece))
    statuses: list[str] = []
    for call in calls:
        called[string(call.get("id"))] = None
        statuses.append(string(call.get("status")))
        parts.append(call_part(call))
        parts.extend(_results(call))
    if called:
        stopped = bool(statuses) and all(status == "cancelled" for status in statuses)
        what = What.STOPPED if stopped else What.CALLING
    else:
        what = What.ANSWER if has_words else What.CALLING
    return Entry(what, tuple(parts), tokens=_tokens(message.get("tokens")), model=string(message.get("model")) or None)


def _results(call: JSON) -> list[Part]:
    """What came of a recorded call. What the model is given back stands in ``result``, what a person sees beside it."""
    status = string(call.get("status"))
    responses = [obj(piece["functionResponse"]) for piece in objs(call.get("result")) if "functionResponse" in piece]
    if responses:
        first = responses[0]
        return [response_part({**first, "id": first.get("id") or call.get("id")}, status)]
    if status not in OUTCOMES:
        return []
    text = shown(call.get("resultDisplay"))
    return [ToolResult(call_id=string(call.get("id")), ok=OUTCOMES[status], text=text)]


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(string(piece.get("text")) for piece in objs(content) if piece.get("text"))


def _tokens(value: Any) -> Tokens | None:
    """``input`` counts what was cached, thoughts stand beside the output and are billed as such, and so is what a tool
    put into the prompt as input."""
    held = obj(value)
    if not held:
        return None
    output = count(held.get("output")) + count(held.get("thoughts"))
    prompt = count(held.get("input")) + count(held.get("tool"))
    return tokens_inside(prompt, output, cache_read=count(held.get("cached")))
