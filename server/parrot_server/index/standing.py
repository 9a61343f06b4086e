"""The status of a session: how its last turn stands by the records, and whether its process lives.

- running: the turn is open, and its process lives; where the tool tells nothing of processes, the turn is open and the
  newest record is fresh, or the file grew while it was watched.
- interrupted: the turn is open otherwise, or the tool wrote that it was stopped.
- failed, ended, cancelled, paused: the tool wrote so. What is left is open; a task or a Flow run is completed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_server.index.sources.base import TurnState
from parrot_wire.values import Status

if TYPE_CHECKING:
    from parrot_server.index.sources.base import Evidence, Standing

FRESH_MS = 10 * 60_000
"""A record, or growth, this young stands for a living process."""

_WRITTEN = {
    TurnState.INTERRUPTED: Status.INTERRUPTED,
    TurnState.FAILED: Status.FAILED,
    TurnState.ENDED: Status.ENDED,
    TurnState.CANCELLED: Status.CANCELLED,
    TurnState.PAUSED: Status.PAUSED,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A status, in words, and when it has to be looked at again (ms since 1970), should nothing happen before."""

    status: Status
    detail: str | None
    again_at_ms: int | None = None


def decide(standing: Standing, evidence: Evidence, *, now_ms: int, grew_at_ms: int | None) -> Decision:
    """What to show of a session now. ``grew_at_ms``: when its file last grew while it was watched."""
    if standing.turn is not TurnState.OPEN:
        settled = Status.COMPLETED if standing.settles else Status.OPEN
        status = _WRITTEN.get(standing.turn, settled)
        return Decision(status, standing.detail)
    if evidence.alive:
        return Decision(Status.RUNNING, evidence.detail)
    if evidence.alive is None:
        signs = [at for at in (standing.at_ms, grew_at_ms) if at is not None and abs(now_ms - at) < FRESH_MS]
        if signs:
            return Decision(Status.RUNNING, None, max(signs) + FRESH_MS)
    return Decision(Status.INTERRUPTED, "cut off: no process, and no end of the turn")
