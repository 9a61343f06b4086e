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

from parrot_desktop.models.session_list_model import Footer, footer_text
from parrot_desktop.views.delegates.paint_ground import paint_focus_ring, paint_ground
from parrot_desktop.views.delegates.paint_kit import Face, PaintKit, PaintKits, PlacedText
from parrot_desktop.views.delegates.paint_spinner import spinner_pixmap
from parrot_desktop.views.delegates.paint_tile import ButtonState, button_pixmap
from parrot_desktop.views.delegates.row_geometry import Density, RowGeometry, row_geometry, row_height
from parrot_desktop.views.delegates.row_layout import (
    SPINNER,
    Placed,
    RowLayout,
    lay_out,
    leading_x,
    spinner_rect,
    trailing_x,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from parrot_desktop.domain.row_view import RowAction, RowView
    from parrot_desktop.models.session_list_model import SessionListModel

log = logging.getLogger(__name__)

Index = QModelIndex | QPersistentModelIndex

LAYOUTS_KEPT = 256
OVERHANG = 4
"""Pixels by which a letter may reach beyond its text's own width."""

# As plain numbers: combining Qt's flags is done in Python, and dear when it is done for every row of every frame.
SELECTED = QStyle.StateFlag.State_Selected.value
HOVERED = QStyle.StateFlag.State_MouseOver.value
HAS_FOCUS = QStyle.StateFlag.State_HasFocus.value


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
    """Paints the rows of a model. The view tells it what the pointer and the clock do."""

    row_failed = Signal(str, str)
    """A session (by id) could not be painted: once per session, with what went wrong."""

    def __init__(self, kits: PaintKits, model: SessionListModel) -> None:
        super().__init__()
        self._kits = kits
        self._model = model
        self._density = Density.COMFORTABLE
        self._layouts: OrderedDict[str, RowLayout] = OrderedDict()
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

    def spinner_rect(self, geometry: RowGeometry) -> QRect:
        """Where a row has its spinner, if it is live; row-local."""
        return spinner_rect(geometry, self._kits.theme.text_scale)

    def layout_of(self, view: RowView, geometry: RowGeometry, ratio: float) -> RowLayout:
        """What a row shows at a pixel ratio, and where."""
        return self._layout(view, geometry, self._kits.at(ratio))

    def hit(self, view: RowView, geometry: RowGeometry, ratio: float, at: QPoint) -> Hit:
        """What is at a row-local point."""
        layout = self.layout_of(view, geometry, ratio)
        button, strip = layout.standing.button, layout.progress.strip
        if button is not None and button.adjusted(-4, -6, 4, 6).contains(at):
            return Hit(Part.ACTION, button)
        if strip is not None:
            corner = layout.progress.strip_rect.topLeft()
            number = strip.dot_at(at.x() - corner.x(), at.y() - corner.y())
            if number is not None:
                return Hit(Part.STEP, strip.dots[number].translated(corner), step=number)
        if geometry.times.contains(at):
            return Hit(Part.TIMES, geometry.times)
        for part in layout.parts:
            for rect, text in part.whole:
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
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        self.paint_row(painter, option.rect, index.row(), option.state.value, is_mirrored=mirrored)

    def paint_row(self, painter: QPainter, rect: QRect, at: int, flags: int, *, is_mirrored: bool) -> None:
        """The row at a position of the model. flags: of the style's states those that are named here, as numbers."""
        kit = self._kits.at(painter.device().devicePixelRatioF())
        # Each text reads in its own direction: an English title keeps its question mark at the end in an Arabic window.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.translate(rect.topLeft())
        try:
            view = self._model.view_at(at)
            if view is not None:
                self._paint_session(painter, view, rect.width(), flags, kit, is_mirrored=is_mirrored)
            else:
                self._paint_footer(painter, QRect(0, 0, rect.width(), rect.height()), kit, is_mirrored=is_mirrored)
        # An exception here would come back at every repaint, and leave the row blank.
        except Exception as error:  # noqa: BLE001
            self._paint_failed(painter, at, rect, kit, error)
        finally:
            painter.translate(-rect.topLeft())

    # Inside

    def _layout(self, view: RowView, geometry: RowGeometry, kit: PaintKit) -> RowLayout:
        known = self._layouts.get(view.id)
        if known is not None and known.is_of(view, geometry, kit):
            return known
        layout = lay_out(view, geometry, kit, before=known)
        if len(self._layouts) >= LAYOUTS_KEPT:
            self._layouts.popitem(last=False)
        self._layouts[view.id] = layout
        return layout

    def _paint_session(
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
        if flags & HOVERED:
            self.painted_as_hovered = view.id
        paint_ground(
            painter,
            geometry,
            kit,
            is_selected=bool(flags & SELECTED),
            is_hovered=bool(flags & HOVERED),
        )
        parts, standing = layout.parts, layout.standing
        if self.asked is not None:
            parts = tuple(_within(part, self.asked, kit) for part in parts)
        for part in parts:
            for x, y, pixmap in part.pixmaps:
                painter.drawPixmap(x, y, pixmap)
        if standing.spinner is not None:
            self.has_painted_spinner = True
            ink = kit.tokens.status(view.group).ink
            painter.drawPixmap(standing.spinner, spinner_pixmap(kit.px(SPINNER), ink, self.spinner_phase, kit))
        action = view.action
        # What stops work is always at hand; what only tidies up appears on the row that one is at.
        if standing.button is not None and action is not None and (action.is_danger or flags & (SELECTED | HOVERED)):
            self._paint_button(painter, view.id, action, standing.button, geometry, kit)
        texts = [text for part in parts for text in part.texts]
        if self.asked is None or _meets(geometry.times, self.asked):
            texts += self._times(view, geometry, kit)
        kit.draw(painter, texts)
        if self.shows_focus and flags & HAS_FOCUS:
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

    def _times(self, view: RowView, geometry: RowGeometry, kit: PaintKit) -> list[PlacedText]:
        """What ticks: how long ago, and how long."""
        times, now_ms, mirrored = self._model.times, self._model.now_ms(), geometry.is_mirrored
        placed: list[PlacedText] = []
        first = geometry.age_alone
        if geometry.shows_elapsed:
            first = geometry.age
            rect = geometry.elapsed
            text = view.elapsed_text(times, now_ms)
            x = trailing_x(rect, kit.width(Face.META, text), is_mirrored=mirrored)
            y = kit.baseline(Face.META, rect.y(), rect.height())
            placed.append(PlacedText(Face.META, kit.faint, x, y, text))
        text = view.age_text(times, now_ms)
        x = trailing_x(first, kit.width(Face.BODY, text), is_mirrored=mirrored)
        y = kit.baseline(Face.BODY, first.y(), first.height())
        placed.append(PlacedText(Face.BODY, kit.text, x, y, text))
        return placed

    def _paint_footer(self, painter: QPainter, rect: QRect, kit: PaintKit, *, is_mirrored: bool) -> None:
        footer = self._model.footer
        text = kit.elided(Face.META, footer_text(footer, self._model.words), rect.width() - kit.px(40))
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
        baseline = kit.baseline(Face.META, 0, rect.height())
        kit.draw(painter, (PlacedText(Face.META, pen, text_x, baseline, text),))

    def _paint_failed(self, painter: QPainter, at: int, rect: QRect, kit: PaintKit, error: Exception) -> None:
        """A plain title, so that the session can still be found and opened."""
        row = self._model.row_at(at)
        session_id, title = ("", "") if row is None else (row.id, row.title)
        painter.setFont(kit.fonts[Face.TITLE])
        painter.setPen(kit.text)
        painter.drawText(kit.px(62), kit.baseline(Face.TITLE, 0, rect.height()), title[:200])
        if session_id not in self._failed:
            self._failed.add(session_id)
            log.error("session %s cannot be painted", session_id, exc_info=error)
            self.row_failed.emit(session_id, f"{type(error).__name__}: {error}")


def _meets(rect: QRect, asked: tuple[int, int]) -> bool:
    return rect.x() < asked[1] and rect.x() + rect.width() > asked[0]


def _within(part: Placed, asked: tuple[int, int], kit: PaintKit) -> Placed:
    """What lies between two places of a row: a spinner turns twelve times a second, the title beside it not."""
    left, right = asked
    texts = (
        each
        for each in part.texts
        if each.x < right + OVERHANG and each.x + kit.width(each.face, each.text) > left - OVERHANG
    )
    pixmaps = (each for each in part.pixmaps if each.x < right and each.x + each.width > left)
    return Placed(tuple(texts), tuple(pixmaps), part.whole)
