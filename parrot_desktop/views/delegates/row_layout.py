"""What a row shows, fitted into its rects: every text cut to its room and given its place, every small picture made.

Made once for a row, a width and a theme, and kept while all three last; painting then only draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect

from parrot_desktop.views.delegates.paint_avatar import avatar_pixmap
from parrot_desktop.views.delegates.paint_ground import star_pixmap, unread_pixmap
from parrot_desktop.views.delegates.paint_kit import Face, PlacedText
from parrot_desktop.views.delegates.paint_pill import pill_pixmap, pill_size
from parrot_desktop.views.delegates.paint_step_strip import StripPlan, strip_pixmap, strip_plan
from parrot_desktop.views.delegates.paint_tile import button_size, tile_pixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QPen, QPixmap

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.views.delegates.paint_kit import PaintKit
    from parrot_desktop.views.delegates.row_geometry import RowGeometry

REASON_AT_LEAST = 180
"""A reason that has less room than this takes the short id's."""
DOT_BEFORE_REASON = "·"
PILL_PADDING = 10
BADGE_PADDING = 7
BADGE = 18
STAR = 13
OWNER_STAR = 10
SPINNER = 14
"""Sides and heights at 100 % text."""


class PlacedPixmap(NamedTuple):
    """``x`` and ``y`` are the top left corner."""

    x: int
    y: int
    pixmap: QPixmap

    @property
    def width(self) -> float:
        return self.pixmap.width() / self.pixmap.devicePixelRatioF()


class Placed(NamedTuple):
    """Texts by their face and pen, so that one is set for several, and pictures. ``whole`` are texts that had to be
    cut, with the rect where hovering tells them.
    """

    texts: tuple[PlacedText, ...]
    pixmaps: tuple[PlacedPixmap, ...]
    whole: tuple[tuple[QRect, str], ...]


class Progress(NamedTuple):
    """How far a row has come, with the strip of steps where there is one, and what it cost."""

    placed: Placed
    strip: StripPlan | None
    strip_rect: QRect


class Standing(NamedTuple):
    """Where a row stands: the pill, or the word beside the place where a spinner turns; and where its action is."""

    placed: Placed
    spinner: QPoint | None
    button: QRect | None


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Row-local. What ticks (times, spinner) and what the pointer changes (the button) is not in it.

    ``head`` is what the row is about: title, and the line below.
    """

    view: RowView
    geometry: RowGeometry
    kit: PaintKit
    head: Placed
    progress: Progress
    standing: Standing

    @property
    def parts(self) -> tuple[Placed, Placed, Placed]:
        """All that is drawn."""
        return self.head, self.progress.placed, self.standing.placed

    def is_of(self, view: RowView, geometry: RowGeometry, kit: PaintKit) -> bool:
        """Whether it is just this row's, so wide, in this theme."""
        return self.view is view and self.geometry is geometry and self.kit is kit


def lay_out(view: RowView, geometry: RowGeometry, kit: PaintKit, *, before: RowLayout | None = None) -> RowLayout:
    """Fits one row. ``before``: an earlier layout of the session, of which what is the same is taken over."""
    head = progress = standing = None
    if before is not None and before.geometry is geometry and before.kit is kit:
        was = before.view
        head = before.head if _HEAD(was) == _HEAD(view) else None
        progress = before.progress if _PROGRESS(was) == _PROGRESS(view) else None
        standing = before.standing if _STANDING(was) == _STANDING(view) else None
    return RowLayout(
        view=view,
        geometry=geometry,
        kit=kit,
        head=head or _Fitting(view, geometry, kit).head(),
        progress=progress or _Fitting(view, geometry, kit).progress(),
        standing=standing or _Fitting(view, geometry, kit).standing(),
    )


_HEAD = attrgetter("title", "kind_glyph", "badge", "owner", "short_id", "reason", "group", "marks")
_PROGRESS = attrgetter("progress", "steps", "cost")
_STANDING = attrgetter("status_word", "group", "is_live", "action")
"""Of a `RowView`, all that fitting a part asks for."""


def leading_x(rect: QRect, width: float, *, is_mirrored: bool) -> int:
    """Where something so wide starts, at the leading edge of a rect."""
    return rect.x() + rect.width() - round(width) if is_mirrored else rect.x()


