"""What a row says, fitted into its rects: every text cut to its room and given its place.

Made once for a row, a width and a theme, and kept while all three last; painting then only draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

from parrot_desktop.views.delegates.paint_kit import Face
from parrot_desktop.views.delegates.paint_pill import pill_size
from parrot_desktop.views.delegates.paint_step_strip import StripPlan, strip_plan
from parrot_desktop.views.delegates.paint_tile import button_size

if TYPE_CHECKING:
    from PySide6.QtGui import QPen

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.views.delegates.paint_kit import PaintKit
    from parrot_desktop.views.delegates.row_geometry import RowGeometry

REASON_AT_LEAST = 90
"""A reason that has less room than this takes the short id's."""


DOT_BEFORE_REASON = "·"
BADGE_PADDING = 7
STAR = 13
"""Side of the star, at 100 % text."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """``x`` is the left end, ``y`` the baseline."""

    face: Face
    pen: QPen
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Row-local. ``whole`` are texts that had to be cut, with the rect where hovering tells them."""

    texts: tuple[PlacedText, ...]
    strip: StripPlan | None
    strip_rect: QRect
    badge: QPoint | None
    star: QPoint | None
    status: QPoint
    status_word: str
    status_text: QPoint
    button: QRect | None
    whole: tuple[tuple[QRect, str], ...]


def lay_out(view: RowView, geometry: RowGeometry, kit: PaintKit) -> RowLayout:
    """Fits one row."""
    line = _Line(geometry, kit)
    badge, star = _title(view, geometry, kit, line)
    _meta(view, geometry, kit, line)
    strip, strip_rect = _progress(view, geometry, kit, line)
    status, word, word_at = _status(view, geometry, kit)
    # Texts of one font follow each other: changing the font is what costs.
    texts = tuple(sorted(line.texts, key=lambda placed: placed.face))
    return RowLayout(
        texts=texts,
        strip=strip,
        strip_rect=strip_rect,
        badge=badge,
        star=star,
        status=status,
        status_word=word,
        status_text=word_at,
        button=_button(view, geometry, kit),
        whole=tuple(line.whole),
    )


def badge_height(geometry: RowGeometry, kit: PaintKit) -> int:
    """Of the badge beside a title."""
    return min(kit.px(18), geometry.title.height())


def leading_x(rect: QRect, width: float, *, is_mirrored: bool) -> int:
    """Where something so wide starts, at the leading edge of a rect."""
    return rect.x() + rect.width() - round(width) if is_mirrored else rect.x()


def trailing_x(rect: QRect, width: float, *, is_mirrored: bool) -> int:
    """Where something so wide starts, at the trailing edge of a rect."""
    return leading_x(rect, width, is_mirrored=not is_mirrored)


class _Line:
    """Collects texts, one after the other from the leading edge."""

    def __init__(self, geometry: RowGeometry, kit: PaintKit) -> None:
        self.texts: list[PlacedText] = []
        self.whole: list[tuple[QRect, str]] = []
        self._is_mirrored = geometry.is_mirrored
        self._kit = kit

    def add(self, text: str, face: Face, pen: QPen, rect: QRect, *, offset: float = 0, room: float) -> float:
        """Puts a text ``offset`` from the leading edge of the rect and cuts it to ``room``; returns its width."""
        kit = self._kit
        shown = kit.elided(face, text, room)
        width = kit.width(face, shown)
        if shown:
            x = rect.x() + offset
            if self._is_mirrored:
                x = rect.x() + rect.width() - offset - width
            y = kit.baseline(face, rect.y(), rect.height())
            self.texts.append(PlacedText(face, pen, round(x), y, shown))
        if shown != text:
            self.whole.append((QRect(round(rect.x()), rect.y(), rect.width(), rect.height()), text))
        return width


