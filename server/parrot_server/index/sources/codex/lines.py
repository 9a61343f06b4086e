"""One line of a Codex rollout: what of it is decoded, and what it is.

Three generations write the same things differently. Bare response items (2025); items in envelopes with events beside
them (``user_message``, ``agent_message``); items with ``item_completed`` events beside them. So one prompt or answer
may stand up to three times: `doubles` joins them.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto
from typing import Any, NamedTuple, cast

import msgspec

from parrot_server.index.jsonl import parse


class Git(msgspec.Struct, gc=False):
    branch: str | None = None
    repository_url: str | None = None


class Counts(msgspec.Struct, gc=False, frozen=True):
    """Token counts as Codex writes them: cached tokens are part of the input, reasoning is part of the output."""

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None


class Info(msgspec.Struct, gc=False):
    total: Counts | None = msgspec.field(default=None, name="total_token_usage")
    last: Counts | None = msgspec.field(default=None, name="last_token_usage")


class Content(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    image_url: msgspec.Raw = msgspec.Raw(b"")


class Passthrough(msgspec.Struct, gc=False):
    kinds: list[str] | None = msgspec.field(default=None, name="content_item_kinds")


class Item(msgspec.Struct, gc=False):
    """What an ``item_completed`` event is about."""

    type: str | None = None
    id: str | None = None
    content: list[Content] | None = None


class Body(msgspec.Struct, gc=False):
    """The payload of a line; in the oldest generation the line itself."""

    type: str | None = None
    id: str | None = None
    session_id: str | None = None
    cwd: str | None = None
    cli_version: str | None = None
    model: str | None = None
    model_provider: str | None = None
    git: Git | None = None
    source: msgspec.Raw = msgspec.Raw(b"")
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    thread_source: str | None = None
    history_base: msgspec.Raw = msgspec.Raw(b"")
    sandbox_policy: msgspec.Raw = msgspec.Raw(b"")
    turn_id: str | None = None
    role: str | None = None
    content: list[Content] | str | None = None
    summary: msgspec.Raw = msgspec.Raw(b"")
    passthrough: Passthrough | None = msgspec.field(default=None, name="internal_chat_message_metadata_passthrough")
    call_id: str | None = None
    output: msgspec.Raw = msgspec.Raw(b"")
    message: str | None = None
    images: list[msgspec.Raw] | None = None
    reason: str | None = None
    error: msgspec.Raw = msgspec.Raw(b"")
    info: Info | None = None
    response_id: str | None = None
    usage: Counts | None = None
    item: Item | None = None
    event_id: str | None = None
    agent_thread_id: str | None = None
    new_thread_id: str | None = None
    kind: str | None = None


class Line(Body, gc=False):
    timestamp: str | None = None
    payload: Body | None = None


class What(IntEnum):
    NOTHING = auto()
    """Bookkeeping, or a shape that this version does not know."""
    META = auto()
    CONTEXT = auto()
    PROMPT = auto()
    INJECTED = auto()
    """Put into the conversation by the tool, as if the person had said it."""
    ANSWER = auto()
    REASONING = auto()
    CALL = auto()
    RESULT = auto()
    OUTCOME = auto()
    """What came of a call, beside its result: exit code and duration."""
    SPAWNED = auto()
    """A call started another thread."""
    AGENT_MESSAGE = auto()
    TOKENS = auto()
    USAGE = auto()
    STARTED = auto()
    COMPLETED = auto()
    ABORTED = auto()
    ERROR = auto()
    COMPACTED = auto()


class Voice(IntEnum):
    """Which of the ways to write a thing down a line is."""

    ITEM = 1
    EVENT = 2
    COMPLETED = 4


class Said(NamedTuple):
    """What a line is, its body, the words that count, and how many images are with them."""

    what: What
    body: Body
    text: str = ""
    images: int = 0
    voice: Voice = Voice.ITEM


_THREAD = re.compile(r"[\w-]{1,80}")
_OPEN_LIST = ord("[")
_contents = msgspec.json.Decoder(list[Content])
_CALLS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "web_search_call",
        "tool_search_call",
        "image_generation_call",
    }
)
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output", "tool_search_output", "mcp_tool_call_output"})
_EVENTS = {
    "task_started": What.STARTED,
    "turn_started": What.STARTED,
    "task_complete": What.COMPLETED,
    "turn_complete": What.COMPLETED,
    "turn_aborted": What.ABORTED,
    "token_count": What.TOKENS,
    "error": What.ERROR,
    "context_compacted": What.NOTHING,
    "exec_command_end": What.OUTCOME,
    "patch_apply_end": What.OUTCOME,
    "mcp_tool_call_end": What.OUTCOME,
    "collab_agent_spawn_end": What.SPAWNED,
    "sub_agent_activity": What.SPAWNED,
}
_OUTCOMES = frozenset({"CommandExecution", "McpToolCall", "FileChange"})
_TALK = frozenset(
    {
        What.STARTED,
        What.PROMPT,
        What.ANSWER,
        What.REASONING,
        What.CALL,
        What.RESULT,
        What.AGENT_MESSAGE,
        What.ERROR,
        What.COMPACTED,
    }
)
_INJECTED = (
    "<environment_context>",
    "# AGENTS.md instructions",
    "<user_instructions>",
    "<INSTRUCTIONS>",
    "<turn_aborted>",
    "<skills_instructions>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<skill>",
    "<subagent_notification>",
    "<goal_context>",
    "<codex_internal_context",
    "<user_shell_command>",
    "<recommended_plugins>",
)
_IDE = "# Context from my IDE setup:"
_REQUEST = re.compile(r"^## My request for Codex:[ \t]*\n?", re.MULTILINE)


def said(line: Line) -> Said:
    """What a line is."""
    body = line.payload
    if body is None:
        return _bare(line)
    match line.type:
        case "response_item":
            return _item(body)
        case "event_msg":
            return _event(body)
        case "token_usage_record":
            return Said(What.USAGE, body)
        case "turn_context":
            return Said(What.CONTEXT, body)
        case "session_meta":
            return Said(What.META, body)
        case "compacted":
            return Said(What.COMPACTED, body, body.message or "")
        case _:
            return Said(What.NOTHING, body)


def is_talk(said: Said) -> bool:
    """Whether a line is something that was begun, said, done or failed: a thread without any was opened, never used."""
    return said.what in _TALK or (said.what is What.COMPLETED and bool(error_text(said.body)))


def request_of(text: str) -> str:
    """A prompt without what the editor put before it."""
    if text.lstrip().startswith(_IDE):
        parts = _REQUEST.split(text, maxsplit=1)
        if len(parts) == 2:
            return parts[1].strip()
    return text.strip()


def prompt_parts(prompt: Said) -> int:
    """How many parts a prompt has: its text, and its images."""
    return max(1, prompt.images + (1 if prompt.text else 0))


class HistoryBase(NamedTuple):
    """What a thread goes on from without repeating it: the first ``end`` bytes of another's (unpacked) rollout."""

    thread_id: str
    end: int


