"""What the index knows of each source file, so that a restart reads only what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from parrot_server.store import engines, schema
from parrot_server.store.local import FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection


_AT_ONCE = 64


def load_all(conn: Connection, source: str, take: Callable[[FileState], None]) -> None:
    """Hand over all files of a source, one after the other: the states of very many readers are much."""
    for state in conn.execute(_ALL, {"source": source}).yield_per(_AT_ONCE).scalars():
        take(_decode(state))


def load_one(conn: Connection, source: str, path: str) -> FileState | None:
    """One file of a source; None where it is not known."""
    state = conn.execute(_ONE, {"source": source, "path": path}).scalar()
    return None if state is None else _decode(state)


def load_some(conn: Connection, source: str, paths: Iterable[str]) -> list[FileState]:
    """Those of a source's files that are known."""
    wanted = {"source": source, "paths": engines.json_array(paths)}
    return [_decode(state) for state in conn.execute(_SOME, wanted).scalars()]


def save(conn: Connection, source: str, states: Sequence[FileState]) -> None:
    """Insert, or replace what has the path. Call it in the write that applies the facts read."""
    if states:
        rows = [(engines.WORKSPACE, source, state.path, _encode(state)) for state in states]
        conn.exec_driver_sql(_PUT, rows)


def forget(conn: Connection, source: str, paths: Sequence[str]) -> None:
    """Drop what is known of files; their sessions stay."""
    if paths:
        conn.execute(_FORGET, [{"source": source, "path": path} for path in paths])


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(FileState).decode
_file = schema.source_file
_of_source = sa.and_(_file.c.workspace_id == engines.WORKSPACE, _file.c.source == sa.bindparam("source"))
_ALL = sa.select(_file.c.state).where(_of_source)
_ONE = sa.select(_file.c.state).where(_of_source, _file.c.path == sa.bindparam("path"))
_SOME = sa.select(_file.c.state).where(_of_source, engines.in_json(_file.c.path, "paths"))
_PUT = engines.driver_sql(engines.upsert(_file))
_FORGET = sa.delete(_file).where(_of_source, _file.c.path == sa.bindparam("path"))
