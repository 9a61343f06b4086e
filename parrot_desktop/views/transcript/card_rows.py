"""The lines of a tool call's card: its head, labels, check lists, where it was cut, its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from parrot_desktop.domain.transcript.cards import Tone, Word
from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act, Block, Scene, Span, Target, paint_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFont, QFontMetrics

    from parrot_desktop.domain.transcript.asked import Todo
    from parrot_desktop.domain.transcript.cards import Card
    from parrot_desktop.views.transcript.kit import TranscriptKit


class CardBlock(Block):
    """The line of a tool call that is always there."""

    def __init__(
        self,
        kit: TranscriptKit,
        card: Card,
        outcome: tuple[Word, ...],
        *,
        part: int,
        is_open: bool,
    ) -> None:
        self._kit, self._card, self._outcome = kit, card, outcome
        self.part = part
        self.gap = kit.px(8)
        self._is_open = is_open
        self.is_animated = any(word.tone is Tone.LIVE for word in outcome)

    def measure(self, width: int) -> int:
        return self._kit.px(36)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        # Texts of any language stand in it, and figures with their signs: each reads its own way.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        ground = t.hover if scene.hover is not None and scene.hover.act is Act.FOLD else kit.card_ground
        paint_box(painter, rect, Span.TOP if self._is_open else Span.WHOLE, ground, kit)
        middle = rect.center().y()
        x = rect.left() + kit.px(12)
        name = "chevron-down" if self._is_open else kit.closed_chevron()
        at = kit.x(rect, x - kit.px(1), kit.px(13))
        painter.drawPixmap(at, middle - kit.px(6), kit.icon(name, t.muted, scene.ratio, 13))
        x += kit.px(19)
        at = kit.x(rect, x, kit.px(14))
        painter.drawPixmap(at, middle - kit.px(6), kit.icon(self._card.icon, t.muted, scene.ratio, 14))
        x += kit.px(22)
        right = self._paint_outcome(painter, rect, scene)
        if self._card.child is not None:
            right = self._paint_child(painter, rect, right, scene)
        painter.setFont(kit.body_bold)
        painter.setPen(t.text)
        base = middle + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        label = kit.bold_metrics.elidedText(self._card.label, Qt.TextElideMode.ElideRight, max(20, right - x))
        width = kit.bold_metrics.horizontalAdvance(label)
        painter.drawText(kit.x(rect, x, width), base, label)
        x += width + kit.px(9)
        room = right - kit.px(12) - x
        if room > kit.px(20):
            painter.setFont(kit.mono)
            painter.setPen(t.faint)
            cut = Qt.TextElideMode.ElideMiddle if self._card.is_path else Qt.TextElideMode.ElideRight
            summary = kit.mono_metrics.elidedText(self._card.summary, cut, room)
            # Commands and paths read from left to right in every language.
            painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            painter.drawText(kit.x(rect, x, kit.mono_metrics.horizontalAdvance(summary)), base, summary)

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        if self._card.child is not None and self._kit.box(rect, self._child_rect(rect)).contains(point.toPoint()):
            return self._child_target()
        return self._fold() if rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        child = (self._child_target(),) if self._card.child is not None else ()
        return (self._fold(), *child)

    def words(self) -> str:
        said = [self._card.label, self._card.summary, *(word.text for word in self._outcome)]
        return ", ".join(word for word in said if word)

    def _fold(self) -> Target:
        return Target(Act.FOLD, self._card.summary)

    def _child_target(self) -> Target:
        return Target(Act.OPEN_CHILD, tr("Open the agent's own session"), self._card.child or "")

    def _outcome_width(self) -> int:
        metrics = self._kit.body_metrics
        if not self._outcome:
            return 0
        gaps = self._kit.px(7) * (len(self._outcome) - 1)
        return sum(self._word_width(word, metrics) for word in self._outcome) + gaps

    def _word_width(self, word: Word, metrics: QFontMetrics) -> int:
        return self._kit.px(14) if word.tone is Tone.LIVE else metrics.horizontalAdvance(word.text)

    def _paint_outcome(self, painter: QPainter, rect: QRect, scene: Scene) -> int:
        """Returns the left edge of what was painted, in a rect read from left to right."""
        kit = scene.kit
        right = rect.right() - kit.px(11)
        x = left = right - self._outcome_width()
        painter.setFont(kit.body)
        base = rect.center().y() + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        for word in self._outcome:
            colour = kit.tones[word.tone]
            width = self._word_width(word, kit.body_metrics)
            at = kit.x(rect, x, width)
            if word.tone is Tone.LIVE:
                box = QRectF(at + 1, rect.center().y() - kit.px(6), kit.px(12), kit.px(12))
                paint_spinner(painter, box, colour, scene.phase)
            else:
                painter.setPen(colour)
                painter.drawText(at, base, word.text)
            x += width + kit.px(7)
        return left

    def _child_rect(self, rect: QRect) -> QRect:
        kit = self._kit
        width = kit.meta_metrics.horizontalAdvance(tr("Open session")) + kit.px(26)
        right = rect.right() - kit.px(11) - self._outcome_width() - (kit.px(10) if self._outcome else 0)
        return QRect(right - width, rect.top() + kit.px(6), width, rect.height() - kit.px(12))

    def _paint_child(self, painter: QPainter, rect: QRect, right: int, scene: Scene) -> int:
        kit, t = scene.kit, scene.kit.tokens
        left = self._child_rect(rect).left()
        box = kit.box(rect, self._child_rect(rect))
        if scene.hover is not None and scene.hover.act is Act.OPEN_CHILD:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.selected)
            painter.drawRoundedRect(box, 6, 6)
        painter.setFont(kit.meta)
        painter.setPen(t.accent)
        words = tr("Open session")
        where = kit.x(box, box.left() + kit.px(8), kit.meta_metrics.horizontalAdvance(words))
        base = box.center().y() + (kit.meta_metrics.ascent() - kit.meta_metrics.descent()) // 2 + 1
        painter.drawText(where, base, words)
        icon = kit.icon("arrow-up-right", t.accent, scene.ratio, 12)
        at = kit.x(box, box.right() - kit.px(16), kit.px(12))
        painter.drawPixmap(at, box.center().y() - kit.px(6) + 1, icon)
        return left


class CardFoot(Block):
    """The end of an opened card."""

    def __init__(self, kit: TranscriptKit, *, part: int) -> None:
        self._kit, self.part = kit, part

    def measure(self, width: int) -> int:
        return self._kit.px(12)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        paint_box(painter, rect, Span.BOTTOM, scene.kit.card_ground, scene.kit)


class LabelBlock(Block):
    """A few words above a section of an opened card, or a note in it; room alone where there are none."""

    def __init__(
        self, kit: TranscriptKit, text: str, *, part: int, target: Target | None = None, ink: QColor | None = None
    ) -> None:
        self._kit, self._text, self.part, self._target = kit, text, part, target
        self._ink = ink

    def measure(self, width: int) -> int:
        return self._kit.px(8) + (self._kit.meta_metrics.height() + self._kit.px(4) if self._text else 0)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        paint_box(painter, rect, Span.MIDDLE, kit.card_ground, kit)
        if not self._text:
            return
        # Words, or a path.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.setFont(kit.meta)
        lit = self._target is not None and scene.hover == self._target
        painter.setPen(self._ink or (kit.tokens.accent if lit else kit.tokens.faint))
        room = rect.width() - kit.px(28)
        text = kit.meta_metrics.elidedText(self._text, Qt.TextElideMode.ElideMiddle, room)
        left = kit.x(rect, rect.left() + kit.px(14), kit.meta_metrics.horizontalAdvance(text))
        painter.drawText(left, rect.top() + kit.px(8) + kit.meta_metrics.ascent(), text)

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self._target if self._target is not None and rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (self._target,) if self._target is not None else ()

    def words(self) -> str:
        return self._text


class ShowAllBlock(Block):
    """Where a long text was cut: how much more there is, and a way to see it."""

    def __init__(self, kit: TranscriptKit, text: str, *, part: int, card: Span | None, well: Span | None) -> None:
        self._kit, self._text, self.part = kit, text, part
        self._card, self._well = card, well

    def measure(self, width: int) -> int:
        return self._kit.px(32)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        if self._card is not None:
            paint_box(painter, rect, self._card, kit.card_ground, kit)
        box = self._box(rect)
        if self._well is not None:
            paint_box(painter, box, self._well, kit.code_ground, kit)
            pen = QPen(t.border, 1, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawLine(box.left() + kit.px(12), box.top() + 1, box.right() - kit.px(12), box.top() + 1)
        lit = scene.hover is not None and scene.hover.act is Act.SHOW_ALL
        painter.setFont(kit.meta)
        painter.setPen(t.text if lit else t.accent)
        inset = kit.px(12) if self._well is not None else 0
        room = kit.box(box, box.adjusted(inset, 0, 0, 0))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._box(rect).contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.SHOW_ALL, self._text),)

    def words(self) -> str:
        return self._text

    def _box(self, rect: QRect) -> QRect:
        inset = self._kit.px(12) if self._card is not None else 0
        return rect.adjusted(inset, 0, -inset, 0)


class TodoBlock(Block):
    """One line of a check list, in a card."""

    _ICONS = {"completed": "circle-check", "in_progress": "circle-dot", "cancelled": "circle-x"}  # noqa: RUF012

    def __init__(self, kit: TranscriptKit, todo: Todo, *, part: int) -> None:
        self._kit, self._todo, self.part = kit, todo, part

    def measure(self, width: int) -> int:
        box = self._kit.body_metrics.boundingRect(
            QRect(0, 0, self._room(width), 10_000), int(Qt.TextFlag.TextWordWrap), self._todo.text[:2_000]
        )
        return max(self._kit.body_metrics.height(), box.height()) + self._kit.px(7)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        paint_box(painter, rect, Span.MIDDLE, kit.card_ground, kit)
        state = self._todo.state
        done = state in {"completed", "cancelled"}
        colours = {"completed": t.live.ink, "in_progress": t.accent}
        icon = kit.icon(self._ICONS.get(state, "circle"), colours.get(state, t.faint), scene.ratio, 14)
        painter.drawPixmap(kit.x(rect, rect.left() + kit.px(14), kit.px(14)), rect.top() + kit.px(4), icon)
        font: QFont = kit.body_bold if state == "in_progress" else kit.body
        painter.setFont(font)
        painter.setPen(t.muted if done else t.text)
        area = QRect(rect.left() + kit.px(38), rect.top() + kit.px(3), self._room(rect.width()), rect.height())
        painter.drawText(kit.box(rect, area), int(Qt.TextFlag.TextWordWrap), self._todo.text[:2_000])

    def words(self) -> str:
        return f"[{'x' if self._todo.state == 'completed' else ' '}] {self._todo.text}"

    def _room(self, width: int) -> int:
        return max(40, width - self._kit.px(52))


def paint_spinner(painter: QPainter, box: QRectF, colour: QColor, phase: int) -> None:
    """An open ring; ``phase`` (0 to 11) turns it."""
    pen = QPen(colour, 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(box, (90 - 30 * phase) * 16, -280 * 16)
