"""Reading append-only files: only what is new, in pieces, up to the last whole record.

A file is known by device, inode and the bytes before the place that was read up to. Where one differs, or the file
became shorter, it was replaced and is read anew.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from parrot_server.index.jsonl import MAX_LINE_BYTES
from parrot_server.index.sources.base import Reading, Stopped, Unit
from parrot_server.store.files import FileState
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parrot_server.index.sources.base import Fold, Told

CHUNK_BYTES = 1 << 20
MAX_PROBLEMS = 20
"""Of one file; a broken file has thousands, and they all say the same."""
_TAIL_BYTES = 64


class OpenFile(Protocol):
    """How a unit's bytes are opened: a plain file, or what unpacks one."""

    def __call__(self, path: str, /) -> BinaryIO: ...


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    """What `AppendedReader` keeps in ``FileState.state``."""

    version: int
    line: int
    fold: bytes


def open_plain(path: str) -> BinaryIO:
    return Path(path).open("rb")


def whole_lines(file: BinaryIO, start: int, on_too_long: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """Blocks of whole lines from ``start`` on, as large as a read yields, each to be taken before the next.

    Their lengths add up to what was read. A last line without its newline is included where it is a whole JSON
    object: it only lacks the newline. A line over MAX_LINE_BYTES comes as blanks, once its end is there;
    ``on_too_long`` is told its length just before.
    """
    file.seek(start)
    rest: list[bytes] = []
    waiting = 0
    while chunk := file.read(CHUNK_BYTES):
        end = chunk.rfind(b"\n") + 1
        begin = 0
        if waiting > MAX_LINE_BYTES and end:
            begin = chunk.find(b"\n") + 1
            if on_too_long is not None:
                on_too_long(waiting + begin)
            yield from _blank_line(waiting + begin)
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
        version: int,
        new_fold: Callable[[], Fold],
        restore: Callable[[bytes], Fold],
        open_file: OpenFile = open_plain,
    ) -> None:
        self._path = path
        self._version = version
        self._new_fold = new_fold
        self._open = open_file
        self._fold = new_fold()
        self._line = 0
        self._known: FileState | None = None
        self._problems: list[SourceProblem] = []
        saved = _saved(known, version)
        if known is not None and saved is not None:
            self._fold = restore(saved.fold)
            self._line = saved.line
            self._known = known
            self._problems = list(known.problems)

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        with self._open(self._path) as file:
            begun_at = self._resume_at(file, unit)
            whole = begun_at == 0
            if whole:
                self._fold, self._line, self._problems = self._new_fold(), 0, []
            offset = begun_at
            for block in whole_lines(file, begun_at, self._report_too_long):
                if not go_on():
                    raise Stopped
                self._take(block)
                offset += len(block)
            told = self._fold.tell(unit, whole=whole, holds=lambda needle: _holds(file, needle, offset))
            self._known = FileState(
                path=unit.path,
                device=unit.device,
                inode=unit.inode,
                size=unit.size,
                mtime_ns=unit.mtime_ns,
                offset=offset,
                tail_hash=tail_hash(file, offset),
                state=b"",
                sessions=_native_ids(told),
                problems=tuple(self._problems),
            )
        problems = tuple(self._problems)
        return Reading(told=told, bytes_read=offset - begun_at, whole=whole, problems=problems)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        saved = msgspec.msgpack.encode(_Saved(version=self._version, line=self._line, fold=self._fold.dump()))
        return msgspec.structs.replace(self._known, state=saved)

    def _resume_at(self, file: BinaryIO, unit: Unit) -> int:
        known = self._known
        if known is None or (known.device, known.inode) != (unit.device, unit.inode) or unit.size < known.offset:
            return 0
        return known.offset if tail_hash(file, known.offset) == known.tail_hash else 0

    def _take(self, block: bytes) -> None:
        line_before = self._line
        self._fold.feed(block, lambda line, why: self._report(line_before + line, why))
        self._line += block.count(b"\n")

    def _report_too_long(self, length: int) -> None:
        self._report(self._line + 1, f"a line of {length >> 20} MB is passed over")

    def _report(self, line: int, why: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(SourceProblem(file=self._path, line=line, detail=why))
        elif len(self._problems) == MAX_PROBLEMS:
            self._problems.append(SourceProblem(file=self._path, line=line, detail="and more from here on"))


def _saved(known: FileState | None, version: int) -> _Saved | None:
    if known is None:
        return None
    try:
        saved = msgspec.msgpack.decode(known.state, type=_Saved)
    except msgspec.MsgspecError:
        return None
    return saved if saved.version == version else None


def _native_ids(told: list[Told]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.facts.native_id for each in told))


def _holds(file: BinaryIO, needle: bytes, end: int) -> bool:
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return view.find(needle, 0, end) >= 0
    except (OSError, ValueError):
        return False


def _blank_line(length: int) -> Iterator[bytes]:
    """A line of blanks in pieces: it keeps offsets and line numbers right."""
    while length > CHUNK_BYTES:
        yield b" " * CHUNK_BYTES
        length -= CHUNK_BYTES
    yield b" " * (length - 1) + b"\n"


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