def continues(header: Body) -> str | None:
    """The thread whose history a thread goes on from, as its header says."""
    return header.forked_from_id or _base(header).get("thread_id") or None


def history_base(header: Body) -> HistoryBase | None:
    """None where the history is repeated in the rollout itself, or where it is not said how much of it counts."""
    base = _base(header)
    thread, end = base.get("thread_id"), base.get("end_byte_offset")
    if not (isinstance(thread, str) and _THREAD.fullmatch(thread) and isinstance(end, int) and end > 0):
        return None
    return HistoryBase(thread, end)


def _base(header: Body) -> dict[str, Any]:
    raw = bytes(header.history_base)
    base = parse(raw) if raw.startswith(b"{") else None
    return cast("dict[str, Any]", base) if isinstance(base, dict) else {}


def images_in(output: msgspec.Raw) -> int:
    """Images that a tool gave back: each is a part of its own."""
    raw = memoryview(output)
    if not raw or raw[0] != _OPEN_LIST:
        return 0
    try:
        return sum(_is_image(part) for part in _contents.decode(raw))
    except msgspec.MsgspecError:
        return 0


def _is_image(part: Content) -> bool:
    return part.type == "input_image" and bytes(part.image_url) not in (b"", b"null", b'""')


def error_text(body: Body) -> str:
    """What a turn that is called complete failed with; empty where it did not."""
    error = parse(bytes(body.error)) if bytes(body.error) not in (b"", b"null") else None
    if isinstance(error, dict):
        held = cast("dict[str, Any]", error)
        return str(held.get("message") or held.get("codex_error_info") or "error")
    return str(error) if error else ""


