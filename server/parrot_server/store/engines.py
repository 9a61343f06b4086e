"""Connections to SQLite, and the few things that another engine would do its own way."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection, Engine, Table

_T = TypeVar("_T")
_PLUS: operators.custom_op[Any] = operators.custom_op("+")

BUSY_TIMEOUT_MS = 15_000
WRITER_CACHE_KB = 4_096
READER_CACHE_KB = 2_048
"""What is not there comes from the system's own cache: four times as much gives neither a first index nor the pages of
a million sessions any sooner."""
WAL_LIMIT_BYTES = 64 * 1024 * 1024
CHECKPOINT_PAGES = 16_000
"""As many as the log's limit holds. With SQLite's 1,000 a fifth of a first index's writing was waiting for the disk."""

WORKSPACE = 1
"""The one workspace of a database. Every key begins with it, so that more can follow."""


class UnknownEngine(ValueError):
    """A database URL of an engine that the store does not speak."""


def make(url: str) -> Engine:
    """An engine without a pool: each thread keeps one connection for its life. Raises UnknownEngine."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise UnknownEngine(f"not a database that can be used: {parsed.render_as_string()} (sqlite:///PATH can)")
    # What is written holds titles and transcripts: the text of an error must not, since it goes into the log.
    connect_args = {"check_same_thread": False}
    engine = sa.create_engine(parsed, poolclass=NullPool, connect_args=connect_args, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(dbapi: Any, _record: object) -> None:
    # Transactions begin where we say so: Python's own rules would begin them late, and without a lock.
    dbapi.isolation_level = None
    cursor = dbapi.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # WAL with NORMAL: a crash of the machine can lose the last commits, never half of one.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    cursor.close()


def _on_begin(conn: Connection) -> None:
    # IMMEDIATE: a writer that began with a read could not become one behind another process's write.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.info.get("parrot_writes") else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """A connection whose transactions may write."""
    with engine.connect() as conn:
        conn.info["parrot_writes"] = True
        _set_cache(conn, WRITER_CACHE_KB)
        yield conn


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """A connection whose transactions are snapshots."""
    with engine.connect() as conn:
        _set_cache(conn, READER_CACHE_KB)
        yield conn


def _set_cache(conn: Connection, size_kb: int) -> None:
    dbapi: Any = conn.connection.dbapi_connection
    dbapi.execute(f"PRAGMA cache_size = -{size_kb}").close()


def shrink(conn: Connection) -> None:
    """Free the pages that a connection keeps in memory; what is needed again is read again."""
    conn.exec_driver_sql("PRAGMA shrink_memory")


def upsert(table: Table, *, keep: tuple[str, ...] = ()) -> sa.Insert:
    """Insert rows, or replace what has their key, but for the columns ``keep``."""
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in (*keys, *keep)]
    values = {name: statement.excluded[name] for name in others}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def add_up(table: Table, sums: tuple[str, ...]) -> sa.Insert:
    """Insert rows, or add the columns ``sums`` to what has their key."""
    statement = sqlite.insert(table)
    values = {name: table.c[name] + statement.excluded[name] for name in sums}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def append(table: Table) -> sa.Insert:
    """Insert a row at the next ``place`` of the workspace. Only the one writer appends."""
    next_place = sa.select(sa.func.coalesce(sa.func.max(table.c.place), 0) + 1).where(table.c.workspace_id == WORKSPACE)
    values: dict[str, Any] = {column.name: sa.bindparam(column.name) for column in table.columns}
    return sqlite.insert(table).values({**values, "workspace_id": WORKSPACE, "place": next_place.scalar_subquery()})


def insert_if_new(table: Table) -> sa.Insert:
    return sqlite.insert(table).on_conflict_do_nothing()


def json_array(values: Iterable[object]) -> str:
    """Values for ``in_json``."""
    return json.dumps(list(values))


def in_json(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a column is in a JSON array bound as ``parameter``: one statement for lists of every length."""
    each = sa.func.json_each(sa.bindparam(parameter, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(each.c.value).scalar_subquery())


def each_of_json(parameter: str) -> sa.TableValuedAlias:
    """A JSON object bound as ``parameter``, as a table of ``key`` and ``value``."""
    each = sa.func.json_each(sa.bindparam(parameter, type_=sa.Text))
    return each.table_valued(sa.column("key", sa.Text), sa.column("value", sa.Integer))


def unindexed(column: ColumnElement[_T]) -> ColumnElement[_T]:
    """A column that is to be checked row by row: no index is chosen for its sake."""
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


def contains(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Whether a text contains the text bound as ``parameter``, bytewise."""
    return sa.func.instr(column, sa.bindparam(parameter, type_=sa.Text)) > 0


class Prepared:
    """A query compiled once, whose rows come as plain tuples: for what is asked hundreds of times a second.

    SQLAlchemy's own execution takes longer than the database does to find a page of rows. Values are given to the
    driver and come from it as they are, so columns and parameters are integers, texts and bytes alone.
    """

    __slots__ = ("_constants", "_order", "_sql")

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        self._sql = compiled.string
        self._order = tuple(compiled.positiontup or ())
        # The values that the statement itself holds; parameters are None here.
        self._constants: dict[str, object] = {
            name: value for name, value in compiled.params.items() if value is not None
        }

    def rows(self, conn: Connection, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """All rows, inside the connection's transaction. Raises sqlite3.Error."""
        values = {**self._constants, **parameters}
        driver: Any = conn.connection.dbapi_connection
        return driver.execute(self._sql, [values[name] for name in self._order]).fetchall()


def driver_sql(statement: sa.Insert) -> str:
    """An insert's SQL, for ``exec_driver_sql`` with tuples in the order of the table's columns.

    Half the cost of ``execute`` with dictionaries, which counts where a call writes tens of thousands of rows.
    """
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    columns = [column.name for column in statement.table.columns]
    if list(compiled.positiontup or ()) != columns:
        raise ValueError(f"{statement.table.name}: parameters are not its columns in their order")
    return compiled.string
