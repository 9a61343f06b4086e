"""What SQLite's planner is told of the tables, in place of ``ANALYZE``.

Without statistics it takes any index that begins with ``workspace_id`` to be about as good as another, and reads a
whole table through its key where an index would find ten rows. Measured statistics would be those of a database's
first minutes; these are of a big one, where the choice of index matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer

from parrot_server.store import schema

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

ROWS = 1_000_000
_DISTINCT = {
    "workspace_id": 1,
    "lane": 4,
    "source": 5,
    "kind": 3,
    "status": 10,
    "owner": 500,
    "scope": 500,
    "project_id": 2_000,
    "initiative_id": 2_000,
    "plan_id": 2_000,
    "session_id": 50_000,
    "parent_id": 200_000,
}
"""How many values a column has among that many rows; columns that are not named here tell every row apart."""


def seed(conn: Connection) -> None:
    """Write the statistics of all tables. Connections that are opened hereafter go by them."""
    # An ANALYZE makes the table of statistics, whatever it finds.
    conn.exec_driver_sql("ANALYZE")
    conn.exec_driver_sql("DELETE FROM sqlite_stat1")
    rows = [row for table in schema.metadata.sorted_tables for row in _statistics(table)]
    conn.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
    conn.exec_driver_sql("ANALYZE sqlite_schema")


def _statistics(table: Table) -> list[tuple[str, str, str]]:
    """(table, index, "rows, then rows that share the first column, the first two, ...")"""
    found: list[tuple[str, str, str]] = []
    key = list(table.primary_key.columns)
    if not (len(key) == 1 and isinstance(key[0].type, Integer)):
        is_by_key = table.dialect_options["sqlite"]["with_rowid"] is False
        found.append((table.name, table.name if is_by_key else f"sqlite_autoindex_{table.name}_1", _stat(key)))
    found += [
        (table.name, str(index.name), _stat([table.c[column.name] for column in index.columns]))
        for index in table.indexes
    ]
    return found


def _stat(columns: list[Column[object]]) -> str:
    sharing = ROWS
    numbers = [ROWS]
    for column in columns:
        sharing = max(1, sharing // _DISTINCT.get(column.name, ROWS))
        numbers.append(sharing)
    return " ".join(map(str, numbers))
