"""What every agent's JSON stream is turned into, so that the runner knows one language.

An agent is started headless with its prompt on standard input (an argument could be too long, and would be seen in the
process list) and prints one JSON object a line. Lines that are no JSON, and objects of a kind that is not known, are
passed over: these streams grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from parrot_wire.session import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from parrot_wire.session import Part

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The agent's own session: its native id in the agent's source."""

    session_id: str
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Parts of one message of the agent. The same id again: these come after the earlier ones, unless ``whole``."""

    message_id: str
    parts: Sequence[Part]
    model: str | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswered:
    """What a tool call of the agent gave back."""

    call_id: str
    ok: bool | None
    text: str
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Tokens of one answered request; the same id again replaces it.

    ``turn_id`` is the agent's own id of the response, the one that its session file has too. None: the stream names
    none, and this is what a number of requests used together.
    """

    turn_id: str | None
    tokens: Tokens
    model: str | None = None
    cache_write_1h: int = 0
    charge_micros: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The agent's last word: its final message, or why it failed. ``spent_micros`` where it says what it all cost."""

    result: str | None = None
    error: str | None = None
    spent_micros: int | None = None


AgentEvent = Began | Said | ToolAnswered | Used | Ended


class AgentStream(Protocol):
    """Reads one agent's stream; keeps what spans several lines."""

    def read(self, line: JsonObject) -> Iterable[AgentEvent]:
        """What one object of the stream says. May raise KeyError, TypeError or ValueError: the line is passed over."""
        ...

    def finish(self) -> Iterable[AgentEvent]:
        """What only the end of the stream tells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """How one agent is started, and what reads its stream."""

    source: str
    """The name of the local source that indexes this agent's sessions."""
    argv: tuple[str, ...]
    open: Callable[[], AgentStream]


def decode_line(line: bytes) -> JsonObject | None:
    """A line of the stream; None for what is no JSON object."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return cast("JsonObject", found) if isinstance(found, dict) else None


def obj(value: object) -> JsonObject:
    """A JSON object, or an empty one for anything else."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A JSON list, or an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """A text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int:
    """A number of tokens: never negative; 0 for anything else."""
    return max(int(value), 0) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def micros(dollars: object) -> int | None:
    """Dollars -> micro-dollars, rounded half up; None for what is no amount."""
    if isinstance(dollars, bool) or not isinstance(dollars, int | float) or not 0 <= dollars < 1e9:
        return None
    return int(dollars * 1_000_000 + 0.5)


def tokens_of(*, input: int, output: int, cache_read: int = 0, cache_write: int = 0) -> Tokens:
    """``input`` without the cached ones; the total is the sum."""
    return Tokens(
        input=input,
        output=output,
        cache_read=cache_read,
        cache_write=cache_write,
        total=input + output + cache_read + cache_write,
    )
