"""Records on their way to a server, kept on disk until it has them: an append-only queue that survives kills.

A spool is a folder of its own under one root::

    <root>/<random id>/lock              held by the process that writes or sends it
    <root>/<random id>/destination       which workspace the records are for
    <root>/<random id>/00000001.ndjson   records, one a line; the next file begins after 8 MB
    <root>/<random id>/sent              "<segment> <offset>": everything before it has been taken by the server

Each append is one ``write`` to the file, so what `append` returned from is safe from a kill of this process at any
moment. It is safe from a power cut once `sync` returned (``fsync``); nothing else waits for the disk. ``sent`` is
written without ``fsync`` too: sending a record twice changes nothing, thanks to its key.
"""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEGMENT_BYTES = 8_000_000
_OPEN = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)  # O_BINARY: Windows would change line ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Whole lines, oldest first, and the place behind them: what `acknowledge` takes."""

    lines: tuple[bytes, ...]
    segment: int
    offset: int


class Spool:
    """One queue: one process at a time, any thread of it."""

    def __init__(self, folder: Path, lock: FileLock, destination: str) -> None:
        self._folder = folder
        self._file_lock = lock
        self._mutex = Lock()
        self.destination = destination
        segments = sorted(int(path.stem) for path in folder.glob("*.ndjson"))
        self._read_segment, self._read_offset = self._position(segments)
        # A torn line at the end of the newest file was never acknowledged to whoever wrote it; a fresh file follows it.
        self._write_segment = segments[-1] + 1 if segments else 1
        self._write_size = 0
        self._write_fd: int | None = None
        self._sent_fd = os.open(folder / "sent", _OPEN, 0o600)
        self._closed = False

    @classmethod
    def create(cls, root: Path, destination: str) -> Spool:
        """A new, empty spool. Raises OSError where the disk does not let us."""
        folder = root / uuid.uuid4().hex
        folder.mkdir(mode=0o700, parents=True)
        lock = _lock(folder)
        lock.acquire(blocking=False)
        (folder / "destination").write_text(destination, encoding="utf-8")
        return cls(folder, lock, destination)

    @classmethod
    def adopt(cls, root: Path, destination: str) -> Iterator[Spool]:
        """Spools for the same destination whose process is gone, oldest first; the caller owns them from now on."""
        for folder in sorted((path for path in root.glob("*") if path.is_dir()), key=_age):
            try:
                if (folder / "destination").read_text(encoding="utf-8") != destination:
                    continue
                lock = _lock(folder)
                lock.acquire(blocking=False)
            except (OSError, Timeout):
                continue  # being made or removed at this moment, or in use
            if (folder / "destination").exists():
                yield cls(folder, lock, destination)
            else:
                lock.release()

    def append(self, lines: bytes) -> None:
        """Whole lines, each with its newline. Raises OSError, and then nothing of them was kept."""
        with self._mutex:
            if self._write_fd is None or self._write_size >= SEGMENT_BYTES:
                self._next_segment()
            assert self._write_fd is not None
            try:
                written = os.write(self._write_fd, lines)
            except OSError:
                written = -1
            if written != len(lines):
                # The disk is full: half a line must not glue itself to the next one.
                os.ftruncate(self._write_fd, self._write_size)
                raise OSError(f"could not write {len(lines)} bytes to {self._folder}")
            self._write_size += len(lines)

    def read(self, *, max_lines: int, max_bytes: int) -> Batch | None:
        """The oldest records that were not acknowledged; at least one line, however long. None where there is none."""
        with self._mutex:
            segment, offset = self._read_segment, self._read_offset
            newest = self._write_segment
        while segment <= newest:
            lines = self._lines(segment, offset, max_lines, max_bytes)
            if lines:
                return Batch(lines=lines, segment=segment, offset=offset + sum(map(len, lines)))
            segment, offset = segment + 1, 0
        return None

    def acknowledge(self, batch: Batch) -> None:
        """The server has everything up to the end of this batch: it is never read again."""
        with self._mutex:
            if (batch.segment, batch.offset) <= (self._read_segment, self._read_offset):
                return
            os.lseek(self._sent_fd, 0, os.SEEK_SET)
            os.write(self._sent_fd, f"{batch.segment:08d} {batch.offset:012d}\n".encode())
            for done in range(self._read_segment, batch.segment):
                self._segment(done).unlink(missing_ok=True)
            self._read_segment, self._read_offset = batch.segment, batch.offset

    @property
    def is_empty(self) -> bool:
        """Whether the server has everything."""
        return self.read(max_lines=1, max_bytes=1) is None

    def sync(self) -> None:
        """Wait until what was appended is on the disk itself."""
        with self._mutex:
            if self._write_fd is not None:
                os.fsync(self._write_fd)

    def close(self) -> None:
        """Let go of it. An empty one is removed; one with records waits to be adopted."""
        empty = self.is_empty
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            if self._write_fd is not None:
                os.close(self._write_fd)
            os.close(self._sent_fd)
            if empty:
                (self._folder / "destination").unlink(missing_ok=True)
            self._file_lock.release()
            if empty:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _next_segment(self) -> None:
        if self._write_fd is not None:
            os.close(self._write_fd)
            self._write_segment += 1
        self._write_fd = os.open(self._segment(self._write_segment), _OPEN | os.O_APPEND | os.O_EXCL, 0o600)
        self._write_size = 0

    def _lines(self, segment: int, offset: int, max_lines: int, max_bytes: int) -> tuple[bytes, ...]:
        lines: list[bytes] = []
        size = 0
        try:
            with self._segment(segment).open("rb") as file:
                file.seek(offset)
                for line in file:
                    if not line.endswith(b"\n") or (lines and size + len(line) > max_bytes):
                        break
                    lines.append(line)
                    size += len(line)
                    if len(lines) >= max_lines:
                        break
        except FileNotFoundError:
            pass
        return tuple(lines)

    def _position(self, segments: list[int]) -> tuple[int, int]:
        first = segments[0] if segments else 1
        try:
            segment, offset = (self._folder / "sent").read_text(encoding="ascii").split()
            return (int(segment), int(offset)) if int(segment) >= first else (first, 0)
        except (OSError, ValueError):
            return first, 0

    def _segment(self, number: int) -> Path:
        return self._folder / f"{number:08d}.ndjson"


def _lock(folder: Path) -> FileLock:
    # Not thread-local: the spool is made by one thread and closed by another.
    return FileLock(folder / "lock", thread_local=False)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
