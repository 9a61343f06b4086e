"""Blocks that are painted by hand: headings, separators, cards' lines, folded rows, check lists, images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from parrot_desktop.domain.transcript.cards import Tone, Word
from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act, Block, Scene, Span, Target, paint_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFont, QFontMetrics

    from parrot_desktop.domain.transcript.cards import Card, Todo
    from parrot_desktop.domain.transcript.store import PartPlace
    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.transcript.kit import TranscriptKit

_MAX_IMAGE_HEIGHT = 420


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
        painter.drawText(rect.left(), base, name)
        x = rect.left() + kit.title_metrics.horizontalAdvance(name) + kit.px(8)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
        room = rect.right() - x - kit.px(28)
        painter.drawText(x, base, kit.meta_metrics.elidedText(self._meta, Qt.TextElideMode.ElideRight, room))
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
        return QRect(rect.right() - size + 1, rect.top() - self._kit.px(3), size, size)


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
        painter.drawLine(rect.left(), middle, rect.right() - advance - kit.px(10), middle)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
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
        dot = QRectF(rect.left() + 0.5, rect.top() + 0.5, size, size)
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
        painter.drawText(x, base, self._name)
        x += kit.title_metrics.horizontalAdvance(self._name) + kit.px(8)
        painter.setFont(kit.meta)
        painter.setPen(kit.tokens.faint)
        painter.drawText(x, base, self._meta)
        x += kit.meta_metrics.horizontalAdvance(self._meta) + kit.px(12)
        painter.setPen(kit.border_pen)
        if x < rect.right():
            painter.drawLine(x, int(dot.center().y()), rect.right(), int(dot.center().y()))

    def words(self) -> str:
        return tr("Step {name}, {meta}", name=self._name, meta=self._meta)


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
        can_open: bool = True,
        child_title: str | None = None,
    ) -> None:
        self._kit, self._card, self._outcome = kit, card, outcome
        self.part = part
        self.gap = kit.px(8)
        self._is_open, self._can_open = is_open, can_open
        self._child_title = child_title
        self.is_animated = any(word.tone is Tone.LIVE for word in outcome)

    def measure(self, width: int) -> int:
        return self._kit.px(36)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        ground = t.hover if scene.hover is not None and scene.hover.act is Act.FOLD else kit.card_ground
        paint_box(painter, rect, Span.TOP if self._is_open else Span.WHOLE, ground, kit)
        middle = rect.center().y()
        x = rect.left() + kit.px(12)
        if self._can_open:
            name = "chevron-down" if self._is_open else "chevron-right"
            painter.drawPixmap(x - kit.px(1), middle - kit.px(6), kit.icon(name, t.muted, scene.ratio, 13))
        x += kit.px(19)
        painter.drawPixmap(x, middle - kit.px(6), kit.icon(self._card.icon, t.muted, scene.ratio, 14))
        x += kit.px(22)
        right = self._paint_outcome(painter, rect, scene)
        if self._card.child is not None:
            right = self._paint_child(painter, rect, right, scene)
        painter.setFont(kit.body_bold)
        painter.setPen(t.text)
        base = middle + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        label = kit.bold_metrics.elidedText(self._card.label, Qt.TextElideMode.ElideRight, max(20, right - x))
        painter.drawText(x, base, label)
        x += kit.bold_metrics.horizontalAdvance(label) + kit.px(9)
        room = right - kit.px(12) - x
        if room > kit.px(20):
            painter.setFont(kit.mono)
            painter.setPen(t.faint)
            cut = Qt.TextElideMode.ElideMiddle if self._card.is_path else Qt.TextElideMode.ElideRight
            painter.drawText(x, base, kit.mono_metrics.elidedText(self._card.summary, cut, room))

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        if self._card.child is not None and self._child_rect(rect).contains(point.toPoint()):
            return self._child_target()
        return self._fold() if self._can_open and rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        child = (self._child_target(),) if self._card.child is not None else ()
        return (*((self._fold(),) if self._can_open else ()), *child)

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
        """Returns the left edge of what was painted."""
        kit = scene.kit
        right = rect.right() - kit.px(11)
        x = left = right - self._outcome_width()
        painter.setFont(kit.body)
        base = rect.center().y() + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        for word in self._outcome:
            colour = kit.tones[word.tone]
            if word.tone is Tone.LIVE:
                box = QRectF(x + 1, rect.center().y() - kit.px(6), kit.px(12), kit.px(12))
                paint_spinner(painter, box, colour, scene.phase)
            else:
                painter.setPen(colour)
                painter.drawText(x, base, word.text)
            x += self._word_width(word, kit.body_metrics) + kit.px(7)
        return left

    def _child_rect(self, rect: QRect) -> QRect:
        kit = self._kit
        width = kit.meta_metrics.horizontalAdvance(self._child_text()) + kit.px(26)
        right = rect.right() - kit.px(11) - self._outcome_width() - (kit.px(10) if self._outcome else 0)
        return QRect(right - width, rect.top() + kit.px(6), width, rect.height() - kit.px(12))

    def _child_text(self) -> str:
        return self._child_title or tr("Open session")

    def _paint_child(self, painter: QPainter, rect: QRect, right: int, scene: Scene) -> int:
        kit, t = scene.kit, scene.kit.tokens
        box = self._child_rect(rect)
        if scene.hover is not None and scene.hover.act is Act.OPEN_CHILD:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.selected)
            painter.drawRoundedRect(box, 6, 6)
        painter.setFont(kit.meta)
        painter.setPen(t.accent)
        painter.drawText(
            box.adjusted(kit.px(6), 0, -kit.px(18), 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            self._child_text(),
        )
        icon = kit.icon("arrow-up-right", t.accent, scene.ratio, 12)
        painter.drawPixmap(box.right() - kit.px(16), box.center().y() - kit.px(6) + 1, icon)
        return box.left()


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
        painter.setFont(kit.meta)
        lit = self._target is not None and scene.hover == self._target
        painter.setPen(self._ink or (kit.tokens.accent if lit else kit.tokens.faint))
        room = rect.width() - kit.px(28)
        text = kit.meta_metrics.elidedText(self._text, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(rect.left() + kit.px(14), rect.top() + kit.px(8) + kit.meta_metrics.ascent(), text)

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
        painter.drawText(
            box.adjusted(inset, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text
        )

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._box(rect).contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.SHOW_ALL, self._text),)

    def words(self) -> str:
        return self._text

    def _box(self, rect: QRect) -> QRect:
        inset = self._kit.px(12) if self._card is not None else 0
        return rect.adjusted(inset, 0, -inset, 0)


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
            name = "chevron-down" if self._is_open else "chevron-right"
            painter.drawPixmap(x, middle - kit.px(6), kit.icon(name, ink, scene.ratio, 13))
        x += kit.px(18)
        painter.drawPixmap(x, middle - kit.px(6), kit.icon(self._icon, ink, scene.ratio, 14))
        x += kit.px(20)
        base = middle + (kit.body_metrics.ascent() - kit.body_metrics.descent()) // 2 + 1
        painter.setFont(kit.body)
        painter.setPen(ink)
        text = kit.body_metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, max(20, rect.right() - x))
        painter.drawText(x, base, text)
        x += kit.body_metrics.horizontalAdvance(text) + kit.px(9)
        if self._detail and rect.right() - x > kit.px(30):
            painter.setFont(kit.mono)
            painter.setPen(t.faint)
            painter.drawText(
                x, base, kit.mono_metrics.elidedText(self._detail, Qt.TextElideMode.ElideRight, rect.right() - x)
            )

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
        painter.drawLine(rect.left(), middle, pill.left() - kit.px(10), middle)
        painter.drawLine(pill.right() + kit.px(10), middle, rect.right(), middle)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pair.ground)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.drawPixmap(
            pill.left() + kit.px(10), middle - kit.px(6), kit.icon(self._icon, self._pair.ink, scene.ratio, 13)
        )
        painter.setFont(kit.meta)
        painter.setPen(self._pair.ink)
        painter.drawText(
            pill.adjusted(kit.px(28), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text
        )
        if self._can_open:
            name = "chevron-up" if self._is_open else "chevron-down"
            painter.drawPixmap(
                pill.right() - kit.px(20), middle - kit.px(6), kit.icon(name, self._pair.ink, scene.ratio, 12)
            )

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        return self.targets()[0] if self._can_open and rect.contains(point.toPoint()) else None

    def targets(self) -> Sequence[Target]:
        return (Target(Act.FOLD, self._text),) if self._can_open else ()

    def words(self) -> str:
        return self._text


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
        painter.drawPixmap(rect.left() + kit.px(14), rect.top() + kit.px(4), icon)
        font: QFont = kit.body_bold if state == "in_progress" else kit.body
        painter.setFont(font)
        painter.setPen(t.muted if done else t.text)
        area = QRect(rect.left() + kit.px(38), rect.top() + kit.px(3), self._room(rect.width()), rect.height())
        painter.drawText(area, int(Qt.TextFlag.TextWordWrap), self._todo.text[:2_000])

    def words(self) -> str:
        return f"[{'x' if self._todo.state == 'completed' else ' '}] {self._todo.text}"

    def _room(self, width: int) -> int:
        return max(40, width - self._kit.px(52))


class ImageBlock(Block):
    """An image, as large as it is but no higher than a screen; a frame with a note until its bytes are there."""

    def __init__(self, kit: TranscriptKit, place: PartPlace, *, image: QImage | None, note: str) -> None:
        """``place`` is where the bytes are to be had; ``note``: that they load, or why there is no picture."""
        self._kit, self.place, self.part, self.image, self._note = kit, place, place.index, image, note
        self.gap = kit.px(8)
        self._pixmap: QPixmap | None = None
        self._pixmap_size = QSize()

    def measure(self, width: int) -> int:
        return self._size(width).height()

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit, t = scene.kit, scene.kit.tokens
        box = QRect(rect.topLeft(), self._size(rect.width()))
        if self.image is None:
            paint_box(painter, box, Span.WHOLE, kit.code_ground, kit)
            icon = kit.icon("image", t.muted, scene.ratio, 15)
            painter.drawPixmap(box.left() + kit.px(14), box.center().y() - kit.px(7), icon)
            painter.setFont(kit.meta)
            painter.setPen(t.muted)
            where = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(box.adjusted(kit.px(38), 0, -8, 0), where, self._note)
            return
        wanted = QSize(round(box.width() * scene.ratio), round(box.height() * scene.ratio))
        if self._pixmap is None or self._pixmap_size != wanted:
            mode = Qt.TransformationMode.SmoothTransformation
            self._pixmap = QPixmap.fromImage(self.image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, mode))
            self._pixmap.setDevicePixelRatio(scene.ratio)
            self._pixmap_size = wanted
        painter.drawPixmap(box.topLeft(), self._pixmap)
        painter.setPen(kit.border_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))

    def words(self) -> str:
        return tr("Image") if self.image is not None else self._note

    def _size(self, width: int) -> QSize:
        if self.image is None:
            return QSize(min(width, self._kit.px(320)), self._kit.px(56))
        size = self.image.size()
        limit = QSize(width, self._kit.px(_MAX_IMAGE_HEIGHT))
        if size.width() > limit.width() or size.height() > limit.height():
            size = size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio)
        return size.expandedTo(QSize(1, 1))


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
            painter.drawRoundedRect(QRectF(rect.left(), y, rect.width() * share, bar), 4, 4)
            y += bar + kit.px(9)


def paint_spinner(painter: QPainter, box: QRectF, colour: QColor, phase: int) -> None:
    """An open ring; ``phase`` (0 to 11) turns it."""
    pen = QPen(colour, 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(box, (90 - 30 * phase) * 16, -280 * 16)


def _paint_button(painter: QPainter, box: QRect, icon: str, *, lit: bool, scene: Scene) -> None:
    kit = scene.kit
    if lit:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kit.tokens.hover)
        painter.drawRoundedRect(box, 5, 5)
    pixmap = kit.icon(icon, kit.tokens.text if lit else kit.tokens.faint, scene.ratio, 13)
    offset = (box.width() - kit.px(13)) // 2
    painter.drawPixmap(box.left() + offset, box.top() + offset, pixmap)
