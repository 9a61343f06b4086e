"""Reading units in a process of its own, for `ahead`: sources and units come in, and what was read goes out.

First what the units tell, in the order asked for, and then their texts for search, oldest first. Through standard input
and output, in frames: four bytes of length, then MessagePack.
"""

from __future__ import annotations

import gc
import logging
import struct
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from parrot_server.index.search_texts import pieces_of
from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.tools import ON_REQUEST, TOOLS
from parrot_server.store.local import FileState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parrot_server.index.sources.base import Source

log = logging.getLogger(__name__)

PIECE_BYTES = 2 << 20
"""Of units, for one frame."""
FRAME_CHARACTERS = 128 << 10
"""Of texts, in one frame."""
_LENGTH = struct.Struct(">I")


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """A unit of a source, which is named by its tool."""

    source: str
    unit: Unit


class Job(msgspec.Struct, frozen=True):
    """What is to be read, in that order; ``roots`` says where each tool's work lies. ``known``: units whose texts alone
    are wanted.
    """

    roots: dict[str, str]
    wanted: list[Wanted]
    known: list[Wanted]

    @property
    def by_age(self) -> list[Wanted]:
        """The order in which texts come: as `search_pass` indexes them."""
        return sorted((*self.known, *self.wanted), key=lambda each: (each.unit.mtime_ns, each.unit.path))


class Outcome(msgspec.Struct, frozen=True, array_like=True, tag="outcome"):
    """A unit as it was read, and where its reader got to. None for what could not be read: whoever wants it reads it
    again, and says what is wrong with it."""

    source: str
    path: str
    reading: Reading | None = None
    state: FileState | None = None


class Texts(msgspec.Struct, frozen=True, array_like=True, tag="texts"):
    """Texts of a session's messages by n, as `search_texts` picks them; the last ones say so. ``failed``: those that
    follow cannot be had here.
    """

    source: str
    path: str
    native_id: str
    texts: dict[int, str]
    is_last: bool = False
    failed: bool = False


Told = Outcome | Texts

_encode = msgspec.msgpack.Encoder().encode
_job = msgspec.msgpack.Decoder(Job)
told_in = msgspec.msgpack.Decoder(list[Told]).decode
"""What a frame tells."""


def send(stream: IO[bytes], what: Job | list[Told]) -> None:
    """Write one frame. Raises OSError."""
    data = _encode(what)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def frames(stream: IO[bytes]) -> Iterator[bytes]:
    """Frames up to the stream's end; one that is cut off is none."""
    while len(head := stream.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        data = stream.read(length)
        if len(data) < length:
            return
        yield data


def run(orders: IO[bytes], answers: IO[bytes]) -> None:
    """Read the one job that comes, until it is done or nobody listens any more."""
    # It ends as soon as it has read everything: there is nothing to collect.
    gc.disable()
    for data in frames(orders):
        job = _job.decode(data)
        try:
            _read_all(job, answers)
        except BrokenPipeError:
            return


def _read_all(job: Job, answers: IO[bytes]) -> None:
    tools = {tool.name: tool for tool in (*TOOLS, *ON_REQUEST)}
    sources = {name: tools[name].open(Path(root)) for name, root in job.roots.items()}
    for source in sources.values():
        # What lies beside the units, and goes into what they tell, is found where they are listed.
        deque(source.units(lambda _problem: None), maxlen=0)
    sessions: dict[str, list[str]] = {}
    piece: list[Told] = []
    size = 0
    for wanted in job.wanted:
        outcome = _read(sources[wanted.source], wanted.unit)
        sessions[wanted.unit.path] = _sessions_of(outcome)
        piece.append(outcome)
        size += wanted.unit.size
        if size > PIECE_BYTES:
            send(answers, piece)
            piece, size = [], 0
    send(answers, piece)
    for wanted in job.known:
        sessions[wanted.unit.path] = _sessions_of(_read(sources[wanted.source], wanted.unit))
    _send_texts(((sources[each.source], each.unit.path, sessions[each.unit.path]) for each in job.by_age), answers)


def _sessions_of(outcome: Outcome) -> list[str]:
    """Native ids of the sessions that the unit tells, and does not only add to."""
    told = outcome.reading.told if outcome.reading is not None else ()
    return [one.facts.native_id for one in told if one.standing is not None]


def _send_texts(units: Iterable[tuple[Source, str, list[str]]], answers: IO[bytes]) -> None:
    frame: list[Told] = []
    characters = 0
    for source, path, native_ids in units:
        for native_id in native_ids:
            for texts in _texts(source, path, native_id):
                frame.append(texts)
                characters += sum(map(len, texts.texts.values()))
                if characters > FRAME_CHARACTERS:
                    send(answers, frame)
                    frame, characters = [], 0
    send(answers, frame)


def _texts(source: Source, path: str, native_id: str) -> Iterator[Texts]:
    try:
        transcript = source.transcript(native_id, path)
        if transcript is not None:
            for texts in pieces_of(transcript, 1, transcript.refresh()):
                yield Texts(source.name, path, native_id, texts)
    except Exception as error:  # noqa: BLE001  as below
        log.debug("%s: %s", path, error)
        yield Texts(source.name, path, native_id, {}, failed=True)
    else:
        yield Texts(source.name, path, native_id, {}, is_last=True)


def _read(source: Source, unit: Unit) -> Outcome:
    try:
        reader = source.reader(unit.path, None)
        reading = reader.read(unit, lambda: True)
        return Outcome(source.name, unit.path, reading, reader.state())
    except Exception as error:  # noqa: BLE001  it is read again where it can be told
        log.debug("%s: %s", unit.path, error)
        return Outcome(source.name, unit.path)
