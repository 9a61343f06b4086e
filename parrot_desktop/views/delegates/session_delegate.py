"""Draws the rows of the Sessions list, and says what is under a point of one.

What lies where is `row_geometry`'s, what fits is `row_layout`'s, how it looks the ``paint_`` modules'; here is the
order of painting.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from parrot_desktop.domain.row_view import RowView
from parrot_desktop.models.roles import Role
from parrot_desktop.models.session_list_model import Footer, footer_of, footer_text
from parrot_desktop.views.delegates.paint_ground import paint_focus_ring, paint_ground
from parrot_desktop.views.delegates.paint_kit import Face, PaintKit, PaintKits
from parrot_desktop.views.delegates.paint_spinner import spinner_pixmap
from parrot_desktop.views.delegates.paint_tile import ButtonState, button_pixmap
from parrot_desktop.views.delegates.row_geometry import Density, RowGeometry, row_geometry, row_height
from parrot_desktop.views.delegates.row_layout import (
    SPINNER,
    PlacedPixmap,
    PlacedText,
    RowLayout,
    lay_out,
    leading_x,
    trailing_x,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPainter

    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.row_view import RowAction
    from parrot_desktop.domain.words import Words

log = logging.getLogger(__name__)

Index = QModelIndex | QPersistentModelIndex

LAYOUTS_KEPT = 256
OVERHANG = 4
"""Pixels by which a letter may reach beyond its text's own width."""

# As plain numbers: combining Qt's flags is done in Python, and dear when it is done for every row of every frame.
_SELECTED = QStyle.StateFlag.State_Selected.value
_HOVERED = QStyle.StateFlag.State_MouseOver.value
_HAS_FOCUS = QStyle.StateFlag.State_HasFocus.value


class Part(StrEnum):
    """What can be under the pointer."""

    ROW = "row"
    ACTION = "action"
    STEP = "step"
    CUT_TEXT = "cut_text"
    TIMES = "times"
    KIND = "kind"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Hit:
    """``rect`` is row-local. ``step`` is set for a STEP, ``text`` for a CUT_TEXT."""

    part: Part
    rect: QRect
    step: int = 0
    text: str = ""


