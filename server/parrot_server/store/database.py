"""Who runs the store's functions: one writer thread and a few readers over one database.

A store function is synchronous and takes a ``Connection`` first: ``await db.read(queries.list_page, ...)``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from concurrent.futures import Future
from time import monotonic
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from parrot_server.store import changes, engines, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from parrot_server.stored import Commit

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

SHARED_COMMIT_S = 0.05
"""Calls that wait together share a commit until it has taken this long, so that no caller waits for a whole queue."""
SHARED_COMMIT_CALLS = 64


class DatabaseClosed(RuntimeError):
    """A call came after ``close``."""


class Database:
    """One workspace's database. All methods are safe from any thread; the ``async`` ones belong to an event loop.

    ``write`` runs the function in a transaction: calls that wait together share one commit, but an exception undoes
    its own call alone and is raised to its own caller. A call returns after its commit.
    """

    def __init__(self, engine: Engine, *, on_commit: Callable[[Commit], None] | None, readers: int) -> None:
        self._engine = engine
        self._closing = threading.Lock()
        self._closed = False
        self._reads = _Queue()
        self._writes = _Queue()
        # Daemons: a program that ends in an exception without ``close`` must not hang on them.
        writer = _Writer(engine, self._writes, on_commit)
        self._threads = [threading.Thread(target=writer.run, name="parrot-store-writer", daemon=True)]
        for number in range(readers):
            reader = _Reader(engine, self._reads)
            self._threads.append(threading.Thread(target=reader.run, name=f"parrot-store-reader-{number}", daemon=True))
        for thread in self._threads:
            thread.start()

    @classmethod
    def open(cls, url: str, *, on_commit: Callable[[Commit], None] | None = None, readers: int = 3) -> Self:
        """Open ``url`` (``sqlite:///path``), making or upgrading its tables.

        on_commit: called in the writer thread after each commit that changed sessions, in seq order; it must be quick
        and must not call back into the database.
        Raises upgrade.DatabaseTooNew where a newer version has written it, and sqlalchemy.exc.OperationalError where
        the file cannot be used.
        """
        engine = engines.make(url)
        try:
            upgrade.bring_up_to_date(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, on_commit=on_commit, readers=readers)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` in a reader thread on a consistent snapshot."""
        return await asyncio.wrap_future(self._reads.put(fn, args, kwargs))

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` in the writer thread; returns once it is committed.

        A cancelled caller does not undo a call that has begun.
        """
        return await asyncio.wrap_future(self._writes.put(fn, args, kwargs))

    def read_blocking(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for other threads."""
        return self._reads.put(fn, args, kwargs).result()

    def write_blocking(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``write`` for other threads."""
        return self.write_soon(fn, *args, **kwargs).result()

    def write_soon(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """``write`` for other threads that have something to do meanwhile."""
        return self._writes.put(fn, args, kwargs)

    def close(self) -> None:
        """Finish what is queued, then close all connections. Calling it again does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._reads.close()
            self._writes.close()
            for thread in self._threads:
                thread.join()
            self._engine.dispose()


class _Job:
    """One call and where its answer goes."""

    __slots__ = ("args", "fn", "future", "kwargs")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fn = fn
        self.args = args
        self.kwargs = kwargs
        self.future: Future[Any] = Future()


class _Queue:
    """Calls that wait for a thread."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._closed = False

    def put(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[T]:
        job = _Job(fn, args, kwargs)
        with self._changed:
            if self._closed:
                raise DatabaseClosed("the database is closed")
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def take(self) -> _Job | None:
        """The next call, waiting for it; None once the queue is closed and empty."""
        with self._changed:
            while not self._jobs:
                if self._closed:
                    return None
                self._changed.wait()
            return self._jobs.popleft()

    def take_if_any(self) -> _Job | None:
        with self._changed:
            return self._jobs.popleft() if self._jobs else None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Reader:
    """A thread with a connection of its own that runs one read after the other."""

    def __init__(self, engine: Engine, queue: _Queue) -> None:
        self._engine = engine
        self._queue = queue

    def run(self) -> None:
        with engines.reading(self._engine) as conn:
            while (job := self._queue.take()) is not None:
                self._answer(conn, job)
                # The last answer must not live on in this frame until the next call comes.
                del job

    def _answer(self, conn: Connection, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            with conn.begin():
                result = job.fn(conn, *job.args, **job.kwargs)
        except BaseException as error:  # noqa: BLE001  whatever it is, it belongs to the caller
            job.future.set_exception(error)
        else:
            job.future.set_result(result)


class _Writer:
    """The one thread that changes the database."""

    def __init__(self, engine: Engine, queue: _Queue, on_commit: Callable[[Commit], None] | None) -> None:
        self._engine = engine
        self._queue = queue
        self._on_commit = on_commit

    def run(self) -> None:
        with engines.writing(self._engine) as conn:
            while (job := self._queue.take()) is not None:
                self._commit_with_others(conn, job)
                del job

    def _commit_with_others(self, conn: Connection, first: _Job) -> None:
        """Run ``first``, and what else waits by then, in one transaction; answer all after its commit."""
        done: list[tuple[_Job, Any]] = []
        failed: list[tuple[_Job, BaseException]] = []
        log_of_commit = changes.ChangeLog()
        began = monotonic()
        job: _Job | None = first
        try:
            with conn.begin():
                while job is not None:
                    if job.future.set_running_or_notify_cancel():
                        try:
                            done.append((job, self._run_one(conn, job, log_of_commit)))
                        except BaseException as error:  # noqa: BLE001  it belongs to the caller
                            failed.append((job, error))
                    enough = len(done) + len(failed) >= SHARED_COMMIT_CALLS or monotonic() - began > SHARED_COMMIT_S
                    job = None if enough else self._queue.take_if_any()
        except BaseException as error:  # noqa: BLE001  no call of a commit that failed has happened
            failed += [(job, error) for job, _ in done]
            done = []
        else:
            self._announce(log_of_commit)
        for job, error in failed:
            job.future.set_exception(error)
        for job, result in done:
            job.future.set_result(result)

    @staticmethod
    def _run_one(conn: Connection, job: _Job, log_of_commit: changes.ChangeLog) -> Any:
        """One call inside its own savepoint; what it changed is only kept where it succeeds."""
        with conn.begin_nested(), changes.collecting(conn) as log_of_call:
            result = job.fn(conn, *job.args, **job.kwargs)
        log_of_commit.take(log_of_call)
        return result

    def _announce(self, log_of_commit: changes.ChangeLog) -> None:
        commit = log_of_commit.to_commit()
        if commit is None or self._on_commit is None:
            return
        try:
            self._on_commit(commit)
        except Exception:
            log.exception("telling of commit %s failed", commit.seq)
