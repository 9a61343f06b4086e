"""Where everything in a row is: one answer for painting, hit testing, tooltips and tests.

Comfortable, 930 wide, 100 % text (device-independent pixels, the last one is the line between two rows):

       14    46   62                         442 454          630 642       746 758     828 842     922
        | tile |   | title ............ badge | | strip, or    | | status    |   |   age | | action  |
     bar|      |dot| (avatar) owner id reason | | cost caption | |           |   |elapsed | |         |

As the row gets narrower, columns give way in this order: the action's label, the short id, the cost, the elapsed time;
below 520 the progress goes too, below 400 the action, below 300 the status, so that at last the title stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache

from PySide6.QtCore import QRect


class Density(StrEnum):
    """How much air a row has."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class _Vertical:
    """Heights at 100 % text."""

    row: int
    title: int
    meta: int
    tile: int
    avatar: int
    button: int
    pill: int


_VERTICAL = {
    Density.COMFORTABLE: _Vertical(row=64, title=20, meta=20, tile=32, avatar=18, button=26, pill=22),
    Density.COMPACT: _Vertical(row=48, title=19, meta=18, tile=28, avatar=16, button=24, pill=20),
}

ACTION_LABEL_FROM = 840
SHORT_ID_FROM = 770
COST_FROM = 720
ELAPSED_FROM = 600
PROGRESS_FROM = 520
ACTION_FROM = 400
STATUS_FROM = 300
FULL_AT = 930


@dataclass(frozen=True, slots=True)
class RowGeometry:
    """Rects of one row, row-local, device-independent pixels. An empty rect is one that has given way.

    ``progress`` and ``age`` are the first of two lines; where the second line is not there, the ``_alone`` rects, which
    are in the middle of the row, take their place. ``unread`` is for a dot, ``text`` is all that title and meta share.
    """

    width: int
    height: int
    is_mirrored: bool
    bar: QRect
    tile: QRect
    unread: QRect
    title: QRect
    avatar: QRect
    meta: QRect
    progress: QRect
    progress_alone: QRect
    cost: QRect
    status: QRect
    age: QRect
    age_alone: QRect
    elapsed: QRect
    action: QRect
    shows_action_label: bool
    shows_short_id: bool

    @property
    def shows_cost(self) -> bool:
        return not self.cost.isEmpty()

    @property
    def shows_elapsed(self) -> bool:
        return not self.elapsed.isEmpty()

    @property
    def times(self) -> QRect:
        """All that changes when a second passes."""
        return self.age.united(self.elapsed).united(self.age_alone)

    def mirrored(self) -> RowGeometry:
        """The same row for a language that is written from right to left."""
        flipped = {
            field.name: _flip(value, self.width)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), QRect)
        }
        return replace(self, is_mirrored=not self.is_mirrored, **flipped)


def row_height(density: Density, scale: float) -> int:
    """Height of a row at a text size, 1.0 = 100 %."""
    return round(_VERTICAL[density].row * scale)


@lru_cache(maxsize=64)
def row_geometry(width: int, density: Density, scale: float = 1.0, *, is_mirrored: bool = False) -> RowGeometry:
    """The rects for a row so wide. ``scale`` is the text size: everything that holds text grows with it."""
    made = _left_to_right(width, density, scale)
    return made.mirrored() if is_mirrored else made


def _left_to_right(width: int, density: Density, scale: float) -> RowGeometry:
    vertical = _VERTICAL[density]
    unit = width / scale
    height = row_height(density, scale)
    middle = (height - 1) / 2

    def px(value: float) -> int:
        return round(value * scale)

    is_narrow = unit < COST_FROM
    margin = px(10 if is_narrow else 14)
    gap = px(10 if is_narrow else 12)
    tile = QRect(margin, round(middle - px(vertical.tile) / 2), px(vertical.tile), px(vertical.tile))
    text_x = tile.x() + tile.width() + px(12 if is_narrow else 16)

    # From the trailing edge inwards; a column that has given way takes no room, its gap neither.
    end = width - px(8)

    def column(wanted: float, before: int) -> tuple[int, int]:
        nonlocal end
        size = px(wanted)
        start = end - size
        end = start - before
        return start, size

    def line(x: int, size: int, line_height: int, top: float) -> QRect:
        return QRect(x, round(top), size, px(line_height))

    def nothing() -> QRect:
        return QRect(end, 0, 0, 0)

    shows_label = unit >= ACTION_LABEL_FROM
    action = nothing()
    if unit >= ACTION_FROM:
        x, size = column(80 if shows_label else 28, px(14 if shows_label else 8))
        action = QRect(x, round(middle - px(vertical.button) / 2), size, px(vertical.button))

    block = px(vertical.title) + px(vertical.meta) + 1
    first_top = (height - 1 - block) / 2
    second_top = first_top + px(vertical.title) + 1
    alone_top = middle - px(vertical.title) / 2

    shows_elapsed = unit >= ELAPSED_FROM
    x, size = column(70, px(12 if unit >= ACTION_LABEL_FROM else 8))
    age = line(x, size, vertical.title, first_top) if shows_elapsed else nothing()
    elapsed = line(x, size, vertical.meta, second_top) if shows_elapsed else nothing()
    age_alone = line(x, size, vertical.title, alone_top)

    status = nothing()
    if unit >= STATUS_FROM:
        x, size = column(104, gap)
        status = QRect(x, round(middle - px(vertical.pill) / 2), size, px(vertical.pill))

    progress, cost, progress_alone = nothing(), nothing(), nothing()
    if unit >= PROGRESS_FROM:
        shows_cost = unit >= COST_FROM
        wide = 176 + min(60.0, max(0.0, (unit - FULL_AT) / 8))
        x, size = column(wide if shows_cost else 120, gap)
        progress = line(x, size, vertical.title, first_top) if shows_cost else nothing()
        cost = line(x, size, vertical.meta, second_top) if shows_cost else nothing()
        progress_alone = line(x, size, vertical.title, alone_top)

    text_width = max(0, end - text_x)
    avatar_side = px(vertical.avatar)
    second_middle = second_top + px(vertical.meta) / 2
    avatar_fits = text_width >= avatar_side
    avatar = QRect(text_x, round(second_middle - avatar_side / 2), avatar_side if avatar_fits else 0, avatar_side)
    meta_x = text_x + avatar_side + px(6)
    return RowGeometry(
        width=width,
        height=height,
        is_mirrored=False,
        bar=QRect(0, 0, 3, height - 1),
        tile=tile,
        unread=QRect(text_x - px(11), round(first_top + px(vertical.title) / 2 - px(7) / 2), px(7), px(7)),
        title=line(text_x, text_width, vertical.title, first_top),
        avatar=avatar,
        meta=line(meta_x, max(0, end - meta_x), vertical.meta, second_top),
        progress=progress,
        progress_alone=progress_alone,
        cost=cost,
        status=status,
        age=age,
        age_alone=age_alone,
        elapsed=elapsed,
        action=action,
        shows_action_label=shows_label,
        shows_short_id=unit >= SHORT_ID_FROM,
    )


def _flip(rect: QRect, width: int) -> QRect:
    return QRect(width - rect.x() - rect.width(), rect.y(), rect.width(), rect.height())
