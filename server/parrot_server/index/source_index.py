"""One source: its units found, read and told to the store.

Everything runs in the engine's thread, but for `report` and `process_of`, which anyone may ask.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from parrot_server.index import wording
from parrot_server.index.batch import Batch, Counters
from parrot_server.index.catalog import Catalog, KnownUnit, kept_of
from parrot_server.index.open_turns import OpenTurns, Undecided
from parrot_server.index.reader_states import ReaderStates
from parrot_server.index.sources.base import Stopped, Unit
from parrot_server.store import files
from parrot_server.store.local import SessionFacts
from parrot_wire.answers import SourceProblem, SourceReport
from parrot_wire.records import SessionPatch
from parrot_wire.values import SourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from parrot_server.index.ahead import ReadingAhead
    from parrot_server.index.catalog import Kept
    from parrot_server.index.sources.base import Reader, Reading, Source, Told
    from parrot_server.store.database import Database
    from parrot_server.store.local import FileState
    from parrot_wire.session import Message

log = logging.getLogger(__name__)

GREW_AFTER_MS = 2_000
"""A file that still grows this long after it was first seen is being written, not copied here."""
MAX_PROBLEMS = 200


class Gained(Protocol):
    """What a transcript gained, for those who watch its session."""

    def __call__(self, source: str, native_id: str, before: Unit, after: Unit, /) -> Sequence[Message] | None:
        """All messages that came or changed while the unit became another; None where they are not known."""
        ...


@dataclass(slots=True)
class _Readings:
    """What the readings of one batch told, in the order in which the store must hear it."""

    undecided: list[Undecided] = field(default_factory=list[Undecided])
    added: list[SessionFacts] = field(default_factory=list[SessionFacts])
    again: list[str] = field(default_factory=list[str])
    """Units that add to sessions which were told anew, and so forgot what was added."""


class SourceIndex:
    """The index of one source."""

    def __init__(
        self,
        source: Source,
        db: Database,
        *,
        now_ms: Callable[[], int],
        go_on: Callable[[], bool],
        gained: Gained,
    ) -> None:
        self.source = source
        self.counters = Counters()
        self.watch_problem: str | None = None
        self.ahead: ReadingAhead | None = None
        """Set while another process reads for the first index."""
        self._db = db
        self._now_ms = now_ms
        self._go_on = go_on
        self._gained = gained
        self._first_pass_done = False
        self._failed: str | None = None
        self._forget_everything()
        self.report = self._make_report()

    def _forget_everything(self) -> None:
        self.catalog = Catalog()
        self.turns = OpenTurns(self.source, self._now_ms)
        self.readers = ReaderStates(self.source, self._db, self.catalog)
        self._to_read: set[str] = set()
        self._to_meet: set[str] = set()
        """Those of them that are not in the catalog."""
        self._missing: dict[str, float] = {}
        self._deferred: list[tuple[Told, FileState]] = []
        self._found_problems: list[SourceProblem] = []
        self._read_problems: dict[str, SourceProblem] = {}

    # Finding

    def load(self) -> None:
        """Take up what stands in the store: what an earlier server knew, or what was written before writing failed."""
        self._forget_everything()
        now_ms = self._now_ms()

        def take(state: FileState) -> None:
            kept = kept_of(state, self.source.version)
            if kept is not None:
                self.catalog.put(_known_unit(state, kept, now_ms))

        self._db.read_blocking(files.load_all, self.source.name, take)
        for known in self.catalog:
            for native_id, standing in known.standings:
                if self.catalog.teller_of(native_id) == known.unit.path:
                    self.turns.recall(native_id, known.unit.path, standing)
        self.refresh_report()

    def discover(self) -> list[Unit]:
        """Units that are new or changed, newest first. Notes those that are gone."""
        self.counters.sweeps += 1
        problems: list[SourceProblem] = []
        found = {unit.path: unit for unit in self.source.units(problems.append)}
        self._found_problems = problems
        for known in self.catalog:
            if known.unit.path not in found and known.missing_since is None:
                self._missing.setdefault(known.unit.path, time.monotonic())
        changed = [unit for unit in found.values() if self._is_news(unit)]
        changed.sort(key=lambda unit: (-unit.mtime_ns, unit.path))
        self._to_read = {unit.path for unit in changed}
        self._to_meet = {path for path in self._to_read if path not in self.catalog}
        self.refresh_report()
        return changed

    def look_at(self, paths: Iterable[str]) -> list[Unit]:
        """The units at these paths, where they are news."""
        changed: list[Unit] = []
        for path in paths:
            try:
                unit = self.source.stat(path)
            except OSError as error:
                self._cannot_read(path, error)
                continue
            if unit is not None:
                if self._is_news(unit):
                    changed.append(unit)
            elif (known := self.catalog.get(path)) is not None and known.missing_since is None:
                self._missing.setdefault(path, time.monotonic())
        return changed

    def _is_news(self, unit: Unit) -> bool:
        self._missing.pop(unit.path, None)
        known = self.catalog.get(unit.path)
        return known is None or known.unit != unit or known.missing_since is not None

    # Reading

    def read(self, units: Iterable[Unit], *, live: bool, anew: bool = False) -> Batch:
        """Read units, and make of it what goes to the store.

        live: their sessions may be watched. anew: from their beginning. Raises Stopped.
        """
        batch, readings = Batch(), _Readings()
        for unit in units:
            if not self._go_on():
                raise Stopped
            self._read_one(unit, batch, readings, live=live, anew=anew)
            self._to_read.discard(unit.path)
            self._to_meet.discard(unit.path)
        batch.facts += self.turns.decide(readings.undecided)
        batch.facts += readings.added
        if readings.again:
            batch.take(self.read(self.look_up(readings.again), live=False, anew=True))
        if live:
            batch.take(self.settle_deferred())
        self.refresh_report()
        return batch

    def look_up(self, paths: Iterable[str]) -> list[Unit]:
        """The units at these paths, changed or not."""
        found: list[Unit] = []
        for path in dict.fromkeys(paths):
            try:
                unit = self.source.stat(path)
            except OSError as error:
                self._cannot_read(path, error)
            else:
                if unit is not None:
                    found.append(unit)
        return found

    def _read_one(self, unit: Unit, batch: Batch, readings: _Readings, *, live: bool, anew: bool) -> None:
        path = unit.path
        known = None if anew else self.catalog.get(path)
        moved = self._moved_here(unit) if known is None and not anew else None
        self.readers.drop(path) if known is None else None
        try:
            reader = self._read_ahead(unit) if known is None and moved is None and not anew else None
            reader = reader or self.readers.reader(path, known or moved)
            reading = reader.read(unit, self._go_on)
        except Stopped:
            raise
        except OSError as error:
            self.readers.drop(path)
            self._cannot_read(path, error)
            return
        except Exception as error:
            log.exception("reading %s failed", path)
            self.readers.drop(path)
            self._cannot_read(path, error)
            # A fault of ours: it would only come again until the unit changes.
            self.catalog.put(KnownUnit(unit=unit, seen_ms=self._now_ms()))
            return
        self._read_problems.pop(path, None)
        self.counters.units_read += 1
        self.counters.bytes_read += reading.bytes_read
        if moved is not None and not reading.whole:
            batch.forgotten.append(moved.unit.path)
            self._drop(moved.unit.path)
            known = moved
        if reading.read_to is not None:
            batch.unfinished.append(unit)
            unit = msgspec.structs.replace(unit, size=reading.read_to)
        now_known = self._known(unit, reading, known)
        self._forget_lost(known, now_known)
        self.catalog.put(now_known)
        if self._first_pass_done or not reading.whole:
            self.readers.keep(path, reader)
        state = self.readers.to_save(reader, now_known, now=reading.whole or known is None or known is moved)
        if not self._take_told(reading, now_known, known, state, readings, live=live) and state is not None:
            batch.states.append(state)

    def _read_ahead(self, unit: Unit) -> Reader | None:
        return self.ahead.reader(self.source, unit, self._go_on) if self.ahead is not None else None

    def _take_told(
        self,
        reading: Reading,
        known: KnownUnit,
        before: KnownUnit | None,
        state: FileState | None,
        readings: _Readings,
        *,
        live: bool,
    ) -> bool:
        """Sort what was told. True where it waits for another unit: then the reader's state must wait as well."""
        path, waits = known.unit.path, False
        grew = live and not reading.whole and reading.bytes_read > 0
        for told in reading.told:
            facts = told.facts
            teller = self.catalog.teller_of(facts.native_id)
            if told.standing is None:
                if teller is not None:
                    readings.added.append(facts)
                elif state is not None:
                    self._deferred.append((told, state))
                    waits = True
                elif told.if_alone is not None:
                    readings.added.append(told.if_alone)
                continue
            if teller != path:
                self._read_problems[path] = SourceProblem(file=path, detail=f"the same session as {teller}")
                continue
            if reading.whole:
                waiting = {kept.path for _, kept in self._deferred}
                others = self.catalog.others_of(facts.native_id)
                readings.again += [other for other in others if self._adds(other) and other not in waiting]
            messages = self._messages(facts.native_id, reading, known, before if live else None)
            readings.undecided.append(
                Undecided(
                    facts=msgspec.structs.replace(facts, transcript_gone_since=None, messages=messages),
                    standing=told.standing,
                    path=path,
                    grew=grew and self._now_ms() - known.seen_ms > GREW_AFTER_MS,
                )
            )
        return waits

    def _messages(
        self, native_id: str, reading: Reading, known: KnownUnit, before: KnownUnit | None
    ) -> Sequence[Message] | None:
        """For `SessionFacts.messages`. before: what was known of a unit that is followed."""
        if not reading.whole and reading.bytes_read == 0:
            return ()
        return self._gained(self.source.name, native_id, before.unit, known.unit) if before is not None else None

    def settle_deferred(self) -> Batch:
        """What waited for another unit: by now that unit has told, or there is none."""
        batch = Batch()
        for told, state in self._deferred:
            is_alone = self.catalog.teller_of(told.facts.native_id) is None
            facts = told.if_alone if is_alone else told.facts
            if facts is not None:
                batch.facts.append(facts)
            if state not in batch.states:
                batch.states.append(state)
        self._deferred.clear()
        return batch

    def _known(self, unit: Unit, reading: Reading, before: KnownUnit | None) -> KnownUnit:
        told = [(told.facts.native_id, told.standing) for told in reading.told]
        return KnownUnit(
            unit=unit,
            standings=tuple((native_id, standing) for native_id, standing in told if standing is not None),
            adds_to=tuple(native_id for native_id, standing in told if standing is None),
            problems=reading.problems,
            searched=before.searched if before is not None and not reading.whole else -1,
            seen_ms=before.seen_ms if before is not None else self._now_ms(),
        )

    def _moved_here(self, unit: Unit) -> KnownUnit | None:
        """What is known of the unit at its former path, where it is not any more."""
        former = self.catalog.with_inode(unit)
        return former if former is not None and not self._is_there(former.unit.path) else None

    def _forget_lost(self, before: KnownUnit | None, after: KnownUnit) -> None:
        told = {native_id for native_id, _ in after.standings}
        for native_id, _ in before.standings if before is not None else ():
            if native_id not in told:
                self.turns.forget(native_id, after.unit.path)

    def _adds(self, path: str) -> bool:
        known = self.catalog.get(path)
        return known is not None and bool(known.adds_to) and known.missing_since is None

    def _cannot_read(self, path: str, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
        self._read_problems[path] = SourceProblem(file=path, detail=f"cannot be read: {why}")

    # What is gone, and what lies beside

    @property
    def has_missing(self) -> bool:
        return bool(self._missing)

    def bury(self, *, after_s: float) -> Batch:
        """Mark what was not there for some time: rows stay, and say since when their transcript is gone."""
        batch = Batch()
        if not self.source.root.exists():
            # A root that is not there is a disk that is not mounted, more often than a farewell.
            self._missing.clear()
        now = wording.timestamp(self._now_ms())
        for path, since in tuple(self._missing.items()):
            if time.monotonic() - since < after_s:
                continue
            del self._missing[path]
            known = self.catalog.get(path)
            if known is not None and known.missing_since is None and not self._is_there(path):
                self._bury_one(known, now, batch)
        self.refresh_report()
        return batch

    def _bury_one(self, known: KnownUnit, now: str | None, batch: Batch) -> None:
        path = known.unit.path
        told = [native_id for native_id, _ in known.standings if self.catalog.teller_of(native_id) == path]
        self._read_problems.pop(path, None)
        self.readers.drop(path)
        self.catalog.mark_missing(path, now)
        state = self.readers.missing(path, now)
        if state is not None:
            batch.states.append(state)
        for native_id in told:
            heirs = [other for other in self.catalog.others_of(native_id) if self._tells(other, native_id)]
            if heirs:
                batch.take(self.read(self.look_up(heirs), live=False, anew=True))
                continue
            batch.facts.append(
                SessionFacts(
                    source=self.source.name,
                    native_id=native_id,
                    patch=SessionPatch(),
                    transcript_gone_since=now,
                )
            )

    def _tells(self, path: str, native_id: str) -> bool:
        known = self.catalog.get(path)
        return known is not None and known.missing_since is None and native_id in dict(known.standings)

    def _is_there(self, path: str) -> bool:
        try:
            return self.source.stat(path) is not None
        except OSError:
            # It may be there, in a folder that cannot be read.
            return True

    def _drop(self, path: str) -> None:
        self.catalog.drop(path)
        self.readers.drop(path)
        self._missing.pop(path, None)

    def aside(self) -> Batch:
        """What changed beside the units."""
        known = self.source.aside(lambda native_id: self.catalog.teller_of(native_id) is not None)
        return Batch(facts=list(known))

    def review(self, *, everything: bool) -> Batch:
        """Statuses that changed without a record."""
        return Batch(facts=self.turns.review(everything=everything))

    # Telling how far it is

    def fail(self, why: str | None) -> None:
        """The source as a whole cannot be read, or can again."""
        self._failed = why
        self.refresh_report()

    def finish_first_pass(self) -> None:
        self._first_pass_done = True
        self.refresh_report()

    def refresh_report(self) -> None:
        self.report = self._make_report()

    def _make_report(self) -> SourceReport:
        root = str(self.source.root)
        problems = [*self._found_problems, *self._read_problems.values(), *self.catalog.problems()]
        if self.watch_problem is not None:
            problems.insert(
                0, SourceProblem(file=root, detail=f"followed by looking now and then: {self.watch_problem}")
            )
        if self._failed is not None:
            state = SourceState.FAILED
            problems.insert(0, SourceProblem(file=root, detail=self._failed))
        elif not self.source.root.exists():
            state = SourceState.MISSING
        else:
            state = SourceState.LIVE if self._first_pass_done else SourceState.INDEXING
        count = self.catalog.present + len(self._to_meet)
        return SourceReport(
            name=self.source.name,
            root=root,
            state=state,
            files=count,
            files_done=count - len(self._to_read),
            sessions=self.catalog.session_count,
            bytes=self.catalog.bytes,
            problems=tuple(problems[:MAX_PROBLEMS]),
        )


def _known_unit(state: FileState, kept: Kept, now_ms: int) -> KnownUnit:
    told = {native_id for native_id, _ in kept.standings}
    # No unit is of a time like this: one that is there is news, and is read anew.
    mtime_ns = state.mtime_ns if kept.is_priced_today else -1
    return KnownUnit(
        unit=Unit(path=state.path, device=state.device, inode=state.inode, size=state.size, mtime_ns=mtime_ns),
        standings=kept.standings,
        adds_to=tuple(native_id for native_id in state.sessions if native_id not in told),
        problems=state.problems,
        missing_since=state.missing_since,
        searched=kept.searched,
        seen_ms=now_ms,
    )
