"""What a live stream brings to a window: the wire's events, and how the connection fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.events import Event
from parrot_wire.session import Artifact, Checkpoint, Message, Step, Turn

if TYPE_CHECKING:
    from parrot_desktop.api.errors import WorkspaceError


@dataclass(frozen=True, slots=True)
class Connected:
    """The stream is open; what was missed comes next."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream broke; it is tried again by itself after ``retry_in_s``, resuming where it was."""

    error: WorkspaceError
    retry_in_s: float


StreamItem = Connected | Lost | Event

SessionValue = Message | Turn | Step | Checkpoint | Artifact


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Something of one session is new or replaced: what has the value's id (a turn: its n)."""

    seq: int
    value: SessionValue


@dataclass(frozen=True, slots=True)
class SessionReset:
    """The server cannot resume: fetch the session's parts anew. The stream goes on from now."""


SessionItem = Connected | Lost | SessionChange | SessionReset
