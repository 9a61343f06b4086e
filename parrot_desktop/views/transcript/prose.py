"""Markdown's tokens as text documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableFormat,
)

from parrot_desktop.domain.transcript.clean import clean
from parrot_desktop.richtext.markdown import bare_links, link_target
from parrot_desktop.views.transcript.documents import link_format, new_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token
    from PySide6.QtGui import QTextDocument

    from parrot_desktop.richtext.markdown import Prose, Table
    from parrot_desktop.views.transcript.kit import TranscriptKit

_BULLETS = ("•", "◦", "▪")


@dataclass(frozen=True, slots=True)
class ProseDocument:
    """``quotes`` are (first block, last block, x) of quoted paragraphs: a bar is painted left of them."""

    document: QTextDocument
    quotes: tuple[tuple[int, int, float], ...] = ()
    rules: tuple[int, ...] = ()
    """Blocks that are a horizontal rule."""
    codes: tuple[tuple[int, int, float], ...] = ()
    """(first block, last block, x) of code inside of lists and quotes."""


@dataclass(frozen=True, slots=True)
class ProseStyle:
    """``is_quiet`` is for thoughts; ``keeps_breaks`` for people, who mean the line breaks that they type."""

    is_quiet: bool = False
    keeps_breaks: bool = False


def prose_document(prose: Prose, kit: TranscriptKit, style: ProseStyle) -> ProseDocument:
    """Running text: paragraphs, headings, lists, quotes, and code inside of lists and quotes."""
    return _Writer(kit, style).write(prose.tokens)


def table_document(table: Table, kit: TranscriptKit) -> QTextDocument:
    document = new_document(kit.body)
    cursor = QTextCursor(document)
    shape = QTextTableFormat()
    shape.setBorderCollapse(True)
    shape.setBorder(1)
    shape.setBorderBrush(kit.tokens.border)
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setCellPadding(kit.px(6))
    shape.setCellSpacing(0)
    shape.setHeaderRowCount(1)
    columns = max(len(row) for row in table.rows)
    shape.setColumnWidthConstraints([QTextLength(QTextLength.Type.VariableLength, 0)] * columns)
    made = cursor.insertTable(len(table.rows), columns, shape)
    writer = _Writer(kit, ProseStyle())
    for y, row in enumerate(table.rows):
        for x, inline in enumerate(row):
            cell = made.cellAt(y, x)
            if y == 0:
                ground = cell.format()
                ground.setBackground(kit.inline_ground)
                cell.setFormat(ground)
            at = cell.firstCursorPosition()
            lines = kit.line_format()
            align = table.aligns[x] if x < len(table.aligns) else ""
            if align in {"center", "right"}:
                lines.setAlignment(Qt.AlignmentFlag.AlignHCenter if align == "center" else Qt.AlignmentFlag.AlignRight)
            at.setBlockFormat(lines)
            writer.inline(at, inline, bold=y == 0)
    # A table is followed by an empty paragraph, which shall take no room.
    end = QTextCursor(document)
    end.movePosition(QTextCursor.MoveOperation.End)
    nothing = QTextBlockFormat()
    nothing.setLineHeight(1, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
    end.setBlockFormat(nothing)
    return document


_AFTER_MARKER = "\N{EM SPACE}"
"""Stands for the tab after a list item's marker."""


def _indent_from_the_right(document: QTextDocument) -> None:
    """Paragraphs that read from right to left are indented from there: Qt mirrors lines, not margins and tabs."""
    block = document.begin()
    while block.isValid():
        margin = block.blockFormat().leftMargin()
        if margin and block.textDirection() is Qt.LayoutDirection.RightToLeft:
            shape = block.blockFormat()
            shape.setLeftMargin(0)
            shape.setRightMargin(margin)
            cursor = QTextCursor(block)
            cursor.setBlockFormat(shape)
            tab = block.text().find("\t") if shape.textIndent() else -1
            if tab >= 0:
                cursor.setPosition(block.position() + tab)
                cursor.deleteChar()
                cursor.insertText(_AFTER_MARKER)
        block = block.next()


