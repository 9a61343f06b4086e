"""The model says exactly what changes: who only listens holds the same rows, and selections follow their session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from parrot_desktop.domain.row_store import Held
from parrot_desktop.domain.row_view import NO_MARKS, Marks, RowView
from parrot_desktop.models.roles import ACCESSIBLE_TEXT, DISPLAY, Role
from parrot_desktop.models.selection import SelectionSummary, summarise
from parrot_desktop.models.session_list_model import Footer, SessionListModel
from parrot_wire.events import Gone, SessionChanged
from parrot_wire.session import Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Status
from tests.helpers.list_rows import MEMBERS, NOW_MS, cost, row

if TYPE_CHECKING:
    import pytest

    from parrot_wire.session import Row

IDS = "abcdefgh"
ROW = int(Role.ROW)


def clock() -> int:
    return NOW_MS


def ids(model: SessionListModel) -> str:
    return "".join(str(model.index(at).data(Role.SESSION_ID)) for at in range(model.loaded_count))


def model_with(letters: str, *, has_more: bool = False) -> SessionListModel:
    """Sessions named by letters, the first one the newest."""
    model = SessionListModel(now_ms=clock)
    model.show_page([row(each, at_ms=NOW_MS - at * 1_000) for at, each in enumerate(letters)], has_more=has_more)
    return model


def moved(session_id: str, seq: int, after_ms: int = 0) -> SessionChanged:
    return SessionChanged(row=row(session_id, seq=seq, at_ms=NOW_MS + after_ms, message_count=seq))


class Listener:
    """Holds rows by what the model's signals say, and by nothing else."""

    def __init__(self, model: QAbstractItemModel) -> None:
        self.model = model
        self.rows: list[object] = []
        self.signals: list[str] = []
        model.modelReset.connect(self.reset)
        model.rowsInserted.connect(self.inserted)
        model.rowsRemoved.connect(self.removed)
        model.rowsMoved.connect(self.moved)
        model.dataChanged.connect(self.changed)
        self.reset()

    def look(self, at: int) -> object:
        index = self.model.index(at, 0)
        view = index.data(Role.ROW)
        return (view.id, view.row.seq) if isinstance(view, RowView) else index.data(Role.FOOTER)

    def reset(self) -> None:
        self.signals.append("reset")
        self.rows = [self.look(at) for at in range(self.model.rowCount())]

    def inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.signals.append("insert")
        self.rows[first:first] = [self.look(at) for at in range(first, last + 1)]

    def removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.signals.append("remove")
        del self.rows[first : last + 1]

    def moved(self, _source: QModelIndex, start: int, _end: int, _target: QModelIndex, before: int) -> None:
        self.signals.append("move")
        self.rows.insert(before if before < start else before - 1, self.rows.pop(start))

    def changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self.signals.append("change")
        for at in range(first.row(), last.row() + 1):
            self.rows[at] = self.look(at)

    def truth(self) -> list[object]:
        return [self.look(at) for at in range(self.model.rowCount())]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    run=st.lists(
        st.tuples(
            st.sampled_from(
                ["change"] * 6
                + ["gone", "hold", "release", "page", "failed", "resync", "members", "mark", "hide", "hide"]
            ),
            st.sampled_from(IDS),
            st.integers(0, 12),
        ),
        max_size=40,
    ),
    selected=st.sets(st.integers(0, 4)),
)
def test_listeners_hold_the_models_rows_and_selections_their_sessions(
    qapp: object, run: list[tuple[str, str, int]], selected: set[int]
) -> None:
    """For any run of news: signals alone tell the rows, and what was selected stays selected while it is there."""
    model = model_with("abcde", has_more=True)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    listener = Listener(model)
    selection = QItemSelectionModel(model)
    for at in selected:
        selection.select(model.index(at), QItemSelectionModel.SelectionFlag.Select)
    chosen = {"abcde"[at] for at in selected}
    current = QPersistentModelIndex(model.index(2))
    hidden = ""
    for seq, (what, session_id, number) in enumerate(run, start=2):
        match what:
            case "change":
                model.apply([SessionChanged(row=row(session_id, seq=seq, at_ms=NOW_MS + number, title=f"t{seq}"))])
            case "gone":
                model.apply([Gone(seq=seq, id=session_id)])
            case "hold":
                model.set_holding(True)
            case "release":
                model.set_holding(False)
            case "page":
                model.fetchMore(QModelIndex())
                model.append_page([row(f"old{seq}", at_ms=NOW_MS - 10_000 - seq)], has_more=number > 4)
            case "failed":
                model.fetchMore(QModelIndex())
                model.page_failed()
            case "resync":
                model.resync([row(each, seq=seq, at_ms=NOW_MS + number) for each in IDS[:number]], has_more=False)
            case "members":
                model.set_members(MEMBERS[: number % 6])
            case "hide":
                hidden = IDS[number % 8 : number % 8 + number % 4]
                model.set_hidden(hidden)
            case _:
                model.set_marks({session_id: Marks(is_starred=number % 2 == 0)})
        assert listener.rows == listener.truth()
        assert all(model.row_of(each) is None for each in hidden)
        assert model.fetched_count == model.loaded_count + model.hidden_count
        chosen = {each for each in chosen if model.row_of(each) is not None}
        there = {str(index.data(Role.SESSION_ID)) for index in selection.selectedIndexes()}
        assert there == chosen
        if current.isValid() and model.row_of("c") is not None:
            assert current.data(Role.SESSION_ID) == "c"
    assert "reset" not in listener.signals[1:]
    del tester


