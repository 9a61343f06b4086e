"""Transcripts in files of lines: where each message lies, and messages read from there.

The file is gone through once, and then only what was appended. Kept are a few numbers a message; texts stay in the
file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from parrot_server.index.appended import Blank, open_plain, tail_hash, unit_at, whole_lines
from parrot_server.index.jsonl import Lines, parse_object

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from parrot_server.index.appended import OpenFile
    from parrot_server.index.sources.base import Unit
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

T = TypeVar("T")

_READ_TOGETHER = 4 << 20
_BYTES_A_RECORD = 24
BYTES_A_NAME = 160
"""What an id takes that is kept as a text, in a dict or a set."""


class LineTranscript(ABC, Generic[T]):
    """One session's messages in one file. A tool says which lines make a message, and what it looks like."""

    def __init__(self, path: str, shape: Lines[T], open_file: OpenFile = open_plain) -> None:
        self._path = path
        self._lines = shape
        self._open = open_file
        self._unit: Unit | None = None
        self._clear()

    def _clear(self) -> None:
        self._offset = 0
        self._tail = b""
        self._starts = array("q")
        self._lengths = array("q")
        # The records of a message after its first: whose they are, ascending, and where they lie.
        self._more_of = array("q")
        self._more_starts = array("q")
        self._more_lengths = array("q")
        self._changed_from = 1
        self.reset()

    # What a tool says

    @abstractmethod
    def reset(self) -> None:
        """Forget all lines."""

    @abstractmethod
    def take(self, record: T, offset: int, length: int) -> None:
        """One record: `begin` a message with it, `extend` one, or neither."""

    @abstractmethod
    def message(self, n: int, records: Sequence[dict[str, Any]]) -> Message:
        """The message of these records."""

    @abstractmethod
    def image(self, records: Sequence[dict[str, Any]], index: int, message: Message) -> ImageBytes | None:
        """The bytes of the image that is part ``index`` of the message."""

    @property
    @abstractmethod
    def turn_total(self) -> int: ...

    @property
    @abstractmethod
    def memory_of_ids(self) -> int:
        """About how many bytes are kept for ids, and for what else a tool notes of messages."""

    def begin(self, offset: int, length: int) -> int:
        """A new message; its n."""
        self._starts.append(offset)
        self._lengths.append(length)
        n = len(self._starts)
        self._changed_from = min(self._changed_from, n)
        return n

    def extend(self, n: int, offset: int, length: int) -> None:
        """One more record of message n."""
        at = bisect_right(self._more_of, n)
        self._more_of.insert(at, n)
        self._more_starts.insert(at, offset)
        self._more_lengths.insert(at, length)
        self._changed_from = min(self._changed_from, n)

    # base.Transcript

    def refresh(self) -> int:
        unit = unit_at(self._path)
        if unit is None:
            raise FileNotFoundError(self._path)
        self._changed_from = len(self._starts) + 1
        if unit == self._unit:
            return len(self._starts)
        with self._open(self._path) as file:
            if self._was_replaced(unit, file):
                self._clear()
            at = self._offset
            for block in whole_lines(file, at):
                if not isinstance(block, Blank):
                    for offset, length, record in self._lines.located(block, _ignore):
                        self.take(record, at + offset, length)
                at += len(block)
            self._offset = at
            self._tail = tail_hash(file, at)
        self._unit = unit
        return len(self._starts)

    def page(self, first: int, last: int) -> list[Message]:
        first, last = max(1, first), min(last, len(self._starts))
        if first > last:
            return []
        with self._open(self._path) as file:
            return [self.message(n, self._records(n, raw)) for n, raw in self._read(file, first, last)]

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        if not 1 <= n <= len(self._starts):
            return None
        with self._open(self._path) as file:
            ((_, raw),) = self._read(file, n, n)
        records = self._records(n, raw)
        message = self.message(n, records)
        if not 0 <= index < len(message.parts):
            return None
        return self.image(records, index, message) or message.parts[index]

    def raw(self, n: int) -> bytes | None:
        if not 1 <= n <= len(self._starts):
            return None
        with self._open(self._path) as file:
            ((_, raw),) = self._read(file, n, n)
        return b"\n".join(raw)

    def changed_from(self) -> int:
        return self._changed_from

    @property
    def memory(self) -> int:
        return (len(self._starts) + len(self._more_of)) * _BYTES_A_RECORD + self.memory_of_ids

    def _was_replaced(self, unit: Unit, file: BinaryIO) -> bool:
        known = self._unit
        if known is None:
            return self._offset > 0
        return (
            (known.device, known.inode) != (unit.device, unit.inode)
            or unit.size < self._offset
            or tail_hash(file, self._offset) != self._tail
        )

    def _records(self, n: int, raw: list[bytes]) -> list[dict[str, Any]]:
        return [parse_object(line) for line in raw]

    def _spans(self, n: int) -> list[tuple[int, int]]:
        """(offset, length) of a message's records, in order."""
        begin, end = bisect_left(self._more_of, n), bisect_right(self._more_of, n)
        more = zip(self._more_starts[begin:end], self._more_lengths[begin:end], strict=True)
        return [(self._starts[n - 1], self._lengths[n - 1]), *more]

    def _read(self, file: BinaryIO, first: int, last: int) -> list[tuple[int, list[bytes]]]:
        """The records of messages first to last. What lies close together is read at once."""
        spans = [self._spans(n) for n in range(first, last + 1)]
        begin = min(offset for message in spans for offset, _ in message)
        end = max(offset + length for message in spans for offset, length in message)
        if end - begin <= _READ_TOGETHER:
            file.seek(begin)
            held = file.read(end - begin)
            return [
                (n, [held[offset - begin : offset - begin + length] for offset, length in message])
                for n, message in enumerate(spans, first)
            ]
        found: list[tuple[int, list[bytes]]] = []
        for n, message in enumerate(spans, first):
            raw: list[bytes] = []
            for offset, length in message:
                file.seek(offset)
                raw.append(file.read(length))
            found.append((n, raw))
        return found


def _ignore(line: int, why: str) -> None:
    """What is wrong with a file is told by its reader."""
