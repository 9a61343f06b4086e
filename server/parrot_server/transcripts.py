"""The seams to what reads the work of this machine: transcripts that stay in their files, and the sources themselves.

The index implements both protocols; the routes and the lifespan know nothing else of it. A server without local
sources runs without either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.stored import StoredDetail
    from parrot_wire.answers import SourceReport
    from parrot_wire.records import Command, CommandResult
    from parrot_wire.session import Message, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBytes:
    """An image of a transcript, decoded: what ``.../parts/{i}`` answers with."""

    media_type: str
    data: bytes


class Transcripts(Protocol):
    """Reads the messages of sessions whose record is a file on this machine.

    Messages are numbered from 1 without gaps, and a number stays with its message while the file only grows.
    Nothing is cut: `store.messages.cut` does that for every transcript alike. Called on the event loop: whatever
    touches a file runs in a thread. A file that is gone, or became unreadable, reads as no messages.
    Whoever asks for anything of a session pays attention to it: what it gains is told to its streams for some time.
    """

    async def total(self, session: StoredDetail) -> int | None:
        """How many messages the file holds now; None where this session is not ours (it came by ingest)."""
        ...

    async def page(self, session: StoredDetail, first: int, last: int) -> Sequence[Message]:
        """Messages with ``first <= n <= last``, in order; numbers outside the transcript are simply not there."""
        ...

    async def part(self, session: StoredDetail, n: int, index: int) -> Part | ImageBytes | None:
        """Part ``index`` (from 0) of message ``n``, whole; None where there is none."""
        ...

    async def raw(self, session: StoredDetail, n: int) -> bytes | None:
        """The source's own record of message ``n``, as it stands in the file (several lines where it has several)."""
        ...


class LocalSources(Protocol):
    """The tools of this machine: found, indexed and followed from `start` to `stop`."""

    async def start(self) -> None:
        """Begin to discover and follow, and return at once: the first index goes on behind the requests."""
        ...

    async def stop(self) -> None:
        """End every thread and task, within half a second, at any moment of the index."""
        ...

    def reports(self) -> Sequence[SourceReport]:
        """What `/v1/sources` answers; cheap, from memory."""
        ...

    async def act(self, command: Command) -> CommandResult | None:
        """Ask the tool's own process; None where the session is not of a local source.

        ``ok`` means that the process was signalled; the row changes when the tool's own record says so.
        """
        ...
