"""opencode: ``opencode run --format json``.

Source: the emit calls of packages/opencode/src/cli/cmd/run.ts. A message's usage and cost come with its
``step_finish``; the model is named nowhere in the stream, the cost is opencode's own.
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
    micros,
    obj,
    text,
    tokens_of,
)
from parrot_wire.session import Text, Thinking, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator


class OpencodeStream:
    """``step_start``, ``text``, ``reasoning``, ``tool_use``, ``step_finish`` and ``error``."""

    def __init__(self) -> None:
        self._began = False
        self._last_words = ""
        self._error: str | None = None

    def read(self, line: JsonObject) -> Iterator[AgentEvent]:
        if not self._began and text(line.get("sessionID")):
            self._began = True
            yield Began(session_id=line["sessionID"])
        part = obj(line.get("part"))
        match line.get("type"):
            case "text" if text(part.get("text")).strip():
                self._last_words = text(part["text"]).strip()
                yield Said(message_id=part["id"], parts=(Text(text=self._last_words),), whole=True)
            case "reasoning" if text(part.get("text")).strip():
                yield Said(message_id=part["id"], parts=(Thinking(text=text(part["text"]).strip()),), whole=True)
            case "tool_use":
                yield from _tool(part)
            case "step_finish":
                yield _used(part)
            case "error":
                error = obj(line.get("error"))
                self._error = text(obj(error.get("data")).get("message")) or text(error.get("name")) or "failed"
            case _:
                pass

    def finish(self) -> Iterator[AgentEvent]:
        yield Ended(error=self._error) if self._error else Ended(result=self._last_words)


def _tool(part: JsonObject) -> Iterator[AgentEvent]:
    state = obj(part.get("state"))
    call_id = text(part.get("callID")) or text(part["id"])
    call = ToolCall(call_id=call_id, name=part["tool"], input=state.get("input"))
    yield Said(message_id=part["id"], parts=(call,), whole=True)
    code = obj(state.get("metadata")).get("exit")
    exit_code = code if isinstance(code, int) else None
    ok = state.get("status") == "completed" and exit_code in (0, None)
    said = text(state.get("output")) or text(state.get("error"))
    yield ToolAnswered(call_id=call_id, ok=ok, text=said, exit_code=exit_code)


def _used(part: JsonObject) -> Used:
    tokens = obj(part.get("tokens"))
    cache = obj(tokens.get("cache"))
    charge = micros(part.get("cost"))
    return Used(
        turn_id=text(part.get("messageID")) or None,
        tokens=tokens_of(
            input=count(tokens.get("input")),
            output=count(tokens.get("output")) + count(tokens.get("reasoning")),
            cache_read=count(cache.get("read")),
            cache_write=count(cache.get("write")),
        ),
        # A cost of zero with tokens is a model without a price, not a gift.
        charge_micros=charge or None,
    )


AGENT = Agent(source="opencode", argv=("opencode", "run", "--format", "json"), open=OpencodeStream)
