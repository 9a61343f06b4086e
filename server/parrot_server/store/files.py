"""What the index knows of each source file, so that a restart reads only what is new."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from parrot_wire.answers import SourceProblem
from parrot_wire.times import Timestamp


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """One file (or other unit of a source's storage) as last read."""

    path: str
    """The key within the source: an absolute path, or what the source calls the unit."""
    device: int
    inode: int
    size: int
    mtime_ns: int
    offset: int
    """Read up to here: the byte after the last complete record."""
    tail_hash: bytes
    """Hash of the bytes before ``offset``: another one means that the file was rewritten."""
    state: bytes
    """The parser's own state at ``offset``."""
    sessions: tuple[str, ...] = ()
    """Native ids of the sessions in it."""
    problems: tuple[SourceProblem, ...] = ()
    missing_since: Timestamp | None = None


def load_all(conn: Connection, source: str) -> list[FileState]:
    """All files of a source."""
    raise NotImplementedError


def save(conn: Connection, source: str, states: Sequence[FileState]) -> None:
    """Insert, or replace what has the path. Call it in the write that applies the facts read."""
    raise NotImplementedError


def forget(conn: Connection, source: str, paths: Sequence[str]) -> None:
    """Drop what is known of files; their sessions stay."""
    raise NotImplementedError
