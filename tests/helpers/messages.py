"""Messages of a transcript, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parrot_wire.session import Message, Text, ToolCall, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import MessageRole

if TYPE_CHECKING:
    from parrot_wire.session import Part

_BASE_MS = 1_795_000_000_000


def message(n: int, role: str, *parts: Part, turn: int | None = None, step: str | None = None) -> Message:
    """A message said a second times ``n`` after the base."""
    return Message(
        n=n,
        id=f"m{n}",
        role=MessageRole(role),
        at=from_ms(_BASE_MS + n * 1_000),
        parts=parts,
        turn=turn,
        step=step,
        model="sonnet" if role == "assistant" else None,
    )


def prompt(n: int, text: str = "Do it") -> Message:
    return message(n, "user", Text(text=text))


def answer(n: int, text: str = "Done", **more: Any) -> Message:
    return message(n, "assistant", Text(text=text), **more)


def call(n: int, name: str = "Bash", call_id: str | None = None, **given: Any) -> Message:
    """An agent's message with one tool call."""
    return message(n, "assistant", ToolCall(call_id=call_id or f"c{n}", name=name, input=given), turn=n)


def result(n: int, of: int | str, text: str = "", *, ok: bool | None = True, **more: Any) -> Message:
    """What answered the call of message ``of`` (or of a call id)."""
    call_id = of if isinstance(of, str) else f"c{of}"
    return message(n, "tool", ToolResult(call_id=call_id, ok=ok, text=text, **more))
