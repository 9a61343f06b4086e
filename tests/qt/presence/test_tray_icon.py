"""The tray's icon as a picture: states differ, also without colour, at every size that panels ask for."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from parrot_desktop.theme.tokens import ThemeName, load_tokens
from parrot_desktop.views.tray_icon import SIZES, TrayMark, TrayState, tray_icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

STATES = {
    "nothing": TrayState(),
    "live": TrayState(live=3),
    "waiting": TrayState(live=3, waiting=3),
    "failed": TrayState(live=3, waiting=3, failed=3),
    "offline": TrayState(live=3, is_offline=True),
    "muted": TrayState(is_muted=True),
}


def picture(state: TrayState, side: int, *, panel: str = "") -> QImage:
    """The icon at a size, on a panel of this colour, or transparent."""
    pixmap = tray_icon(state, load_tokens(ThemeName.DARK)).pixmap(
        side,
        side,
    )
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(QColor(panel) if panel else QColor(0, 0, 0, 0))
    with QPainter(image) as painter:
        painter.drawPixmap(0, 0, pixmap)
    return image


def shape(image: QImage) -> list[int]:
    """How light each pixel is: what is left of a picture without its colours."""
    return [image.pixelColor(x, y).lightness() for y in range(image.height()) for x in range(image.width())]


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize("panel", ["#ffffff", "#101010"])
def test_states_differ_without_colour(qapp: QApplication, side: int, panel: str) -> None:
    """Any two of them, on a light panel and on a dark one: by more than a hue."""
    shapes = {name: shape(picture(state, side, panel=panel)) for name, state in STATES.items()}
    for (one, a), (other, b) in combinations(shapes.items(), 2):
        changed = sum(abs(x - y) > 40 for x, y in zip(a, b, strict=True))
        assert changed >= side * side * 0.015, (one, other, changed)


@pytest.mark.parametrize("side", SIZES)
def test_the_badge_keeps_to_its_corner(qapp: QApplication, side: int) -> None:
    """The parrot's face stays, and the badge is whole: nothing of it reaches the icon's outermost half pixel."""
    plain, failed = picture(STATES["nothing"], side), picture(STATES["failed"], side)
    changed = [(x, y) for x in range(side) for y in range(side) if plain.pixel(x, y) != failed.pixel(x, y)]
    assert changed
    assert min(min(place) for place in changed) >= side * 0.4 - 1
    # Its disc is round to the end: cut off, its edge would be full along a side.
    edge = [failed.pixelColor(side - 1, y).alpha() for y in range(side)]
    assert sum(alpha > 250 for alpha in edge) < side * 0.4


def test_many_are_nine_and_more(qapp: QApplication) -> None:
    assert picture(TrayState(failed=10), 64) == picture(TrayState(failed=4_000), 64)
    assert picture(TrayState(failed=9), 64) != picture(TrayState(failed=10), 64)
    assert picture(TrayState(failed=1), 64) != picture(TrayState(failed=2), 64)


def test_the_most_pressing_is_shown() -> None:
    """Offline before failed, before waiting, before live; failures count when nobody has looked at them."""
    assert TrayState(live=1, waiting=1, failed=1, is_offline=True).mark is TrayMark.OFFLINE
    assert TrayState(live=1, waiting=2, failed=3).number == 3
    assert TrayState(live=1, waiting=2).mark is TrayMark.WAITING
    assert TrayState(live=1).mark is TrayMark.LIVE
