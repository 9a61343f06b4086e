"""Codex' messages, read from the rollout.

What the model answers at once (thoughts, text, calls) is one message; what a tool gave back is a message of the tool.
"""

from __future__ import annotations

import base64
import binascii
import re
from array import array
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from parrot_server.index.clock import Clock
from parrot_server.index.id_map import IdMap
from parrot_server.index.jsonl import Lines, as_shape, parse
from parrot_server.index.line_transcript import BYTES_A_NAME, LineTranscript
from parrot_server.index.loose import JSON, objs, shown
from parrot_server.index.sources.codex import lines
from parrot_server.index.sources.codex.doubles import Doubles
from parrot_server.index.sources.codex.fold import NAME
from parrot_server.index.sources.codex.lines import Line, What
from parrot_server.index.sources.codex.results import tool_result
from parrot_server.index.sources.codex.turns import TurnCount
from parrot_server.store.ids import derive_id
from parrot_server.transcripts import ImageBytes
from parrot_wire.session import ErrorPart, Image, Message, Notice, Part, Text, Thinking, ToolCall
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.index.appended import OpenFile
    from parrot_server.index.sources.codex.lines import Body, HistoryBase

_MAX_PENDING = 256
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,", re.IGNORECASE)

_ANSWERS = frozenset({What.ANSWER, What.REASONING, What.CALL})
_ALONE = frozenset({What.AGENT_MESSAGE, What.COMPACTED, What.ABORTED, What.ERROR})
_ROLES = {
    What.PROMPT: MessageRole.USER,
    What.RESULT: MessageRole.TOOL,
    What.ANSWER: MessageRole.ASSISTANT,
    What.REASONING: MessageRole.ASSISTANT,
    What.CALL: MessageRole.ASSISTANT,
    What.ERROR: MessageRole.ASSISTANT,
    What.COMPLETED: MessageRole.ASSISTANT,
}

_shape = Lines(Line)
_clock = Clock()


class _Span(NamedTuple):
    offset: int
    length: int


