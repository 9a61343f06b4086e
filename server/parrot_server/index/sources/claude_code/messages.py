"""Claude Code's messages, read from the transcript.

An answer of the model is one message though it lies on several lines; a line that a tool's result is on is a message
of the tool.
"""

from __future__ import annotations

import base64
import binascii
import re
from array import array
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from parrot_server.index.clock import Clock
from parrot_server.index.id_map import IdMap
from parrot_server.index.jsonl import Lines, as_shape
from parrot_server.index.line_transcript import BYTES_A_NAME, LineTranscript
from parrot_server.index.loose import JSON, obj, shown, string
from parrot_server.index.sources.claude_code import lines
from parrot_server.index.sources.claude_code.lines import Line, What
from parrot_server.store.ids import derive_id
from parrot_server.store.ownership import fingerprint
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import (
    ErrorPart,
    Image,
    Message,
    Notice,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXIT_CODE = re.compile(r"^(?:Error: )?Exit code (\d+)", re.IGNORECASE)
_STARTERS = frozenset({"Task", "Agent", "Workflow"})
"""Tools that start a session of their own."""
_NOTICE_KINDS = {
    What.COMMAND: "command",
    What.INTERRUPTED: "interrupted",
    What.COMPACTION: "compaction",
    What.CONTEXT: "context",
    What.NOTICE: "info",
}
_ROLES = {
    What.PROMPT: MessageRole.USER,
    What.COMMAND: MessageRole.USER,
    What.ASKING_COMMAND: MessageRole.USER,
    What.SHELL: MessageRole.USER,
    What.QUEUED: MessageRole.USER,
    What.RESULT: MessageRole.TOOL,
    What.ASSISTANT: MessageRole.ASSISTANT,
    What.API_ERROR: MessageRole.ASSISTANT,
}


class TranscriptLine(Line, gc=False):
    result: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="toolUseResult")


class _Result(msgspec.Struct, gc=False):
    agent_id: str | None = msgspec.field(default=None, name="agentId")
    run_id: str | None = msgspec.field(default=None, name="runId")


class Started(NamedTuple):
    """What a tool call started, as its result names it."""

    agent_id: str | None
    run_id: str | None


_shape = Lines(TranscriptLine)
_result = msgspec.json.Decoder(_Result)
_clock = Clock()
_NO_TIME = from_ms(0)


