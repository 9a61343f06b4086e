"""Databases of running programs: read while they are written, and left as they are."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from parrot_server.index.foreign import UnreadableDatabase, columns, reading, settled_stamp_of, stamp_of

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> int:
    with reading(path) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


def test_a_commit_shows_in_the_stamp_when_it_is_done(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (a)")
        before = stamp_of(path)
        writer.execute("PRAGMA cache_size=1")
        writer.execute("BEGIN")
        for _ in range(64):
            # More than the writer holds: it goes into the log before it is committed.
            writer.execute("INSERT INTO t VALUES (zeroblob(4000))")
        under_way = settled_stamp_of(path)
        assert under_way is not None
        assert before is not None
        assert under_way.sizes > before.sizes
        assert under_way.head == before.head
        assert rows(path) == 0
        writer.execute("COMMIT")
        assert settled_stamp_of(path) not in (before, under_way)
        assert rows(path) == 64
    writer.close()


def test_nothing_is_made_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "with space & #sign.db"
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (a)")
    writer.close()
    assert rows(path) == 0
    with reading(path) as connection:
        assert columns(connection, "t") == {"a"}
        assert columns(connection, "no such") == frozenset()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(UnreadableDatabase, match="readonly"), reading(path) as connection:
        connection.execute("INSERT INTO t VALUES (1)")


def test_what_cannot_be_read_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDatabase, match="unable to open"), reading(tmp_path / "missing.db"):
        pass
    assert stamp_of(tmp_path / "missing.db") is None
    (tmp_path / "x.db").write_bytes(b"no database" * 100)
    with pytest.raises(UnreadableDatabase, match="not a database"), reading(tmp_path / "x.db") as connection:
        connection.execute("SELECT 1 FROM sqlite_master")
