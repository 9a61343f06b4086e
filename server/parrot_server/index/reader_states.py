"""The readers of one source, and their states in the store."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from parrot_server import pricing
from parrot_server.index.catalog import Kept, kept_of
from parrot_server.store import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from parrot_server.index.catalog import Catalog, KnownUnit
    from parrot_server.index.sources.base import Reader, Source
    from parrot_server.store.database import Database
    from parrot_server.store.local import FileState

HOT = 64
SAVE_EVERY_S = 2.0
"""A state is written with the first reading of a unit, then at most this often. What was read since is read again
after a crash, and told twice, which changes nothing."""
SAVE_BYTES_A_S = 8 << 10
"""Of one unit, on average at most: the state of a long session is large, and written the less often."""


class ReaderStates:
    """Keeps the readers of what grows at hand; the others are made again from the store when they are needed."""

    def __init__(self, source: Source, db: Database, catalog: Catalog) -> None:
        self._source = source
        self._db = db
        self._catalog = catalog
        self._hot: OrderedDict[str, Reader] = OrderedDict()
        self._unsaved: dict[str, float] = {}
        """By path, when (monotonic) a state is to be written that no reading takes along."""
        self._rests_until: dict[str, float] = {}

    def reader(self, path: str, known: KnownUnit | None) -> Reader:
        """A reader that goes on from ``known`` (which may lie at another path); from the beginning without it."""
        hot = self._hot.get(path)
        if hot is not None and known is not None:
            return hot
        state = None
        if known is not None:
            saved = self._db.read_blocking(files.load_one, self._source.name, known.unit.path)
            kept = kept_of(saved, self._source.version) if saved is not None else None
            if saved is not None and kept is not None and kept.is_priced_today:
                state = msgspec.structs.replace(saved, state=kept.reader, path=path)
        return self._source.reader(path, state)

    def keep(self, path: str, reader: Reader) -> None:
        self._hot[path] = reader
        self._hot.move_to_end(path)
        while len(self._hot) > HOT:
            coldest = next(iter(self._hot))
            if coldest in self._unsaved:
                self._save([coldest])
            del self._hot[coldest]
            self._rests_until.pop(coldest, None)

    def drop(self, path: str) -> None:
        self._hot.pop(path, None)
        self._unsaved.pop(path, None)
        self._rests_until.pop(path, None)

    def to_save(self, reader: Reader, known: KnownUnit, *, now: bool) -> FileState | None:
        """The state that belongs to a reading, where it is to be written with it; else it is written later."""
        path = known.unit.path
        if now or time.monotonic() >= self._rests_until.get(path, 0.0):
            return self._state(reader, known)
        self._save_later(path)
        return None

    def searched(self, path: str) -> bool:
        """What is known of a unit's texts is to be written with its state, soon; False where no reader is at hand."""
        if path in self._hot:
            self._save_later(path)
        return path in self._hot

    def _save_later(self, path: str) -> None:
        # The next reading after the rest takes it along; only what does not grow any more is written by itself.
        rests_until = max(time.monotonic(), self._rests_until.get(path, 0.0))
        self._unsaved.setdefault(path, rests_until + SAVE_EVERY_S)

    @property
    def due_at(self) -> float | None:
        """When (monotonic) there is something for `save_due`."""
        return min(self._unsaved.values(), default=None)

    def save_due(self) -> None:
        now = time.monotonic()
        self._save([path for path, due_at in self._unsaved.items() if due_at <= now])

    def save(self) -> None:
        """Write all that is unwritten."""
        self._save(list(self._unsaved))

    def missing(self, path: str, since: str | None) -> FileState | None:
        """The stored state of a unit that is gone, with that mark."""
        saved = self._db.read_blocking(files.load_one, self._source.name, path)
        return msgspec.structs.replace(saved, missing_since=since) if saved is not None else None

    def write_searched(self, conn: Connection, sizes: Mapping[str, int]) -> None:
        """In the store's own thread: the texts of units were indexed, as they were when these had those sizes."""
        states: list[FileState] = []
        for saved in files.load_some(conn, self._source.name, sizes):
            kept = kept_of(saved, self._source.version)
            if kept is not None:
                state = msgspec.msgpack.encode(msgspec.structs.replace(kept, searched=sizes[saved.path]))
                states.append(msgspec.structs.replace(saved, state=state))
        files.save(conn, self._source.name, states)

    def _save(self, paths: Sequence[str]) -> None:
        states: list[FileState] = []
        for path in paths:
            self._unsaved.pop(path, None)
            reader, known = self._hot.get(path), self._catalog.get(path)
            if reader is not None and known is not None and known.missing_since is None:
                states.append(self._state(reader, known))
        if states:
            self._db.write_blocking(files.save, self._source.name, states)

    def _state(self, reader: Reader, known: KnownUnit) -> FileState:
        path = known.unit.path
        self._unsaved.pop(path, None)
        state = reader.state()
        if path in self._hot:
            self._rests_until[path] = time.monotonic() + max(SAVE_EVERY_S, len(state.state) / SAVE_BYTES_A_S)
        kept = Kept(
            version=self._source.version,
            reader=state.state,
            standings=known.standings,
            searched=known.searched,
            prices=pricing.list_id(),
        )
        return msgspec.structs.replace(
            state, state=msgspec.msgpack.encode(kept), missing_since=known.missing_since, problems=known.problems
        )
