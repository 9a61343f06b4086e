"""What reaches the list is what the server holds, in its order, however the news came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_desktop.domain.row_store import (
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
from parrot_wire.events import Gone, SessionChanged
from parrot_wire.session import Row
from tests.helpers.list_rows import row

if TYPE_CHECKING:
    from collections.abc import Iterable

IDS = "abcdefghijkl"
PAGE = 3


def ids(store: RowStore) -> str:
    return "".join(each.id for each in store)


def carry_out(store: RowStore, changes: Iterable[Change], shadow: list[str] | None = None) -> list[Change]:
    """What the model does with a plan, and what a list does that only hears of the changes."""
    done: list[Change] = []
    for change in changes:
        done.append(change)
        match change:
            case Move(src, dst):
                store.move(src, dst)
                if shadow is not None:
                    shadow.insert(dst, shadow.pop(src))
            case Update(at, new, _, in_place):
                store.replace(at, new, in_place=in_place)
            case Insert(at, rows):
                store.insert(at, rows)
                if shadow is not None:
                    shadow[at:at] = [each.id for each in rows]
            case Remove(at):
                store.remove(at)
                if shadow is not None:
                    del shadow[at]
    return done


def store_of(*rows: Row, frontier: Key | None = None) -> RowStore:
    store = RowStore()
    store.insert(0, sorted(rows, key=key_of, reverse=True))
    store.frontier = frontier
    return store


def changed(session_id: str, seq: int, at_ms: int) -> SessionChanged:
    return SessionChanged(row=row(session_id, seq=seq, at_ms=at_ms, message_count=seq))


# One by one


def test_the_newest_stands_first_and_ties_go_by_id_descending() -> None:
    store = store_of(row("a", at_ms=5), row("b", at_ms=9), row("c", at_ms=5))
    assert ids(store) == "bca"
    assert store.index_of("c") == 1
    assert store.index_of("z") is None


def test_a_row_that_moves_up_is_moved_and_not_removed_and_inserted() -> None:
    store = store_of(row("a", at_ms=1), row("b", at_ms=2), row("c", at_ms=3))
    done = carry_out(store, plan(store, [changed("a", 9, 10)]))
    assert ids(store) == "acb"
    assert done[0] == Move(2, 0)
    assert isinstance(done[1], Update)
    assert done[1].fields == {"last_activity_at", "started_at", "message_count"}


def test_a_change_that_moves_nothing_is_one_update() -> None:
    store = store_of(row("a", at_ms=1), row("b", at_ms=2))
    done = carry_out(store, plan(store, [SessionChanged(row=row("a", seq=4, at_ms=1, title="Renamed"))]))
    assert done == [Update(1, store[1], frozenset({"title"}))]


@pytest.mark.parametrize("seq", [1, 2])
def test_an_older_or_equal_row_changes_nothing(seq: int) -> None:
    store = store_of(row("a", seq=2, at_ms=1))
    assert carry_out(store, plan(store, [changed("a", seq, 50)])) == []


def test_an_older_gone_does_not_remove_a_newer_row() -> None:
    store = store_of(row("a", seq=5, at_ms=1))
    assert carry_out(store, plan(store, [Gone(seq=4, id="a")])) == []
    carry_out(store, plan(store, [Gone(seq=6, id="a")]))
    assert ids(store) == ""


# The window


def test_a_row_below_the_last_page_is_not_inserted_while_pages_remain() -> None:
    store = store_of(row("b", at_ms=9), row("a", at_ms=5), frontier=key_of(row("a", at_ms=5)))
    assert carry_out(store, plan(store, [changed("z", 3, 4)])) == []
    store.frontier = None
    carry_out(store, plan(store, [changed("z", 4, 4)]))
    assert ids(store) == "baz"


def test_a_row_that_falls_below_the_last_page_is_removed() -> None:
    store = store_of(row("b", at_ms=9), row("a", at_ms=5), frontier=key_of(row("a", at_ms=5)))
    assert carry_out(store, plan(store, [changed("b", 3, 1)])) == [Remove(0)]


def test_the_window_ends_at_the_last_page_and_not_at_the_last_row() -> None:
    """Otherwise what lies between the two would be in no page: the next one begins below the last page."""
    store = store_of(row("b", at_ms=9), row("a", at_ms=5), frontier=key_of(row("a", at_ms=5)))
    carry_out(store, plan(store, [changed("a", 3, 20), changed("z", 4, 6)]))
    assert ids(store) == "abz"


def test_a_page_that_is_older_than_the_stream_does_not_undo_it() -> None:
    store = store_of(row("c", at_ms=9), frontier=key_of(row("c", at_ms=9)))
    store.page_requested()
    carry_out(store, plan(store, [changed("b", 7, 6), Gone(seq=8, id="a")]))
    assert ids(store) == "c"
    carry_out(store, plan_page(store, [row("b", seq=2, at_ms=5), row("a", seq=3, at_ms=4)], frontier=None))
    assert ids(store) == "cb"
    assert store[1].seq == 7


def test_a_page_comes_as_one_insert() -> None:
    store = store_of(row("c", at_ms=9), frontier=key_of(row("c", at_ms=9)))
    store.page_requested()
    page = [row("b", at_ms=8), row("a", at_ms=7)]
    assert carry_out(store, plan_page(store, page, frontier=None)) == [Insert(1, tuple(page))]
    assert not store.has_more


# Holding


def test_held_rows_change_in_place_and_go_where_they_belong_on_release() -> None:
    store = store_of(row("a", at_ms=1), row("b", at_ms=2), row("c", at_ms=3))
    events: list[RowEvent] = [changed("a", 5, 10), changed("n", 6, 11), Gone(seq=7, id="c")]
    done = carry_out(store, plan(store, events, hold=True))
    assert [type(change) for change in done] == [Update]
    assert ids(store) == "cba"
    assert store[2].seq == 5
    assert store.held == Held(moved=1, new=1, gone=1)
    carry_out(store, plan_release(store))
    assert ids(store) == "nab"
    assert store.held == Held()


def test_a_change_without_a_move_is_not_held() -> None:
    store = store_of(row("a", at_ms=1), row("b", at_ms=2))
    carry_out(store, plan(store, [SessionChanged(row=row("a", seq=5, at_ms=1, title="New"))], hold=True))
    assert store[1].title == "New"
    assert store.held == Held()


# All together


@dataclass
class World:
    """A server, the stream's way, and a client, as small as they get."""

    truth: dict[str, Row] = field(default_factory=dict[str, Row])
    log: list[RowEvent] = field(default_factory=list[RowEvent])
    delivered: int = 0
    store: RowStore = field(default_factory=RowStore)
    shadow: list[str] = field(default_factory=list[str])
    hold: bool = False
    page: tuple[list[Row], Key | None] | None = None

    def fetch(self, below: Key | None, limit: int) -> tuple[list[Row], Key | None]:
        """A page as of now, and where the next one begins."""
        rows = sorted(self.truth.values(), key=key_of, reverse=True)
        rows = [each for each in rows if below is None or key_of(each) < below]
        return rows[:limit], key_of(rows[limit - 1]) if len(rows) > limit else None

    def change(self, session_id: str, at_ms: int) -> None:
        seq = len(self.log) + 1
        new = row(session_id, seq=seq, at_ms=at_ms, message_count=seq)
        self.truth[session_id] = new
        self.log.append(SessionChanged(row=new))

    def delete(self, session_id: str) -> None:
        if self.truth.pop(session_id, None) is not None:
            self.log.append(Gone(seq=len(self.log) + 1, id=session_id))

    def deliver(self, count: int, *, repeated: bool) -> None:
        start = max(0, self.delivered - 2) if repeated else self.delivered
        events = self.log[start : self.delivered + count]
        self.delivered = min(len(self.log), self.delivered + count)
        carry_out(self.store, plan(self.store, events, hold=self.hold), self.shadow)

    def request_page(self) -> None:
        if self.page is None and self.store.has_more:
            self.store.page_requested()
            self.page = self.fetch(self.store.frontier, PAGE)

    def receive_page(self) -> None:
        if self.page is not None:
            rows, frontier = self.page
            self.page = None
            carry_out(self.store, plan_page(self.store, rows, frontier=frontier, hold=self.hold), self.shadow)

    def lose_page(self) -> None:
        if self.page is not None:
            self.page = None
            self.store.page_failed()

    def resync(self) -> None:
        rows, frontier = self.fetch(None, max(PAGE, len(self.store)))
        self.page = None
        self.delivered = len(self.log)
        carry_out(self.store, plan_resync(self.store, rows, frontier=frontier), self.shadow)

    def release(self) -> None:
        self.hold = False
        carry_out(self.store, plan_release(self.store), self.shadow)


