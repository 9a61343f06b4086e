"""What SQLite is asked, whichever way it is asked, and how it goes about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from sqlalchemy import Connection


@contextmanager
def noted(conn: Connection) -> Generator[list[str]]:
    """The statements that a connection runs meanwhile, with their values in place."""
    said: list[str] = []
    driver: Any = conn.connection.dbapi_connection
    driver.set_trace_callback(said.append)
    try:
        yield said
    finally:
        driver.set_trace_callback(None)


def plans(conn: Connection, statements: Iterable[str]) -> list[str]:
    """The lines of all query plans."""
    driver: Any = conn.connection.dbapi_connection
    return [row[3] for each in statements for row in driver.execute(f"EXPLAIN QUERY PLAN {each}")]