class ClaudeTranscript(LineTranscript[TranscriptLine]):
    """One transcript. ``child`` names the session that a call started; None where there is none."""

    def __init__(self, path: str, source: str, child: Callable[[Started], str | None]) -> None:
        self._source = source
        self._child = child
        super().__init__(path, _shape)

    def reset(self) -> None:
        self._whats = bytearray()
        """What each message is."""
        self._answers = IdMap()
        """Ids of answers, and the turns that they are."""
        self._answer_of = array("q")
        """By turn, the number of its message; ascending."""
        self._requests = array("I")
        """By turn, a hash of its request's id; 0 where that is not known."""
        self._starters: set[str] = set()
        self._started: dict[str, Started] = {}

    @property
    def turn_total(self) -> int:
        return len(self._answer_of)

    @property
    def memory_of_ids(self) -> int:
        names = len(self._starters) + len(self._started)
        return self._answers.memory + 12 * len(self._answer_of) + len(self._whats) + names * BYTES_A_NAME

    def take(self, record: TranscriptLine, offset: int, length: int) -> None:
        if record.type == "progress":
            return
        what = lines.said(record).what
        if what is What.NOTHING:
            return
        if what in (What.ASSISTANT, What.API_ERROR) and record.message is not None:
            is_new = self._take_answer(record, record.message.id or record.uuid or f"@{offset}", offset, length)
        else:
            if what is What.RESULT:
                self._take_result(record)
            self.begin(offset, length)
            is_new = True
        if is_new:
            self._whats.append(what)

    def _take_answer(self, record: TranscriptLine, answer_id: str, offset: int, length: int) -> bool:
        """Whether it is a new message."""
        content = record.message.content if record.message is not None else None
        for block in content if isinstance(content, list) else ():
            if block.name in _STARTERS and block.id:
                self._starters.add(block.id)
        request = _short_hash(record.request_id) if record.request_id else 0
        turn = self._answers.get(answer_id)
        if turn is not None and request:
            known = self._requests[turn - 1]
            if known == 0:
                self._requests[turn - 1] = request
            elif known != request:
                answer_id = f"{answer_id}\n{record.request_id}"
                turn = self._answers.get(answer_id)
        if turn is not None:
            self.extend(self._answer_of[turn - 1], offset, length)
            return False
        self._answer_of.append(self.begin(offset, length))
        self._requests.append(request)
        self._answers[answer_id] = len(self._answer_of)
        return True

    def _turn_of(self, n: int) -> int | None:
        at = bisect_left(self._answer_of, n)
        return at + 1 if at < len(self._answer_of) and self._answer_of[at] == n else None

    def _take_result(self, record: TranscriptLine) -> None:
        """Note what a call started, where it is of those that start something."""
        content = record.message.content if record.message is not None else None
        blocks = content if isinstance(content, list) else ()
        calls = [block.tool_use_id for block in blocks if block.tool_use_id and block.tool_use_id in self._starters]
        if not calls:
            return
        try:
            result = _result.decode(record.result)
        except msgspec.MsgspecError:
            return
        if result.agent_id or result.run_id:
            self._started.update(dict.fromkeys(calls, Started(result.agent_id, result.run_id)))

    def message(self, n: int, records: Sequence[JSON]) -> Message:
        first = records[0]
        what = What(self._whats[n - 1])
        message = obj(first.get("message"))
        is_aside = what is What.PROMPT and first.get("isSidechain") is True and self._is_parent
        parts: list[Part] = []
        match what:
            case What.ASSISTANT:
                for record in records:
                    parts.extend(self._answer_part(block) for block in _blocks(record))
            case What.RESULT:
                for record in records:
                    parts.extend(_result_parts(record))
            case What.PROMPT if not is_aside:
                parts.extend(_prompt_part(block) for block in _blocks(first))
            case What.QUEUED:
                parts.append(Text(text=_queued_text(first)))
            case What.NOTICE if first.get("subtype") == "api_error":
                parts.append(Notice(kind="retry", text=_retry_text(first)))
            case _:
                parts.append(_spoken_part(what, _words(first)))
        return Message(
            n=n,
            id=string(message.get("id")) or string(first.get("uuid")) or str(n),
            role=MessageRole.SYSTEM if is_aside else _ROLES.get(what, MessageRole.SYSTEM),
            at=_clock.timestamp(string(first.get("timestamp"))) or _NO_TIME,
            parts=tuple(parts) or (Text(text=""),),
            turn=self._turn_of(n),
            model=(string(message.get("model")) or None) if what is What.ASSISTANT else None,
        )

    def image(self, records: Sequence[JSON], index: int, message: Message) -> ImageBytes | None:
        if not isinstance(message.parts[index], Image):
            return None
        nth = sum(isinstance(part, Image) for part in message.parts[:index])
        images = [block for record in records for block in _with_inner(_blocks(record)) if _is_image(block)]
        if nth >= len(images):
            return None
        source = obj(images[nth].get("source"))
        try:
            data = base64.b64decode(str(source.get("data", "")), validate=False)
        except (binascii.Error, ValueError):
            return None
        return ImageBytes(media_type=_media_type(images[nth]), data=data)

    @property
    def _is_parent(self) -> bool:
        return not Path(self._path).name.startswith("agent-")

    def _answer_part(self, block: JSON) -> Part:
        match block.get("type"):
            case "text":
                return Text(text=shown(block.get("text")))
            case "thinking":
                return Thinking(text=shown(block.get("thinking")))
            case "redacted_thinking":
                return Thinking(text="")
            case "tool_use" | "server_tool_use" | "mcp_tool_use":
                call_id = shown(block.get("id"))
                return ToolCall(
                    call_id=call_id,
                    name=shown(block.get("name")),
                    input=block.get("input"),
                    child=self._child_id(call_id),
                )
            case "image":
                return Image(media_type=_media_type(block))
            case _:
                return Notice(kind="raw", text=shown(block))

    def _child_id(self, call_id: str) -> str | None:
        started = self._started.get(call_id)
        native_id = self._child(started) if started is not None else None
        return derive_id(self._source, native_id) if native_id is not None else None


def _words(record: JSON) -> str:
    """The words of a line that count."""
    return lines.said(as_shape(_outline(record), Line) or Line()).text


def _spoken_part(what: What, text: str) -> Part:
    """What is one part whatever its content looks like."""
    match what:
        case What.API_ERROR:
            return ErrorPart(text=text or "API error")
        case What.ASKING_COMMAND:
            return Text(text=text)
        case What.PROMPT:
            return Notice(kind="subagent", text=text)
        case What.SHELL:
            return Notice(kind="command", text=f"! {lines.without_tags(text)}")
        case What.OUTPUT:
            return Notice(kind="output", text=lines.without_tags(text))
        case _:
            return Notice(kind=_NOTICE_KINDS.get(what, "info"), text=text)


