"""A thread that goes on from another one: the other's messages up to the fork, then its own.

A paginated fork repeats nothing: its header names the thread and how much of its rollout it goes on from
(``history_base``). What is read from there belongs to the other thread: it is shown between two notices, and counts
neither as messages nor as turns here.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import msgspec

from parrot_server.index.sources.codex.messages import CodexTranscript
from parrot_wire.session import Notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

    from parrot_server.index.appended import OpenFile
    from parrot_server.index.sources.codex.lines import HistoryBase
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

_NOTICES = 2


class ThreadTranscript:
    """`base.Transcript` of one thread.

    find: thread id -> its rollout and how that is opened; None where it is not on this disk.
    line: the rollouts that go on from this one, so that one that names itself ends there.
    """

    def __init__(
        self,
        path: str,
        open_file: OpenFile,
        find: Callable[[str], tuple[str, OpenFile] | None],
        *,
        line: frozenset[str] = frozenset(),
    ) -> None:
        self._own = CodexTranscript(path, open_file)
        self._find = find
        self._line = line | {path}
        self._base: HistoryBase | None = None
        self._parent: ThreadTranscript | None = None
        self._inherited = 0
        self._own_total = 0
        self._changed_from = 1

    def refresh(self) -> int:
        self._own_total = self._own.refresh()
        changed = self._own.changed_from()
        before, known = self._inherited, self._base
        self._inherit()
        if (self._inherited, self._base) != (before, known):
            self._changed_from = 1
        else:
            self._changed_from = changed + self._shift if changed > 1 else changed
        return self._own_total + self._shift

    def _inherit(self) -> None:
        """What is before the fork never changes: it is looked for until it was found, and read once."""
        base = self._own.base
        if base != self._base:
            self._base, self._parent, self._inherited = base, None, 0
        if base is None or self._parent is not None:
            return
        found = self._find(base.thread_id)
        if found is None or found[0] in self._line:
            return
        path, open_file = found
        parent = ThreadTranscript(path, _until(open_file, base.end), self._find, line=self._line)
        try:
            self._inherited = parent.refresh()
        except OSError:
            # It was moved, or packed, between the look and the reading.
            return
        self._parent = parent

    @property
    def _shift(self) -> int:
        """How many numbers the own messages after the first come later than in their rollout."""
        return self._inherited + 1 if self._inherited else 0

    def page(self, first: int, last: int) -> list[Message]:
        if not self._inherited:
            return self._own.page(first, last)
        first, last = max(1, first), min(last, self._own_total + self._shift)
        found: list[Message] = []
        if first == 1:
            found.append(self._notice(1, f"Inherited up to message {self._inherited + 1}"))
        if self._parent is not None and last > 1:
            inherited = self._parent.page(max(first, _NOTICES) - 1, min(last - 1, self._inherited))
            found += [msgspec.structs.replace(message, n=message.n + 1, turn=None) for message in inherited]
        boundary = self._inherited + _NOTICES
        if first <= boundary <= last:
            found.append(self._notice(boundary, "Inherited up to here"))
        own = self._own.page(max(first - self._shift, 2), last - self._shift)
        return found + [msgspec.structs.replace(message, n=message.n + self._shift) for message in own]

    def _notice(self, n: int, what: str) -> Message:
        (header,) = self._own.page(1, 1)
        thread = self._base.thread_id if self._base is not None else ""
        notice = Notice(kind="continued", text=f"{what} from thread {thread}, where it counts")
        return msgspec.structs.replace(header, n=n, id=f"{header.id}:{n}", parts=(notice,))

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        reader, at = self._at(n)
        if reader is self._own and at == 1 and self._inherited:
            (message,) = self.page(n, n)
            return message.parts[index] if 0 <= index < len(message.parts) else None
        return reader.part(at, index)

    def raw(self, n: int) -> bytes | None:
        reader, at = self._at(n)
        return reader.raw(at)

    def _at(self, n: int) -> tuple[ThreadTranscript | CodexTranscript, int]:
        """Whose message it is, and its number there."""
        if self._parent is not None and 1 < n <= self._inherited + 1:
            return self._parent, n - 1
        return self._own, max(1, n - self._shift) if n >= 1 else n

    def changed_from(self) -> int:
        return self._changed_from

    @property
    def turn_total(self) -> int:
        return self._own.turn_total

    @property
    def memory(self) -> int:
        return self._own.memory + (self._parent.memory if self._parent is not None else 0)


def _until(open_file: OpenFile, end: int) -> OpenFile:
    """The file as if it ended there."""
    return lambda path: cast("BinaryIO", io.BufferedReader(_Beginning(open_file(path), end)))


class _Beginning(io.RawIOBase):
    """The first bytes of a file, which it closes with itself."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        super().__init__()
        self._file = file
        self._end = end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            return self._file.seek(min(self._end, self._file.seek(0, io.SEEK_END)) + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer)
        data = self._file.read(min(len(room), max(0, self._end - self._file.tell())))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
