"""What the runner says to the world, as a protocol: `parrot_client.reporter` is one that a workspace hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from parrot_wire.records import TurnRecord
    from parrot_wire.session import Artifact, Checkpoint, Message, Step

SOURCE = "parrot-run"
"""The source of every run."""


class SessionReport(Protocol):
    """One session, reported as it goes. Nothing here waits for a network; all raise OSError when the disk is full."""

    def update(self, **patch: Any) -> None:
        """Fields of `parrot_wire.records.SessionPatch`."""
        ...

    def step(self, step: Step) -> None: ...

    def turn(self, turn: TurnRecord) -> None: ...

    def message(self, message: Message) -> None: ...

    def checkpoint(self, checkpoint: Checkpoint) -> None: ...

    def artifact(self, artifact: Artifact) -> None: ...


class Report(Protocol):
    """Where sessions are reported to."""

    def open(self, source: str, native_id: str) -> SessionReport:
        """Speak of one session; says nothing yet."""
        ...
