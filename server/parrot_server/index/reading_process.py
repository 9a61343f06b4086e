"""Reading units in a process of its own, for `ahead`: sources and units come in, and what was read goes out.

Through standard input and output, in frames: four bytes of length, then MessagePack.
"""

from __future__ import annotations

import gc
import logging
import struct
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.tools import ON_REQUEST, TOOLS
from parrot_server.store.local import FileState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parrot_server.index.sources.base import Source

log = logging.getLogger(__name__)

PIECE_BYTES = 2 << 20
"""Of units, for one frame."""
_LENGTH = struct.Struct(">I")


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """A unit of a source, which is named by its tool."""

    source: str
    unit: Unit


class Job(msgspec.Struct, frozen=True):
    """What is to be read, in that order; ``roots`` says where each tool's work lies."""

    roots: dict[str, str]
    wanted: list[Wanted]


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """A unit as it was read, and where its reader got to. None for what could not be read: whoever wants it reads it
    again, and says what is wrong with it."""

    source: str
    path: str
    reading: Reading | None = None
    state: FileState | None = None


_encode = msgspec.msgpack.Encoder().encode
_job = msgspec.msgpack.Decoder(Job)
outcomes_in = msgspec.msgpack.Decoder(list[Outcome]).decode
"""A frame's outcomes."""


def send(stream: IO[bytes], what: Job | list[Outcome]) -> None:
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
    piece: list[Outcome] = []
    size = 0
    for wanted in job.wanted:
        piece.append(_read(sources[wanted.source], wanted.unit))
        size += wanted.unit.size
        if size > PIECE_BYTES:
            send(answers, piece)
            piece, size = [], 0
    send(answers, piece)


def _read(source: Source, unit: Unit) -> Outcome:
    try:
        reader = source.reader(unit.path, None)
        reading = reader.read(unit, lambda: True)
        return Outcome(source.name, unit.path, reading, reader.state())
    except Exception as error:  # noqa: BLE001  it is read again where it can be told
        log.debug("%s: %s", unit.path, error)
        return Outcome(source.name, unit.path)
