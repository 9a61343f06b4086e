"""The engine: finds the work of this machine's tools, follows it, and keeps the store true to it.

One thread does everything, newest first. The kernel's notices wake it; a sweep over all files now and then is the
truth. It reads what changed at once, and what changes meanwhile together when it is done with that. When nothing
waits, it indexes texts for search, piece by piece.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from parrot_server import memory
from parrot_server.index import ahead
from parrot_server.index.batch import Batch, write
from parrot_server.index.search_pass import SearchPass
from parrot_server.index.source_index import SourceIndex
from parrot_server.index.sources.base import Stopped
from parrot_server.index.watching import Watcher
from parrot_server.storage_trouble import storage_trouble
from parrot_server.store import engines
from parrot_server.store.database import DatabaseClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parrot_server.index.ahead import ReadingAhead
    from parrot_server.index.source_index import Gained
    from parrot_server.index.sources.base import Source, Unit
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender

log = logging.getLogger(__name__)

SWEEP_S = 10.0
SWEEP_ALONE_S = 2.0
"""Where the kernel gives no notices."""
LOOK_AT_PROCESSES_S = 2.0
SWEEP_SHARE, SWEEP_SHARE_ALONE = 1_000, 100
"""The time between two sweeps is at least so many times what a look at everything costs the processor."""
GONE_AFTER_S = 1.0
"""A file that is moved is found at its new place sooner."""
FIRST_BATCH_BYTES = 256 << 10
MAX_BATCH_BYTES = 8 << 20
FIRST_BATCH_UNITS = 4
MAX_BATCH_UNITS = 128
RETRY_S = 5.0
MUCH_BYTES = 16 << 20
"""Who has read so much has memory to give back."""


class Engine:
    """Runs from `start` to `stop`."""

    def __init__(
        self,
        sources: Sequence[Source],
        db: Database,
        sender: Sender,
        *,
        gained: Gained,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        sweep_s: float = SWEEP_S,
    ) -> None:
        self.indexes = [
            SourceIndex(source, db, now_ms=now_ms, go_on=self._goes_on, gained=gained) for source in sources
        ]
        self.loaded = threading.Event()
        """Set once it is known what an earlier server had read."""
        self.first_pass_done = threading.Event()
        self.search_done = threading.Event()
        """Set while every text is indexed."""
        self._db = db
        self._sender = sender
        self._now_ms = now_ms
        self._sweep_s = sweep_s
        self._search = SearchPass(db)
        self._ahead: ReadingAhead | None = None
        self._gave_back = False
        self._watcher = Watcher(self._path_changed, self._tree_changed)
        self._wake = threading.Condition()
        self._stopping = False
        self._paths: dict[str, None] = {}
        self._tree_is_new = False
        self._sweep_at = 0.0
        self._processes_at = 0.0
        self._thread = threading.Thread(target=self._run, name="parrot-index", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End within half a second, at any moment."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def index_of(self, source: str) -> SourceIndex | None:
        return next((index for index in self.indexes if index.source.name == source), None)

    def _goes_on(self) -> bool:
        return not self._stopping

    # Notices, in the watcher's threads

    def _path_changed(self, path: str) -> None:
        with self._wake:
            self._paths[path] = None
            self._wake.notify_all()

    def _tree_changed(self) -> None:
        with self._wake:
            self._tree_is_new = True
            self._wake.notify_all()

    # The thread

    def _run(self) -> None:
        try:
            self._load()
            self._first_pass()
            while self._wait():
                try:
                    self._turn()
                except (Stopped, DatabaseClosed):
                    raise
                except Exception as error:
                    log.exception("the index failed, and begins anew in %s s", RETRY_S)
                    self._begin_anew(_why(error))
        except Stopped:
            pass
        except DatabaseClosed:
            log.info("the database was closed under the index")
        except Exception:
            log.exception("the index failed")
            for index in self.indexes:
                index.fail("the index has failed; the server's log says why")
        finally:
            self._end()

    def _begin_anew(self, why: str) -> None:
        """Take up what stands in the store, and find from there what is missing."""
        self._search = SearchPass(self._db)
        self._close_ahead()
        for index in self.indexes:
            index.fail(why)
        with self._wake:
            if not self._stopping:
                self._wake.wait_for(lambda: self._stopping, RETRY_S)
        for index in self.indexes:
            index.load()
        self._search.add_all(self.indexes)
        self._sweep_at = 0.0

    def _end(self) -> None:
        self.loaded.set()
        self._watcher.stop()
        self._close_ahead()
        for index in self.indexes:
            try:
                index.readers.save()
            except DatabaseClosed:
                return
            except Exception:
                log.exception("the state of %s was not written", index.source.name)

    def _close_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _load(self) -> None:
        for index in self.indexes:
            index.load()
        self.loaded.set()

    def _first_pass(self) -> None:
        # Follow first: what changes while the first pass goes on is then not missed.
        self._follow()
        waiting: list[tuple[SourceIndex, Unit]] = []
        for index in self.indexes:
            waiting.extend((index, unit) for unit in self._guarded(index, index.discover) or ())
        waiting.sort(key=lambda each: (-each[1].mtime_ns, each[1].path))
        self._ahead = ahead.begin([(index.source, unit) for index, unit in waiting])
        try:
            for index in self.indexes:
                index.ahead = self._ahead
            # One after the other: a thread that reads would make the store's thread wait for the interpreter at every
            # row.
            for batch in _batches(waiting):
                for index, units in batch:
                    self._write(index, index.read(units, live=False))
                # What changes now is newer than all that waits.
                self._take_changes()
        finally:
            for index in self.indexes:
                index.ahead = None
        for index in self.indexes:
            self._write(index, index.settle_deferred())
            self._write(index, index.aside())
            index.finish_first_pass()
        self._review(everything=True)
        self._sweep_at = time.monotonic() + self._interval
        self.first_pass_done.set()
        self._search.add_all(self.indexes, ahead=self._ahead)

    def _wait(self) -> bool:
        """Sleep until something is to be done; False when it is time to end."""
        due = [self._sweep_at]
        for index in self.indexes:
            if index.turns.has_processes:
                due.append(self._processes_at)
            if (review_ms := index.turns.due_ms) is not None:
                due.append(time.monotonic() + (review_ms - self._now_ms()) / 1000)
            if (save_at := index.readers.due_at) is not None:
                due.append(save_at)
            if index.has_missing:
                due.append(time.monotonic() + GONE_AFTER_S / 4)
        search_at = self._search.due_at
        if search_at is not None:
            due.append(search_at)
        self._set_search_done(idle=search_at is None)
        with self._wake:
            if not self._stopping and not self._paths and not self._tree_is_new:
                timeout = min(due) - time.monotonic()
                if timeout > 0:
                    self._wake.wait(timeout)
            return not self._stopping

    def _set_search_done(self, *, idle: bool) -> None:
        if idle:
            self.search_done.set()
            self._close_ahead()
            if not self._gave_back and sum(index.counters.bytes_read for index in self.indexes) > MUCH_BYTES:
                # The first index fills caches that what follows has no use for: a sixth of the server's memory. After
                # a start that read little it would only hold up who asks first.
                self._gave_back = True
                self._db.write_blocking(engines.shrink)
                memory.give_back()
        else:
            self.search_done.clear()

    def _turn(self) -> None:
        """Do what is due, the newest changes first."""
        if self._take_changes():
            return
        now = time.monotonic()
        if now >= self._sweep_at:
            self._sweep()
        for index in self.indexes:
            if index.has_missing:
                self._write(index, index.bury(after_s=GONE_AFTER_S))
            if (save_at := index.readers.due_at) is not None and now >= save_at:
                index.readers.save_due()
            if (review_ms := index.turns.due_ms) is not None and self._now_ms() >= review_ms:
                self._write(index, index.review(everything=False))
        if now >= self._processes_at:
            self._processes_at = now + LOOK_AT_PROCESSES_S
            for index in self.indexes:
                if index.turns.has_processes:
                    self._write(index, index.review(everything=False))
        if not self._paths and (search_at := self._search.due_at) is not None and search_at <= now:
            self._search.step()

    def _take_changes(self) -> bool:
        """Read what the notices named; True where there was something."""
        with self._wake:
            paths, self._paths = self._paths, {}
            tree_is_new, self._tree_is_new = self._tree_is_new, False
        if tree_is_new:
            # A new folder may hold files already that nobody told of.
            self._sweep_at = min(self._sweep_at, time.monotonic() + 0.05)
        if not paths:
            return False
        strange = set(paths)
        for index in self.indexes:
            own: dict[str, None] = {}
            for path in paths:
                units = index.source.units_of(path)
                own.update(dict.fromkeys(units))
                if units:
                    strange.discard(path)
            changed = self._guarded(index, lambda index=index, own=own: index.look_at(own))
            if changed:
                self._write(index, index.read(changed, live=True))
                for unit in changed:
                    self._search.add(index, unit.path)
        if strange:
            # A registry entry or a lock came or went.
            self._review(everything=True)
        return True

    def _sweep(self) -> None:
        """Look at everything: what the notices did not tell is found here."""
        self._follow()
        looking_s = 0.0
        for index in self.indexes:
            began = time.thread_time()
            changed = self._guarded(index, index.discover)
            looking_s += time.thread_time() - began
            for batch in _batches([(index, unit) for unit in changed or ()]):
                for _, units in batch:
                    self._write(index, index.read(units, live=True))
                    for unit in units:
                        self._search.add(index, unit.path)
            self._write(index, index.aside())
        # Processes that come tell of themselves, by an entry or a lock; but not where there are no notices.
        self._review(everything=self._watcher.problem is not None)
        # Where there is very much to look at, it is looked at less often.
        share = SWEEP_SHARE if self._watcher.problem is None else SWEEP_SHARE_ALONE
        self._sweep_at = time.monotonic() + max(self._interval, share * looking_s)

    def _review(self, *, everything: bool) -> None:
        for index in self.indexes:
            self._write(index, index.review(everything=everything))

    @property
    def _interval(self) -> float:
        return self._sweep_s if self._watcher.problem is None else min(self._sweep_s, SWEEP_ALONE_S)

    def _follow(self) -> None:
        self._watcher.check()
        self._watcher.follow([folder for index in self.indexes for folder in index.source.watched()])
        for index in self.indexes:
            if index.watch_problem != self._watcher.problem:
                index.watch_problem = self._watcher.problem
                index.refresh_report()

    def _guarded(self, index: SourceIndex, find: Callable[[], list[Unit]]) -> list[Unit]:
        """A source that fails as a whole says so, and does not stop the others."""
        try:
            found = find()
        except (Stopped, DatabaseClosed):
            raise
        except Exception as error:
            log.exception("looking at %s failed", index.source.name)
            index.fail(_why(error))
            return []
        index.fail(None)
        return found

    def _write(self, index: SourceIndex, batch: Batch) -> None:
        """Write what was told, and then whatever its units have still to tell."""
        while batch:
            try:
                self._db.write_blocking(write, index.source.name, self._sender, batch)
            except DatabaseClosed:
                raise
            except Exception as error:
                # A full disk, say. What was read and is not written is read again.
                log.exception("writing what %s tells failed", index.source.name)
                index.load()
                index.fail(_why(error))
                self._sweep_at = min(self._sweep_at, time.monotonic() + RETRY_S)
                return
            batch = index.read(batch.unfinished, live=False)


def _batches(waiting: Sequence[tuple[SourceIndex, Unit]]) -> Iterator[list[tuple[SourceIndex, list[Unit]]]]:
    """Units in the order given, first few, so that rows show at once, then more at a time."""
    most_units, most_bytes = FIRST_BATCH_UNITS, FIRST_BATCH_BYTES
    batch: dict[str, tuple[SourceIndex, list[Unit]]] = {}
    units = size = 0
    for index, unit in waiting:
        batch.setdefault(index.source.name, (index, []))[1].append(unit)
        units += 1
        size += unit.size
        if units >= most_units or size >= most_bytes:
            yield list(batch.values())
            batch, units, size = {}, 0, 0
            most_units, most_bytes = min(2 * most_units, MAX_BATCH_UNITS), min(2 * most_bytes, MAX_BATCH_BYTES)
    if batch:
        yield list(batch.values())


def _why(error: Exception) -> str:
    """What stopped a source, for a person."""
    trouble = storage_trouble(error)
    return f"{type(error).__name__}: {error}" if trouble is None else f"the database cannot be used now: {trouble}"