def trailing_x(rect: QRect, width: float, *, is_mirrored: bool) -> int:
    """Where something so wide starts, at the trailing edge of a rect."""
    return leading_x(rect, width, is_mirrored=not is_mirrored)


def spinner_rect(geometry: RowGeometry, scale: float) -> QRect:
    """The square in which what is live turns."""
    rect, side = geometry.status, round(SPINNER * scale)
    x = leading_x(rect, side, is_mirrored=geometry.is_mirrored)
    return QRect(x, rect.y() + (rect.height() - side) // 2, side, side)


class _Fitting:
    """A part of a row on its way to a `RowLayout`."""

    def __init__(self, view: RowView, geometry: RowGeometry, kit: PaintKit) -> None:
        self._view = view
        self._geometry = geometry
        self._kit = kit
        self._texts: list[PlacedText] = []
        self._pixmaps: list[PlacedPixmap] = []
        self._whole: list[tuple[QRect, str]] = []

    def head(self) -> Placed:
        """Asks of the view what `_HEAD` names, and nothing else; the others likewise."""
        view, geometry, kit = self._view, self._geometry, self._kit
        self._picture(geometry.tile, tile_pixmap(view.kind_glyph, geometry.tile.width(), kit))
        if view.marks.is_unread:
            self._picture(geometry.unread, unread_pixmap(geometry.unread.width(), kit))
        self._fit_title()
        self._fit_meta()
        return self._placed()

    def progress(self) -> Progress:
        strip, rect = self._fit_progress()
        return Progress(self._placed(), strip, rect)

    def standing(self) -> Standing:
        spinner = self._fit_status()
        return Standing(self._placed(), spinner, self._fit_button())

    def _placed(self) -> Placed:
        texts = sorted(self._texts, key=_by_face_and_pen)
        return Placed(tuple(texts), tuple(self._pixmaps), tuple(self._whole))

    def _fit_title(self) -> None:
        view, rect, kit = self._view, self._geometry.title, self._kit
        gap, star_side = kit.px(8), kit.px(STAR)
        badge_height = min(kit.px(BADGE), rect.height())
        badge_width = 0
        if view.badge is not None:
            badge_width = pill_size(view.badge, badge_height, kit, padding=BADGE_PADDING).width()
        star_room = gap + star_side if view.marks.is_starred else 0
        badge_room = gap + badge_width if badge_width else 0
        if rect.width() - badge_room < kit.px(80):
            badge_room = 0
        if rect.width() - badge_room - star_room < kit.px(60):
            star_room = 0
        used = self._text(view.title, Face.TITLE, kit.text, rect, room=rect.width() - badge_room - star_room)
        if star_room:
            self._picture(self._after(rect, used + gap, star_side, star_side), star_pixmap(star_side, kit))
        if badge_room and view.badge is not None:
            place = self._after(rect, used + star_room + gap, badge_width, badge_height)
            badge = pill_pixmap(view.badge, kit.tokens.info, badge_height, kit, padding=BADGE_PADDING)
            self._picture(place, badge)

    def _fit_meta(self) -> None:
        view, geometry, kit = self._view, self._geometry, self._kit
        rect, gap = geometry.meta, kit.px(6)
        room = float(rect.width())
        if not geometry.avatar.isEmpty():
            self._picture(geometry.avatar, avatar_pixmap(view.owner, geometry.avatar.width(), kit))
        dot_room = reason_needs = 0.0
        if view.reason is not None:
            dot_room = gap + kit.width(Face.META, DOT_BEFORE_REASON) + kit.px(3)
            reason_needs = dot_room + min(kit.width(Face.META, view.reason), float(kit.px(REASON_AT_LEAST)))
        id_needs = gap + kit.width(Face.MONO, view.short_id) if geometry.shows_short_id else 0.0
        star = kit.px(OWNER_STAR) if view.marks.is_owner_starred else 0
        star_room = float(star + kit.px(4)) if star else 0.0
        used = self._text(view.owner.name, Face.META, kit.muted, rect, room=max(room - reason_needs - star_room, 0.0))
        if star:
            self._picture(self._after(rect, used + kit.px(4), star, star), star_pixmap(star, kit))
            used += star_room
        if id_needs and used + id_needs + reason_needs <= room:
            used += gap + self._text(view.short_id, Face.MONO, kit.faint, rect, offset=used + gap, room=id_needs)
        # Where the name had to go there is nothing to part the reason from.
        before = used + dot_room if used else 0.0
        if view.reason is not None and room > before:
            ink = kit.ink(view.group)
            if used:
                self._text(DOT_BEFORE_REASON, Face.META, ink, rect, offset=used + gap, room=dot_room)
            self._text(view.reason, Face.META, ink, rect, offset=before, room=room - before)

    def _fit_progress(self) -> tuple[StripPlan | None, QRect]:
        view, geometry, kit = self._view, self._geometry, self._kit
        first = geometry.progress
        if view.cost is None or first.isEmpty():
            first = geometry.progress_alone
        elif not geometry.cost.isEmpty():
            self._text(view.cost, Face.META, kit.muted, geometry.cost, room=geometry.cost.width())
        if first.isEmpty():
            return None, first
        if view.steps:
            width, height = first.width(), first.height()
            plan = strip_plan(len(view.steps), width, height, kit.scale, is_mirrored=geometry.is_mirrored)
            if plan.dots:
                self._picture(first, strip_pixmap(view.steps, plan, width, height, kit))
                return plan, first
        self._text(view.progress, Face.BODY, kit.text, first, room=first.width())
        return None, first

    def _fit_status(self) -> QPoint | None:
        """The pill, or the word beside a spinner; then where the spinner turns."""
        view, rect, kit = self._view, self._geometry.status, self._kit
        mirrored = self._geometry.is_mirrored
        if rect.isEmpty():
            return None
        if not view.is_live:
            word = kit.elided(Face.META_BOLD, view.status_word, rect.width() - 2 * kit.px(PILL_PADDING))
            pill = pill_pixmap(word, kit.tokens.status(view.group), rect.height(), kit, padding=PILL_PADDING)
            width = pill.deviceIndependentSize().width()
            self._pixmaps.append(PlacedPixmap(leading_x(rect, width, is_mirrored=mirrored), rect.y(), pill))
            return None
        side, gap = kit.px(SPINNER), kit.px(6)
        ink, room = kit.ink(view.group), rect.width() - side - gap
        self._text(view.status_word, Face.META_BOLD, ink, rect, offset=side + gap, room=room)
        return spinner_rect(self._geometry, kit.scale).topLeft()

    def _fit_button(self) -> QRect | None:
        view, geometry, kit = self._view, self._geometry, self._kit
        room = geometry.action
        if view.action is None or room.isEmpty():
            return None
        size = button_size(view.action, room, kit, has_label=geometry.shows_action_label)
        return QRect(QPoint(trailing_x(room, size.width(), is_mirrored=geometry.is_mirrored), room.y()), size)

    def _text(self, text: str, face: Face, pen: QPen, rect: QRect, *, offset: float = 0, room: float) -> float:
        """Puts a text ``offset`` from the leading edge of a rect and cuts it to ``room``; returns its width."""
        kit = self._kit
        shown, width = text, kit.width(face, text)
        if width > room:
            shown = kit.elided(face, text, room)
            width = kit.width(face, shown)
            self._whole.append((rect, text))
        if shown:
            x = rect.x() + offset
            if self._geometry.is_mirrored:
                x = rect.x() + rect.width() - offset - width
            y = kit.baseline(face, rect.y(), rect.height())
            self._texts.append(PlacedText(face, pen, round(x), y, shown))
        return width

    def _after(self, rect: QRect, used: float, width: int, height: int) -> QRect:
        """A place in the middle of a line, behind what is used of it."""
        x = rect.x() + round(used)
        if self._geometry.is_mirrored:
            x = rect.x() + rect.width() - round(used) - width
        return QRect(x, rect.y() + (rect.height() - height) // 2, width, height)

    def _picture(self, rect: QRect, pixmap: QPixmap) -> None:
        self._pixmaps.append(PlacedPixmap(rect.x(), rect.y(), pixmap))


def _by_face_and_pen(text: PlacedText) -> tuple[int, int]:
    return text.face, id(text.pen)