class SessionDelegate(QStyledItemDelegate):
    """Paints rows from their `RowView`. The view tells it what the pointer and the clock do."""

    row_failed = Signal(str, str)
    """A session (by id) could not be painted: once per session, with what went wrong."""

    def __init__(self, kits: PaintKits, *, words: Words, times: TimeTexts, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._kits = kits
        self.words = words
        self.times = times
        self._now_ms = now_ms
        self._density = Density.COMFORTABLE
        self._layouts: OrderedDict[str, tuple[RowView, RowGeometry, PaintKit, RowLayout]] = OrderedDict()
        self._failed: set[str] = set()
        self.spinner_phase = 0
        self.hovered_button: str | None = None
        self.pressed_button: str | None = None
        self.painted_as_hovered: str | None = None
        """The session that was painted last as the one under the pointer."""
        self.has_painted_spinner = False
        """Set when a spinner was drawn; who wants to know clears it before."""
        self.asked: tuple[int, int] | None = None
        """Left and right end of what is painted anew, where that is a part of the width; None: all of it."""
        self.shows_focus = False
        """Whether the focused row wears a ring: after keys, not after clicks."""

    # What the view asks

    @property
    def density(self) -> Density:
        return self._density

    def set_density(self, density: Density) -> None:
        self._density = density
        self._layouts.clear()

    def row_height(self) -> int:
        """The height of every row, device-independent pixels."""
        return row_height(self._density, self._kits.theme.text_scale)

    def geometry(self, width: int, *, is_mirrored: bool) -> RowGeometry:
        """The rects of a row so wide."""
        return row_geometry(width, self._density, self._kits.theme.text_scale, is_mirrored=is_mirrored)

    def layout_of(self, view: RowView, geometry: RowGeometry, ratio: float) -> RowLayout:
        """What a row shows at a pixel ratio, and where."""
        return self._layout(view, geometry, self._kits.at(ratio))

    def hit(self, view: RowView, geometry: RowGeometry, ratio: float, at: QPoint) -> Hit:
        """What is at a row-local point."""
        layout = self.layout_of(view, geometry, ratio)
        if layout.button is not None and layout.button.adjusted(-4, -6, 4, 6).contains(at):
            return Hit(Part.ACTION, layout.button)
        if layout.strip is not None:
            corner = layout.strip_rect.topLeft()
            number = layout.strip.dot_at(at.x() - corner.x(), at.y() - corner.y())
            if number is not None:
                return Hit(Part.STEP, layout.strip.dots[number].translated(corner), step=number)
        if geometry.times.contains(at):
            return Hit(Part.TIMES, geometry.times)
        for rect, text in layout.whole:
            if rect.contains(at):
                return Hit(Part.CUT_TEXT, rect, text=text)
        if geometry.tile.contains(at):
            return Hit(Part.KIND, geometry.tile)
        if geometry.status.contains(at):
            return Hit(Part.STATUS, geometry.status)
        return Hit(Part.ROW, QRect(0, 0, geometry.width, geometry.height))

    # QStyledItemDelegate

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self.row_height())

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        kit = self._kits.at(painter.device().devicePixelRatioF())
        # Each text reads in its own direction: an English title keeps its question mark at the end in an Arabic window.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.translate(rect.topLeft())
        try:
            view = index.data(Role.ROW)
            if isinstance(view, RowView):
                self._paint_row(painter, view, rect.width(), option.state.value, kit, is_mirrored=mirrored)
            else:
                box = QRect(0, 0, rect.width(), rect.height())
                self._paint_footer(painter, index, box, kit, is_mirrored=mirrored)
        # An exception here would come back at every repaint, and leave the row blank.
        except Exception as error:  # noqa: BLE001
            self._paint_failed(painter, index, rect, kit, error)
        finally:
            painter.translate(-rect.topLeft())

    # Inside

    def _layout(self, view: RowView, geometry: RowGeometry, kit: PaintKit) -> RowLayout:
        known = self._layouts.get(view.id)
        if known is not None and known[0] is view and known[1] is geometry and known[2] is kit:
            return known[3]
        layout = lay_out(view, geometry, kit)
        if len(self._layouts) >= LAYOUTS_KEPT:
            self._layouts.popitem(last=False)
        self._layouts[view.id] = (view, geometry, kit, layout)
        return layout

    def _paint_row(
        self,
        painter: QPainter,
        view: RowView,
        width: int,
        flags: int,
        kit: PaintKit,
        *,
        is_mirrored: bool,
    ) -> None:
        geometry = row_geometry(width, self._density, kit.scale, is_mirrored=is_mirrored)
        layout = self._layout(view, geometry, kit)
        if flags & _HOVERED:
            self.painted_as_hovered = view.id
        paint_ground(
            painter,
            geometry,
            kit,
            is_selected=bool(flags & _SELECTED),
            is_hovered=bool(flags & _HOVERED),
        )
        pictures, texts = layout.pixmaps, layout.texts
        if self.asked is not None:
            pictures, texts = _within(layout, self.asked, kit)
        for picture in pictures:
            painter.drawPixmap(picture.x, picture.y, picture.pixmap)
        if layout.spinner is not None:
            self.has_painted_spinner = True
            ink = kit.tokens.status(view.group).ink
            painter.drawPixmap(layout.spinner, spinner_pixmap(kit.px(SPINNER), ink, self.spinner_phase, kit))
        action = view.action
        # What stops work is always at hand; what only tidies up appears on the row that one is at.
        if layout.button is not None and action is not None and (action.is_danger or flags & (_SELECTED | _HOVERED)):
            self._paint_button(painter, view.id, action, layout.button, geometry, kit)
        for placed in texts:
            kit.draw(painter, placed.face, placed.pen, placed.x, placed.y, placed.text)
        times = geometry.times
        if self.asked is None or (times.x() < self.asked[1] and times.x() + times.width() > self.asked[0]):
            self._paint_times(painter, view, geometry, kit)
        if self.shows_focus and flags & _HAS_FOCUS:
            paint_focus_ring(painter, geometry, kit)

    def _paint_button(
        self,
        painter: QPainter,
        session_id: str,
        action: RowAction,
        rect: QRect,
        geometry: RowGeometry,
        kit: PaintKit,
    ) -> None:
        state = ButtonState.REST
        if self.hovered_button == session_id:
            state = ButtonState.PRESSED if self.pressed_button == session_id else ButtonState.HOVER
        has_label, mirrored = geometry.shows_action_label, geometry.is_mirrored
        button = button_pixmap(action, state, rect.size(), kit, has_label=has_label, is_mirrored=mirrored)
        painter.drawPixmap(rect.topLeft(), button)

    def _paint_times(self, painter: QPainter, view: RowView, geometry: RowGeometry, kit: PaintKit) -> None:
        now_ms = self._now_ms()
        first = geometry.age_alone
        if geometry.shows_elapsed:
            first = geometry.age
            rect = geometry.elapsed
            text = view.elapsed_text(self.times, now_ms)
            x = trailing_x(rect, kit.width(Face.META, text), is_mirrored=geometry.is_mirrored)
            kit.draw(painter, Face.META, kit.faint, x, kit.baseline(Face.META, rect.y(), rect.height()), text)
        text = view.age_text(self.times, now_ms)
        x = trailing_x(first, kit.width(Face.BODY, text), is_mirrored=geometry.is_mirrored)
        kit.draw(painter, Face.BODY, kit.text, x, kit.baseline(Face.BODY, first.y(), first.height()), text)

    def _paint_footer(self, painter: QPainter, index: Index, rect: QRect, kit: PaintKit, *, is_mirrored: bool) -> None:
        footer = footer_of(index)
        text = kit.elided(Face.META, footer_text(footer, self.words), rect.width() - kit.px(40))
        side, gap = kit.px(SPINNER), kit.px(8)
        has_spinner = footer is Footer.LOADING
        width = round(kit.width(Face.META, text)) + (side + gap if has_spinner else 0)
        box = QRect((rect.width() - width) // 2, 0, width, rect.height())
        if has_spinner:
            self.has_painted_spinner = True
            x = leading_x(box, side, is_mirrored=is_mirrored)
            spinner = spinner_pixmap(side, kit.tokens.faint, self.spinner_phase, kit)
            painter.drawPixmap(x, (rect.height() - side) // 2, spinner)
        text_x = trailing_x(box, kit.width(Face.META, text), is_mirrored=is_mirrored)
        pen = kit.accent if footer is Footer.FAILED else kit.faint
        kit.draw(painter, Face.META, pen, text_x, kit.baseline(Face.META, 0, rect.height()), text)

    def _paint_failed(self, painter: QPainter, index: Index, rect: QRect, kit: PaintKit, error: Exception) -> None:
        """A plain title, so that the session can still be found and opened."""
        session_id = str(index.data(Role.SESSION_ID))
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.setFont(kit.fonts[Face.TITLE])
        painter.setPen(kit.text)
        painter.drawText(kit.px(62), kit.baseline(Face.TITLE, 0, rect.height()), title[:200])
        if session_id not in self._failed:
            self._failed.add(session_id)
            log.error("session %s cannot be painted", session_id, exc_info=error)
            self.row_failed.emit(session_id, f"{type(error).__name__}: {error}")


def _within(layout: RowLayout, asked: tuple[int, int], kit: PaintKit) -> tuple[list[PlacedPixmap], list[PlacedText]]:
    """What lies between two places of a row: a spinner turns twelve times a second, the title beside it not."""
    left, right = asked
    return (
        [each for each in layout.pixmaps if each.x < right and each.x + each.width > left],
        [
            each
            for each in layout.texts
            if each.x < right + OVERHANG and each.x + kit.width(each.face, each.text) > left - OVERHANG
        ],
    )
