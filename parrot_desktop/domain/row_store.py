"""The rows of the list in their order, and the plan that turns events into the smallest changes of it.

Most recently active first: by (last_activity_at, id), descending. Both are compared as text, which for the wire's times
and for ids is their order as bytes.

**Window.** Pages are fetched from the newest down. ``frontier`` is the key of the last row of the last page: all rows
above it are held, what lies below is unknown, so a row that sorts below it is not inserted and one that falls below it
is removed; the next page brings both. It is not the last row held: that one may have moved up since.

**Hold.** While somebody points at the rows, places stay: a row that is held changes where it stands, and keeps its
place key, by which the order goes on to hold; what would come or go waits. `release` carries it all out.

**Between request and answer** of a page, what the stream says of rows below the frontier, and what goes, is kept, since
the answer may be older.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from parrot_wire.events import Gone, SessionChanged
from parrot_wire.session import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Key = tuple[str, str]
"""(last_activity_at, id): rows are in descending order of it."""

RowEvent = SessionChanged | Gone

FIELDS: tuple[str, ...] = Row.__struct_fields__
_VALUES = attrgetter(*FIELDS)
NO_FIELDS: frozenset[str] = frozenset()


def key_of(row: Row) -> Key:
    """Where the row belongs."""
    return (row.last_activity_at, row.id)


def changed_fields(old: Row, new: Row) -> frozenset[str]:
    """Names of the fields that differ, ``seq`` apart from itself."""
    pairs = zip(FIELDS, _VALUES(old), _VALUES(new), strict=True)
    return frozenset([name for name, one, other in pairs if one != other and name != "seq"])


@dataclass(frozen=True, slots=True)
class Move:
    """The row at ``src`` goes to ``dst``, both counted as list positions: after the move it is at ``dst``."""

    src: int
    dst: int


@dataclass(frozen=True, slots=True)
class Update:
    """The row at ``at`` becomes ``row``. Its place is right already, or (``in_place``) waits for the release."""

    at: int
    row: Row
    fields: frozenset[str]
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """The rows, in order, come to stand from ``at`` on."""

    at: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """The row at ``at`` goes."""

    at: int


Change = Move | Update | Insert | Remove


@dataclass(frozen=True, slots=True)
class Held:
    """How much waits for the release: rows that would move, come, go."""

    moved: int = 0
    new: int = 0
    gone: int = 0

    @property
    def total(self) -> int:
        return self.moved + self.new + self.gone


class RowStore:
    """Rows in order. Only whoever carries out a plan calls the methods that change it.

    key: the place of a row; another one than `key_of` is for lists that are held whole.
    """

    def __init__(self, key: Callable[[Row], Key] = key_of) -> None:
        self.key = key
        self.frontier: Key | None = None
        """None where the last page has come, and all rows are held."""
        self._rows: list[Row] = []
        self._keys: list[Key] = []
        self._key_of_id: dict[str, Key] = {}
        self._displaced: set[str] = set()
        self._held: dict[str, RowEvent] = {}
        self._unseen: dict[str, RowEvent] | None = None

    # Reading

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Row:
        return self._rows[at]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._key_of_id

    def index_of(self, session_id: str) -> int | None:
        """Position of a session; None where it is not held."""
        key = self._key_of_id.get(session_id)
        return None if key is None else self.place_of(key)

    def get(self, session_id: str) -> Row | None:
        at = self.index_of(session_id)
        return None if at is None else self._rows[at]

    def place_of(self, key: Key) -> int:
        """Position of the first row whose place key is not above the key: where such a row stands or would stand."""
        keys = self._keys
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) // 2
            if keys[middle] > key:
                low = middle + 1
            else:
                high = middle
        return low

    def is_displaced(self, session_id: str) -> bool:
        """Whether the row has changed in place and stands where its older state belongs."""
        return session_id in self._displaced

    @property
    def has_more(self) -> bool:
        return self.frontier is not None

    @property
    def held(self) -> Held:
        new = sum(1 for event in self._held.values() if isinstance(event, SessionChanged))
        return Held(moved=len(self._displaced), new=new, gone=len(self._held) - new)

    # Changing, by whoever carries out a plan

    def move(self, src: int, dst: int) -> None:
        row = self._rows.pop(src)
        del self._keys[src]
        self._rows.insert(dst, row)
        self._keys.insert(dst, self._place(row))

    def replace(self, at: int, row: Row, *, in_place: bool = False) -> None:
        self._rows[at] = row
        if in_place:
            self._displaced.add(row.id)
        else:
            self._keys[at] = self._place(row)

    def insert(self, at: int, rows: Sequence[Row]) -> None:
        self._rows[at:at] = rows
        self._keys[at:at] = [self._place(row) for row in rows]

    def remove(self, at: int) -> None:
        row = self._rows.pop(at)
        del self._keys[at]
        del self._key_of_id[row.id]
        self._displaced.discard(row.id)

    def clear(self) -> None:
        """No rows, nothing held, nothing below."""
        self.__init__(self.key)

    def _place(self, row: Row) -> Key:
        key = self.key(row)
        self._key_of_id[row.id] = key
        self._displaced.discard(row.id)
        return key

    # What waits

    def page_requested(self) -> None:
        """From now until the page is here, keep what the stream says of rows that are not shown."""
        if self._unseen is None:
            self._unseen = {}

    def page_failed(self) -> None:
        """The page will not come."""
        self._unseen = None

    def hold(self, event: RowEvent) -> None:
        """Keep the newest event of a session for the release."""
        _keep_newest(self._held, event)

    def forget(self, session_id: str) -> list[RowEvent]:
        """No event of this session waits any more, neither for the release nor for the page under way."""
        found = (self._held.pop(session_id, None), (self._unseen or {}).pop(session_id, None))
        return [event for event in found if event is not None]

    def unhold(self, session_id: str) -> RowEvent | None:
        return self._held.pop(session_id, None)

    def held_event(self, session_id: str) -> RowEvent | None:
        return self._held.get(session_id)

    def take_held(self) -> tuple[list[str], list[RowEvent]]:
        """Ids of displaced rows, and the events that wait, in the order in which they came; they wait no longer."""
        events = list(self._held.values())
        self._held.clear()
        return list(self._displaced), events

    def note_unseen(self, event: RowEvent) -> None:
        """Remember an event that shows nothing now, if a page is under way that it may be newer than."""
        if self._unseen is not None:
            _keep_newest(self._unseen, event)

    def take_unseen(self) -> dict[str, RowEvent]:
        unseen, self._unseen = self._unseen or {}, None
        return unseen


def plan(store: RowStore, events: Iterable[RowEvent], *, hold: bool = False) -> Iterator[Change]:
    """Changes that bring the store to what the events say, lazily: each is valid once those before it were made.

    A row that is not newer than ours changes nothing.
    """
    for event in events:
        match event:
            case SessionChanged(row=row):
                yield from _plan_row(store, row, hold=hold)
            case Gone():
                yield from _plan_gone(store, event, hold=hold)


def plan_release(store: RowStore) -> Iterator[Change]:
    """Carries out what waited while the places were held."""
    displaced, events = store.take_held()
    for session_id in displaced:
        at = store.index_of(session_id)
        if at is not None:
            yield from _plan_place(store, at, store[at], NO_FIELDS)
    yield from plan(store, events)


def plan_page(store: RowStore, rows: Sequence[Row], *, frontier: Key | None, hold: bool = False) -> Iterator[Change]:
    """Adds a page of rows below the frontier; ``frontier`` is the new one, None where this was the last page.

    What the stream has said of these rows since the page was asked for wins where it is newer.
    """
    unseen = store.take_unseen()
    store.frontier = frontier
    fresh: list[Row] = []
    for row in rows:
        newer = unseen.get(row.id)
        waiting = store.held_event(row.id)
        if row.id in store:
            yield from _plan_row(store, row, hold=hold)
        elif (newer is None or newer.seq < row.seq) and (waiting is None or waiting.seq < row.seq):
            fresh.append(row)
    fresh.sort(key=store.key, reverse=True)
    run: list[Row] = []
    for row in fresh:
        store.unhold(row.id)
        # Rows of a page are neighbours, unless one that is held stands between them.
        if run and store.place_of(store.key(row)) != store.place_of(store.key(run[0])):
            yield Insert(store.place_of(store.key(run[0])), tuple(run))
            run = []
        run.append(row)
    if run:
        yield Insert(store.place_of(store.key(run[0])), tuple(run))
    yield from plan(store, unseen.values(), hold=hold)


def plan_resync(store: RowStore, rows: Sequence[Row], *, frontier: Key | None) -> Iterator[Change]:
    """Brings the store to exactly these rows, whatever was known before (another feed may count ``seq`` anew)."""
    store.take_held()
    store.take_unseen()
    store.frontier = None
    wanted = {row.id for row in rows}
    for at in range(len(store) - 1, -1, -1):
        if store[at].id not in wanted:
            yield Remove(at)
    for row in rows:
        at = store.index_of(row.id)
        if at is None:
            yield Insert(store.place_of(store.key(row)), (row,))
        elif store[at] != row or store.is_displaced(row.id):
            yield from _plan_place(store, at, row, changed_fields(store[at], row))
    store.frontier = frontier


def _plan_row(store: RowStore, row: Row, *, hold: bool) -> Iterator[Change]:
    at = store.index_of(row.id)
    if at is None:
        waiting = store.held_event(row.id)
        if waiting is not None and waiting.seq >= row.seq:
            return
        if _is_below(store, row):
            store.unhold(row.id)
            store.note_unseen(SessionChanged(row=row))
        elif hold:
            store.hold(SessionChanged(row=row))
        else:
            yield Insert(store.place_of(store.key(row)), (row,))
        return
    old = store[at]
    waiting = store.held_event(row.id)
    if row.seq <= old.seq or (waiting is not None and waiting.seq >= row.seq):
        return
    store.unhold(row.id)
    fields = changed_fields(old, row)
    if hold and (store.key(row) != store.key(old) or store.is_displaced(row.id)):
        yield Update(at, row, fields, in_place=True)
    else:
        yield from _plan_place(store, at, row, fields)


def _plan_gone(store: RowStore, event: Gone, *, hold: bool) -> Iterator[Change]:
    at = store.index_of(event.id)
    if at is None:
        waiting = store.held_event(event.id)
        if waiting is not None and waiting.seq < event.seq:
            store.unhold(event.id)
        store.note_unseen(event)
    elif event.seq > store[at].seq:
        if hold:
            store.hold(event)
        else:
            store.note_unseen(event)
            yield Remove(at)


def _plan_place(store: RowStore, at: int, row: Row, fields: frozenset[str]) -> Iterator[Change]:
    """The row at a position becomes ``row`` and goes where that belongs."""
    if _is_below(store, row):
        store.note_unseen(SessionChanged(row=row))
        yield Remove(at)
        return
    dst = store.place_of(store.key(row))
    # The row itself stands above its new place: once it leaves, that place is one further up.
    if dst > at:
        dst -= 1
    if dst != at:
        yield Move(at, dst)
    yield Update(dst, row, fields)


def _is_below(store: RowStore, row: Row) -> bool:
    return store.frontier is not None and store.key(row) < store.frontier


def _keep_newest(kept: dict[str, RowEvent], event: RowEvent) -> None:
    session_id = event.id if isinstance(event, Gone) else event.row.id
    known = kept.get(session_id)
    if known is None or known.seq < event.seq:
        kept[session_id] = event
