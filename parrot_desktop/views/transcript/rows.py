"""Blocks that are painted by hand: headings, separators, folded rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act, Block, Scene, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.transcript.kit import TranscriptKit


class HeadingBlock(Block):
    """Who speaks, and when: a name, and what is known of the turn."""

    def __init__(self, kit: TranscriptKit, name: str, meta: str, *, is_first: bool) -> None:
        self._kit, self._name, self._meta = kit, name, meta
        self.gap = 0 if is_first else kit.px(20)

    def measure(self, width: int) -> int:
        return self._kit.title_metrics.height()

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        base = rect.top() + kit.title_metrics.ascent()
        painter.setFont(kit.title)
        painter.setPen(kit.tokens.text)
        name = kit.title_metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, rect.width() // 2)
        width = kit.title_metrics.horizontalAdvance(name)
        painter.drawText(kit.x(rect, rect.left(), width), base, name)
        x = rect.left() + width + kit.px(8)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
        meta = kit.meta_metrics.elidedText(self._meta, Qt.TextElideMode.ElideRight, rect.right() - x - kit.px(28))
        painter.drawText(kit.x(rect, x, kit.meta_metrics.horizontalAdvance(meta)), base, meta)
        if scene.is_hovered:
            box = self._button(rect)
            lit = scene.hover is not None and scene.hover.act is Act.COPY_MESSAGE
            _paint_button(painter, box, "copy", lit=lit, scene=scene)

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._button(rect).contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.COPY_MESSAGE, tr("Copy message as Markdown")),)

    def words(self) -> str:
        return f"{self._name}, {self._meta}" if self._meta else self._name

    def _button(self, rect: QRect) -> QRect:
        size = self._kit.px(24)
        return self._kit.box(rect, QRect(rect.right() - size + 1, rect.top() - self._kit.px(3), size, size))


class TurnBlock(Block):
    """A later turn of the same agent: a fine line with what the turn took."""

    def __init__(self, kit: TranscriptKit, text: str) -> None:
        self._kit, self._text = kit, text
        self.gap = kit.px(10)

    def measure(self, width: int) -> int:
        return self._kit.meta_metrics.height() + self._kit.px(5)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        text = kit.meta_metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, rect.width() - kit.px(40))
        advance = kit.meta_metrics.horizontalAdvance(text)
        painter.setPen(kit.border_pen)
        rect = rect.adjusted(0, 0, 0, -kit.px(5))
        middle = rect.center().y()
        line = rect.adjusted(0, 0, -advance - kit.px(10), 0)
        line.moveLeft(kit.x(rect, line.left(), line.width()))
        _rule(painter, line.left(), line.right(), middle)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
        # The painter mirrors this by itself.
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def words(self) -> str:
        return self._text


class StepBlock(Block):
    """A step of a Flow begins: its glyph in the colours of its status, its name, what came of it."""

    def __init__(self, kit: TranscriptKit, name: str, meta: str, glyph: str, pair: Pair, *, is_first: bool) -> None:
        self._kit, self._name, self._meta, self._glyph, self._pair = kit, name, meta, glyph, pair
        self.gap = 0 if is_first else kit.px(26)

    def measure(self, width: int) -> int:
        return self._kit.px(36)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        size = kit.px(24)
        dot = QRectF(kit.x(rect, rect.left(), size + 1) + 0.5, rect.top() + 0.5, size, size)
        painter.setPen(QPen(self._pair.ink, 1.2))
        painter.setBrush(self._pair.ground)
        painter.drawEllipse(dot)
        icon = kit.icon(self._glyph, self._pair.ink, scene.ratio, 13)
        offset = (size - kit.px(13)) / 2
        painter.drawPixmap(QPointF(dot.left() + offset, dot.top() + offset), icon)
        base = rect.top() + (size + kit.title_metrics.ascent() - kit.title_metrics.descent()) // 2
        x = rect.left() + size + kit.px(10)
        painter.setFont(kit.title)
        painter.setPen(kit.tokens.text)
        width = kit.title_metrics.horizontalAdvance(self._name)
        painter.drawText(kit.x(rect, x, width), base, self._name)
        x += width + kit.px(8)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
        width = kit.meta_metrics.horizontalAdvance(self._meta)
        painter.drawText(kit.x(rect, x, width), base, self._meta)
        x += width + kit.px(12)
        painter.setPen(kit.border_pen)
        if x < rect.right():
            left = kit.x(rect, x, rect.right() - x)
            _rule(painter, left, left + rect.right() - x, int(dot.center().y()))

    def words(self) -> str:
        return tr("Step {name}, {meta}", name=self._name, meta=self._meta)


class FoldRow(Block):
    """A quiet line that unfolds: a thought, a note of the program, a raw record."""

    def __init__(
        self,
        kit: TranscriptKit,
        icon: str,
        text: str,
        *,
        part: int,
        is_open: bool,
        can_open: bool = True,
        ink: QColor | None = None,
        detail: str = "",
    ) -> None:
        self._kit, self._icon, self._text, self.part = kit, icon, text, part
        self._is_open, self._can_open = is_open, can_open
        self._ink, self._detail = ink, detail
        self.gap = kit.px(5)

    def measure(self, width: int) -> int:
        return self._kit.px(25)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        lit = scene.hover is not None and scene.hover.act is Act.FOLD
        ink = self._ink or (t.text if lit else t.muted)
        middle = rect.center().y()
        x = rect.left()
        if self._can_open:
            name = "chevron-down" if self._is_open else kit.closed_chevron()
            at = kit.x(rect, x, kit.px(13))
            painter.drawPixmap(at, middle - kit.px(6), kit.icon(name, ink, scene.ratio, 13))
        x += kit.px(18)
        at = kit.x(rect, x, kit.px(14))
        painter.drawPixmap(at, middle - kit.px(6), kit.icon(self._icon, ink, scene.ratio, 14))
        x += kit.px(20)
        base = middle + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        painter.setFont(kit.body)
        painter.setPen(ink)
        text = kit.body_metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, max(20, rect.right() - x))
        width = kit.body_metrics.horizontalAdvance(text)
        painter.drawText(kit.x(rect, x, width), base, text)
        x += width + kit.px(9)
        if self._detail and rect.right() - x > kit.px(30):
            painter.setFont(kit.mono)
            painter.setPen(t.faint)
            detail = kit.mono_metrics.elidedText(self._detail, Qt.TextElideMode.ElideRight, rect.right() - x)
            painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            painter.drawText(kit.x(rect, x, kit.mono_metrics.horizontalAdvance(detail)), base, detail)

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._can_open and rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.FOLD, self._text),) if self._can_open else ()

    def words(self) -> str:
        return f"{self._text} {self._detail}".strip()


class BoundaryBlock(Block):
    """A line across the transcript: what is above was summed up, or a person broke in."""

    def __init__(
        self, kit: TranscriptKit, icon: str, text: str, pair: Pair, *, part: int, is_open: bool, can_open: bool
    ) -> None:
        self._kit, self._icon, self._text, self._pair, self.part = kit, icon, text, pair, part
        self._is_open, self._can_open = is_open, can_open
        self.gap = kit.px(14)

    def measure(self, width: int) -> int:
        return self._kit.px(28)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        extra = kit.px(52 if self._can_open else 36)
        text = kit.meta_metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, rect.width() - extra - kit.px(60))
        width = kit.meta_metrics.horizontalAdvance(text) + extra
        pill = QRect(rect.center().x() - width // 2, rect.top() + kit.px(2), width, rect.height() - kit.px(4))
        middle = rect.center().y()
        painter.setPen(QPen(self._pair.ink if scene.hover is not None else kit.tokens.border, 1))
        _rule(painter, rect.left(), pill.left() - kit.px(10), middle)
        _rule(painter, pill.right() + kit.px(10), rect.right(), middle)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pair.ground)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        at = kit.x(pill, pill.left() + kit.px(10), kit.px(13))
        painter.drawPixmap(at, middle - kit.px(6), kit.icon(self._icon, self._pair.ink, scene.ratio, 13))
        painter.setFont(kit.meta)
        painter.setPen(self._pair.ink)
        room = kit.box(pill, pill.adjusted(kit.px(28), 0, 0, 0))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        if self._can_open:
            name = "chevron-up" if self._is_open else "chevron-down"
            at = kit.x(pill, pill.right() - kit.px(20), kit.px(12))
            painter.drawPixmap(at, middle - kit.px(6), kit.icon(name, self._pair.ink, scene.ratio, 12))

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._can_open and rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.FOLD, self._text),) if self._can_open else ()

    def words(self) -> str:
        return self._text


class PlaceholderBlock(Block):
    """Stands where a message is that is not loaded yet."""

    def __init__(self, kit: TranscriptKit, height: int) -> None:
        self._kit, self._height = kit, height

    def measure(self, width: int) -> int:
        return self._height

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kit.inline_ground)
        bar = kit.px(11)
        y = rect.top() + kit.px(14)
        for share in (0.18, 0.72, 0.56):
            if y + bar > rect.bottom():
                return
            width = round(rect.width() * share)
            painter.drawRoundedRect(QRectF(kit.x(rect, rect.left(), width), y, width, bar), 4, 4)
            y += bar + kit.px(9)


def _paint_button(painter: QPainter, box: QRect, icon: str, *, lit: bool, scene: Scene) -> None:
    kit = scene.kit
    if lit:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kit.tokens.hover)
        painter.drawRoundedRect(box, 5, 5)
    pixmap = kit.icon(icon, kit.tokens.text if lit else kit.tokens.faint, scene.ratio, 13)
    offset = (box.width() - kit.px(13)) // 2
    painter.drawPixmap(box.left() + offset, box.top() + offset, pixmap)


def _rule(painter: QPainter, left: int, right: int, y: int) -> None:
    """A level line of one crisp pixel, in the pen that is set."""
    painter.drawLine(QLineF(left, y + 0.5, right, y + 0.5))
