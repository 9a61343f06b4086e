"""What the stream says, each with the ``seq`` it is at."""

from __future__ import annotations

from parrot_wire.session import Artifact, Checkpoint, Message, Row, Step, Turn, Wire


class Ready(Wire, frozen=True, kw_only=True):
    """Everything up to ``seq`` is in the list already or was sent on this stream."""

    seq: int
    feed: str


class SessionChanged(Wire, frozen=True, kw_only=True):
    """Insert the row, or replace what has its id. Its ``seq`` is the row's."""

    row: Row

    @property
    def seq(self) -> int:
        return self.row.seq


class Gone(Wire, frozen=True, kw_only=True):
    """Deleted, or no longer matching the stream's filter."""

    seq: int
    id: str


class Reset(Wire, frozen=True, kw_only=True):
    """The server cannot resume from the id given: fetch the list anew."""

    reason: str


Event = Ready | SessionChanged | Gone | Reset


class GoneData(Wire, frozen=True, kw_only=True):
    """What a ``gone`` event carries; its seq is the event's id."""

    id: str


class Changed(Wire, frozen=True, kw_only=True):
    """One event of one session's own stream: insert ``item``, or replace what has its place.

    The place is ``Message.n``, ``Turn.n``, and the id of the others.
    """

    item: Message | Turn | Step | Checkpoint | Artifact


SessionStreamEvent = Ready | Changed | Gone | Reset