class CodexTranscript(LineTranscript[Line]):
    """One rollout."""

    def __init__(self, path: str, open_file: OpenFile) -> None:
        super().__init__(path, _shape, open_file)

    def reset(self) -> None:
        self._prompts = Doubles()
        self._answers = Doubles()
        self._count = TurnCount()
        self._counted_answers = array("q")
        """Numbers of the answers that a count was told of, ascending; and the turns that they are."""
        self._counts = array("q")
        self._models: list[tuple[int, str]] = []
        """(answer, model): the model of that answer and those after it."""
        self._model: str | None = None
        self._answer: int | None = None
        """The message of the answer that is being written."""
        self._last_answer: int | None = None
        self._results = IdMap()
        self._outcomes: dict[str, _Span] = {}
        self._spawned: dict[str, str] = {}
        self.base: HistoryBase | None = None
        """What the thread goes on from, where its rollout does not repeat it."""
        self._header_at = from_ms(0)
        self._has_header = False

    @property
    def turn_total(self) -> int:
        return self._count.counted

    @property
    def memory_of_ids(self) -> int:
        names = len(self._models) + len(self._spawned) + len(self._outcomes)
        return self._results.memory + 16 * len(self._counts) + names * BYTES_A_NAME

    def take(self, record: Line, offset: int, length: int) -> None:
        said = lines.said(record)
        body = said.body
        match said.what:
            case What.META:
                self._take_header(record, body, offset, length)
            case What.CONTEXT:
                self._count.enter(body.turn_id)
                self._model = body.model or self._model
            case What.STARTED:
                self._count.enter(body.turn_id)
            case What.TOKENS | What.USAGE:
                used = self._count.running(body) if said.what is What.TOKENS else self._count.record(body)
                if used is not None:
                    self._note_turn(self._count.counted)
                    self._answer = None
            case What.PROMPT:
                self._take_prompt(said, offset, length)
            case What.ANSWER:
                self._take_answer(said, offset, length)
            case What.REASONING | What.CALL:
                self._interrupt()
                self._add_to_answer(offset, length)
            case What.RESULT:
                self._interrupt()
                self._take_result(body, offset, length)
            case What.OUTCOME:
                self._take_outcome(body, _Span(offset, length))
            case What.SPAWNED:
                thread = body.new_thread_id or body.agent_thread_id
                call = body.call_id or body.event_id
                if thread and call and (body.type != "sub_agent_activity" or body.kind == "started"):
                    self._spawned[call] = thread
            case What.COMPLETED:
                if lines.error_text(body):
                    self._answer = None
                    self.begin(offset, length)
            case what if what in _ALONE:
                if what in (What.AGENT_MESSAGE, What.COMPACTED):
                    self._interrupt()
                self._answer = None
                self.begin(offset, length)
            case _:
                pass

    def _take_header(self, record: Line, body: Body, offset: int, length: int) -> None:
        if self._has_header or not body.id:
            return
        self._has_header = True
        self._count.lineage = body.id
        self._header_at = _clock.timestamp(record.timestamp) or self._header_at
        self.base = lines.history_base(body)
        if lines.continues(body):
            self.begin(offset, length)

    def _interrupt(self) -> None:
        self._prompts.interrupt()
        self._answers.interrupt()

    def _take_prompt(self, said: lines.Said, offset: int, length: int) -> None:
        heard = self._prompts.hear(said.text, said.voice)
        if heard is not None:
            self.extend(heard.note, offset, length)
            return
        self._answers.interrupt()
        self._answer = None
        self._prompts.add(said.text, said.voice, self.begin(offset, length))

    def _take_answer(self, said: lines.Said, offset: int, length: int) -> None:
        heard = self._answers.hear(said.text, said.voice)
        if heard is not None:
            self.extend(heard.note, offset, length)
            return
        self._prompts.interrupt()
        self._answers.add(said.text, said.voice, self._add_to_answer(offset, length))

    def _add_to_answer(self, offset: int, length: int) -> int:
        if self._answer is None:
            self._answer = self._last_answer = self.begin(offset, length)
            if self._model and (not self._models or self._models[-1][1] != self._model):
                self._models.append((self._answer, self._model))
        else:
            self.extend(self._answer, offset, length)
        return self._answer

    def _note_turn(self, turn: int) -> None:
        """The last answer is this turn, if it is none yet."""
        answer = self._last_answer
        if answer is not None and (not self._counted_answers or self._counted_answers[-1] != answer):
            self._counted_answers.append(answer)
            self._counts.append(turn)

    def _take_result(self, body: Body, offset: int, length: int) -> None:
        self._answer = None
        n = self.begin(offset, length)
        if body.call_id:
            self._results[body.call_id] = n
            outcome = self._outcomes.pop(body.call_id, None)
            if outcome is not None:
                self.extend(n, *outcome)

    def _take_outcome(self, body: Body, span: _Span) -> None:
        call = body.call_id or (body.item.id if body.item is not None else None)
        if not call:
            return
        n = self._results.get(call)
        if n is not None:
            self.extend(n, *span)
            return
        self._outcomes[call] = span
        if len(self._outcomes) > _MAX_PENDING:
            del self._outcomes[next(iter(self._outcomes))]

    # Messages

    def message(self, n: int, records: Sequence[JSON]) -> Message:
        known = [(record, line, lines.said(line)) for record, line in ((each, _line(each)) for each in records)]
        first, line, said = known[0]
        parts: list[Part] = []
        match said.what:
            case What.PROMPT:
                record, _, fullest = max(known, key=lambda each: lines.prompt_parts(each[2]))
                if fullest.text or not fullest.images:
                    parts.append(Text(text=fullest.text))
                parts.extend(Image(media_type=media_type) for media_type, _ in _images(record))
            case what if what in _ANSWERS:
                answers = Doubles()
                for record, _, each in known:
                    parts.extend(self._answer_parts(record, each, answers))
            case What.RESULT:
                parts.append(tool_result(_body(first), [_body(record) for record, _, _ in known[1:]]))
                parts.extend(Image(media_type=media_type) for media_type, _ in _images(first))
            case What.COMPACTED:
                parts.append(Notice(kind="compaction", text=said.text or "Conversation compacted"))
            case What.ABORTED:
                parts.append(Notice(kind="interrupted", text=f"Turn stopped ({said.body.reason or 'interrupted'})"))
            case What.ERROR:
                parts.append(ErrorPart(text=said.text or "error"))
            case What.COMPLETED:
                parts.append(ErrorPart(text=lines.error_text(said.body)))
            case What.AGENT_MESSAGE:
                parts.append(Notice(kind="agent_message", text=said.text))
            case What.META:
                parts.append(Notice(kind="continued", text=f"Goes on from thread {lines.continues(said.body)}"))
            case _:
                parts.append(Notice(kind="raw", text=shown(first)))
        return Message(
            n=n,
            id=said.body.id or said.body.call_id or (said.body.item.id if said.body.item else None) or str(n),
            role=_ROLES.get(said.what, MessageRole.SYSTEM),
            at=_clock.timestamp(line.timestamp) or self._header_at,
            parts=tuple(parts),
            turn=self._turn_of(n),
            model=self._model_of(n) if said.what in _ANSWERS else None,
        )

    def _turn_of(self, n: int) -> int | None:
        at = bisect_left(self._counted_answers, n)
        is_there = at < len(self._counted_answers) and self._counted_answers[at] == n
        return self._counts[at] if is_there else None

    def _model_of(self, n: int) -> str | None:
        at = bisect_right(self._models, n, key=itemgetter(0))
        return self._models[at - 1][1] if at else None

    def _answer_parts(self, record: JSON, said: lines.Said, answers: Doubles) -> list[Part]:
        body = _body(record)
        match said.what:
            case What.ANSWER:
                if answers.hear(said.text, said.voice) is not None:
                    return []
                answers.add(said.text, said.voice)
                return [Text(text=said.text)]
            case What.REASONING:
                answers.interrupt()
                return [Thinking(text=_reasoning(body))]
            case What.CALL:
                answers.interrupt()
                call = shown(body.get("call_id") or body.get("id"))
                thread = self._spawned.get(call)
                child = derive_id(NAME, thread) if thread else None
                return [ToolCall(call_id=call, name=_call_name(body), input=_call_input(body), child=child)]
            case _:
                return []

    def image(self, records: Sequence[JSON], index: int, message: Message) -> ImageBytes | None:
        if not isinstance(message.parts[index], Image):
            return None
        nth = sum(isinstance(part, Image) for part in message.parts[:index])
        images = max((_images(record) for record in records), key=len)
        if nth >= len(images):
            return None
        media_type, url = images[nth]
        match = _DATA_URL.match(url)
        if match is None:
            return None
        try:
            return ImageBytes(media_type=media_type, data=base64.b64decode(url[match.end() :], validate=False))
        except (binascii.Error, ValueError):
            return None


