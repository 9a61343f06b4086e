"""What the runner says to the world, as a protocol: `parrot_client.reporter` is one that a workspace hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from parrot_server.flows.gate import Verdict
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


class Watcher(Protocol):
    """Who hears of a run besides the workspace: the terminal. Called on the loop; must not block."""

    def step(self, step: Step) -> None:
        """A step is in another state."""
        ...

    def asks(self, checkpoint: str, reason: str) -> None:
        """The run waits for a person."""
        ...

    def decided(self, checkpoint: str, verdict: Verdict) -> None:
        """Somebody, somewhere, has answered."""
        ...

    def line(self, text: str) -> None:
        """A line of output, or something an agent said."""
        ...
