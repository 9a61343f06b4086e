"""Databases that belong to running programs: read, and nothing ever made beside them.

Every failure is an OSError, as for a file that cannot be read now.
"""

from __future__ import annotations

import errno
import sqlite3
import struct
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Generator

_PATIENCE_S = 0.2
_COMMIT_S = 0.064
_HEAD_BYTES = 48
_INDEX_HEAD = struct.Struct("=HI")
"""Page size and number of frames, from byte 14 on, in the machine's own order."""
_LOG_HEAD_BYTES = 32
_FRAME_HEAD_BYTES = 24


class DatabaseStamp(NamedTuple):
    """Of a database and its log: where it differs, something was written."""

    device: int
    inode: int
    sizes: tuple[int, int]
    times: tuple[int, int]
    head: bytes
    """Of the log's index, which is brought up to date last: what is in the log without it is not committed yet."""


class UnreadableDatabase(OSError):
    """Locked just now, damaged, or of another make."""


def stamp_of(path: Path) -> DatabaseStamp | None:
    """None where there is no such database. Raises other OSErrors."""
    try:
        main = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        log = Path(f"{path}-wal").stat()
        log_size, log_ns = log.st_size, log.st_mtime_ns
    except OSError:
        log_size, log_ns = 0, 0
    return DatabaseStamp(
        main.st_dev, main.st_ino, (main.st_size, log_size), (main.st_mtime_ns, log_ns), _head(Path(f"{path}-shm"))
    )


def settled_stamp_of(path: Path) -> DatabaseStamp | None:
    """Like `stamp_of`, after a notice that something was written: the notice of a commit comes before it is done, and
    none comes behind it. So it is waited for, but not for long. Raises OSError."""
    end = time.monotonic() + _COMMIT_S
    while _is_committing(path) and time.monotonic() < end:
        time.sleep(_COMMIT_S / 64)
    return stamp_of(path)


def _is_committing(path: Path) -> bool:
    """Whether the log goes on behind what its index knows: https://www.sqlite.org/walformat.html.

    Frames of an earlier round of the log may stand there too; their salt is another.
    """
    head = _head(Path(f"{path}-shm"))
    if len(head) < _HEAD_BYTES:
        return False
    page_size, frames = _INDEX_HEAD.unpack_from(head, 14)
    at = _LOG_HEAD_BYTES + frames * (_FRAME_HEAD_BYTES + (page_size if page_size > 1 else 65_536))
    try:
        with Path(f"{path}-wal").open("rb") as log:
            log.seek(at)
            frame = log.read(_FRAME_HEAD_BYTES)
    except OSError:
        return False
    return len(frame) == _FRAME_HEAD_BYTES and frame[8:16] == head[32:40]


@contextmanager
def reading(path: Path) -> Generator[sqlite3.Connection]:
    """A connection for a short look at one moment of the database. Raises UnreadableDatabase, also in its body."""
    beside = [Path(f"{path}-wal"), Path(f"{path}-shm")]
    # A database in WAL mode makes its log and index when it is opened, even read-only, unless both are there
    # or it is declared immutable: without them nobody writes now. Should someone begin to, it is read again.
    mode = "mode=ro" if all(each.exists() for each in beside) else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?{mode}",
            uri=True,
            timeout=_PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise UnreadableDatabase(errno.EIO, str(error)) from error
    try:
        # Broken text is read as well as it can be.
        connection.text_factory = _text
        connection.execute("BEGIN")
        yield connection
    except sqlite3.Error as error:
        raise UnreadableDatabase(errno.EIO, str(error)) from error
    finally:
        connection.close()


def columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The names of a table's columns; none where there is no such table."""
    return frozenset(str(row[0]) for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))


def _head(index: Path) -> bytes:
    try:
        with index.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