class _Writer:
    """Writes tokens into a document, one paragraph after the other."""

    def __init__(self, kit: TranscriptKit, style: ProseStyle) -> None:
        self._kit = kit
        self._style = style
        self._heading = 0
        self._is_first = True
        self._lists: list[int | None] = []  # the next number, None for bullets
        self._marker: str | None = None
        self._quote_depth = 0
        self._quotes: list[tuple[int, int, float]] = []
        self._rules: list[int] = []
        self._codes: list[tuple[int, int, float]] = []
        self._is_tight = False

    def write(self, tokens: Sequence[Token]) -> ProseDocument:
        document = new_document(self._kit.body)
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        quote_starts: list[int] = []
        for token in tokens:
            match token.type:
                case "bullet_list_open":
                    self._lists.append(None)
                case "ordered_list_open":
                    self._lists.append(int(token.attrGet("start") or 1))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._marker = self._next_marker()
                case "list_item_close":
                    if self._marker is not None:  # an item without a text
                        self._begin(cursor)
                    self._marker = None
                case "blockquote_open":
                    self._quote_depth += 1
                    quote_starts.append(document.blockCount() - (1 if self._is_first else 0))
                case "blockquote_close":
                    x = self._indent() - self._kit.px(14)
                    self._quotes.append((quote_starts.pop(), document.blockCount() - 1, x))
                    self._quote_depth -= 1
                case "heading_open":
                    self._begin(cursor, heading=int(token.tag[1]))
                case "paragraph_open":
                    self._is_tight = token.hidden
                    self._begin(cursor)
                case "inline":
                    self.inline(cursor, token)
                case "fence" | "code_block":
                    self._code(cursor, token.content.rstrip("\n"))
                case "hr":
                    self._begin(cursor)
                    self._rules.append(document.blockCount() - 1)
                case "tr_open":  # a table inside a list or a quote: a line for each row
                    self._begin(cursor)
                case "td_open" | "th_open" if not cursor.atBlockStart():
                    cursor.insertText("  |  ", self._kit.prose_format)
                case _:
                    pass
        cursor.endEditBlock()
        _indent_from_the_right(document)
        return ProseDocument(document, tuple(self._quotes), tuple(self._rules), tuple(self._codes))

    def inline(self, cursor: QTextCursor, token: Token, *, bold: bool = False) -> None:
        """Text with its emphasis, code and links, at the cursor."""
        kit = self._kit
        base = QTextCharFormat(self._text_format())
        if bold:
            base.setFontWeight(QFont.Weight.DemiBold)
        formats = [base]
        targets: list[str | None] = []
        for child in token.children or ():
            current = formats[-1]
            match child.type:
                case "text":
                    self._text(cursor, clean(child.content), current, in_link=bool(targets))
                case "softbreak":
                    cursor.insertText("\u2028" if self._style.keeps_breaks else " ", current)
                case "hardbreak":
                    cursor.insertText("\u2028", current)
                case "code_inline":
                    shape = QTextCharFormat(kit.code_format)
                    if current.isAnchor():
                        shape.merge(link_format(kit, current.anchorHref()))
                    if current.fontWeight() > QFont.Weight.Normal:
                        shape.setFontWeight(QFont.Weight.Bold)
                    cursor.insertText(clean(child.content).replace("\n", " "), shape)
                case "strong_open" | "em_open" | "s_open":
                    shape = QTextCharFormat(current)
                    if child.type == "strong_open":
                        shape.setFontWeight(QFont.Weight.DemiBold)
                    elif child.type == "em_open":
                        shape.setFontItalic(True)
                    else:
                        shape.setFontStrikeOut(True)
                    formats.append(shape)
                case "strong_close" | "em_close" | "s_close":
                    formats.pop()
                case "link_open":
                    target = link_target(str(child.attrGet("href") or ""))
                    targets.append(target)
                    shape = QTextCharFormat(current)
                    if target is not None:
                        shape.merge(link_format(kit, target))
                    formats.append(shape)
                case "link_close":
                    targets.pop()
                    formats.pop()
                case "image":
                    self._image(cursor, child, current)
                case _:
                    cursor.insertText(clean(child.content), current)

    def _image(self, cursor: QTextCursor, token: Token, current: QTextCharFormat) -> None:
        """Images of a text are never loaded: a link says where they are."""
        source = str(token.attrGet("src") or "")
        target = link_target(source)
        shape = QTextCharFormat(current)
        if target is not None:
            shape.merge(link_format(self._kit, target))
        cursor.insertText(f"🖼 {clean(token.content or source)[:200]}", shape)

    def _text(self, cursor: QTextCursor, text: str, shape: QTextCharFormat, *, in_link: bool) -> None:
        at = 0
        for start, end in () if in_link else bare_links(text):
            cursor.insertText(text[at:start], shape)
            linked = QTextCharFormat(shape)
            linked.merge(link_format(self._kit, text[start:end]))
            cursor.insertText(text[start:end], linked)
            at = end
        cursor.insertText(text[at:], shape)

    def _text_format(self) -> QTextCharFormat:
        is_quiet = bool(self._quote_depth) or self._style.is_quiet
        if not (is_quiet or self._heading):
            return self._kit.prose_format
        shape = QTextCharFormat()
        if self._heading:
            shape.setFont(self._kit.heading_font(self._heading))
        shape.setForeground(self._kit.tokens.muted if is_quiet else self._kit.tokens.text)
        return shape

    def _begin(self, cursor: QTextCursor, *, heading: int = 0) -> None:
        """Start a paragraph where the cursor is, with the marker of its list item."""
        kit = self._kit
        self._heading = heading
        shape = kit.line_format()
        shape.setLeftMargin(self._indent())
        gap = kit.px(12) if heading else kit.px(2 if self._is_tight or self._marker else 8)
        shape.setTopMargin(0 if self._is_first else gap)
        if heading:
            shape.setBottomMargin(kit.px(2))
        if self._is_first:
            cursor.setBlockFormat(shape)
            cursor.setBlockCharFormat(QTextCharFormat())
        else:
            cursor.insertBlock(shape, QTextCharFormat())
        if self._marker is not None:
            width = max(kit.px(18), kit.body_metrics.horizontalAdvance(self._marker) + kit.px(7))
            shape.setTextIndent(-width)
            tab = QTextOption.Tab()
            tab.position = width  # from where the marker begins
            shape.setTabPositions([tab])
            cursor.setBlockFormat(shape)
            faint = QTextCharFormat()
            faint.setForeground(kit.tokens.muted)
            cursor.insertText(self._marker + "\t", faint)
            self._marker = None
        self._is_first = False
        self._is_tight = False

    def _code(self, cursor: QTextCursor, text: str) -> None:
        """Code inside a list or a quote: lines on a ground of their own."""
        kit = self._kit
        shape = QTextCharFormat()
        shape.setFont(kit.mono)
        shape.setForeground(kit.tokens.text)
        first = last = 0
        x = 0.0
        for number, line in enumerate(clean(text).split("\n")):
            self._begin(cursor)
            lines = kit.code_line_format()
            lines.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            x = cursor.blockFormat().leftMargin()
            lines.setLeftMargin(x + kit.px(9))
            lines.setTopMargin(kit.px(9) if number == 0 else 0)
            cursor.setBlockFormat(lines)
            cursor.insertText(line, shape)
            last = cursor.block().blockNumber()
            first = last if number == 0 else first
        self._codes.append((first, last, x))

    def _indent(self) -> float:
        return float(self._kit.px(20) * len(self._lists) + self._kit.px(14) * self._quote_depth)

    def _next_marker(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return _BULLETS[min(len(self._lists), len(_BULLETS)) - 1]
        self._lists[-1] = number + 1
        return f"{number}."
