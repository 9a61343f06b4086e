"""Rows as they were approved by eye. `pytest tests/qt/test_list_golden.py --update-golden` renews the pictures.

Shipped fonts, Fusion, offscreen, a clock that stands still. Pictures are compared at half their size: how the edges of
letters are shaded is the business of the machine's font library, and what is left of that may differ a little.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyle

from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_wire.session import Waiting
from parrot_wire.times import from_ms
from parrot_wire.values import Action, Kind, Mode, Status
from tests.helpers.list_rows import HOUR_MS, MINUTE_MS, NOW_MS, cost, row, steps
from tests.helpers.pictures import Easel, unlike

GOLDEN = Path(__file__).parents[1] / "golden"
TOLERANCE = 40
"""Of 255, in a channel of one pixel."""
FEW = 0.004
"""The part of all pixels that may differ by more than that: about a word, or text without hinting."""

ROWS = (
    row(
        "7c3a2f10",
        kind=Kind.FLOW,
        title="Full SDLC · CSV export on the reporting page",
        status=Status.RUNNING,
        lasted_ms=702_000,
        steps=steps(Status.COMPLETED, Status.RUNNING, Status.PENDING, Status.PENDING),
        cost=cost(840_000, estimated=1),
        actions=(Action.CANCEL,),
    ),
    row(
        "50d2c7be",
        at_ms=NOW_MS - 3 * MINUTE_MS,
        kind=Kind.FLOW,
        title="Verify CSV format against the Insights fixtures",
        owner="priya",
        status=Status.PAUSED,
        lasted_ms=1_450_000,
        steps=steps(Status.COMPLETED, Status.COMPLETED, Status.PAUSED, Status.PENDING),
        cost=cost(1_920_000, estimated=1),
        actions=(Action.CANCEL,),
        waiting=Waiting(since=from_ms(NOW_MS), reason="approve before Verify"),
    ),
    row(
        "e77f01aa",
        at_ms=NOW_MS - 9 * MINUTE_MS,
        kind=Kind.FLOW,
        title="Migrate billing webhooks to v3",
        owner="lena",
        status=Status.FAILED,
        status_detail="Implement: 4 tests failed",
        lasted_ms=1_915_000,
        steps=steps(Status.COMPLETED, Status.FAILED, Status.PENDING, Status.PENDING),
        cost=cost(2_400_000, estimated=1, unpriced=1),
    ),
    row(
        "f0aa4c29",
        at_ms=NOW_MS - HOUR_MS,
        title="What owns the retry policy in the ingest service?",
        owner="marcus",
        status=Status.OPEN,
        mode=Mode.ASK,
        message_count=5,
        lasted_ms=128_000,
        cost=cost(unpriced=3),
        actions=(Action.END,),
    ),
)


@pytest.mark.parametrize(
    ("name", "choice", "width", "ratio", "is_mirrored"),
    [
        ("rows-dark-930", ThemeChoice.DARK, 930, 1.0, False),
        ("rows-light-640@2", ThemeChoice.LIGHT, 640, 2.0, False),
        ("rows-dark-640-mirrored", ThemeChoice.DARK, 640, 1.0, True),
    ],
)
def test_rows_look_as_approved(
    qapp: QApplication,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    name: str,
    choice: ThemeChoice,
    width: int,
    ratio: float,
    is_mirrored: bool,
) -> None:
    actual = sheet(Easel(Theme(choice=choice), width=width, ratio=ratio), is_mirrored=is_mirrored)
    path = GOLDEN / f"{name}.png"
    if request.config.getoption("--update-golden"):
        actual.save(str(path))
        pytest.skip(f"wrote {path.name}: look at it")
    expected = QImage(str(path))
    differing = unlike(half(actual), half(expected), tolerance=TOLERANCE)
    if differing > FEW * half(actual).width() * half(actual).height():
        actual.save(str(tmp_path / f"{name}-actual.png"))
        expected.save(str(tmp_path / f"{name}-expected.png"))
        difference(actual, expected).save(str(tmp_path / f"{name}-diff.png"))
        pytest.fail(f"{name}: {differing} pixels differ; see {tmp_path}")


def sheet(easel: Easel, *, is_mirrored: bool) -> QImage:
    """All rows, one under the other; the first is selected."""
    easel.show(*ROWS)
    selected = QStyle.StateFlag.State_Enabled | QStyle.StateFlag.State_Selected
    pictures = [
        easel.paint(at=at, is_mirrored=is_mirrored, state=selected if at == 0 else QStyle.StateFlag.State_Enabled)
        for at in range(len(ROWS))
    ]
    height = pictures[0].height()
    whole = QImage(pictures[0].width(), height * len(pictures), QImage.Format.Format_RGB32)
    with QPainter(whole) as painter:
        for at, picture in enumerate(pictures):
            painter.drawImage(QRect(0, at * height, picture.width(), height), picture)
    return whole


def half(picture: QImage) -> QImage:
    return picture.scaled(picture.size() / 2, mode=Qt.TransformationMode.SmoothTransformation)


def difference(actual: QImage, expected: QImage) -> QImage:
    """Where the two differ, bright on black."""
    image = QImage(actual)
    with QPainter(image) as painter:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        painter.drawImage(0, 0, expected)
    return image