def test_a_change_names_one_row_and_the_roles_it_touches(qapp: object) -> None:
    model = model_with("abc")
    heard: list[tuple[int, int, list[int]]] = []

    def hear(first: QModelIndex, last: QModelIndex, roles: list[int]) -> None:
        heard.append((first.row(), last.row(), list(roles)))

    model.dataChanged.connect(hear)
    model.apply([SessionChanged(row=row("b", seq=2, at_ms=NOW_MS - 1_000, message_count=9))])
    model.apply([SessionChanged(row=row("b", seq=3, at_ms=NOW_MS - 1_000, message_count=9, title="New"))])
    model.apply([SessionChanged(row=row("b", seq=4, at_ms=NOW_MS - 1_000, message_count=9, title="New"))])
    assert heard == [(1, 1, [ROW, ACCESSIBLE_TEXT]), (1, 1, [ROW, ACCESSIBLE_TEXT, DISPLAY])]


def test_neighbours_that_changed_together_are_told_of_together(qapp: object) -> None:
    model = model_with("abcdef")
    heard: list[tuple[int, int]] = []

    def hear(first: QModelIndex, last: QModelIndex) -> None:
        heard.append((first.row(), last.row()))

    model.dataChanged.connect(hear)
    with model.batch():
        model.apply([moved("c", 2, 1), moved("e", 3, 2)])
        model.apply([moved("c", 4, 3), SessionChanged(row=row("f", seq=5, at_ms=NOW_MS - 5_000, message_count=3))])
        assert ids(model) == "ceabdf"
        assert dict(model.went_up) == {"c": True, "e": True}
    assert heard == [(0, 1), (5, 5)]
    assert not model.went_up


def test_another_filter_resets_and_nothing_else_does(qapp: object) -> None:
    model = model_with("abc", has_more=True)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    listener = Listener(model)
    model.apply([moved("c", 2), moved("n", 3), Gone(seq=4, id="a")])
    model.fetchMore(QModelIndex())
    model.append_page([row("z", at_ms=1)], has_more=False)
    model.resync([row("q", at_ms=5)], has_more=False)
    assert "reset" not in listener.signals[1:]
    model.show_page([row("x")], has_more=False)
    assert listener.signals[-1] == "reset"
    del tester