def _line(record: JSON) -> Line:
    """The record decoded as its index was, from a copy without what is large and not asked for."""
    body = record.get("payload")
    slim = {**record, "payload": _slim(cast("JSON", body))} if isinstance(body, dict) else _slim(record)
    return as_shape(slim, Line) or Line()


def _slim(body: JSON) -> JSON:
    kept: JSON = {}
    for key, value in body.items():
        if key in ("output", "arguments", "input", "aggregated_output"):
            continue
        if key in _RAW:
            kept[key] = msgspec.Raw(msgspec.json.encode(value))
        elif key == "content" and isinstance(value, list):
            kept[key] = [_slim_content(part) for part in cast("list[Any]", value)]
        elif key == "images" and isinstance(value, list):
            kept[key] = [msgspec.Raw(b"{}") for _ in cast("list[Any]", value)]
        elif key == "item" and isinstance(value, dict):
            kept[key] = _slim(cast("JSON", value))
        else:
            kept[key] = value
    return kept


_RAW = frozenset({"source", "history_base", "sandbox_policy", "summary", "error"})


def _slim_content(part: Any) -> Any:
    if not isinstance(part, dict):
        return {}
    held = cast("JSON", part)
    url = held.get("image_url")
    shown = msgspec.Raw(b'"-"' if url else b"null")
    return {"type": held.get("type"), "text": held.get("text"), "image_url": shown}


def _body(record: JSON) -> JSON:
    payload = record.get("payload")
    return cast("JSON", payload) if isinstance(payload, dict) else record


def _images(record: JSON) -> list[tuple[str, str]]:
    """(media type, url) of the images in a prompt or a result."""
    body = _body(record)
    found: list[tuple[str, str]] = []
    for holder in (body.get("content"), body.get("output"), body.get("images")):
        for part in cast("list[Any]", holder) if isinstance(holder, list) else ():
            url = part
            if isinstance(part, dict):
                held = cast("JSON", part)
                url = held.get("image_url") if held.get("type") == "input_image" else None
            if isinstance(url, str) and url:
                match = _DATA_URL.match(url)
                found.append(((match.group(1) if match else None) or "image/png", url))
    return found


def _reasoning(body: JSON) -> str:
    texts = [shown(part.get("text")) for part in objs(body.get("summary"))]
    texts.extend(shown(part.get("text")) for part in objs(body.get("content")))
    return "\n\n".join(text for text in texts if text)


def _call_name(body: JSON) -> str:
    name = body.get("name")
    return name if isinstance(name, str) and name else shown(body.get("type")).removesuffix("_call")


def _call_input(body: JSON) -> Any:
    for key in ("arguments", "input", "action", "query"):
        value = body.get(key)
        if value is None:
            continue
        if isinstance(value, str):
            parsed = parse(value.encode("utf-8", "replace")) if value.lstrip().startswith(("{", "[")) else None
            return value if parsed is None else parsed
        return value
    return None
