"""One line of a Claude Code transcript: what of it is decoded, and what kind of line it is.

Fields that are not named here are skipped while decoding, which is most of a transcript's bytes. What kind of line a
line is, is decided in one place for the figures (`fold`) and the reading (`messages`) alike.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto
from typing import NamedTuple

import msgspec


class Block(msgspec.Struct, gc=False):
    """A part of a message's content. Thinking is left where it is; a tool's result is not decoded."""

    type: str | None = None
    text: str | None = None
    id: str | None = None
    name: str | None = None
    tool_use_id: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")


class Inner(msgspec.Struct, gc=False):
    """A part of a tool's result."""

    type: str | None = None


class CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None


class Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Attachment(msgspec.Struct, gc=False):
    type: str | None = None


class Line(msgspec.Struct, gc=False):
    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    session_id: str | None = msgspec.field(default=None, name="sessionId")
    cwd: str | None = None
    branch: str | None = msgspec.field(default=None, name="gitBranch")
    version: str | None = None
    is_sidechain: bool | None = msgspec.field(default=None, name="isSidechain")
    is_meta: bool | None = msgspec.field(default=None, name="isMeta")
    is_compact_summary: bool | None = msgspec.field(default=None, name="isCompactSummary")
    is_api_error: bool | None = msgspec.field(default=None, name="isApiErrorMessage")
    prompt_source: str | None = msgspec.field(default=None, name="promptSource")
    permission_mode: str | None = msgspec.field(default=None, name="permissionMode")
    request_id: str | None = msgspec.field(default=None, name="requestId")
    cost_usd: float | None = msgspec.field(default=None, name="costUSD")
    message: Message | None = None
    attachment: Attachment | None = None
    content: str | None = None
    summary: str | None = None
    leaf_uuid: str | None = msgspec.field(default=None, name="leafUuid")
    custom_title: str | None = msgspec.field(default=None, name="customTitle")
    ai_title: str | None = msgspec.field(default=None, name="aiTitle")


class What(IntEnum):
    """What a line is to a reader of the conversation."""

    NOTHING = auto()
    """Bookkeeping: no message."""
    PROMPT = auto()
    """Typed by a person."""
    COMMAND = auto()
    """A slash command that the tool answers by itself, unless what follows shows that the model was asked."""
    ASKING_COMMAND = auto()
    """A slash command that stands for a prompt."""
    SHELL = auto()
    """A shell command that a person ran beside the conversation."""
    RESULT = auto()
    """What a tool gave back."""
    ASSISTANT = auto()
    API_ERROR = auto()
    INTERRUPTED = auto()
    COMPACTION = auto()
    """The boundary, or the summary that the conversation goes on from."""
    OUTPUT = auto()
    """What a local command or a shell command printed."""
    CONTEXT = auto()
    """Put into the conversation by the tool, as if the person had said it."""
    NOTICE = auto()
    """The tool says something of itself."""
    QUEUED = auto()
    """A prompt that was taken in while the model worked."""


class Said(NamedTuple):
    """What a line is, and the words of it that count."""

    what: What
    text: str = ""


_IN_BLOCKS = frozenset({What.ASSISTANT, What.RESULT, What.PROMPT})
_OPEN_LIST = ord("[")
_inner = msgspec.json.Decoder(list[Inner])

_INTERRUPTED = "[Request interrupted by user"
_COMMAND = ("<command-name>", "<command-message>")
_OUTPUT = ("<local-command-stdout>", "<local-command-stderr>", "<bash-stdout>", "<bash-stderr>")
_INJECTED = (
    "<local-command-",
    "<system-reminder>",
    "<task-notification>",
    "<user-memory-input>",
    "<user-prompt-submit-hook>",
    "<session-start-hook>",
    "<post-tool-use-hook>",
    "<new-diagnostics>",
    "<teammate-message",
    "<agent-notification",
    "<tool-progress>",
    "This session is being continued from a previous conversation",
    "Stop hook feedback:",
)
_IDE = re.compile(r"\s*<(ide_[a-z_]+)>.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<(command-name|command-args|command-message)>(.*?)</\1>", re.DOTALL)
_LEAVING = frozenset({"/exit", "/quit"})
_CAVEAT = ("<local-command-caveat>", "Caveat: The messages below")

_NOTHING = Said(What.NOTHING)
_RESULT = Said(What.RESULT)
_ASSISTANT = Said(What.ASSISTANT)
_QUEUED = Said(What.QUEUED)


def said(line: Line) -> Said:
    """What a line is."""
    kind, message = line.type, line.message
    if kind == "assistant":
        if message is None or (message.id is None and message.content is None and message.usage is None):
            return _NOTHING
        return Said(What.API_ERROR, plain_text(message)) if line.is_api_error else _ASSISTANT
    if kind == "user":
        return _NOTHING if message is None else _user(line, message)
    if kind == "system":
        return _system(line)
    if kind == "attachment":
        queued = line.attachment is not None and line.attachment.type == "queued_command"
        return _QUEUED if queued else _NOTHING
    return _NOTHING