def test_the_next_page_is_asked_for_once(qapp: object) -> None:
    model = model_with("abc", has_more=True)
    asked: list[None] = []
    model.more_requested.connect(lambda: asked.append(None))
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert len(asked) == 1
    assert not model.canFetchMore(QModelIndex())
    model.append_page([row("z", at_ms=1)], has_more=True)
    assert model.canFetchMore(QModelIndex())


def test_the_row_after_the_sessions_says_how_far_one_has_come(qapp: object) -> None:
    """It can be neither selected nor opened."""
    model = model_with("ab")
    assert model.rowCount() == 2
    model = model_with("ab", has_more=True)
    footer = model.index(2)
    assert footer.data(Role.FOOTER) == Footer.LOADING
    assert footer.flags() == Qt.ItemFlag.NoItemFlags
    assert footer.data(Role.ROW) is None
    model.fetchMore(QModelIndex())
    model.page_failed()
    assert model.index(2).data(Role.FOOTER) == Footer.FAILED
    assert not model.canFetchMore(QModelIndex())
    model.retry_page()
    assert model.index(2).data(Role.FOOTER) == Footer.LOADING
    model.append_page([row("z", at_ms=1)], has_more=False)
    assert model.index(3).data(Role.FOOTER) == Footer.END
    assert "all sessions" in model.index(3).data(DISPLAY)


def test_a_page_nobody_asked_for_is_dropped(qapp: object) -> None:
    """It was asked for under another filter."""
    model = model_with("ab", has_more=True)
    model.fetchMore(QModelIndex())
    model.show_page([row("x")], has_more=True)
    model.append_page([row("z", at_ms=1)], has_more=False)
    assert ids(model) == "x"


def test_while_somebody_points_at_the_rows_they_change_in_place(qapp: object) -> None:
    model = model_with("abc")
    told: list[Held] = []
    model.held_changed.connect(told.append)
    model.set_holding(True)
    model.apply([moved("c", 2), moved("n", 3, 5)])
    assert ids(model) == "abc"
    view = model.index(2).data(Role.ROW)
    assert isinstance(view, RowView)
    assert view.progress == "2 messages"
    model.release()
    assert ids(model) == "ncab"
    assert told == [Held(moved=1, new=1), Held()]
    model.apply([moved("b", 4, 9)])
    assert ids(model) == "ncab"
    model.set_holding(False)
    assert ids(model) == "bnca"


def test_names_come_late_and_change(qapp: object) -> None:
    model = model_with("a")
    assert model.index(0).data(Role.ROW).owner.name == "sarah"
    model.set_members(MEMBERS)
    assert model.index(0).data(Role.ROW).owner.name == "Sarah Chen"


def test_marks_belong_to_this_desktop_and_outlive_the_row(qapp: object) -> None:
    model = model_with("a")
    model.set_marks({"a": Marks(is_unread=True), "later": Marks(is_starred=True)})
    assert model.index(0).data(Role.ROW).marks.is_unread
    model.apply([moved("later", 2, 1)])
    assert model.index(0).data(Role.ROW).marks.is_starred
    model.set_marks({"later": NO_MARKS})
    assert model.index(0).data(Role.ROW).marks == NO_MARKS


def test_unknown_roles_and_places_have_no_answer(qapp: object) -> None:
    model = model_with("a")
    assert model.data(model.index(0), int(Qt.ItemDataRole.SizeHintRole)) is None
    assert model.data(QModelIndex(), DISPLAY) is None
    assert model.row_at(7) is None
    assert not model.index_of("nobody").isValid()


def test_a_row_is_read_out_as_a_sentence(qapp: object) -> None:
    model = model_with("a")
    model.set_members(MEMBERS)
    assert model.index(0).data(ACCESSIBLE_TEXT) == "Session a, Chat, Open, Sarah Chen, 8 messages, now"


