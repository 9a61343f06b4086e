"""Reading units without an engine, and an index over a real database."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parrot_server.index.engine import Engine
from parrot_server.index.sources.base import UNKNOWN
from parrot_server.index.standing import decide
from parrot_server.store import members, queries
from parrot_server.store.database import Database
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_wire.query import Filter
from parrot_wire.values import Kind, Role, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Reading, Source, Told, Unit
    from parrot_server.stored import Commit, StoredDetail
    from parrot_wire.answers import SourceProblem
    from parrot_wire.session import Message, Row

WITHIN_S = 10.0


def read(source: Source, path: Path) -> Reading:
    """One unit, from its beginning."""
    unit = source.stat(str(path))
    assert unit is not None, path
    return source.reader(str(path), None).read(unit, lambda: True)


def told(source: Source, path: Path) -> Told:
    """The one session that a unit tells."""
    (only,) = read(source, path).told
    return only


def status(one: Told, *, now_ms: int = 4_000_000_000_000) -> Status:
    """Its status, long after its last record and without a process."""
    assert one.standing is not None
    return decide(one.standing, UNKNOWN, now_ms=now_ms, grew_at_ms=None).status


def messages(source: Source, one: Told, path: Path) -> list[Message]:
    """The whole transcript."""
    transcript = source.transcript(one.facts.native_id, str(path))
    assert transcript is not None
    return transcript.page(1, transcript.refresh())


@dataclass
class RunningIndex:
    """An engine over a database."""

    engine: Engine
    db: Database
    commits: list[Commit]

    def row(self, native_id: str, source: str = "claude-code") -> Row:
        return self.detail(native_id, source).detail

    def detail(self, native_id: str, source: str = "claude-code") -> StoredDetail:
        from parrot_server.store.ids import derive_id

        found = self.db.read_blocking(queries.detail, derive_id(source, native_id))
        assert found is not None, native_id
        return found

    def has(self, native_id: str, source: str = "claude-code") -> bool:
        from parrot_server.store.ids import derive_id

        return self.db.read_blocking(queries.row, derive_id(source, native_id)) is not None

    def rows(self, *kinds: Kind) -> list[Row]:
        where = Filter(kinds=frozenset(kinds))
        return [item.row for item in self.db.read_blocking(queries.list_page, where, limit=200).items]

    @property
    def units_read(self) -> int:
        return sum(index.counters.units_read for index in self.engine.indexes)

    @property
    def bytes_read(self) -> int:
        return sum(index.counters.bytes_read for index in self.engine.indexes)

    def problems(self) -> list[SourceProblem]:
        return [problem for index in self.engine.indexes for problem in index.report.problems]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition; fails the test where it does not come."""
        until(holds)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def nothing_gained(_source: str, _native_id: str, _before: Unit, _after: Unit) -> Sequence[Message] | None:
    return ()


@contextlib.contextmanager
def running(data: Path, *sources: Source, **more: Any) -> Generator[RunningIndex]:
    """An index that has done its first pass, over ``data/parrot.db``."""
    commits: list[Commit] = []
    data.mkdir(parents=True, exist_ok=True)
    db = Database.open(f"sqlite:///{data / 'parrot.db'}", on_commit=commits.append)
    try:
        owner = db.write_blocking(members.ensure, name="Sarah", email="sarah@example.test", role=Role.OWNER)
        sender = Sender(token_id=LOCAL_TOKEN, member_id=owner.id, any_owner=True)
        more.setdefault("gained", nothing_gained)
        engine = Engine(sources, db, sender, **more)
        engine.start()
        try:
            assert engine.first_pass_done.wait(WITHIN_S)
            yield RunningIndex(engine, db, commits)
        finally:
            engine.stop()
    finally:
        db.close()
