"""The unit of layout: one block is a heading, a paragraph, a card's line, a piece of output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from parrot_desktop.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.theme.tokens import Pair
    from parrot_desktop.views.transcript.kit import TranscriptKit


class Act(StrEnum):
    """What a click on a place does."""

    FOLD = auto()
    COPY = auto()
    """``value`` is the text."""
    COPY_MESSAGE = auto()
    LINK = auto()
    """``value`` is an http(s) address or ``file:PATH[:LINE]``."""
    OPEN_CHILD = auto()
    """``value`` is a session's id."""
    SHOW_ALL = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """A place that can be pressed; ``label`` is its tooltip and what a screen reader says."""

    act: Act
    label: str
    value: str = ""


class Span(StrEnum):
    """Which piece of a framed box a block paints: a box that spans blocks is painted piece by piece."""

    WHOLE = auto()
    TOP = auto()
    MIDDLE = auto()
    BOTTOM = auto()


@dataclass(frozen=True, slots=True)
class Marked:
    """Ranges of a document to be painted over: (start, end) in Qt's positions."""

    matches: Sequence[tuple[int, int]] = ()
    current: tuple[int, int] | None = None
    selected: tuple[int, int] | None = None


@dataclass(slots=True)
class Scene:
    """What a block is told when it is painted."""

    kit: TranscriptKit
    ratio: float
    hover: Target | None = None
    is_hovered: bool = False
    """The pointer is over this block's part."""
    marked: Marked = field(default_factory=Marked)
    phase: int = 0
    """Of the spinner, 0 to 11."""


class Block:
    """Base. A block is as wide as it is told, and as high as `measure` says.

    ``gap`` is the room above it; ``part`` the index of the message's part that it shows, -1 for a heading.
    """

    gap: int = 0
    part: int = -1
    is_animated = False

    def estimate(self, width: int) -> int:
        """Roughly the height, without laying anything out."""
        return self.measure(width)

    def measure(self, width: int) -> int:
        """The height in pixels; lays out what must be."""
        raise NotImplementedError

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        """Inside the rect, whose size is what was measured."""
        raise NotImplementedError

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        """What is pressed at a point of the viewport."""
        return None

    def targets(self) -> Sequence[Target]:
        """All that can be pressed, for the keyboard and the screen reader."""
        return ()

    @property
    def document(self) -> QTextDocument | None:
        """The text that can be selected and searched; None before `measure`, and for blocks without."""
        return None

    def text_origin(self, rect: QRect) -> QPointF:
        """Where the document's top left corner is."""
        return QPointF(rect.topLeft())

    @property
    def text(self) -> str:
        """What can be found in it: the document's text; empty for blocks without."""
        return ""

    def words(self) -> str:
        """What the block says, for a screen reader."""
        return self.text


