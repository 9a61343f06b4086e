"""Scrolling a transcript: nothing more than what is seen is loaded or laid out, and what is read never jumps."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from typing_extensions import override

from parrot_desktop.domain.transcript.find import PartFilter
from parrot_desktop.domain.transcript.pieces import View
from parrot_desktop.domain.transcript.store import PartPlace
from tests.helpers.messages import answer, call, prompt, result

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from parrot_wire.session import Message
    from tests.qt.transcript.conftest import Reader

    Read = Callable[..., Reader]


def chapter(n: int) -> Message:
    """Messages of very different heights; every estimate is wrong."""
    chance = random.Random(n)
    if n % 4 == 1:
        return prompt(n, f"Question {n}")
    if n % 4 == 2:
        return call(n, "Bash", command=f"make {n}")
    if n % 4 == 3:
        return result(n, n - 1, "line\n" * 50)
    lines = "\n\n".join(f"Paragraph {k} of **{n}**" for k in range(chance.randrange(1, 14)))
    return answer(n, f"# Title\n\n{lines}\n\n```python\nx = {n}\n```", turn=n)


def test_fifty_thousand_messages_cost_what_is_seen(read: Read) -> None:
    reader = read(50_000, chapter)
    assert reader.shown[0] == 1
    loaded = len(reader.view.store)
    assert loaded < 60
    reader.view.scroll_to_end(follow=False)
    reader.look()
    assert reader.shown[-1] == 50_000
    assert len(reader.view.store) < 2 * loaded + 60


def test_a_range_is_asked_for_once_until_it_comes_or_is_given_up(read: Read) -> None:
    reader = read(1_000, chapter)
    reader.answers = False
    reader.view.scroll_to(500)
    reader.look()
    reader.scroll(5)
    reader.scroll(-5)
    (asked,) = [each for each in reader.asked if each[0] <= 500 <= each[1]]
    reader.view.forget_asked()
    reader.scroll(1)
    assert reader.asked[-1][0] <= 500 <= reader.asked[-1][1]
    reader.answer(*asked)
    reader.look()
    assert reader.shown[0] in {499, 500, 501}


def test_reading_upwards_does_not_jump(read: Read) -> None:
    """Heights above are guesses until they are seen; what is in sight moves by what was scrolled, and no more."""
    reader = read(400, chapter)
    reader.view.scroll_to(300)
    reader.look()
    compared = 0
    for _ in range(200):
        seen = {(n, 0): top for n in reader.shown if (top := reader.top_of(n)) is not None and 0 <= top < 450}
        before = reader.view.verticalScrollBar().value()
        reader.scroll(-30)
        if reader.view.verticalScrollBar().value() == 0 or before == 0:
            break
        tops = {place: reader.top_of(*place) for place in seen}
        moved = {now - seen[place] for place, now in tops.items() if now is not None}
        # A message higher than the view has no top in sight.
        assert moved <= {30}
        compared += len(moved)
    assert compared > 100


def test_messages_that_come_above_leave_what_is_read_in_place(read: Read) -> None:
    reader = read(300, chapter)
    reader.view.scroll_to(200)
    reader.look()
    reader.scroll(37)
    reader.answers = False
    n = next(each for each in reader.shown if (reader.top_of(each) or -1) >= 0)
    top = reader.top_of(n)
    reader.view.put_messages(chapter(each) for each in range(1, 160))
    reader.look()
    assert reader.top_of(n) == top


def test_a_narrower_window_keeps_the_place(read: Read) -> None:
    reader = read(200, chapter)
    reader.view.scroll_to(120)
    reader.look()
    first = reader.view.reading
    reader.view.resize(420, 500)
    reader.look()
    assert abs(reader.view.reading - first) <= 1
    reader.view.resize(900, 600)
    reader.look()
    assert abs(reader.view.reading - first) <= 1


def test_a_live_end_is_followed_until_one_scrolls_up(read: Read) -> None:
    said = [chapter(n) for n in range(1, 41)]
    reader = read(said, is_live=True)
    bar = reader.view.verticalScrollBar()
    unseen: list[int] = []
    reader.view.unseen_changed.connect(unseen.append)
    reader.view.scroll_to_end(follow=True)
    reader.view.put_messages([answer(41, "word " * 400)])
    reader.look()
    assert bar.value() == bar.maximum()
    assert reader.shown[-1] == 41

    reader.scroll(-200)
    assert not reader.view.is_following
    top = reader.top_of(41)
    reader.view.put_messages([answer(42, "more"), prompt(43)])
    reader.look()
    assert reader.top_of(41) == top
    assert unseen[-1] == 2

    reader.scroll(100_000)
    assert reader.view.is_following
    assert unseen[-1] == 0


def test_a_message_that_grows_is_followed_too(read: Read) -> None:
    reader = read([chapter(n) for n in range(1, 30)], is_live=True)
    reader.view.scroll_to_end(follow=True)
    for lines in range(1, 40, 4):
        reader.view.put_messages([answer(29, "A line\n\n" * lines)])
        reader.look()
        bar = reader.view.verticalScrollBar()
        assert bar.value() == bar.maximum()


def test_a_settled_transcript_is_not_followed(read: Read) -> None:
    reader = read([chapter(n) for n in range(1, 40)])
    reader.scroll(100_000)
    assert not reader.view.is_following


def test_a_filter_hides_and_a_jump_to_something_hidden_shows_everything(read: Read) -> None:
    reader = read([chapter(n) for n in range(1, 60)])
    reader.view.set_view(View(PartFilter.PROMPTS))
    reader.look()
    assert {n % 4 for n in reader.shown} == {1}
    reader.view.go_to_part(PartPlace(22, 0))
    reader.look()
    assert reader.view.shown == View()
    top = reader.top_of(22)
    assert top is not None
    assert 0 <= top < 100


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["wheel", "jump", "resize", "put", "fold"]), st.integers(0, 199)), max_size=12)
)
def test_the_scroll_bar_always_covers_the_column(read: Read, acts: list[tuple[str, int]]) -> None:
    """Whatever a reader does: nothing but blocks in order, without holes, between the first and the last."""
    reader = read(200, chapter)
    for what, value in acts:
        match what:
            case "wheel":
                reader.scroll((value - 100) * 7)
            case "jump":
                reader.view.scroll_to(value + 1)
            case "resize":
                reader.view.resize(300 + 3 * value, 300 + value)
            case "put":
                reader.view.put_messages([chapter(value + 1)])
            case _:
                reader.view.set_all_open(value % 2 == 0)
        reader.look()
        ys = [(y, y + reader.view.sight.column.height_of(n)) for n, y, _ in reader.view.sight.visible()]
        assert all(end == start for (_, end), (start, _) in pairwise(ys))
        assert all(layout is not None for _, _, layout in reader.view.sight.visible())
        bar = reader.view.verticalScrollBar()
        assert 0 <= bar.value() <= bar.maximum()
    reader.view.close()


def test_keys_page_through(read: Read) -> None:
    reader = read([chapter(n) for n in range(1, 81)])
    QTest.keyClick(reader.view, Qt.Key.Key_Space)
    assert reader.view.verticalScrollBar().value() > 300
    QTest.keyClick(reader.view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert reader.view.verticalScrollBar().value() == 0
    QTest.keyClick(reader.view, Qt.Key.Key_End)
    reader.look()
    assert reader.shown[-1] == 80
    QTest.keyClick(reader.view, Qt.Key.Key_Home)
    assert reader.view.verticalScrollBar().value() == 0


def test_a_call_that_runs_turns_where_it_is_seen_and_motion_is_wanted(read: Read) -> None:
    reader = read([prompt(1), call(2, command="make")], is_live=True)
    assert reader.view.is_moving
    reader.view.set_reduced_motion(True)
    assert not reader.view.is_moving
    reader.view.set_reduced_motion(False)
    assert reader.view.is_moving
    reader.view.put_messages([result(3, of=2, text="made")])
    reader.look()
    assert not reader.view.is_moving


def test_what_turns_is_painted_alone(read: Read, qtbot: QtBot) -> None:
    reader = read([prompt(1), answer(2), call(3, command="make")], is_live=True)
    areas: list[QRect] = []

    class Watcher(QObject):
        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                areas.append(event.rect())
            return False

    watcher = Watcher()
    reader.view.viewport().installEventFilter(watcher)
    qtbot.waitUntil(lambda: len(areas) >= 3)
    assert all(area.height() < 60 for area in areas)
    assert len({(area.top(), area.height()) for area in areas}) == 1
