"""Codex: ``codex exec --json``.

Source: openai/codex, codex-rs/exec/src/exec_events.rs. Its usage is what a whole turn of the agent used, over several
requests, and names neither their ids nor the model; input counts the cached tokens, output the reasoning.
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
    obj,
    text,
    tokens_of,
)
from parrot_wire.session import Text, Thinking, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator


class CodexStream:
    """``thread.started``, ``turn.*``, ``item.*`` and ``error``."""

    def __init__(self) -> None:
        self._last_words = ""
        self._error: str | None = None
        self._called: set[str] = set()

    def read(self, line: JsonObject) -> Iterator[AgentEvent]:
        match line.get("type"):
            case "thread.started":
                yield Began(session_id=line["thread_id"])
            case "item.started" | "item.updated" | "item.completed":
                yield from self._item(line["item"], done=line["type"] == "item.completed")
            case "turn.completed":
                self._error = None
                yield _used(obj(line.get("usage")))
            case "turn.failed":
                self._error = text(obj(line.get("error")).get("message")) or "the turn failed"
            case "error":
                self._error = text(line.get("message")) or "failed"
            case _:
                pass

    def finish(self) -> Iterator[AgentEvent]:
        yield Ended(error=self._error) if self._error else Ended(result=self._last_words)

    def _item(self, item: JsonObject, *, done: bool) -> Iterator[AgentEvent]:
        item_id = text(item["id"])
        match item.get("type"):
            case "agent_message" if done:
                self._last_words = text(item.get("text"))
                yield Said(message_id=item_id, parts=(Text(text=self._last_words),), whole=True)
            case "reasoning" if done:
                yield Said(message_id=item_id, parts=(Thinking(text=text(item.get("text"))),), whole=True)
            case "command_execution":
                yield from self._call(item_id, "Shell", {"command": item.get("command")})
                if done:
                    code = item.get("exit_code")
                    yield ToolAnswered(
                        call_id=item_id,
                        ok=item.get("status") == "completed" and code in (0, None),
                        text=text(item.get("aggregated_output")),
                        exit_code=code if isinstance(code, int) else None,
                    )
            case "file_change" if done:
                changes = [
                    f"{text(obj(each).get('kind'))} {text(obj(each).get('path'))}"
                    for each in items(item.get("changes"))
                ]
                yield from self._call(item_id, "Edit", {"changes": changes})
                yield ToolAnswered(call_id=item_id, ok=item.get("status") == "completed", text="\n".join(changes))
            case "mcp_tool_call":
                yield from self._call(item_id, f"{item.get('server')}.{item.get('tool')}", item.get("arguments"))
                if done:
                    said = text(obj(item.get("error")).get("message")) or "\n".join(
                        text(obj(part).get("text")) for part in items(obj(item.get("result")).get("content"))
                    )
                    yield ToolAnswered(call_id=item_id, ok=item.get("status") == "completed", text=said)
            case "web_search" if done:
                yield from self._call(item_id, "WebSearch", {"query": item.get("query")})
            case _:
                pass

    def _call(self, item_id: str, name: str, given: object) -> Iterator[AgentEvent]:
        if item_id not in self._called:
            self._called.add(item_id)
            yield Said(message_id=item_id, parts=(ToolCall(call_id=item_id, name=name, input=given),), whole=True)


def _used(usage: JsonObject) -> Used:
    cached = count(usage.get("cached_input_tokens"))
    return Used(
        turn_id=None,
        tokens=tokens_of(
            input=max(count(usage.get("input_tokens")) - cached, 0),
            output=count(usage.get("output_tokens")),
            cache_read=cached,
        ),
    )


AGENT = Agent(
    source="codex",
    argv=("codex", "exec", "--json", "--sandbox", "workspace-write", "--skip-git-repo-check", "-"),
    open=CodexStream,
)
