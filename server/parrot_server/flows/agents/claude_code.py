"""Claude Code: ``claude -p --output-format stream-json``.

Source: https://docs.claude.com/en/docs/claude-code/headless and the SDK's message types. A message comes as several
objects with one id, a content block each, all with the message's usage; the largest output is the last word on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.flows.agents.base import (
    Agent,
    AgentEvent,
    Began,
    Ended,
    JsonObject,
    Said,
    ToolAnswered,
    Used,
    count,
    items,
    micros,
    obj,
    text,
    tokens_of,
)
from parrot_wire.session import Part, Text, Thinking, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator


class ClaudeCodeStream:
    """Lines of type ``system``, ``assistant``, ``user`` and ``result``."""

    def __init__(self) -> None:
        self._outputs: dict[str, int] = {}
        self._began = False

    def read(self, line: JsonObject) -> Iterator[AgentEvent]:
        match line.get("type"):
            case "system" if line.get("subtype") == "init":
                self._began = True
                yield Began(session_id=line["session_id"], model=line.get("model"))
            case "assistant":
                if not self._began:
                    self._began = True
                    yield Began(session_id=line["session_id"])
                yield from self._assistant(line)
            case "user":
                yield from _tool_results(line)
            case "result":
                yield _ended(line)
            case _:
                pass

    def finish(self) -> Iterator[AgentEvent]:
        return iter(())

    def _assistant(self, line: JsonObject) -> Iterator[AgentEvent]:
        message = line["message"]
        message_id = text(message.get("id"))
        model = message.get("model")
        if line.get("parent_tool_use_id"):
            # A subagent's: its spend counts, its words are its own session's.
            yield from self._usage(line, message, message_id, model)
            return
        parts = [part for block in items(message.get("content")) for part in _parts(obj(block))]
        if parts:
            yield Said(message_id=message_id or line.get("uuid", "message"), parts=parts, model=model)
        yield from self._usage(line, message, message_id, model)

    def _usage(self, line: JsonObject, message: JsonObject, message_id: str, model: str | None) -> Iterator[AgentEvent]:
        usage = obj(message.get("usage"))
        output = count(usage.get("output_tokens"))
        if not message_id or not usage or model == "<synthetic>" or output < self._outputs.get(message_id, 0):
            return
        self._outputs[message_id] = output
        yield Used(
            turn_id=message_id,
            model=model,
            tokens=tokens_of(
                input=count(usage.get("input_tokens")),
                output=output,
                cache_read=count(usage.get("cache_read_input_tokens")),
                cache_write=count(usage.get("cache_creation_input_tokens")),
            ),
            cache_write_1h=count(obj(usage.get("cache_creation")).get("ephemeral_1h_input_tokens")),
            request_id=line.get("request_id") or line.get("requestId"),
        )


def _parts(block: JsonObject) -> Iterator[Part]:
    match block.get("type"):
        case "text" if block.get("text"):
            yield Text(text=block["text"])
        case "thinking" if block.get("thinking"):
            yield Thinking(text=block["thinking"])
        case "tool_use":
            yield ToolCall(call_id=block["id"], name=block["name"], input=block.get("input"))
        case _:
            pass


def _tool_results(line: JsonObject) -> Iterator[AgentEvent]:
    if line.get("parent_tool_use_id"):
        return
    for block in items(obj(line.get("message")).get("content")):
        found = obj(block)
        if found.get("type") == "tool_result":
            content = found.get("content")
            said = text(content) or "\n".join(text(obj(part).get("text")) for part in items(content))
            yield ToolAnswered(call_id=found["tool_use_id"], ok=not found.get("is_error"), text=said)


def _ended(line: JsonObject) -> Ended:
    spent = micros(line.get("total_cost_usd"))
    said = text(line.get("result"))
    if line.get("is_error") or line.get("subtype") != "success":
        return Ended(error=said or text(line.get("subtype")).replace("_", " ") or "failed", spent_micros=spent)
    return Ended(result=said, spent_micros=spent)


AGENT = Agent(
    source="claude-code",
    argv=("claude", "-p", "--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits"),
    open=ClaudeCodeStream,
)
