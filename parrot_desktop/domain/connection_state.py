"""How a window stands with its workspace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConnectionState(StrEnum):
    """`STARTING`: nothing has been asked yet, or this machine's server is being started."""

    STARTING = "starting"
    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"
    UNAUTHORISED = "unauthorised"
    FAILED = "failed"
    """No retry by itself would help: an address without a workspace, a server that cannot be started."""


@dataclass(frozen=True, slots=True)
class Connection:
    """``since_ms``: when the state began. ``detail``: why, as a sentence; ``retry_at_ms``: when it is tried again."""

    state: ConnectionState
    since_ms: int
    detail: str = ""
    retry_at_ms: int | None = None

    @property
    def is_trouble(self) -> bool:
        return self.state in {ConnectionState.OFFLINE, ConnectionState.UNAUTHORISED, ConnectionState.FAILED}


@dataclass(frozen=True, slots=True)
class Indexing:
    """How far the server's sources are read: files, and what was found wrong."""

    done: int
    total: int
    problems: int = 0
    places: tuple[str, ...] = ()
    """Where it looks, one line a source: "Claude Code  ~/.claude"."""

    @property
    def is_running(self) -> bool:
        return self.done < self.total
