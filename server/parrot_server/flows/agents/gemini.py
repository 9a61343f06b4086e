"""Gemini CLI: ``gemini --output-format stream-json``.

Source: google-gemini/gemini-cli, packages/core/src/output/types.ts. The answer comes in deltas without ids; usage
stands once, at the end, summed over all requests; input counts the cached tokens.
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
    obj,
    text,
    tokens_of,
)
from parrot_wire.session import Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator


class GeminiStream:
    """``init``, ``message``, ``tool_use``, ``tool_result``, ``error`` and ``result``."""

    def __init__(self) -> None:
        self._model: str | None = None
        self._said = ""
        self._number = 0

    def read(self, line: JsonObject) -> Iterator[AgentEvent]:
        match line.get("type"):
            case "init":
                self._model = line.get("model")
                yield Began(session_id=line["session_id"], model=self._model)
            case "message" if line.get("role") == "assistant":
                self._said += text(line.get("content"))
                if self._said.strip():
                    yield Said(
                        message_id=f"m{self._number}", parts=(Text(text=self._said),), model=self._model, whole=True
                    )
            case "tool_use":
                self._number += 1
                self._said = ""
                call = ToolCall(call_id=line["tool_id"], name=line["tool_name"], input=line.get("parameters"))
                yield Said(message_id=f"t{line['tool_id']}", parts=(call,), model=self._model, whole=True)
            case "tool_result":
                said = text(line.get("output")) or text(obj(line.get("error")).get("message"))
                yield ToolAnswered(call_id=line["tool_id"], ok=line.get("status") == "success", text=said)
            case "result":
                yield from self._result(line)
            case _:
                pass

    def finish(self) -> Iterator[AgentEvent]:
        return iter(())

    def _result(self, line: JsonObject) -> Iterator[AgentEvent]:
        stats = obj(line.get("stats"))
        models = obj(stats.get("models")) or {self._model or "": stats}
        for model, each in models.items():
            yield _used(model or None, obj(each))
        if line.get("status") == "success":
            yield Ended(result=self._said.strip())
        else:
            yield Ended(error=text(obj(line.get("error")).get("message")) or "failed")


def _used(model: str | None, stats: JsonObject) -> Used:
    cached = count(stats.get("cached"))
    sent = count(stats.get("input_tokens"))
    # What the total has beyond input and output are thoughts, which are billed as output.
    output = max(count(stats.get("total_tokens")) - sent, count(stats.get("output_tokens")))
    return Used(
        turn_id=None, model=model, tokens=tokens_of(input=max(sent - cached, 0), output=output, cache_read=cached)
    )


AGENT = Agent(
    source="gemini",
    argv=("gemini", "--output-format", "stream-json", "--approval-mode", "auto_edit"),
    open=GeminiStream,
)
