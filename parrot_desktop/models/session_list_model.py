"""The Sessions list as a Qt model: a thin adapter that turns a plan into begin/end calls.

Rows move; none is removed and inserted again, and nothing resets the model but another filter: selection, focus and
hover belong to persistent indexes and follow their session.

After the sessions comes one more row, neither enabled nor selectable, while there is something to say there (`Footer`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from parrot_desktop.domain.needs import longest_first, waiting_since
from parrot_desktop.domain.people import people_of
from parrot_desktop.domain.relative_time import TimeTexts
from parrot_desktop.domain.row_store import (
    NO_FIELDS,
    Change,
    Held,
    Insert,
    Key,
    Move,
    Remove,
    RowEvent,
    RowStore,
    Update,
    key_of,
    plan,
    plan_page,
    plan_release,
    plan_resync,
)
from parrot_desktop.domain.row_view import NO_MARKS, Marks, RowView, make_row_view, spoken_row
from parrot_desktop.domain.veil import Veil
from parrot_desktop.domain.words import EnglishWords, Words
from parrot_desktop.models.roles import ACCESSIBLE_TEXT, DISPLAY, Role, roles_for
from parrot_wire.events import SessionChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence

    from parrot_desktop.domain.people import Person
    from parrot_wire.session import Member, Row

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
VIEWS_KEPT = 2_048
"""Formatted rows that are kept; more than two screens of them are never asked for at once."""


# Combined once: it is Python that combines them, and a view asks for every row of every frame.
_SESSION_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class Footer(StrEnum):
    """What the row after the sessions says."""

    NONE = "none"
    LOADING = "loading"
    """More rows exist; showing the footer asks for them."""
    FAILED = "failed"
    """The page could not be fetched; a click tries again."""
    END = "end"
    """The oldest session has been reached by scrolling back."""


def wall_clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class SessionListModel(QAbstractListModel):
    """Rows of one filter, newest first; see `parrot_desktop.domain.row_store` for what each call means.

    A controller calls `show_page` for a new filter, `append_page` or `page_failed` after ``more_requested``, `resync`
    after the stream's ``reset``, and gives events to an `EventBuffer`, which calls `apply`.
    """

    more_requested = Signal()
    """The next page is wanted; answer with `append_page` or `page_failed`. Not repeated meanwhile."""
    held_changed = Signal(object)
    """`Held`: what waits because somebody points at the rows."""
    loaded_changed = Signal(int)
    """How many sessions are loaded."""
    hidden_changed = Signal(int)
    """How many of the rows that came are hidden."""
    about_to_change = Signal()
    """Before rows come, go or move, once a batch: the time to remember where one is reading."""
    changed = Signal()
    """After `about_to_change` and what it announced; ``dataChanged`` comes just before, for all rows of the batch."""

    def __init__(
        self,
        *,
        words: Words | None = None,
        times: TimeTexts | None = None,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        super().__init__()
        self._words = words or EnglishWords()
        self._times = times or TimeTexts(self._words)
        self._now_ms = now_ms
        self._store = RowStore()
        self._veil = Veil()
        self._marker: Callable[[Row], Marks] | None = None
        self._people: Mapping[str, Person] = {}
        self._marks: dict[str, Marks] = {}
        self._views: OrderedDict[str, RowView] = OrderedDict()
        self._stale: set[str] = set()
        """Those of the views whose rows changed since."""
        self._footer = Footer.NONE
        self._is_loading = False
        self._has_scrolled_back = False
        self._is_holding = False
        self._batch_depth = 0
        self._touched: dict[str, frozenset[str]] = {}
        self._went_up: dict[str, bool] = {}
        self._announced_held = Held()
        self._announced_loaded = 0
        self._announced_hidden = 0

    # What the application says

    def show_page(self, rows: Sequence[Row], *, has_more: bool, waiting_first: bool = False) -> None:
        """The first page under a new filter: everything before it is forgotten, the selection too.

        waiting_first: whoever has waited longest comes first, instead of the newest; such a list comes as one page.
        """
        with self._batch():
            self.beginResetModel()
            self._store = RowStore(longest_first if waiting_first else key_of)
            self._veil.clear()
            self._forget_views()
            self._store.insert(0, sorted(self._veil.sift_rows(rows), key=self._store.key, reverse=True))
            self._store.frontier = self._frontier(rows, has_more=has_more)
            self._is_loading = False
            self._has_scrolled_back = False
            self._footer = self._wanted_footer()
            self.endResetModel()

    def append_page(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """The page after the last one. Ignored where none was asked for: then it belongs to another filter."""
        if not self._is_loading:
            return
        with self._batch():
            # A page without rows ends the list whatever it says: there is no key to go on from.
            frontier = self._frontier(rows, has_more=has_more)
            shown = self._veil.sift_rows(rows)
            self._carry_out(plan_page(self._store, shown, frontier=frontier, hold=self._is_holding))
            self._is_loading = False
            self._has_scrolled_back = True
            self._set_footer(self._wanted_footer())

    def page_failed(self) -> None:
        """The page that was asked for will not come; the footer says so and asks again when clicked."""
        if self._is_loading:
            self._store.page_failed()
            self._is_loading = False
            self._set_footer(Footer.FAILED)

    def retry_page(self) -> None:
        """Ask again for the page that failed."""
        if self._footer is Footer.FAILED:
            self._set_footer(Footer.LOADING)
            self.fetchMore(ROOT)

    def resync(self, rows: Sequence[Row], *, has_more: bool) -> None:
        """The same filter, fetched anew: applied as one difference, so that selection and scrolling survive.

        To keep what is loaded, fetch as many rows as `fetched_count` says. A page that was asked for before is dropped.
        """
        with self._batch():
            self._veil.clear()
            shown = sorted(self._veil.sift_rows(rows), key=self._store.key, reverse=True)
            self._carry_out(plan_resync(self._store, shown, frontier=self._frontier(rows, has_more=has_more)))
            self._is_loading = False
            self._set_footer(self._wanted_footer())

    def apply(self, events: Iterable[RowEvent]) -> None:
        """What the stream said, in its order."""
        with self._batch():
            self._carry_out(plan(self._store, self._veil.sift(events), hold=self._is_holding))

    def set_holding(self, holding: bool) -> None:
        """While somebody points at the rows they change in place; afterwards they go where they belong."""
        if holding != self._is_holding:
            self._is_holding = holding
            if not holding:
                self.release()

    def release(self) -> None:
        """Carry out now what waited, as the pill "3 moved" does when it is clicked."""
        if self._store.held.total:
            with self._batch():
                self._carry_out(plan_release(self._store))

    def set_members(self, members: Iterable[Member]) -> None:
        """Names for the owners' ids."""
        self._people = people_of(members)
        self._reformat()

    def set_words(self, words: Words, times: TimeTexts) -> None:
        """Another language."""
        self._words, self._times = words, times
        self._reformat()

    def set_marks(self, marks: Mapping[str, Marks]) -> None:
        """What this desktop knows of sessions, for the ids given; `NO_MARKS` takes it back."""
        for session_id, mark in marks.items():
            if mark == NO_MARKS:
                self._marks.pop(session_id, None)
            else:
                self._marks[session_id] = mark
            at = self._store.index_of(session_id)
            if at is not None:
                self._forget_view(session_id)
                self._emit_changed(at, roles_for(frozenset({"marks"})))

    def set_marker(self, marker: Callable[[Row], Marks]) -> None:
        """Who knows the marks of any row; asked whenever one is formatted. `set_marks` says what is pending beside."""
        self._marker = marker
        self._reformat()

    def marks_changed(self, session_ids: Iterable[str] | None = None) -> None:
        """The marker would answer otherwise now, for these sessions or for all."""
        if session_ids is None:
            self._reformat()
            return
        for session_id in session_ids:
            at = self._store.index_of(session_id)
            if at is not None:
                self._forget_view(session_id)
                self._emit_changed(at, roles_for(frozenset({"marks"})))

    def set_hidden(self, ids: Collection[str]) -> None:
        """The sessions that are not shown, whatever the filter says; those that were hidden before come back."""
        with self._batch():
            fresh, back = self._veil.set_ids(ids)
            for session_id in fresh:
                at = self._store.index_of(session_id)
                if at is not None:
                    self._veil.keep(SessionChanged(row=self._store[at]))
                    self._carry_out(iter((Remove(at),)))
                for event in self._store.forget(session_id):
                    self._veil.keep(event)
            # A person asked for these: they don't wait for the pointer to leave the rows.
            self._carry_out(plan(self._store, back))

    @contextmanager
    def batch(self) -> Generator[None]:
        """Several calls as one: `about_to_change` and `changed` come once around them."""
        with self._batch():
            yield

    # What views and controllers ask

    @property
    def loaded_count(self) -> int:
        """Sessions, without the footer."""
        return len(self._store)

    @property
    def hidden_count(self) -> int:
        """Rows that came and are not shown, because somebody hid them."""
        return len(self._veil)

    def hides(self, session_id: str) -> bool:
        """Whether it is not shown whatever the filter says."""
        return session_id in self._veil

    @property
    def fetched_count(self) -> int:
        """Rows that came, hidden ones included."""
        return len(self._store) + len(self._veil)

    @property
    def has_more(self) -> bool:
        return self._store.has_more

    @property
    def is_loading(self) -> bool:
        return self._is_loading

    @property
    def went_up(self) -> Mapping[str, bool]:
        """Sessions that moved, and whether upwards, for those who hear `changed`."""
        return self._went_up

    @property
    def footer(self) -> Footer:
        """What the row after the sessions says."""
        return self._footer

    @property
    def held(self) -> Held:
        return self._store.held

    @property
    def is_waiting_first(self) -> bool:
        """Whether it is ordered by who has waited longest."""
        return self._store.key is longest_first

    @property
    def words(self) -> Words:
        return self._words

    @property
    def times(self) -> TimeTexts:
        return self._times

    @property
    def people(self) -> Mapping[str, Person]:
        return self._people

    def now_ms(self) -> int:
        return self._now_ms()

    def index_of(self, session_id: str) -> QModelIndex:
        """An invalid index where the session is not loaded."""
        at = self._store.index_of(session_id)
        return ROOT if at is None else self.index(at)

    def row_at(self, at: int) -> Row | None:
        """The wire's row at a position; None for the footer and outside."""
        return self._store[at] if 0 <= at < len(self._store) else None

    def row_of(self, session_id: str) -> Row | None:
        return self._store.get(session_id)

    def view_at(self, at: int) -> RowView | None:
        """The formatted row at a position; None for the footer and outside."""
        if not 0 <= at < len(self._store):
            return None
        row = self._store[at]
        view = self._views.get(row.id)
        if view is None or row.id in self._stale:
            # Formatting waits until a row is first looked at, and then lasts until it changes: a burst of changes
            # far outside the window costs nothing here.
            since = waiting_since(row) if self.is_waiting_first else None
            view = make_row_view(row, self._people, self._words, self._marks_of(row), since, before=view)
            self._views[row.id] = view
            self._stale.discard(row.id)
            if len(self._views) > VIEWS_KEPT:
                self._stale.discard(self._views.popitem(last=False)[0])
        return view

    # QAbstractListModel

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        if parent.isValid():
            return 0
        return len(self._store) + (self._footer is not Footer.NONE)

    @override
    def data(self, index: Index, role: int = DISPLAY) -> object:
        at = index.row()
        if not index.isValid() or at > len(self._store):
            return None
        if at == len(self._store):
            return self._footer_data(role)
        if role == Role.ROW:
            return self.view_at(at)
        if role == DISPLAY:
            return self._store[at].title
        if role == Role.SESSION_ID:
            return self._store[at].id
        if role == ACCESSIBLE_TEXT:
            view = self.view_at(at)
            return None if view is None else spoken_row(view, self._words, self._times, self._now_ms())
        return None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and index.row() < len(self._store):
            return _SESSION_FLAGS
        return Qt.ItemFlag.NoItemFlags

    @override
    def canFetchMore(self, parent: Index) -> bool:
        if parent.isValid():
            return False
        return self._store.has_more and not self._is_loading and self._footer is not Footer.FAILED

    @override
    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._is_loading = True
            self._store.page_requested()
            self.more_requested.emit()

    # Inside

    def _forget_view(self, session_id: str) -> None:
        self._views.pop(session_id, None)
        self._stale.discard(session_id)

    def _forget_views(self) -> None:
        self._views.clear()
        self._stale.clear()

    def _marks_of(self, row: Row) -> Marks:
        kept = self._marks.get(row.id, NO_MARKS)
        return kept if self._marker is None else replace(self._marker(row), pending=kept.pending)

    def _frontier(self, rows: Sequence[Row], *, has_more: bool) -> Key | None:
        """Below which key nothing is known once this page is here."""
        return min(map(self._store.key, rows)) if has_more and rows else None

    def _footer_data(self, role: int) -> object:
        if self._footer is Footer.NONE:
            return None
        if role == Role.FOOTER:
            return self._footer
        if role in (DISPLAY, ACCESSIBLE_TEXT):
            return footer_text(self._footer, self._words)
        return None

    def _carry_out(self, changes: Iterator[Change]) -> None:
        for change in changes:
            match change:
                case Update(at, row, fields, in_place):
                    self._store.replace(at, row, in_place=in_place)
                    if fields:
                        if row.id in self._views:
                            self._stale.add(row.id)
                        self._touched[row.id] = self._touched.get(row.id, NO_FIELDS) | fields
                case Move(src, dst):
                    self._went_up[self._store[src].id] = dst < src
                    # Qt's destination is "before this row", counted before the move.
                    self.beginMoveRows(ROOT, src, src, ROOT, dst if dst < src else dst + 1)
                    self._store.move(src, dst)
                    self.endMoveRows()
                case Insert(at, rows):
                    self.beginInsertRows(ROOT, at, at + len(rows) - 1)
                    self._store.insert(at, rows)
                    self.endInsertRows()
                case Remove(at):
                    self.beginRemoveRows(ROOT, at, at)
                    self._forget_view(self._store[at].id)
                    self._store.remove(at)
                    self.endRemoveRows()
                case _:
                    assert_never(change)

    @contextmanager
    def _batch(self) -> Generator[None]:
        self._batch_depth += 1
        if self._batch_depth == 1:
            self.about_to_change.emit()
        try:
            yield
        finally:
            self._batch_depth -= 1
            if self._batch_depth == 0:
                self._tell_touched()
                self._announce()

    def _tell_touched(self) -> None:
        """Which rows read otherwise, neighbours together: what moves to the top in one frame stands together there."""
        touched, self._touched = self._touched, {}
        places = sorted(
            (at, roles_for(fields)) for key, fields in touched.items() if (at := self._store.index_of(key)) is not None
        )
        # Of neighbours both count on together.
        for (_, roles), run in groupby(enumerate(places), key=lambda each: (each[1][0] - each[0], each[1][1])):
            rows = [at for _, (at, _) in run]
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]), roles)

    def _announce(self) -> None:
        self.changed.emit()
        self._went_up.clear()
        held, loaded, hidden = self._store.held, len(self._store), len(self._veil)
        if held != self._announced_held:
            self._announced_held = held
            self.held_changed.emit(held)
        if hidden != self._announced_hidden:
            self._announced_hidden = hidden
            self.hidden_changed.emit(hidden)
        if loaded != self._announced_loaded:
            self._announced_loaded = loaded
            self.loaded_changed.emit(loaded)

    def _emit_changed(self, at: int, roles: list[int]) -> None:
        index = self.index(at)
        self.dataChanged.emit(index, index, roles)

    def _reformat(self) -> None:
        self._forget_views()
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1), [int(Role.ROW), ACCESSIBLE_TEXT])

    def _wanted_footer(self) -> Footer:
        if self._store.has_more:
            return Footer.LOADING
        return Footer.END if self._has_scrolled_back and len(self._store) else Footer.NONE

    def _set_footer(self, footer: Footer) -> None:
        old, at = self._footer, len(self._store)
        if footer is old:
            return
        if old is Footer.NONE:
            self.beginInsertRows(ROOT, at, at)
            self._footer = footer
            self.endInsertRows()
        elif footer is Footer.NONE:
            self.beginRemoveRows(ROOT, at, at)
            self._footer = footer
            self.endRemoveRows()
        else:
            self._footer = footer
            self._emit_changed(at, [int(Role.FOOTER), DISPLAY, ACCESSIBLE_TEXT])


def footer_text(footer: Footer, words: Words) -> str:
    """What the footer says, in words; "" for none."""
    match footer:
        case Footer.NONE:
            return ""
        case Footer.LOADING:
            return words.tr("Loading older sessions…")
        case Footer.FAILED:
            return words.tr("Older sessions could not be loaded. Click to try again.")
        case Footer.END:
            return words.tr("These are all sessions.")
