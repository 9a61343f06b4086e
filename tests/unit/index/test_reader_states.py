"""How often what is known of a growing file is written down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_server.index import reader_states
from parrot_server.index.catalog import Catalog, KnownUnit
from parrot_server.index.reader_states import ReaderStates
from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.whole_unit import state_of_whole
from parrot_server.store import files
from parrot_server.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parrot_server.store.local import FileState

PATH = "/work/a.jsonl"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


class Growing:
    """A reader of which so many bytes are known."""

    def __init__(self, state_bytes: int) -> None:
        self._state = bytes(state_bytes)

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        raise NotImplementedError

    def state(self) -> FileState:
        return state_of_whole(_unit(), state=self._state)


def _unit() -> Unit:
    return Unit(path=PATH, device=1, inode=2, size=3, mtime_ns=4)


class States:
    """The states of a source with one growing file, and how many bytes of it were written."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._clock = clock
        self._known = KnownUnit(unit=_unit())
        catalog = Catalog()
        catalog.put(self._known)
        self.states = ReaderStates(ClaudeCode(Path("/nowhere")), db, catalog)
        self.written: list[float] = []

    def grow(self, reader: Growing) -> None:
        """A reading: its state goes along, or not."""
        self.states.keep(PATH, reader)
        if self.states.to_save(reader, self._known, now=False) is not None:
            self.written.append(self._clock.now)

    def grow_for(self, seconds: int, reader: Growing) -> None:
        for _ in range(seconds * 2):
            self.grow(reader)
            self._clock.now += 0.5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reader_states, "time", clock)
    return clock


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'parrot.db'}", readers=1)
    yield database
    database.close()


def test_the_larger_a_state_is_the_less_often_it_is_written(db: Database, clock: Clock) -> None:
    small, large = States(db, clock), States(db, clock)
    small.grow_for(600, Growing(1_000))
    large.grow_for(600, Growing(400_000))
    assert len(small.written) == 300, "every two seconds"
    assert 400_000 * len(large.written) <= 600 * reader_states.SAVE_BYTES_A_S + 400_000
    assert len(large.written) >= 10


def test_what_has_ended_growing_is_written_by_itself(db: Database, clock: Clock) -> None:
    growing, reader = States(db, clock), Growing(100_000)
    growing.grow_for(2, reader)
    assert len(growing.written) == 1
    due_at = growing.states.due_at
    assert due_at is not None
    growing.states.save_due()
    assert db.read_blocking(files.load_one, "claude-code", PATH) is None, "it is not due yet"
    clock.now = due_at
    growing.states.save_due()
    assert db.read_blocking(files.load_one, "claude-code", PATH) is not None
    assert growing.states.due_at is None


def test_that_texts_were_indexed_is_written_with_the_next_state(db: Database, clock: Clock) -> None:
    growing, reader = States(db, clock), Growing(100_000)
    assert not growing.states.searched(PATH), "no state is at hand to write it with"
    growing.grow(reader)
    assert growing.states.searched(PATH)
    assert growing.states.due_at is not None
    assert growing.states.due_at >= clock.now + 100_000 / reader_states.SAVE_BYTES_A_S
    growing.states.save()
    assert db.read_blocking(files.load_one, "claude-code", PATH) is not None