def test_rows_are_formatted_once_per_change(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Painting asks again and again; and a change far outside the window formats nothing."""
    from parrot_desktop.models import session_list_model

    made: list[str] = []
    real = session_list_model.make_row_view

    def counting(wire: object, *more: object, **before: object) -> RowView:
        made.append("row")
        return real(wire, *more, **before)  # type: ignore[arg-type]

    monkeypatch.setattr(session_list_model, "make_row_view", counting)
    model = model_with("abc")
    for _ in range(5):
        model.index(0).data(Role.ROW)
    assert len(made) == 1
    model.apply([moved("c", 2)])
    assert len(made) == 1


def test_the_selection_adds_up(qapp: object) -> None:
    words = SessionListModel().words
    rows = [row("a", cost=cost(840_000, estimated=1)), row("b", cost=cost(310_000, priced=1, unknown=2, credits=31))]
    summary = summarise(rows, words)
    assert (summary.count, summary.caption) == (2, "$1.15 + unknown · 31 credits")
    assert summarise([*rows, row("c", cost=None)], words) == SelectionSummary(count=3)
    assert summarise([], words) == SelectionSummary()


def test_status_changes_reach_the_row(qapp: object) -> None:
    model = model_with("a")
    model.apply([SessionChanged(row=row("a", seq=2, status=Status.RUNNING))])
    assert model.index(0).data(Role.ROW).is_live


def test_hidden_rows_wait_behind_the_veil(qapp: object) -> None:
    """They are counted, kept up to date, and come back where they belong by now."""
    model = model_with("abcd", has_more=True)
    counts: list[int] = []
    model.hidden_changed.connect(counts.append)
    model.set_hidden("bd")
    assert (ids(model), model.hidden_count, model.fetched_count) == ("ac", 2, 4)
    model.apply([moved("b", 2, 5), Gone(seq=3, id="d")])
    assert (ids(model), model.hidden_count) == ("ac", 1)
    model.set_hidden("")
    assert ids(model) == "bac"
    assert counts == [2, 1, 0]


def test_what_is_hidden_while_places_are_held_goes_at_once(qapp: object) -> None:
    """The person asked for it; and what waited for that row does not bring it back."""
    model = model_with("abc")
    model.set_holding(True)
    model.apply([moved("b", 2, 5), moved("n", 3, 9)])
    model.set_hidden("bn")
    assert ids(model) == "ac"
    model.set_holding(False)
    assert (ids(model), model.hidden_count) == ("ac", 2)
    model.set_hidden("")
    assert ids(model) == "nbac"


def test_a_page_brings_no_hidden_row_and_no_ghost(qapp: object) -> None:
    model = model_with("ab", has_more=True)
    model.set_hidden("yz")
    model.fetchMore(QModelIndex())
    model.apply([Gone(seq=5, id="z")])
    model.append_page([row("y", at_ms=5), row("z", at_ms=4)], has_more=False)
    assert (ids(model), model.hidden_count) == ("ab", 1)
    model.set_hidden("")
    assert ids(model) == "aby"


def test_whoever_waited_longest_comes_first(qapp: object) -> None:
    """Such a list tells how long each has waited, and a row that stops waiting leaves it."""
    model = SessionListModel(now_ms=clock)

    def waiting(session_id: str, minutes: int, seq: int = 1) -> Row:
        since = from_ms(NOW_MS - minutes * 60_000)
        return row(session_id, seq=seq, status=Status.PAUSED, waiting=Waiting(since=since, reason="Approve"))

    model.show_page([waiting("a", 1), waiting("b", 90), waiting("c", 5)], has_more=False, waiting_first=True)
    assert ids(model) == "bca"
    assert model.index(0).data(Role.ROW).age_text(model.times, NOW_MS) == "waits 1h"
    assert "waiting since 1 hour ago" in model.index(0).data(ACCESSIBLE_TEXT)
    model.apply([SessionChanged(row=waiting("d", 7, seq=2)), Gone(seq=3, id="b")])
    assert ids(model) == "dca"
    model.show_page([row("x", at_ms=1), row("y", at_ms=2)], has_more=False)
    assert ids(model) == "yx"
