"""Indexing the texts of transcripts for search, in small pieces, whenever there is nothing more urgent."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_server.index.search_texts import pieces_of
from parrot_server.store import search
from parrot_server.store.ids import derive_id
from parrot_server.store.search import SessionTexts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection

    from parrot_server.index.ahead import ReadingAhead
    from parrot_server.index.source_index import SourceIndex
    from parrot_server.index.sources.base import Source, Transcript
    from parrot_server.store.database import Database

log = logging.getLogger(__name__)

PIECE_CHARACTERS = 1_000_000
"""Of one write. Smaller ones make more segments to merge; a larger one would hold up a row that changes meanwhile."""
SETTLE_S = 2.0
"""A file that grew is left alone for so long: its next line is on the way."""
LONGEST_S = 30.0
"""One that never rests is read all the same after so long."""
GROWING_BYTES = 4 << 20
"""Of transcripts that grow, so much is remembered of where their messages are."""
_AHEAD_WAIT_S = 0.05
"""For another process's texts; then whatever else waits has its turn."""
_GROWN_BACK = 4
"""Messages before the first new one may have grown: a result came in, an answer went on."""


@dataclass(slots=True)
class _Unit:
    index: SourceIndex
    path: str
    due_at: float
    since: float


@dataclass(slots=True)
class _Mark:
    """Up to this size a unit's texts are indexed."""

    index: SourceIndex
    path: str
    size: int


class SearchPass:
    """What is still to be indexed. Old sessions come first: what is added last is found first."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[tuple[str, str], _Unit] = {}
        self._under_way: Iterator[None] | None = None
        self._ahead: ReadingAhead | None = None
        self._texts: list[SessionTexts] = []
        self._marks: list[_Mark] = []
        self._characters = 0
        self._growing: dict[tuple[str, str, str], Transcript] = {}
        """By source, native id and path: what was read last comes last."""
        self._writing: Future[None] | None = None
        """The last piece, while the store takes it: reading the next one goes on beside it."""

    def add_all(self, indexes: Iterable[SourceIndex], *, ahead: ReadingAhead | None = None) -> None:
        """Everything that changed since its texts were indexed, oldest first. ahead: a process that has read them."""
        self._ahead = ahead
        stale = [
            (known.unit.mtime_ns, known.unit.path, index)
            for index in indexes
            for known in index.catalog
            if known.standings and not known.is_searched and known.missing_since is None
        ]
        for _, path, index in sorted(stale, key=lambda each: each[:2]):
            self.add(index, path, in_s=0.0)

    def add(self, index: SourceIndex, path: str, *, in_s: float = SETTLE_S) -> None:
        key, now = (index.source.name, path), time.monotonic()
        before = self._waiting.get(key)
        since = before.since if before is not None else now
        if now - since > LONGEST_S:
            return
        self._waiting.pop(key, None)
        self._waiting[key] = _Unit(index, path, now + in_s, since)

    @property
    def due_at(self) -> float | None:
        """When (monotonic) there is something to do."""
        if self._under_way is not None or self._marks or self._writing is not None:
            return 0.0
        return next((unit.due_at for unit in self._waiting.values()), None)

    def step(self) -> None:
        """Do one piece."""
        if self._under_way is None:
            unit = next(iter(self._waiting.values()), None)
            if unit is None or unit.due_at > time.monotonic():
                self._write()
                self._finish_writing()
                return
            del self._waiting[unit.index.source.name, unit.path]
            self._under_way = self._index(unit.index, unit.path)
        try:
            next(self._under_way)
        except StopIteration:
            self._under_way = None
        except OSError:
            # Gone, or not to be read now: it is news again when it comes back.
            self._under_way = None
        except Exception:
            log.exception("indexing texts failed")
            self._under_way = None

    def _index(self, index: SourceIndex, path: str) -> Iterator[None]:
        known = index.catalog.get(path)
        if known is None:
            return
        for native_id, _ in known.standings:
            if index.catalog.teller_of(native_id) != path:
                continue
            grows = known.searched >= 0
            if grows or not (yield from self._take_ahead(index.source, native_id, path)):
                yield from self._read(index.source, native_id, path, grows=grows)
        index.catalog.mark_searched(path, known.unit.size)
        self._marks.append(_Mark(index, path, known.unit.size))

    def _take_ahead(self, source: Source, native_id: str, path: str) -> Generator[None, None, bool]:
        """Texts that another process has read; False where they must be read here."""
        session_id, is_first = derive_id(source.name, native_id), True
        while self._ahead is not None:
            texts = self._ahead.texts(source.name, path, native_id, wait_s=_AHEAD_WAIT_S)
            if texts is not None:
                if texts.failed:
                    self._texts = [each for each in self._texts if each.session_id != session_id]
                    break
                self._take(session_id, texts.texts, anew=is_first)
                is_first = False
                if texts.is_last:
                    return True
            yield
        return False

    def _read(self, source: Source, native_id: str, path: str, *, grows: bool) -> Iterator[None]:
        transcript = self._transcript(source, native_id, path, grows=grows)
        if transcript is None:
            return
        session_id = derive_id(source.name, native_id)
        total = transcript.refresh()
        first = 1
        if grows:
            self._finish_writing()
            first = max(1, self._db.read_blocking(search.indexed_up_to, session_id) - _GROWN_BACK)
        self._take(session_id, {}, anew=first == 1)
        for texts in pieces_of(transcript, first, total):
            self._take(session_id, texts)
            yield

    def _take(self, session_id: str, texts: Mapping[int, str], *, anew: bool = False) -> None:
        if anew or not self._texts or self._texts[-1].session_id != session_id:
            self._texts.append(SessionTexts(session_id, {}, anew=anew))
        self._texts[-1].texts.update(texts)
        self._characters += sum(map(len, texts.values()))
        if self._characters > PIECE_CHARACTERS:
            self._write()

    def _transcript(self, source: Source, native_id: str, path: str, *, grows: bool) -> Transcript | None:
        """One that grows is kept at hand: it is read from where it ended last."""
        key = (source.name, native_id, path)
        transcript = self._growing.pop(key, None) or source.transcript(native_id, path)
        if grows and transcript is not None:
            self._growing[key] = transcript
            while len(self._growing) > 1 and sum(one.memory for one in self._growing.values()) > GROWING_BYTES:
                del self._growing[next(iter(self._growing))]
        return transcript

    def _write(self) -> None:
        self._finish_writing()
        texts, marks = self._texts, [mark for mark in self._marks if not mark.index.readers.searched(mark.path)]
        self._texts, self._marks, self._characters = [], [], 0
        if texts or marks:
            self._writing = self._db.write_soon(_write, texts, marks)

    def _finish_writing(self) -> None:
        """Wait until the store has the last piece. Raises what went wrong there."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()


def _write(conn: Connection, texts: Sequence[SessionTexts], marks: Sequence[_Mark]) -> None:
    search.add(conn, texts)
    for index in {id(mark.index): mark.index for mark in marks}.values():
        index.readers.write_searched(conn, {mark.path: mark.size for mark in marks if mark.index is index})
