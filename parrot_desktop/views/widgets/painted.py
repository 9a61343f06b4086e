"""The parts of a row as widgets: for headers, panes and cards that show one session.

Each draws with the painters of the rows, so that a session looks the same everywhere, and follows the theme.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from parrot_desktop.domain.row_view import RowView, StepView, step_tooltip
from parrot_desktop.views.delegates.paint_avatar import avatar_pixmap
from parrot_desktop.views.delegates.paint_kit import Face, PaintKit, PaintKits
from parrot_desktop.views.delegates.paint_pill import pill_pixmap, pill_size
from parrot_desktop.views.delegates.paint_spinner import spinner_pixmap
from parrot_desktop.views.delegates.paint_step_strip import DOT, PITCH, StripPlan, strip_pixmap, strip_plan
from parrot_desktop.views.delegates.paint_tile import tile_pixmap
from parrot_desktop.views.widgets.spin_clock import SpinClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.domain.people import Person
    from parrot_desktop.domain.relative_time import TimeTexts
    from parrot_desktop.domain.words import Words
    from parrot_desktop.theme.tokens import Pair

SPINNER = 14
PILL = 22
AVATAR = 18
TILE = 32


class _Painted(QWidget):
    """A widget of fixed size that draws with a kit."""

    def __init__(self, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kits = kits
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        kits.theme.changed.connect(self._look_changed)

    @property
    def kit(self) -> PaintKit:
        """For the pixel ratio of the screen that the widget is on."""
        return self._kits.at(self.devicePixelRatioF())

    def _look_changed(self) -> None:
        self.updateGeometry()
        self.update()

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class KindTile(_Painted):
    """The rounded tile with the glyph of a kind; ``glyph`` is an icon's name (`RowView.kind_glyph`)."""

    def __init__(self, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(kits, parent)
        self._glyph = ""

    def set_kind(self, glyph: str, word: str) -> None:
        """``word`` says the kind to those who don't see it."""
        if (glyph, word) != (self._glyph, self.toolTip()):
            self._glyph = glyph
            self.setAccessibleName(word)
            self.setToolTip(word)
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.kit.px(TILE), self.kit.px(TILE))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._glyph:
            with QPainter(self) as painter:
                painter.drawPixmap(0, 0, tile_pixmap(self._glyph, self.sizeHint().width(), self.kit))


class AvatarLabel(_Painted):
    """A person's disc; ``side`` is its size at 100 % text."""

    def __init__(self, kits: PaintKits, *, side: int = AVATAR, parent: QWidget | None = None) -> None:
        super().__init__(kits, parent)
        self._side = side
        self._person: Person | None = None

    def set_person(self, person: Person | None) -> None:
        if person != self._person:
            self._person = person
            self.setAccessibleName("" if person is None else person.name)
            self.setToolTip("" if person is None else person.name)
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.kit.px(self._side), self.kit.px(self._side))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._person is not None:
            with QPainter(self) as painter:
                painter.drawPixmap(0, 0, avatar_pixmap(self._person, self.sizeHint().width(), self.kit))


class PillLabel(_Painted):
    """A word on its ground: the Ask badge, the basis of a cost. For a session's status see `StatusLabel`."""

    def __init__(self, kits: PaintKits, *, height: int = PILL, parent: QWidget | None = None) -> None:
        super().__init__(kits, parent)
        self._height = height
        self._word = ""
        self._pair: Callable[[PaintKit], Pair] | None = None

    def set_pill(self, word: str, pair: Callable[[PaintKit], Pair]) -> None:
        """``pair`` picks the colours from a kit's tokens, so that they follow the theme."""
        self._word, self._pair = word, pair
        self.setAccessibleName(word)
        self._look_changed()

    @override
    def sizeHint(self) -> QSize:
        return pill_size(self._word, self.kit.px(self._height), self.kit)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pair is not None and self._word:
            with QPainter(self) as painter:
                height = self.kit.px(self._height)
                painter.drawPixmap(0, 0, pill_pixmap(self._word, self._pair(self.kit), height, self.kit))


