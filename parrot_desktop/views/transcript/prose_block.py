"""Running text with what is painted around it: bars beside quotes, lines for rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from parrot_desktop.views.transcript.block import Span, TextBlock
from parrot_desktop.views.transcript.prose import ProseDocument, ProseStyle, prose_document

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QTextDocument

    from parrot_desktop.richtext.markdown import Prose
    from parrot_desktop.views.transcript.kit import TranscriptKit


class ProseBlock(TextBlock):
    """A segment of Markdown."""

    def __init__(
        self,
        kit: TranscriptKit,
        prose: Prose,
        style: ProseStyle,
        *,
        part: int,
        gap: int,
        card: Span | None,
        indent: int,
    ) -> None:
        self._prose, self._style = prose, style
        self._made: ProseDocument | None = None
        super().__init__(
            kit,
            None,  # a bound method would tie the block to itself, and leave it to the garbage collector
            chars=sum(len(token.content) for token in prose.tokens),
            lines=sum(token.type == "inline" for token in prose.tokens),
            part=part,
            gap=gap,
            card=card,
            indent=indent,
        )

    def paint_under(self, painter: QPainter, origin: QPointF, kit: TranscriptKit) -> None:
        made = self._made
        if made is None or not (made.quotes or made.rules or made.codes):
            return
        layout = made.document.documentLayout()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kit.tokens.border)
        width = made.document.textWidth()
        for first, last, x in made.quotes:
            begin = made.document.findBlockByNumber(first)
            top = layout.blockBoundingRect(begin).top()
            bottom = layout.blockBoundingRect(made.document.findBlockByNumber(last)).bottom()
            left = width - x - kit.px(3) if begin.textDirection() is Qt.LayoutDirection.RightToLeft else x
            painter.drawRoundedRect(QRectF(origin.x() + left, origin.y() + top, kit.px(3), bottom - top), 1.5, 1.5)
        painter.setBrush(kit.inline_ground)
        for first, last, x in made.codes:
            begin = layout.blockBoundingRect(made.document.findBlockByNumber(first))
            end = layout.blockBoundingRect(made.document.findBlockByNumber(last))
            # The first line's rectangle leaves its margin out.
            box = QRectF(origin.x() + x, origin.y() + begin.top() - 4, width - x, end.bottom() - begin.top() + 7)
            painter.drawRoundedRect(box, 6, 6)
        painter.setBrush(kit.tokens.border)
        for number in made.rules:
            box = layout.blockBoundingRect(made.document.findBlockByNumber(number))
            painter.drawRect(QRectF(origin.x(), origin.y() + box.center().y(), width, 1))

    def make_document(self) -> QTextDocument:
        self._made = prose_document(self._prose, self._kit, self._style)
        return self._made.document