Step = tuple[str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["change"] * 5
            + ["delete", "deliver", "deliver", "repeat", "page", "answer", "lose", "hold", "release", "resync"]
        ),
        st.sampled_from(IDS),
        st.integers(0, 9),
    ),
    max_size=60,
)


@given(first=st.dictionaries(st.sampled_from(IDS), st.integers(0, 9)), run=STEPS)
def test_any_run_of_news_ends_with_the_servers_rows(first: dict[str, int], run: list[Step]) -> None:
    """Changes, deletions, pages that cross the stream, repeats, holds and resets, in any order and batching."""
    world = World()
    for session_id, at_ms in first.items():
        world.change(session_id, at_ms)
    world.resync()
    for what, session_id, number in run:
        match what:
            case "change":
                world.change(session_id, number)
            case "delete":
                world.delete(session_id)
            case "deliver":
                world.deliver(number, repeated=False)
            case "repeat":
                world.deliver(number, repeated=True)
            case "page":
                world.request_page()
            case "answer":
                world.receive_page()
            case "lose":
                world.lose_page()
            case "hold":
                world.hold = True
            case "release":
                world.release()
            case _:
                world.resync()
        # Whoever only hears of the changes sees the same rows, at every step.
        assert world.shadow == [each.id for each in world.store]
        assert all(world.store.index_of(each.id) == at for at, each in enumerate(world.store))
    world.deliver(len(world.log), repeated=False)
    world.receive_page()
    world.release()
    frontier = world.store.frontier
    wanted = [each for each in world.truth.values() if frontier is None or key_of(each) >= frontier]
    assert list(world.store) == sorted(wanted, key=key_of, reverse=True)
    # Scrolling back to the end brings all there is.
    while world.store.has_more:
        world.request_page()
        world.receive_page()
    assert list(world.store) == sorted(world.truth.values(), key=key_of, reverse=True)
