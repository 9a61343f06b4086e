"""Who runs the store's functions: one writer thread and a few readers over one database.

A store function is synchronous and takes a ``Connection`` first: ``await db.read(queries.list_page, ...)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from parrot_server.stored import Commit

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseClosed(RuntimeError):
    """A call came after ``close``."""


class Database:
    """One workspace's database. All methods are safe from any thread; the ``async`` ones belong to an event loop.

    ``write`` runs the function in a transaction of its own kind: calls that wait together share one commit, but an
    exception undoes its own call alone and is raised to its own caller. A call returns after its commit.
    """

    @classmethod
    def open(cls, url: str, *, on_commit: Callable[[Commit], None] | None = None, readers: int = 3) -> Self:
        """Open ``url`` (``sqlite:///path`` or ``sqlite:///:memory:``), making or upgrading its tables.

        on_commit: called in the writer thread after each commit that changed sessions, in seq order; it must be quick
        and must not call back into the database.
        Raises DatabaseTooNew where a newer version has written it, and sqlalchemy.exc.OperationalError where the
        file cannot be used.
        """
        raise NotImplementedError

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` in a reader thread on a consistent snapshot."""
        raise NotImplementedError

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` in the writer thread; returns once it is committed.

        A cancelled caller does not undo a call that has begun.
        """
        raise NotImplementedError

    def read_blocking(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for other threads."""
        raise NotImplementedError

    def write_blocking(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``write`` for other threads."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish what is queued, then close all connections. Calling it again does nothing."""
        raise NotImplementedError