def _bare(line: Line) -> Said:
    """The oldest generation: a header without a type, then response items without an envelope."""
    if line.type is None:
        return Said(What.META, line) if line.id else Said(What.NOTHING, line)
    return _item(line)


def _item(body: Body) -> Said:
    kind = body.type
    if kind == "message":
        return _message(body)
    if kind in _CALLS:
        return Said(What.CALL, body)
    if kind in _RESULTS:
        return Said(What.RESULT, body)
    if kind == "reasoning":
        empty = bytes(body.summary) in (b"", b"[]", b"null") and not body.content
        return Said(What.NOTHING if empty else What.REASONING, body)
    if kind == "agent_message":
        return Said(What.AGENT_MESSAGE, body, _text(body.content))
    return Said(What.NOTHING, body)


def _message(body: Body) -> Said:
    text = _text(body.content)
    if body.role == "assistant":
        return Said(What.ANSWER, body, text)
    if body.role != "user":
        return Said(What.NOTHING, body)
    kinds = body.passthrough.kinds if body.passthrough is not None else None
    if kinds:
        typed = any(kind.startswith("user.") for kind in kinds)
        return Said(What.PROMPT if typed else What.INJECTED, body, request_of(text), _images(body))
    own = [part for part in _texts(body.content) if not part.lstrip().startswith(_INJECTED)]
    images = _images(body)
    if not images and not any(part.strip() for part in own):
        return Said(What.INJECTED, body, text)
    return Said(What.PROMPT, body, request_of("\n".join(own)), images)


def _event(body: Body) -> Said:
    match body.type:
        case "user_message":
            text = body.message or ""
            if text.lstrip().startswith(_INJECTED):
                return Said(What.NOTHING, body)
            return Said(What.PROMPT, body, request_of(text), len(body.images or ()), Voice.EVENT)
        case "agent_message":
            return Said(What.ANSWER, body, body.message or "", voice=Voice.EVENT)
        case "item_completed":
            return _completed(body, body.item or Item())
        case None:
            return Said(What.NOTHING, body)
        case kind:
            return Said(_EVENTS.get(kind, What.NOTHING), body, body.message or "")


def _completed(body: Body, item: Item) -> Said:
    text = "\n".join(part.text for part in item.content or () if part.text)
    match item.type:
        case "UserMessage":
            return Said(What.PROMPT, body, request_of(text), voice=Voice.COMPLETED)
        case "AgentMessage":
            return Said(What.ANSWER, body, text, voice=Voice.COMPLETED)
        case kind if kind in _OUTCOMES:
            return Said(What.OUTCOME, body)
        case _:
            return Said(What.NOTHING, body)


def _texts(content: list[Content] | str | None) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [part.text for part in content or () if part.text]


def _text(content: list[Content] | str | None) -> str:
    return "\n".join(_texts(content))


def _images(body: Body) -> int:
    if not isinstance(body.content, list):
        return 0
    return sum(_is_image(part) for part in body.content)