def _outline(record: JSON) -> JSON:
    """A copy that can be made a Line of: its parts are shared, and not changed on the way."""
    message = record.get("message")
    if isinstance(message, dict):
        held = cast("JSON", message)
        content = held.get("content")
        if isinstance(content, list):
            slim = [
                {key: value for key, value in cast("JSON", block).items() if key in ("type", "text", "id")}
                if isinstance(block, dict)
                else {}
                for block in cast("list[Any]", content)
            ]
            held = {**held, "content": slim}
        record = {**record, "message": held}
    return record


def _short_hash(request_id: str) -> int:
    """Never 0. Only the requests of one answer are told apart by it."""
    return int.from_bytes(fingerprint(request_id)[:4], "big") or 1


def _blocks(record: JSON) -> list[JSON]:
    """The content of a message: a plain text is one block."""
    content = obj(record.get("message")).get("content")
    if isinstance(content, list):
        return [obj(block) for block in cast("list[Any]", content)]
    return [{"type": "text", "text": shown(content)}]


def _with_inner(blocks: Sequence[JSON]) -> list[JSON]:
    """Blocks, and behind each tool result what it holds."""
    found: list[JSON] = []
    for block in blocks:
        found.append(block)
        content = block.get("content")
        if block.get("type") == "tool_result" and isinstance(content, list):
            found.extend(obj(inner) for inner in cast("list[Any]", content))
    return found


def _prompt_part(block: JSON) -> Part:
    match block.get("type"):
        case "text":
            text = shown(block.get("text"))
            aside, own = lines.split_aside(text)
            return Text(text=own) if own.strip() else Notice(kind="context", text=aside or text)
        case "image":
            return Image(media_type=_media_type(block)) if _is_image(block) else _attachment(block)
        case "document":
            return _attachment(block)
        case _:
            return Notice(kind="raw", text=shown(block))


def _result_parts(record: JSON) -> list[Part]:
    outcome = record.get("toolUseResult")
    parts: list[Part] = []
    for block in _blocks(record):
        if block.get("type") != "tool_result":
            parts.append(_prompt_part(block))
            continue
        content = block.get("content")
        inner = [obj(each) for each in cast("list[Any]", content)] if isinstance(content, list) else []
        text = "\n".join(_inner_text(each) for each in inner if not _is_image(each)) if inner else shown(content)
        parts.append(_tool_result(block, text, outcome))
        parts.extend(Image(media_type=_media_type(each)) for each in inner if each.get("type") == "image")
    return parts


def _tool_result(block: JSON, text: str, outcome: Any) -> ToolResult:
    failed = block.get("is_error") is True
    facts = obj(outcome)
    exit_code = None
    match = _EXIT_CODE.match(outcome if isinstance(outcome, str) else text)
    if failed and match is not None:
        exit_code = int(match.group(1))
    elif isinstance(facts.get("exitCode"), int):
        exit_code = facts["exitCode"]
    elif "stdout" in facts and not failed and not facts.get("interrupted") and "backgroundTaskId" not in facts:
        exit_code = 0 if not facts.get("returnCodeInterpretation") else None
    return ToolResult(
        call_id=shown(block.get("tool_use_id")),
        ok=not failed and not exit_code,
        text=text,
        exit_code=exit_code,
        duration=_duration(facts),
    )


def _duration(facts: JSON) -> int | None:
    for name, unit in (("totalDurationMs", 1), ("durationMs", 1), ("durationSeconds", 1000)):
        value = facts.get(name)
        if isinstance(value, int | float) and value >= 0:
            return round(value * unit)
    return None


def _inner_text(block: JSON) -> str:
    match block.get("type"):
        case "text":
            return shown(block.get("text"))
        case "tool_reference":
            return f"[{shown(block.get('tool_name'))}]"
        case _:
            return shown(block)


def _attachment(block: JSON) -> Notice:
    source = obj(block.get("source"))
    named = block.get("title") or source.get("url") or source.get("media_type") or block.get("type")
    return Notice(kind="attachment", text=shown(named))


def _queued_text(record: JSON) -> str:
    prompt = obj(record.get("attachment")).get("prompt")
    if isinstance(prompt, list):
        return "\n".join(shown(obj(block).get("text")) for block in cast("list[Any]", prompt))
    return shown(prompt)


def _retry_text(record: JSON) -> str:
    error = obj(record.get("error"))
    cause = obj(error.get("cause")) or obj(record.get("cause"))
    what = error.get("message") or cause.get("code") or error.get("status") or "error"
    return f"API error ({shown(what)}), attempt {record.get('retryAttempt', '?')} of {record.get('maxRetries', '?')}"


def _is_image(block: JSON) -> bool:
    return block.get("type") == "image"


def _media_type(block: JSON) -> str:
    return shown(obj(block.get("source")).get("media_type")) or "image/png"