class TextBlock(Block):
    """A document, by itself, in a card, in a well of its own, or both; perhaps with numbers beside its lines."""

    def __init__(
        self,
        kit: TranscriptKit,
        make: Callable[[], QTextDocument] | None,
        *,
        chars: int,
        lines: int,
        is_mono: bool = False,
        part: int = -1,
        gap: int = 0,
        card: Span | None = None,
        well: Span | None = None,
        gutter: Sequence[str] = (),
        grounds: Sequence[QColor | None] = (),
        indent: int = 0,
        copy_text: Callable[[], str] | None = None,
        text: Callable[[], str] | None = None,
    ) -> None:
        """``make`` builds the document when it is first seen; ``chars`` and ``lines`` guess its height until then.

        ``gutter`` and ``grounds`` have one for each line. ``text`` is what the document says, without building it.
        """
        self._grounds = grounds
        self._text = text
        self._kit = kit
        self._make = make
        self._chars, self._lines, self._is_mono = chars, lines, is_mono
        self.part, self.gap = part, gap
        self._card, self._well = card, well
        self._gutter = gutter
        self._gutter_width = 0
        if gutter:
            widest = max(gutter, key=len)
            self._gutter_width = kit.mono_metrics.horizontalAdvance(widest) + kit.px(10)
        self._indent = indent
        self._copy_text = copy_text
        self._document: QTextDocument | None = None
        self._tone: Pair | None = None

    def set_tone(self, tone: Pair) -> None:
        """Colours for a well that stands out: an error's."""
        self._tone = tone

    def set_prompt(self, sign: str) -> None:
        """A sign before the first line, like a shell's."""
        self._gutter = (sign,)
        self._gutter_width = self._kit.mono_metrics.horizontalAdvance(sign) + self._kit.px(8)

    @property
    def document(self) -> QTextDocument | None:
        return self._document

    def estimate(self, width: int) -> int:
        if self._document is not None:
            return self.measure(width)
        kit = self._kit
        room = max(40, width - self._left - self._right)
        per_line = max(8, int(room / (kit.mono_char if self._is_mono else kit.body_char)))
        rows = max(self._lines, -(-self._chars // per_line))
        line = kit.mono_line if self._is_mono else kit.body_line
        return round(rows * line) + self._top + self._bottom

    def measure(self, width: int) -> int:
        if self._document is None:
            self._document = self.make_document()
        room = max(40, width - self._left - self._right)
        if self._document.textWidth() != room:
            self._document.setTextWidth(room)
        return int(self._document.size().height() + 0.99) + self._top + self._bottom

    @property
    def text(self) -> str:
        if self._document is None and self._text is not None:
            return self._text()
        if self._document is None:
            self._document = self.make_document()
        return self._document.toPlainText()

    def make_document(self) -> QTextDocument:
        """Called once, when the block is first seen; a subclass that makes its own gives no ``make``."""
        if self._make is None:
            raise NotImplementedError
        return self._make()

    def text_origin(self, rect: QRect) -> QPointF:
        return QPointF(rect.left() + self._left, rect.top() + self._top)

    def paint(self, painter: QPainter, rect: QRect, scene: Scene) -> None:
        kit = scene.kit
        if self._card is not None:
            paint_box(painter, rect, self._card, kit.card_ground, kit)
        box = self._well_rect(rect)
        if self._well is not None:
            paint_box(painter, box, self._well, self._tone.ground if self._tone else kit.code_ground, kit)
        if self._document is None:
            return
        origin = self.text_origin(rect)
        if self._grounds:
            self._paint_grounds(painter, origin, box)
        if self._gutter:
            self._paint_gutter(painter, origin, kit)
        self.paint_under(painter, origin, kit)
        paint_document(painter, self._document, origin, kit, scene.marked)
        if self._copy_text is not None and scene.is_hovered:
            lit = scene.hover is not None and scene.hover.act is Act.COPY
            button = self._copy_rect(box)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(kit.tokens.hover if lit else kit.code_ground)
            painter.drawRoundedRect(button, 5, 5)
            icon = kit.icon("copy", kit.tokens.text if lit else kit.tokens.muted, scene.ratio)
            painter.drawPixmap(button.left() + kit.px(5), button.top() + kit.px(5), icon)

    def paint_under(self, painter: QPainter, origin: QPointF, kit: TranscriptKit) -> None:
        """What lies under the text: nothing here."""

    def target_at(self, point: QPointF, rect: QRect) -> Target | None:
        if self._copy_text is not None and self._copy_rect(self._well_rect(rect)).contains(point.toPoint()):
            return Target(Act.COPY, tr("Copy"), self._copy_text())
        if self._document is None:
            return None
        address = self._document.documentLayout().anchorAt(point - self.text_origin(rect))
        return Target(Act.LINK, address, address) if address else None

    @property
    def _left(self) -> int:
        kit = self._kit
        inset = kit.px(12) if self._card is not None else 0
        return self._indent + inset + (kit.px(12) if self._well is not None else 0) + self._gutter_width

    @property
    def _right(self) -> int:
        kit = self._kit
        inset = kit.px(12) if self._card is not None else 0
        return inset + (kit.px(12) if self._well is not None else 0)

    @property
    def _top(self) -> int:
        return self._kit.px(10) if self._well in {Span.WHOLE, Span.TOP} else 0

    @property
    def _bottom(self) -> int:
        return self._kit.px(10) if self._well in {Span.WHOLE, Span.BOTTOM} else 0

    def _well_rect(self, rect: QRect) -> QRect:
        inset = self._kit.px(12) if self._card is not None else 0
        return rect.adjusted(self._indent + inset, 0, -inset, 0)

    def _copy_rect(self, well: QRect) -> QRect:
        kit = self._kit
        return QRect(well.right() - kit.px(30), well.top() + kit.px(5), kit.px(24), kit.px(24))

    def _paint_grounds(self, painter: QPainter, origin: QPointF, box: QRect) -> None:
        """Behind whole lines, from one edge of the well to the other."""
        document = self._document
        if document is None:
            return
        layout = document.documentLayout()
        block = document.begin()
        bottom = origin.y() + document.size().height()
        for ground in self._grounds:
            if not block.isValid():
                return
            following = block.next()
            if ground is not None:
                top = origin.y() + layout.blockBoundingRect(block).top()
                end = origin.y() + layout.blockBoundingRect(following).top() if following.isValid() else bottom
                painter.fillRect(QRectF(box.left() + 1, round(top), box.width() - 2, round(end) - round(top)), ground)
            block = following

    def _paint_gutter(self, painter: QPainter, origin: QPointF, kit: TranscriptKit) -> None:
        document = self._document
        if document is None:
            return
        painter.setFont(kit.mono)
        painter.setPen(kit.tokens.faint)
        layout = document.documentLayout()
        clip = painter.clipBoundingRect()
        block = document.begin()
        ascent = kit.mono_metrics.ascent()
        for text in self._gutter:
            if not block.isValid():
                return
            top = origin.y() + layout.blockBoundingRect(block).top()
            if clip.isEmpty() or clip.top() - 40 <= top <= clip.bottom():
                lines = block.layout()
                base = top + (lines.lineAt(0).y() + lines.lineAt(0).ascent() if lines.lineCount() else ascent)
                painter.drawText(QPointF(origin.x() - self._gutter_width, base), text)
            block = block.next()


def paint_box(painter: QPainter, rect: QRect, span: Span, ground: QColor, kit: TranscriptKit) -> None:
    """A piece of a rounded box with a border: only the box's own ends are round.

    Made of rectangles and ready corners: an antialiased path as wide as the view takes half a millisecond.
    """
    radius = kit.tokens.radius.card
    if rect.height() < 2 * radius and span is Span.WHOLE:
        _paint_small_box(painter, rect, ground, kit)
        return
    top = radius if span in {Span.WHOLE, Span.TOP} else 0
    bottom = radius if span in {Span.WHOLE, Span.BOTTOM} else 0
    left, right, width = rect.left(), rect.left() + rect.width(), rect.width()
    border = kit.tokens.border
    painter.fillRect(left, rect.top() + top, width, rect.height() - top - bottom, ground)
    painter.fillRect(left, rect.top() + top, 1, rect.height() - top - bottom, border)
    painter.fillRect(right - 1, rect.top() + top, 1, rect.height() - top - bottom, border)
    corners = kit.corners(ground, painter.device().devicePixelRatio())
    for height, y, source_y in ((top, rect.top(), 0), (bottom, rect.top() + rect.height() - bottom, radius)):
        if not height:
            continue
        painter.fillRect(left + radius, y, width - 2 * radius, radius, ground)
        line = y if source_y == 0 else y + radius - 1
        painter.fillRect(left + radius, line, width - 2 * radius, 1, border)
        ratio = corners.devicePixelRatio()
        side = radius * ratio
        for x, source_x in ((left, 0.0), (right - radius, side)):
            painter.drawPixmap(QRectF(x, y, radius, radius), corners, QRectF(source_x, source_y * ratio, side, side))


def _paint_small_box(painter: QPainter, rect: QRect, ground: QColor, kit: TranscriptKit) -> None:
    painter.setPen(kit.border_pen)
    painter.setBrush(ground)
    radius = rect.height() / 2
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def paint_document(
    painter: QPainter, document: QTextDocument, origin: QPointF, kit: TranscriptKit, marked: Marked
) -> None:
    """The document with its matches and its selection."""
    context = QAbstractTextDocumentLayout.PaintContext()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, kit.tokens.text)
    context.palette = palette
    selections = [_selection(document, start, end, kit.match_ground, None) for start, end in marked.matches]
    if marked.current is not None:
        selections.append(_selection(document, *marked.current, kit.current_ground, kit.current_ink))
    if marked.selected is not None:
        selections.append(_selection(document, *marked.selected, kit.selection_ground, kit.selection_ink))
    if selections:
        context.selections = selections
    painter.save()
    painter.translate(origin)
    clip = painter.clipBoundingRect()
    if not clip.isEmpty():
        context.clip = clip
    document.documentLayout().draw(painter, context)
    painter.restore()


def _selection(
    document: QTextDocument, start: int, end: int, ground: QColor, ink: QColor | None
) -> QAbstractTextDocumentLayout.Selection:
    made = QAbstractTextDocumentLayout.Selection()
    cursor = QTextCursor(document)
    last = max(0, document.characterCount() - 1)
    cursor.setPosition(min(start, last))
    cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
    shape = QTextCharFormat()
    shape.setBackground(ground)
    if ink is not None:
        shape.setForeground(ink)
    made.cursor = cursor
    made.format = shape
    return made
