"""News reach the list at once when it is quiet, a frame at a time when it is not, and no flush holds up a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication
from typing_extensions import override

from parrot_desktop.models.event_buffer import CHUNK, FLUSH_BUDGET_MS, EventBuffer
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_wire.events import Gone, Ready, Reset, SessionChanged
from tests.helpers.list_rows import NOW_MS, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytestqt.qtbot import QtBot

    from parrot_desktop.domain.row_store import RowEvent


class SlowModel(SessionListModel):
    """Each batch of events takes as long as it is told."""

    def __init__(self, clock: list[float], *, takes_ms: float) -> None:
        super().__init__(now_ms=lambda: NOW_MS)
        self.clock = clock
        self.takes_ms = takes_ms
        self.applied: list[list[str]] = []

    @override
    def apply(self, events: Iterable[RowEvent]) -> None:
        events = list(events)
        self.applied.append([event.id if isinstance(event, Gone) else event.row.id for event in events])
        self.clock[0] += self.takes_ms
        super().apply(events)


@dataclass
class Bench:
    clock: list[float]
    model: SlowModel
    buffer: EventBuffer
    flushed: list[int] = field(default_factory=list[int])


@pytest.fixture
def bench(qapp: QCoreApplication) -> Bench:
    clock = [1_000.0]
    model = SlowModel(clock, takes_ms=1)
    made = Bench(clock, model, EventBuffer(model, clock_ms=lambda: clock[0]))
    made.buffer.flushed.connect(made.flushed.append)
    return made


def news(session_id: str, seq: int) -> SessionChanged:
    return SessionChanged(row=row(session_id, seq=seq, at_ms=NOW_MS + seq, message_count=seq))


def test_after_a_quiet_frame_news_are_shown_in_the_next_turn(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.buffer.flushed):
        bench.buffer.put([news("a", 1), news("b", 2)])
        assert bench.model.applied == []
    assert bench.model.applied == [["a", "b"]]


def test_only_the_newest_change_of_a_session_is_shown(bench: Bench) -> None:
    bench.buffer.put([news("a", 1), news("b", 2), news("a", 5), news("a", 3)])
    bench.buffer.flush()
    assert bench.flushed == [2]
    shown = bench.model.row_of("a")
    assert shown is not None
    assert shown.seq == 5


def test_gone_wins_over_older_news_and_loses_to_newer(bench: Bench) -> None:
    bench.buffer.put([news("a", 1), Gone(seq=2, id="a"), Gone(seq=3, id="b"), news("b", 4)])
    bench.buffer.flush()
    assert bench.model.row_of("a") is None
    assert bench.model.row_of("b") is not None


def test_what_changes_no_row_is_the_controllers(bench: Bench) -> None:
    bench.buffer.put([Ready(seq=3, feed="f"), Reset(reason="behind")])
    assert len(bench.buffer) == 0


def test_a_burst_is_shown_over_several_frames(bench: Bench) -> None:
    count = 20 * CHUNK
    bench.model.takes_ms = 1.2
    bench.buffer.put(news(f"s{n}", n + 1) for n in range(count))
    before = bench.clock[0]
    bench.buffer.flush()
    # The last batch may begin just before the time is up.
    assert bench.clock[0] - before <= FLUSH_BUDGET_MS + bench.model.takes_ms
    assert 0 < bench.flushed[0] < count
    while len(bench.buffer):
        bench.buffer.flush()
    assert sum(bench.flushed) == count
    assert bench.model.loaded_count == count


def test_a_model_that_is_too_slow_still_gets_on(bench: Bench) -> None:
    bench.model.takes_ms = 100
    bench.buffer.put(news(f"s{n}", n + 1) for n in range(2 * CHUNK))
    bench.buffer.flush()
    assert bench.flushed == [CHUNK]


def test_a_view_is_told_once_a_flush(bench: Bench) -> None:
    told: list[str] = []
    bench.model.about_to_change.connect(lambda: told.append("before"))
    bench.model.changed.connect(lambda: told.append("after"))
    bench.buffer.put(news(f"s{n}", n + 1) for n in range(3 * CHUNK))
    bench.buffer.flush()
    assert told == ["before", "after"]


def test_a_hidden_list_waits_and_catches_up_when_it_is_shown(bench: Bench, qtbot: QtBot) -> None:
    bench.buffer.put([news("a", 1)])
    bench.buffer.flush()
    bench.buffer.set_visible(False)
    bench.buffer.put([news("b", 2)])
    bench.clock[0] += 20
    QCoreApplication.processEvents()
    assert bench.model.row_of("b") is None
    with qtbot.waitSignal(bench.buffer.flushed):
        bench.buffer.set_visible(True)
    assert bench.model.row_of("b") is not None


def test_what_waits_for_another_filter_is_forgotten(bench: Bench) -> None:
    bench.buffer.put([news("a", 1)])
    bench.buffer.clear()
    bench.buffer.flush()
    assert bench.model.loaded_count == 0