_STATUS = attrgetter("status_word", "group", "is_live")
"""Of a `RowView`, all that a `StatusLabel` shows."""


class StatusLabel(_Painted):
    """The pill of a session's status, or a turning spinner and the word while it is live. It stands on a surface, whose
    ground it paints itself: else all that holds it would be painted with each phase of the spinner.
    """

    def __init__(self, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(kits, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._view: RowView | None = None
        self.clock = SpinClock(self)
        """For `SpinClock.set_reduced_motion`."""
        self.clock.ticked.connect(self.update)

    def set_row(self, view: RowView | None) -> None:
        before, self._view = self._view, view
        if before is None or view is None or _STATUS(before) != _STATUS(view):
            self.setAccessibleName("" if view is None else view.status_word)
            self._refresh_clock()
            self._look_changed()

    @override
    def sizeHint(self) -> QSize:
        kit, view = self.kit, self._view
        height = kit.px(PILL)
        if view is None:
            return QSize(0, height)
        if view.is_live:
            return QSize(kit.px(SPINNER + 6) + round(kit.width(Face.META_BOLD, view.status_word)) + 1, height)
        return pill_size(view.status_word, height, kit)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        kit, view = self.kit, self._view
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), kit.tokens.surface)
            if view is None:
                return
            pair = kit.tokens.status(view.group)
            height = kit.px(PILL)
            painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
            if not view.is_live:
                painter.drawPixmap(0, 0, pill_pixmap(view.status_word, pair, height, kit))
                return
            side = kit.px(SPINNER)
            mirrored = self.isRightToLeft()
            x = self.sizeHint().width() - side if mirrored else 0
            painter.drawPixmap(x, (height - side) // 2, spinner_pixmap(side, pair.ink, self.clock.phase, kit))
            painter.setFont(kit.fonts[Face.META_BOLD])
            painter.setPen(pair.ink)
            text_x = 0 if mirrored else side + kit.px(6)
            painter.drawText(text_x, kit.baseline(Face.META_BOLD, 0, height), view.status_word)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._refresh_clock(shown=event.type() == QEvent.Type.Show)
        return super().event(event)

    def _refresh_clock(self, *, shown: bool | None = None) -> None:
        seen = self.isVisible() if shown is None else shown
        self.clock.set_wanted(seen and self._view is not None and self._view.is_live)


class StepStrip(_Painted):
    """The steps of a run. Hovering a dot tells its name, status and elapsed time."""

    def __init__(
        self,
        kits: PaintKits,
        *,
        words: Words,
        times: TimeTexts,
        now_ms: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(kits, parent)
        self._words, self._times, self._now_ms = words, times, now_ms
        self._steps: tuple[StepView, ...] = ()

    def set_steps(self, steps: tuple[StepView, ...]) -> None:
        if steps != self._steps:
            self._steps = steps
            self.setAccessibleName(self._words.listed([f"{step.name}: {step.status}" for step in steps]))
            self._look_changed()

    @override
    def sizeHint(self) -> QSize:
        kit = self.kit
        count = len(self._steps)
        return QSize(kit.px(DOT + PITCH * (count - 1)) if count else 0, kit.px(DOT))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), self.kit.px(120)), self.kit.px(DOT))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        plan = self._plan()
        if plan.dots:
            with QPainter(self) as painter:
                painter.drawPixmap(0, 0, strip_pixmap(self._steps, plan, self.width(), self.kit.px(DOT), self.kit))

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._plan().dot_at(event.pos().x(), event.pos().y())
            if number is None:
                QToolTip.hideText()
            else:
                text = step_tooltip(self._steps[number], self._words, self._times, self._now_ms())
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _plan(self) -> StripPlan:
        kit = self.kit
        mirrored = self.isRightToLeft()
        return strip_plan(len(self._steps), self.width(), kit.px(DOT), kit.scale, is_mirrored=mirrored)
