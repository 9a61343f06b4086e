"""In a window that reads from right to left: the frame mirrors, code does not, and a text reads its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest

from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.views.session_window.cost_chart import CostChart
from parrot_desktop.views.transcript.block import Act
from parrot_wire.session import ToolCall
from tests.helpers.details import turns
from tests.helpers.messages import answer, call, message, prompt, result

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage, QTextDocument
    from pytestqt.qtbot import QtBot

    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.transcript.view import TranscriptView
    from tests.qt.transcript.conftest import Reader

LEFT, RIGHT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft
HEBREW = "שלום לכולם\n\n- פריט\n\n> ציטוט"


def picture(view: TranscriptView, rect: QRect) -> QImage:
    return view.viewport().grab(rect).toImage()


def documents(reader: Reader, n: int) -> list[QTextDocument]:
    layout = reader.view.sight.column.measure_all(n)
    assert layout is not None
    return [block.document for block in layout.blocks if block.document is not None]


@pytest.mark.parametrize("direction", [LEFT, RIGHT])
def test_a_call_is_pressed_where_it_is_painted(read: Callable[..., Reader], direction: Qt.LayoutDirection) -> None:
    """The way to an agent's session stands at the trailing end, left where one reads from right to left."""
    part = ToolCall(call_id="c1", name="Task", input={"description": "Look"}, child="k1")
    reader = read([message(1, "assistant", part)])
    reader.view.setLayoutDirection(direction)
    reader.look()
    rect = reader.view.sight.rect_of_part(PartPlace(1, 0))
    assert rect is not None
    acts: dict[int, Act] = {}
    for x in range(rect.left() + 4, rect.right() - 4, 4):
        hit = reader.view.sight.hit(QPointF(x, rect.center().y()))
        assert hit is not None
        assert hit[2] is not None
        acts[x] = hit[2].act
    opens = [x for x, act in acts.items() if act is Act.OPEN_CHILD]
    assert opens
    assert all((x < rect.center().x()) == (direction is RIGHT) for x in opens)
    activated: list[str] = []
    reader.view.session_activated.connect(activated.append)
    QTest.mouseClick(
        reader.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(opens[len(opens) // 2], rect.center().y())
    )
    assert activated == ["k1"]


def test_the_frame_mirrors_and_differences_stay(read: Callable[..., Reader], qtbot: QtBot) -> None:
    """A change reads from left to right in both windows, to the pixel; the head of its card does not."""
    edit = {"file_path": "/w/app/a.py", "old_string": "a = 1\n", "new_string": "a = 3  # שלום\n"}
    pictures: dict[Qt.LayoutDirection, tuple[QImage, QImage]] = {}
    for direction in (LEFT, RIGHT):
        reader = read([call(1, "Edit", **edit), result(2, 1, "ok")])
        reader.view.set_all_open(True)
        reader.view.setLayoutDirection(direction)
        reader.look()
        qtbot.waitUntil(lambda view=reader.view: view.is_coloured)
        found = [placed for _, _, layout in reader.view.sight.visible() if layout for placed in layout.between(0, 500)]
        rects = [QRect(reader.view.sight.left, placed.top, 600, placed.height) for placed in found]
        well = next(rect for placed, rect in zip(found, rects, strict=True) if "a = 3" in placed.block.text)
        head = next(rect for placed, rect in zip(found, rects, strict=True) if "a.py" in placed.block.words())
        inside = well.adjusted(14, 2, -60, -2)
        pictures[direction] = picture(reader.view, inside), picture(reader.view, head)
    assert pictures[LEFT][0] == pictures[RIGHT][0]
    assert pictures[LEFT][1] != pictures[RIGHT][1]


@pytest.mark.parametrize("direction", [LEFT, RIGHT])
def test_a_text_reads_as_its_first_letter_does(read: Callable[..., Reader], direction: Qt.LayoutDirection) -> None:
    """Whatever way the window reads; lists and quotes are indented from where their text begins."""
    reader = read([prompt(1, HEBREW), answer(2, "Hello\n\n- item\n\n```\nשלום\n```")])  # noqa: RUF001  it is a Hebrew letter
    reader.view.setLayoutDirection(direction)
    reader.look()
    hebrew = documents(reader, 1)[0]
    for number in range(hebrew.blockCount()):
        block = hebrew.findBlockByNumber(number)
        assert block.textDirection() is RIGHT
        assert block.blockFormat().leftMargin() == 0
    assert hebrew.findBlockByNumber(1).blockFormat().rightMargin() > 0
    english, code = documents(reader, 2)
    assert english.begin().textDirection() is LEFT
    assert english.findBlockByNumber(1).blockFormat().leftMargin() > 0
    assert code.begin().textDirection() is LEFT


@pytest.mark.parametrize(("direction", "turn"), [(LEFT, 1), (RIGHT, 5)])
def test_the_chart_begins_where_one_reads_from(
    qtbot: QtBot, theme: Theme, direction: Qt.LayoutDirection, turn: int
) -> None:
    chart = CostChart(theme)
    qtbot.addWidget(chart)
    chart.setLayoutDirection(direction)
    chart.resize(78, 46)
    chart.show_turns(turns())
    chart.show()
    pressed: list[int] = []
    chart.turn_activated.connect(pressed.append)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(4, 30))
    assert pressed == [turn]
