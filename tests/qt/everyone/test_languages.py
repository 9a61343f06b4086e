"""The program in a language nobody speaks: every word is translated, fits where it stands, and mirrors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSize, Qt

from parrot_desktop.theme.theme import ThemeChoice
from tests.helpers.pseudo_locale import pseudo, pseudo_locale, untranslated
from tests.qt.everyone.looking import cut, overlapping, words
from tests.qt.everyone.windows import DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication

    from tests.qt.everyone.windows import Stage

SMALL = QSize(720, 480)
"""A screen of 1440 x 960 at a scale of 2."""


def english_left(text: str) -> str:
    """What of a text no translator saw, names and titles aside."""
    rest = untranslated(re.sub(r"<[^>]*>", "", text))
    for known in DATA:
        rest = rest.replace(known, "")
    return rest if re.search(r"[A-Za-z]{3,}", rest) else ""


def test_the_language_keeps_places_and_markup() -> None:
    assert untranslated(pseudo("Open {name} & <b>go</b>")) == ""
    assert "{name}" in pseudo("Open {name}")
    assert "<b>" in pseudo("<b>Open</b>", is_rtl=True)
    assert untranslated(f"x {pseudo('Open {name}').format(name=pseudo('File'))} y") == "x  y"


def test_every_word_can_be_translated(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """Titles, buttons, tooltips, names for screen readers, menus, the lines of boxes."""
    with pseudo_locale(qapp):
        here = stage()
        missed = {
            f"{name}: {where} {text!r}"
            for name, make in here.every().items()
            for where, text in words(make())
            if english_left(text)
        }
    assert sorted(missed) == []


def test_rows_and_alerts_are_read_out_in_the_language(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    with pseudo_locale(qapp):
        here = stage()
        rows = here.main().list_view.model()
        alerts = here.bell().model
        said = [str(model.index(at, 0).data(role)) for model in (rows, alerts) for at in range(model.rowCount())]
    assert len(said) >= 8
    assert [text for text in said if english_left(text)] == []


@pytest.mark.parametrize("is_rtl", [False, True])
def test_longer_words_fit(qapp: QApplication, stage: Callable[..., Stage], is_rtl: bool) -> None:
    """A third longer, in both directions: nothing is cut off, lies on something else, or outside its window."""
    with pseudo_locale(qapp, is_rtl=is_rtl):
        here = stage()
        troubles = look(qapp, here)
    assert troubles == []


def test_large_text_fits_a_small_screen(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """Text at 150 % on a screen at a scale of 2: three times as large as plain, in 720 x 480."""
    here = stage(ThemeChoice.LIGHT, 1.5)
    assert look(qapp, here, main=SMALL) == []


def test_large_longer_text_fits_too(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    with pseudo_locale(qapp):
        here = stage(ThemeChoice.LIGHT, 1.5)
        troubles = look(qapp, here, main=SMALL)
    assert troubles == []


def look(qapp: QApplication, here: Stage, *, main: QSize | None = None) -> list[str]:
    troubles: list[str] = []
    mains = {"main": here.main, "views": here.views, "center pane": here.pane}
    for name, make in here.every().items():
        window = mains[name](main) if name in mains else make()
        qapp.processEvents()
        qapp.processEvents()
        troubles += [f"{name}: {trouble}" for trouble in [*cut(window), *overlapping(window)]]
        window.hide()
    return troubles


def test_right_to_left_mirrors(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """The title stands right, the filter dock too; a row's title is right of its time; nothing is asked for by hand."""
    with pseudo_locale(qapp, is_rtl=True):
        window = stage().main(QSize(1360, 860))
        qapp.processEvents()
        assert window.layoutDirection() is Qt.LayoutDirection.RightToLeft
        tabs, bell = window.header.tabs, window.header.bell_button
        assert tabs.mapTo(window, QPoint(0, 0)).x() > bell.mapTo(window, QPoint(0, 0)).x()
        panel = window.filter_panel
        assert panel.mapTo(window, QPoint(0, 0)).x() > window.width() / 2
        picture = window.list_view.viewport().grab().toImage()
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight
    # The tile of the kind leads a row.
    width = picture.width()
    row = [picture.pixelColor(x, picture.height() // 40).lightness() for x in range(0, width, 4)]
    assert max(row[len(row) // 2 :]) >= max(row[: len(row) // 2])


def test_an_alert_mirrors(qapp: QApplication, stage: Callable[..., Stage]) -> None:
    """Its glyph, which is red for a failure, stands at the leading edge."""

    def red(bell_width_from: float, is_rtl: bool) -> int:
        with pseudo_locale(qapp, is_rtl=is_rtl):
            bell = stage().bell()
            bell.view.setCurrentIndex(bell.model.index(1, 0))
            qapp.processEvents()
            picture = bell.view.viewport().grab().toImage()
            bell.hide()
        start = round(picture.width() * bell_width_from)
        return sum(
            (ink := picture.pixelColor(x, y)).red() > 150 and ink.green() < 130 and ink.blue() < 140
            for x in range(start, start + 44)
            for y in range(60)
        )

    assert red(0, is_rtl=False) > 20
    assert red(0, is_rtl=True) == 0
    assert red(0.88, is_rtl=True) > 20
