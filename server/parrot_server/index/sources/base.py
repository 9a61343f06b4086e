"""The seam between the tools and the engine: what a tool says of its own storage.

A tool's storage is a set of *units*, each read on its own: an append-only file, a document that is rewritten whole, a
folder, a database. The engine lists units, reads those whose stamp changed, newest first, and writes what it learned
of their sessions together with the reader's state, so that after a restart only what is new is read.

A tool is a `Tool` in one module (or package) here:

- ``units`` finds what there is; ``units_of`` says which units a changed path belongs to: one where a session has a
  file of its own, several where many sessions share a database.
- ``reader`` makes the `Reader` of one unit. For append-only files it is ``appended.AppendedReader`` over a `Fold`; for
  documents and databases the tool's own, which keeps in ``FileState.state`` whatever it needs to tell what changed.
- ``transcript`` opens one session's messages where they lie.
- ``evidence`` tells whether the processes behind sessions with an open turn live (`standing.decide` makes a status of
  it), and ``aside`` what changed outside the units (titles in another database).

Everything is strictly read-only, and nothing here knows the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from parrot_server.store.local import SessionFacts
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from parrot_server.store.local import FileState
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of storage and its stamp: where any of the numbers differs, something changed.

    ``path`` is the key within the source. Of a database, ``size`` and ``mtime_ns`` cover its log as well.
    """

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int


class TurnState(StrEnum):
    """How a session's last turn stands, by the tool's own records alone."""

    NONE = "none"
    """Nothing was asked yet."""
    OPEN = "open"
    """Asked, or a tool called, or a result given, and no answer since."""
    CLOSED = "closed"
    INTERRUPTED = "interrupted"
    """The tool wrote that the turn was stopped."""
    FAILED = "failed"
    ENDED = "ended"
    """The tool wrote that the session is over (left, archived)."""
    CANCELLED = "cancelled"
    PAUSED = "paused"


class Standing(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """All that a status is decided from, but for the evidence of life."""

    turn: TurnState
    at_ms: int
    """The newest record's own time, ms since 1970; never a file's."""
    settles: bool = False
    """True for tasks and Flow runs, which are completed when their turn is over; a chat stays open."""
    live_key: str = ""
    """What ``Tool.evidence`` is asked with; empty where no process can be told."""
    version: str = ""
    """The tool's version that wrote the newest record."""
    detail: str | None = None
    """The status in a few words (``Row.status_detail``)."""
    error: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit says of one session. The patch leaves the status to ``standing``.

    ``standing`` None: the unit only adds to a session that another unit tells (a warm-up's spend counts in its
    parent). Then ``if_alone`` is told in its place where no other unit does; without it, nothing.
    """

    facts: SessionFacts
    standing: Standing | None
    if_alone: SessionFacts | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader learned since its last reading. ``whole``: it began anew."""

    told: Sequence[Told]
    bytes_read: int
    whole: bool
    problems: tuple[SourceProblem, ...] = ()
    """All that is wrong with the unit as far as it was read."""
    read_to: int | None = None
    """Set where the unit goes on behind this: so much of it (of its size) is read, and the rest is for another call."""


class Stopped(Exception):
    """The reading was not finished, because the server ends."""


class Reader(Protocol):
    """Reads one unit, again and again as it changes. Used by one thread."""

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        """What is new, or everything where the unit was replaced.

        go_on: asked between pieces; where it says no, raises `Stopped`. Raises OSError where the unit cannot be read.
        """
        ...

    def state(self) -> FileState:
        """All that another reader needs to go on from here."""
        ...


class Fold(Protocol):
    """Makes sessions of the records of one append-only file."""

    def feed(self, block: bytes, report: Callable[[int, str], None]) -> None:
        """Take whole lines. ``report`` is told (line within the block from 1, what is wrong)."""
        ...

    def tell(self, unit: Unit, *, whole: bool, holds: Callable[[bytes], bool]) -> list[Told]:
        """What is known now, and the turns since the last time. ``holds``: whether the part of the file that was read
        holds these bytes (slow: for the rare record that points far back)."""
        ...

    def dump(self) -> bytes:
        """The fold, to be restored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A session with an open turn, whose process is asked for."""

    native_id: str
    path: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the process behind a session. ``alive`` None: nothing, either way.

    ``pid`` only where it is sure that this process, and no other of the same number, runs the session.
    """

    alive: bool | None
    pid: int | None = None
    detail: str | None = None


UNKNOWN = Evidence(alive=None)


class Transcript(Protocol):
    """The messages of one session, read where they lie. Used by one thread at a time.

    Messages are numbered from 1, and a number stays with its message while the storage only grows.
    """

    def refresh(self) -> int:
        """Take in what was added; the number of messages. Raises OSError where the storage cannot be read."""
        ...

    def page(self, first: int, last: int) -> list[Message]:
        """Messages with first <= n <= last, whole. Raises OSError."""
        ...

    def part(self, n: int, index: int) -> Part | ImageBytes | None: ...

    def raw(self, n: int) -> bytes | None: ...

    def changed_from(self) -> int:
        """The first message that the last ``refresh`` added or changed; total + 1 where it changed none."""
        ...

    @property
    def turn_total(self) -> int:
        """How many different turns the messages name."""
        ...

    @property
    def memory(self) -> int:
        """About how many bytes are kept for it."""
        ...


class Source(Protocol):
    """One tool's storage under one root."""

    @property
    def name(self) -> str: ...

    @property
    def root(self) -> Path:
        """What the tool's own variable names, or would."""
        ...

    @property
    def version(self) -> int:
        """Raised when the reader learns to tell more: what an older one read is then read anew."""
        ...

    def watched(self) -> Sequence[Path]:
        """Folders to follow, each with all that is under it; of a file the files beside it, and nothing deeper."""
        ...

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        """All units, in any order. What cannot be listed is reported, not raised."""
        ...

    def units_of(self, path: str) -> Sequence[str]:
        """The paths of the units that a changed path may have changed; none where it belongs to none."""
        ...

    def stat(self, path: str) -> Unit | None:
        """One unit as it is now; None where it is gone or is none."""
        ...

    def reader(self, path: str, known: FileState | None) -> Reader:
        """known: what the last reader's ``state`` was, of this version of the source; its path is ``path``."""
        ...

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        """The messages of a session that the unit at ``path`` tells. Reads nothing yet."""
        ...

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        """By native id; a session that is left out counts as `UNKNOWN`. Called often: cheap, never raises."""
        ...

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        """What changed beside the units since the last call, of sessions that are ``known`` by native id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its name (as in ``--source NAME=DIR``), where it keeps its work, and how that is read."""

    name: str
    default_root: Callable[[Mapping[str, str], Path], Path]
    """(environment, home folder) -> what ``--source NAME=DIR`` would name."""
    open: Callable[[Path], Source]
