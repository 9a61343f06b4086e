"""Reading a transcript: folding, find, selecting, copying, links; with the mouse and with keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QSignalSpy, QTest

from parrot_desktop.domain.transcript.find import Match, find
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.views.transcript.block import Act, Target
from parrot_desktop.views.transcript.images import decode_image
from parrot_desktop.views.transcript.raw_dialog import shown as raw_shown
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from tests.helpers.messages import answer, call, message, prompt, result

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_wire.session import Message
    from tests.qt.transcript.conftest import Reader

    Read = Callable[..., Reader]

NONE = Qt.KeyboardModifier.NoModifier


def talk() -> list[Message]:
    return [
        prompt(1, "Look at the log"),
        message(
            2,
            "assistant",
            Thinking(text="Where is it?"),
            Text(text="I will see [the docs](https://example.com/docs) and [it](src/log.py:3)."),
            ToolCall(call_id="c2", name="Bash", input={"command": "cat log"}),
            turn=1,
        ),
        result(3, 2, "first needle\nsecond needle", exit_code=1, ok=False),
        answer(4, "Found a needle.", turn=2),
    ]


def words_of(reader: Reader, n: int, index: int) -> str:
    """All that the blocks of a part say."""
    return "\n".join(placed.block.words() for placed in reader.view.sight.blocks_of(PartPlace(n, index)))


def middle(reader: Reader, n: int, index: int) -> QPoint:
    rect = reader.view.sight.rect_of_part(PartPlace(n, index))
    assert rect is not None
    return QPoint(rect.left() + 60, rect.top() + 14)


def test_a_click_unfolds_a_card_and_folds_it(read: Read) -> None:
    reader = read(talk())
    assert "first needle" not in words_of(reader, 2, 2)
    at = middle(reader, 2, 2)
    QTest.mouseClick(reader.view.viewport(), Qt.MouseButton.LeftButton, NONE, at)
    assert "first needle" in words_of(reader, 2, 2)
    QTest.mouseClick(reader.view.viewport(), Qt.MouseButton.LeftButton, NONE, at)
    assert "first needle" not in words_of(reader, 2, 2)


def test_a_press_that_ends_elsewhere_acts_on_nothing(read: Read) -> None:
    reader = read(talk())
    viewport = reader.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, NONE, middle(reader, 2, 2))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, NONE, middle(reader, 1, 0))
    assert "first needle" not in words_of(reader, 2, 2)


def test_keys_walk_through_the_parts(read: Read) -> None:
    reader = read(talk())
    walked: list[PartPlace | None] = []
    for _ in range(6):
        QTest.keyClick(reader.view, Qt.Key.Key_Down)
        walked.append(reader.view.current)
    # The result stands in its call; at the end the last part stays.
    assert walked == [PartPlace(n, index) for n, index in ((1, 0), (2, 0), (2, 1), (2, 2), (4, 0), (4, 0))]
    QTest.keyClick(reader.view, Qt.Key.Key_Up)
    assert "Run, cat log, exit 1" in reader.view.accessibleDescription()
    for key, is_open in ((Qt.Key.Key_Return, True), (Qt.Key.Key_Left, False), (Qt.Key.Key_Right, True)):
        QTest.keyClick(reader.view, key)
        assert ("first needle" in words_of(reader, 2, 2)) is is_open


def test_find_opens_what_hides_a_match(read: Read) -> None:
    reader = read(talk())
    reader.view.set_needle("NEEDLE")
    (in_result, in_answer) = find(talk(), "needle")
    assert (in_result.count, in_answer.count) == (2, 1)
    reader.view.show_match(Match(in_result.n, in_result.index, 1))
    assert reader.view.current == PartPlace(2, 2)
    assert "second needle" in words_of(reader, 2, 2)
    reader.look()
    reader.view.show_match(Match(in_answer.n, in_answer.index, 0))
    assert reader.view.current == PartPlace(4, 0)


def test_find_goes_to_messages_that_are_not_loaded(read: Read) -> None:
    def make(n: int) -> Message:
        return prompt(n, "the needle" if n == 900 else "hay " * 40)

    reader = read(1_000, make)
    reader.view.set_needle("needle")
    reader.view.show_match(Match(900, 0, 0))
    reader.look()
    assert 900 in reader.shown
    assert reader.view.current == PartPlace(900, 0)


def test_a_match_in_what_is_left_out_of_a_long_output_is_shown(read: Read) -> None:
    text = "\n".join(f"line {n}" if n != 700 else "the needle" for n in range(2_000))
    reader = read([call(1, "Bash", command="cat"), result(2, 1, text)])
    reader.view.set_needle("needle")
    reader.view.show_match(Match(2, 0, 0))
    reader.look()
    assert "the needle" in words_of(reader, 1, 0)


def test_the_current_match_is_seen(read: Read) -> None:
    """Its colours stand on the screen, and no longer when find is closed."""
    reader = read(talk())
    ground = reader.view._kit.current_ground  # pyright: ignore[reportPrivateUsage]
    reader.view.set_needle("log")
    reader.view.show_match(Match(1, 0, 0))
    reader.look()
    assert has_colour(reader.view.grab().toImage(), ground)
    reader.view.set_needle("")
    reader.look()
    assert not has_colour(reader.view.grab().toImage(), ground)


def has_colour(image: QImage, wanted: QColor) -> bool:
    def near(pixel: QColor) -> bool:
        return abs(pixel.hue() - wanted.hue()) < 6 and pixel.saturation() > 120 and pixel.value() > 120

    return any(near(image.pixelColor(x, y)) for y in range(0, image.height(), 2) for x in range(0, 400, 2))


def test_text_is_selected_across_messages_and_copied(read: Read) -> None:
    reader = read([prompt(1, "first words"), answer(2, "**second** `words`")])
    viewport = reader.view.viewport()
    start = reader.view.sight.rect_of_part(PartPlace(1, 0))
    end = reader.view.sight.rect_of_part(PartPlace(2, 0))
    assert start is not None
    assert end is not None
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, NONE, start.topLeft() + QPoint(0, 8))
    QTest.mouseMove(viewport, start.topLeft() + QPoint(40, 12))
    QTest.mouseMove(viewport, end.bottomRight() - QPoint(2, 4))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, NONE, end.bottomRight() - QPoint(2, 4))
    assert reader.view.selected.startswith("first words\nAgent")
    assert reader.view.selected.endswith("second words")
    QTest.keyClick(reader.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == reader.view.selected


def test_a_message_is_copied_as_markdown(read: Read) -> None:
    reader = read(talk())
    reader.view.copy_message(2)
    text = QGuiApplication.clipboard().text()
    assert "[the docs](https://example.com/docs)" in text
    assert "**Run** `cat log` · exit 1" in text
    assert "```\nfirst needle\nsecond needle\n```" in text


def test_links_are_told_and_never_followed(read: Read) -> None:
    reader = read([answer(1, "[docs](https://example.com) [js](javascript:x) [file](a/b.py:3) https://x.y/z")])
    spy = QSignalSpy(reader.view.link_activated)
    rect = reader.view.sight.rect_of_part(PartPlace(1, 0))
    assert rect is not None
    for x in range(rect.left(), rect.right(), 6):
        QTest.mouseClick(reader.view.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(x, rect.top() + 8))
    told = {spy.at(number)[0] for number in range(spy.count())}
    assert told == {"https://example.com", "file:a/b.py:3", "https://x.y/z"}


def test_an_agents_call_leads_to_its_session(read: Read) -> None:
    part = ToolCall(call_id="a", name="Task", input={"description": "Look"}, child="child-1")
    reader = read([message(1, "assistant", part)])
    told = QSignalSpy(reader.view.session_activated)
    rect = reader.view.sight.rect_of_part(PartPlace(1, 0))
    assert rect is not None
    at = QPoint(rect.right() - 110, rect.center().y())
    QTest.mouseClick(reader.view.viewport(), Qt.MouseButton.LeftButton, NONE, at)
    assert told.at(0) == ["child-1"]


def test_a_part_that_the_server_cut_is_asked_for_whole(read: Read) -> None:
    cut = ToolResult(call_id="c1", ok=True, text="begin\n" * 100, full_bytes=3_100_000)
    reader = read([call(1, "Bash", command="x"), message(2, "tool", cut)])
    reader.view.toggle(PartPlace(1, 0))
    assert "Show all (3.1 MB)" in words_of(reader, 1, 0)
    told = QSignalSpy(reader.view.part_needed)
    reader.view.act(PartPlace(1, 0), _show_all(reader))
    assert told.at(0) == [2, 0]
    whole = "begin\n" * 100 + "x" * 3_000_000 + "\nthe end"
    reader.view.put_part(PartPlace(2, 0), ToolResult(call_id="c1", ok=True, text=whole))
    reader.look()
    words = words_of(reader, 1, 0)
    assert "the end" in words
    assert "Show all" not in words


def _show_all(reader: Reader) -> Target:
    targets = [target for placed in reader.view.sight.blocks_of(PartPlace(1, 0)) for target in placed.block.targets()]
    return next(target for target in targets if target.act is Act.SHOW_ALL)


BAD = {
    "a line of ten megabytes": Text(text="x" * 10_000_000),
    "deep nesting": Text(text="> " * 5_000 + "deep"),
    "a huge table": Text(text="|a|b|\n|-|-|\n" + "|x|y|\n" * 20_000),
    "control characters": Text(text="".join(map(chr, range(32))) + "\u202eevil"),
    "a strange call": ToolCall(call_id="x", name="\x1b[31m\u202e", input={"a": [{"b": [None, 1.5, True]}] * 50}),
    "an endless command": ToolCall(call_id="x", name="Bash", input={"command": "a" * 1_000_000}),
    "colours without end": ToolResult(call_id="none", ok=None, text="\x1b[31m\x1b[1m" * 20_000 + "end"),
    "an unknown record": Notice(kind="raw", text='{"type": "mystery"}'),
    "an unknown notice": Notice(kind="quantum_flux", text=""),
    "an error": ErrorPart(text="\x1b[31mboom"),
    "emoji": Text(text="👩‍💻" * 5_000),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_shown_and_nothing_stalls(read: Read, name: str) -> None:
    import time

    started = time.thread_time()
    reader = read([prompt(1), message(2, "assistant", BAD[name]), answer(3, "after it")])
    reader.view.set_all_open(True)
    reader.look()
    reader.view.scroll_to_end(follow=False)
    reader.look()
    assert 3 in reader.shown
    assert "\x1b" not in words_of(reader, 2, 0)[:100_000]
    assert time.thread_time() - started < 4


def test_a_part_that_cannot_be_rendered_shows_its_text(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    from parrot_desktop.views.transcript import compose

    def broken(_text: str) -> list[object]:
        raise LookupError("no such thing")

    monkeypatch.setattr(compose, "parse", broken)
    reader = read([answer(1, "Still to be read")])
    words = words_of(reader, 1, 0)
    assert "could not be shown as usual (LookupError)" in words
    assert "Still to be read" in words


def test_images_are_asked_for_when_they_are_seen(read: Read) -> None:
    reader = read([message(1, "user", Image(media_type="image/png"))])
    asked = QSignalSpy(reader.view.image_needed)
    reader.view.forget_asked()
    reader.view.viewport().update()
    reader.look()
    assert [asked.at(number) for number in range(asked.count())] == [[1, 0]]
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    reader.view.put_image(PartPlace(1, 0), picture)
    reader.look()
    assert words_of(reader, 1, 0) == "Image"
    reader.view.put_image(PartPlace(1, 0), None)
    assert "cannot be shown" in words_of(reader, 1, 0)


def test_only_pictures_are_decoded() -> None:
    picture = QImage(4_000, 10, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    decoded = decode_image(bytes(buffer.data().data()))
    assert decoded is not None
    assert decoded.width() == 2_400
    assert decode_image(b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>") is None
    assert decode_image(b"no picture at all") is None


def test_the_raw_record_is_laid_out_and_safe() -> None:
    assert raw_shown('{"a":"\\u202e"}\nnot json') == '{\n  "a": "⟨U+202E⟩"\n}\n\nnot json'


def test_another_theme_repaints_everything(read: Read) -> None:
    from parrot_desktop.theme.theme import ThemeChoice

    reader = read(talk())
    dark = reader.view.grab().toImage()
    reader.view._theme.set_choice(ThemeChoice.LIGHT)  # pyright: ignore[reportPrivateUsage]
    reader.look()
    assert reader.view.grab().toImage().pixelColor(5, 5).value() > dark.pixelColor(5, 5).value() + 100
