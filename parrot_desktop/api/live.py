"""What a live stream brings to a window: the wire's events, and how the connection fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.events import Event, SessionStreamEvent

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
"""What `Workspace.events` yields."""

SessionItem = Connected | Lost | SessionStreamEvent
"""What `Workspace.session_events` yields; after a Reset fetch the session's parts anew, the stream goes on."""
