"""A transcript view over messages that come when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from parrot_desktop.domain.transcript.captions import Captions
from parrot_desktop.domain.transcript.store import PartPlace
from parrot_desktop.domain.words import EnglishWords
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.transcript.view import TranscriptView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytestqt.qtbot import QtBot

    from parrot_wire.session import Message


@pytest.fixture(autouse=True)
def american() -> Iterator[None]:
    """Numbers as the United States write them, wherever the tests run."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    return Theme(choice=ThemeChoice.DARK)


class Reader:
    """A shown view, and what it asked for. ``answers`` is whether a request is answered at once."""

    def __init__(self, view: TranscriptView, make: Callable[[int], Message]) -> None:
        self.view = view
        self.asked: list[tuple[int, int]] = []
        self.answers = True
        self._make = make
        view.range_needed.connect(self._need)

    def _need(self, first: int, last: int) -> None:
        self.asked.append((first, last))
        if self.answers:
            self.answer(first, last)

    def answer(self, first: int, last: int) -> None:
        self.view.put_messages(self._make(n) for n in range(first, last + 1))

    def look(self) -> None:
        """Let the view paint."""
        for _ in range(4):
            QApplication.processEvents()

    def scroll(self, by: int) -> None:
        """As with the wheel."""
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.value() + by)
        self.look()

    def top_of(self, n: int, index: int = 0) -> int | None:
        """Where a part is on the viewport."""
        rect = self.view.sight.rect_of_part(PartPlace(n, index))
        return rect.top() if rect is not None else None

    @property
    def shown(self) -> list[int]:
        """Messages in sight that have something to show."""
        return [n for n, _, layout in self.view.sight.visible() if layout is not None and len(layout)]


@pytest.fixture
def read(qtbot: QtBot, theme: Theme) -> Callable[..., Reader]:
    """``read(total, make)`` or ``read(messages)``: a view of 700 x 500 at the start of a transcript."""

    def make_reader(
        total: int | Sequence[Message], make: Callable[[int], Message] | None = None, *, is_live: bool = False
    ) -> Reader:
        view = TranscriptView(theme, Captions(EnglishWords(), person="Sarah Chen"))
        qtbot.addWidget(view)
        view.resize(700, 500)
        view.set_place(folder="/w/app", is_live=is_live)
        given = [] if isinstance(total, int) else list(total)
        reader = Reader(view, make or (lambda n: given[n - 1]))
        view.set_total(total if isinstance(total, int) else len(given))
        view.put_messages(given)
        view.show()
        reader.look()
        return reader

    return make_reader