def _title(view: RowView, geometry: RowGeometry, kit: PaintKit, line: _Line) -> tuple[QPoint | None, QPoint | None]:
    rect = geometry.title
    gap = kit.px(8)
    star_side = kit.px(STAR)
    badge_tall = badge_height(geometry, kit)
    badge_width = 0 if view.badge is None else pill_size(view.badge, badge_tall, kit, padding=BADGE_PADDING).width()
    star_room = gap + star_side if view.marks.is_starred else 0
    badge_room = gap + badge_width if badge_width else 0
    if rect.width() - badge_room < kit.px(80):
        badge_room = 0
    if rect.width() - badge_room - star_room < kit.px(60):
        star_room = 0
    width = line.add(view.title, Face.TITLE, kit.text, rect, room=rect.width() - badge_room - star_room)

    def after(used: float, size: int, height: int) -> QPoint:
        start = rect.x() + round(used)
        if geometry.is_mirrored:
            start = rect.x() + rect.width() - round(used) - size
        return QPoint(start, rect.y() + (rect.height() - height) // 2)

    star = after(width + gap, star_side, star_side) if star_room else None
    badge = after(width + star_room + gap, badge_width, badge_tall) if badge_room else None
    return badge, star


def _meta(view: RowView, geometry: RowGeometry, kit: PaintKit, line: _Line) -> None:
    rect = geometry.meta
    room = float(rect.width())
    gap = kit.px(6)
    dot_room = gap + kit.width(Face.META, DOT_BEFORE_REASON) + kit.px(3)
    reason_needs = 0.0
    if view.reason is not None:
        reason_needs = dot_room + min(kit.width(Face.META, view.reason), float(kit.px(REASON_AT_LEAST)))
    owner_width = kit.width(Face.META, view.owner.name)
    id_needs = gap + kit.width(Face.MONO, view.short_id)
    shows_id = geometry.shows_short_id and owner_width + id_needs + reason_needs <= room
    used = line.add(view.owner.name, Face.META, kit.muted, rect, room=max(room - reason_needs, 0.0))
    if shows_id:
        used += gap + line.add(view.short_id, Face.MONO, kit.faint, rect, offset=used + gap, room=id_needs)
    if view.reason is not None and room - used - dot_room > 0:
        ink = kit.pen(kit.tokens.status(view.group).ink)
        line.add(DOT_BEFORE_REASON, Face.META, ink, rect, offset=used + gap, room=dot_room)
        line.add(view.reason, Face.META, ink, rect, offset=used + dot_room, room=room - used - dot_room)


def _progress(view: RowView, geometry: RowGeometry, kit: PaintKit, line: _Line) -> tuple[StripPlan | None, QRect]:
    first = geometry.progress
    if view.cost is None or first.isEmpty():
        first = geometry.progress_alone
    elif not geometry.cost.isEmpty():
        line.add(view.cost, Face.META, kit.muted, geometry.cost, room=geometry.cost.width())
    if first.isEmpty():
        return None, first
    if view.steps:
        plan = strip_plan(len(view.steps), first.width(), first.height(), kit.scale, is_mirrored=geometry.is_mirrored)
        if plan.dots:
            return plan, first
    line.add(view.progress, Face.BODY, kit.text, first, room=first.width())
    return None, first


def _status(view: RowView, geometry: RowGeometry, kit: PaintKit) -> tuple[QPoint, str, QPoint]:
    rect = geometry.status
    if rect.isEmpty():
        return QPoint(), "", QPoint()
    if view.is_live:
        side, gap = kit.px(14), kit.px(6)
        word = kit.elided(Face.META_BOLD, view.status_word, rect.width() - side - gap)
        width = kit.width(Face.META_BOLD, word)
        x = leading_x(rect, side, is_mirrored=geometry.is_mirrored)
        text_x = x - gap - round(width) if geometry.is_mirrored else x + side + gap
        baseline = kit.baseline(Face.META_BOLD, rect.y(), rect.height())
        return QPoint(x, rect.y() + (rect.height() - side) // 2), word, QPoint(text_x, baseline)
    word = kit.elided(Face.META_BOLD, view.status_word, rect.width() - 2 * kit.px(10))
    width = pill_size(word, rect.height(), kit).width()
    return QPoint(leading_x(rect, width, is_mirrored=geometry.is_mirrored), rect.y()), word, QPoint()


def _button(view: RowView, geometry: RowGeometry, kit: PaintKit) -> QRect | None:
    room = geometry.action
    if view.action is None or room.isEmpty():
        return None
    size = button_size(view.action, room, kit, has_label=geometry.shows_action_label)
    x = trailing_x(room, size.width(), is_mirrored=geometry.is_mirrored)
    return QRect(x, room.y(), size.width(), size.height())
