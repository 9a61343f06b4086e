"""Reading append-only files: only what is new, in pieces, up to the last whole record.

A file is known by device, inode and the bytes before the place that was read up to. Where one differs, or the file
became shorter, it was replaced and is read anew.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from parrot_server.index.jsonl import MAX_LINE_BYTES
from parrot_server.index.sources.base import Reading, Stopped, Unit
from parrot_server.store.local import FileState
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parrot_server.index.sources.base import Fold, Told

CHUNK_BYTES = 1 << 20
MAX_READING_BYTES = 64 << 20
"""What is told at once waits in memory until it is written: of a larger file, one part after the other."""
MAX_PROBLEMS = 20
"""Of one file; a broken file has thousands, and they all say the same."""
_TAIL_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Blank:
    """A line that is passed over."""

    length: int

    def __len__(self) -> int:
        return self.length


class OpenFile(Protocol):
    """How a unit's bytes are opened: a plain file, or what unpacks one."""

    def __call__(self, path: str, /) -> BinaryIO: ...


def open_plain(path: str) -> BinaryIO:
    return Path(path).open("rb")


def whole_lines(file: BinaryIO, start: int) -> Iterator[bytes | Blank]:
    """Blocks of whole lines from ``start`` on, as large as a read yields, each to be taken before the next.

    Their lengths add up to what was read. A last line without its newline is included where it is a whole JSON
    object: it only lacks the newline. A line over MAX_LINE_BYTES is not held: once its end is there it comes as a
    `Blank` of its length.
    """
    file.seek(start)
    rest: list[bytes] = []
    waiting = 0
    while chunk := file.read(CHUNK_BYTES):
        end = chunk.rfind(b"\n") + 1
        begin = 0
        if waiting > MAX_LINE_BYTES and end:
            begin = chunk.find(b"\n") + 1
            yield Blank(waiting + begin)
        if end > begin:
            yield b"".join([*rest, chunk[begin:end]]) if rest else chunk[begin:end]
        if end:
            rest, waiting = [], 0
        waiting += len(chunk) - end
        if waiting > MAX_LINE_BYTES:
            rest = []
        elif end < len(chunk):
            rest.append(chunk[end:])
    tail = b"".join(rest)
    if is_whole_object(tail):
        yield tail


def is_whole_object(tail: bytes) -> bool:
    """Whether a last line without newline is complete: nothing that is still being written ends so."""
    body = tail.strip(b"\x00 \t\r\n\xef\xbb\xbf")
    if not (body.startswith(b"{") and body.endswith(b"}")):
        return False
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def tail_hash(file: BinaryIO, offset: int) -> bytes:
    """Hash of the bytes before ``offset``."""
    start = max(0, offset - _TAIL_BYTES)
    file.seek(start)
    return hashlib.blake2b(file.read(offset - start), digest_size=8).digest()


class AppendedReader:
    """Reads one append-only file into a fold."""

    def __init__(
        self,
        path: str,
        known: FileState | None,
        *,
        new_fold: Callable[[], Fold],
        restore: Callable[[bytes], Fold],
        open_file: OpenFile = open_plain,
    ) -> None:
        """known: where another reader got to, with what its fold dumped as ``state``."""
        self._path = path
        self._new_fold = new_fold
        self._open = open_file
        self._known = known
        self._fold = new_fold() if known is None else restore(known.state)
        self._problems = [] if known is None else list(known.problems)

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        with self._open(self._path) as file:
            begun_at = self._resume_at(file, unit)
            whole = begun_at == 0
            if whole:
                self._fold, self._problems = self._new_fold(), []
            offset = begun_at
            for block in whole_lines(file, begun_at):
                if not go_on():
                    raise Stopped
                self._take(block, offset)
                offset += len(block)
                if offset - begun_at >= MAX_READING_BYTES:
                    break
            goes_on = offset - begun_at >= MAX_READING_BYTES and offset < unit.size
            told = self._fold.tell(unit, whole=whole, holds=lambda needle: _holds(file, needle, offset))
            self._known = FileState(
                path=unit.path,
                device=unit.device,
                inode=unit.inode,
                # Another size than the file's: whoever goes on from here sees that there is more.
                size=offset if goes_on else unit.size,
                mtime_ns=unit.mtime_ns,
                offset=offset,
                tail_hash=tail_hash(file, offset),
                state=b"",
                sessions=_native_ids(told),
                problems=tuple(self._problems),
            )
        problems = tuple(self._problems)
        return Reading(
            told=told,
            bytes_read=offset - begun_at,
            whole=whole,
            problems=problems,
            read_to=offset if goes_on else None,
        )

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return msgspec.structs.replace(self._known, state=self._fold.dump())

    def _resume_at(self, file: BinaryIO, unit: Unit) -> int:
        known = self._known
        if known is None or (known.device, known.inode) != (unit.device, unit.inode) or unit.size < known.offset:
            return 0
        return known.offset if tail_hash(file, known.offset) == known.tail_hash else 0

    def _take(self, block: bytes | Blank, offset: int) -> None:
        wrong: list[tuple[int, str]] = []
        if isinstance(block, Blank):
            wrong.append((1, f"a line of {block.length >> 20} MB is passed over"))
        else:
            self._fold.feed(block, lambda line, why: wrong.append((line, why)))
        if wrong and len(self._problems) <= MAX_PROBLEMS:
            lines_before = self._lines_before(offset)
            for line, why in wrong[: MAX_PROBLEMS + 1 - len(self._problems)]:
                is_last = len(self._problems) == MAX_PROBLEMS
                detail = "and more from here on" if is_last else why
                self._problems.append(SourceProblem(file=self._path, line=lines_before + line, detail=detail))

    def _lines_before(self, offset: int) -> int:
        """Counted when it is asked for, which is hardly ever."""
        count = 0
        with self._open(self._path) as file:
            while offset > 0 and (chunk := file.read(min(CHUNK_BYTES, offset))):
                count += chunk.count(b"\n")
                offset -= len(chunk)
        return count


def _native_ids(told: list[Told]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.facts.native_id for each in told))


def _holds(file: BinaryIO, needle: bytes, end: int) -> bool:
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return view.find(needle, 0, end) >= 0
    except (OSError, ValueError):
        return False


def unit_at(path: str | os.PathLike[str]) -> Unit | None:
    """A plain file as a unit; None where there is no such file. Raises other OSErrors."""
    try:
        stat = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Unit(
        path=os.fspath(path),
        device=stat.st_dev,
        inode=stat.st_ino,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
    )