def parts_of(line: Line, what: What) -> int:
    """How many parts the line adds to the transcript."""
    if what is What.NOTHING:
        return 0
    content = line.message.content if line.message is not None else None
    if not isinstance(content, list) or what not in _IN_BLOCKS:
        return 1
    parts = len(content) or 1
    if what is What.RESULT:
        for block in content:
            parts += _images_in(block.content)
    return parts


def _images_in(result: msgspec.Raw) -> int:
    """Images that a tool gave back: each is a part of its own."""
    raw = memoryview(result)
    if not raw or raw[0] != _OPEN_LIST:
        return 0
    try:
        return sum(1 for inner in _inner.decode(raw) if inner.type == "image")
    except msgspec.MsgspecError:
        return 0


def plain_text(message: Message) -> str:
    """The text of a message, without what is not text."""
    if isinstance(message.content, str):
        return message.content
    return "\n".join(block.text for block in message.content or () if block.type == "text" and block.text)


def command_line(text: str) -> str:
    """A slash command's markup as a person typed it: ``/name arguments``."""
    tags = {match.group(1): match.group(2).strip() for match in _TAG.finditer(text)}
    name = tags.get("command-name") or tags.get("command-message") or text.strip()
    name = name if name.startswith("/") else f"/{name}"
    arguments = tags.get("command-args")
    return f"{name} {arguments}" if arguments else name


def leaves(command: str) -> bool:
    """Whether a slash command ends the session."""
    return command.split(" ", 1)[0] in _LEAVING


def without_tags(text: str) -> str:
    """What a tag holds, where the text is one tag: ``<bash-stdout>x</bash-stdout>`` -> ``x``."""
    match = re.fullmatch(r"\s*<([a-z-]+)>(.*)</\1>\s*(?:<([a-z-]+)>(.*)</\3>\s*)?", text, re.DOTALL)
    if match is None:
        return text
    return "\n".join(piece for piece in (match.group(2), match.group(4)) if piece)


def split_aside(text: str) -> tuple[str, str]:
    """(what the tool put into a typed text, the person's own words)."""
    if text.lstrip().startswith("<ide_"):
        own = _IDE.sub("", text)
        return text[: len(text) - len(own)].strip(), own.strip()
    return (text, "") if _injected(text) is not None else ("", text)


def _user(line: Line, message: Message) -> Said:
    content = message.content
    if isinstance(content, list):
        for block in content:
            if block.type == "tool_result":
                return _RESULT
        texts = [block.text or "" for block in content if block.type == "text"]
        shows = any(block.type in ("image", "document") for block in content)
    else:
        texts, shows = [content or ""], False
    if line.is_compact_summary:
        return Said(What.COMPACTION, "\n".join(texts))
    if any(text.lstrip().startswith(_CAVEAT) for text in texts):
        return _NOTHING
    if line.is_meta or line.prompt_source == "system":
        return Said(What.CONTEXT, "\n".join(texts))
    typed: list[str] = []
    aside = Said(What.CONTEXT, "\n".join(texts))
    for text in texts:
        own = _IDE.sub("", text) if text.lstrip().startswith("<ide_") else text
        kind = _injected(own)
        if kind is None:
            if own.strip():
                typed.append(own)
        elif aside.what is What.CONTEXT:
            aside = Said(kind, own)
    if typed:
        return Said(What.PROMPT, "\n".join(typed))
    if shows:
        return Said(What.PROMPT)
    if aside.what in (What.COMMAND, What.ASKING_COMMAND):
        return Said(aside.what, command_line(aside.text))
    return aside


def _injected(text: str) -> What | None:
    """What the tool wrote in a person's name, by how it begins; None for a person's own words."""
    begin = text.lstrip()
    if begin[:1] not in ("<", "[", "T", "S"):
        return None
    if begin.startswith(_INTERRUPTED):
        return What.INTERRUPTED
    if begin.startswith(_COMMAND):
        # A command that stands for a prompt names its message first ("init is analyzing your codebase…").
        return What.ASKING_COMMAND if begin.startswith("<command-message>") else What.COMMAND
    if begin.startswith("<bash-input>"):
        return What.SHELL
    if begin.startswith(_OUTPUT):
        return What.OUTPUT
    return What.CONTEXT if begin.startswith(_INJECTED) else None


def _system(line: Line) -> Said:
    match line.subtype:
        case "compact_boundary":
            return Said(What.COMPACTION, line.content or "Conversation compacted")
        case "api_error":
            return Said(What.NOTICE, "")
        case "local_command":
            text = line.content or ""
            if text.startswith(_COMMAND):
                return Said(What.NOTICE, command_line(text))
            return Said(What.OUTPUT, text)
        case None | "informational" | "away_summary":
            return Said(What.NOTICE, line.content) if line.content else _NOTHING
        case _:
            return _NOTHING
