"""Text documents for what a block shows: each small, laid out only when it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor, QTextDocument, QTextLayout, QTextOption

from parrot_desktop.domain.transcript.ansi import PLAIN, Run
from parrot_desktop.domain.transcript.clean import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parrot_desktop.domain.transcript.ansi import Style
    from parrot_desktop.domain.transcript.diff import DiffLine
    from parrot_desktop.views.transcript.kit import TranscriptKit

Painted = tuple[int, int, QTextCharFormat]
"""Characters from, to, and how they look."""

LINES_PER_CHUNK = 120
CHARS_PER_CHUNK = 9_000
"""What one document holds at most: a longer text is shown by several, so that only what is seen is laid out."""


def new_document(font: QFont, *, is_code: bool = False) -> QTextDocument:
    """A paragraph takes its direction from its first strong character; code reads from left to right always."""
    made = QTextDocument()
    made.setUndoRedoEnabled(False)
    made.setDocumentMargin(0)
    made.setDefaultFont(font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    if is_code:
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    made.setDefaultTextOption(option)
    return made


def plain_document(text: str, kit: TranscriptKit, *, font: QFont | None = None) -> QTextDocument:
    """Clean text with its line breaks."""
    made = new_document(font or kit.body)
    made.setPlainText(text)
    _set_line_height(made, kit, mono=font is kit.mono)
    return made


def code_document(text: str, language: str, kit: TranscriptKit) -> QTextDocument:
    """Code in colours; ``text`` is clean. ``language`` as of `highlight.spans`."""
    made = new_document(kit.mono, is_code=True)
    tab = QTextOption(made.defaultTextOption())
    tab.setTabStopDistance(kit.mono_char * 4)
    made.setDefaultTextOption(tab)
    made.setPlainText(text)
    _set_line_height(made, kit, mono=True)
    kit.colour(made, text, language)
    return made


def output_document(pieces: Sequence[Run], kit: TranscriptKit) -> QTextDocument:
    """What a program printed, with its colours."""
    made = new_document(kit.mono, is_code=True)
    made.setPlainText(run_text(pieces))
    _set_line_height(made, kit, mono=True)
    ranges: list[Painted] = []
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        if piece.style != PLAIN:
            ranges.append((at, end, kit.ansi_format(piece.style)))
        at = end
    paint_ranges(made, ranges)
    return made


def run_text(pieces: Iterable[Run]) -> str:
    return "".join(piece.text for piece in pieces)


def diff_document(lines: Sequence[DiffLine], language: str, kit: TranscriptKit) -> QTextDocument:
    """The lines of a change, what changed in them marked. Grounds, numbers and signs are the block's."""
    texts = [clean(line.text).replace("\n", " ") for line in lines]
    joined = "\n".join(texts)
    made = new_document(kit.mono, is_code=True)
    made.setPlainText(joined)
    _set_line_height(made, kit, mono=True)
    ranges: list[Painted] = []
    at = 0
    for line, text in zip(lines, texts, strict=True):
        if line.mark is not None and line.mark[1] > line.mark[0] and len(text) == len(line.text):
            marked = QTextCharFormat()
            marked.setBackground(kit.diff_marks[line.kind])
            ranges.append((at + line.mark[0], at + line.mark[1], marked))
        at += len(text) + 1
    paint_ranges(made, ranges)
    kit.colour(made, joined, language, over=ranges)
    return made


def chunks(text: str) -> list[str]:
    """The text in pieces of whole lines, each small enough for a document; an endless line is cut."""
    found: list[str] = []
    held: list[str] = []
    size = 0
    for line in text.split("\n"):
        while len(line) > CHARS_PER_CHUNK:
            if held:
                found.append("\n".join(held))
                held, size = [], 0
            found.append(line[:CHARS_PER_CHUNK])
            line = line[CHARS_PER_CHUNK:]
        if held and (len(held) >= LINES_PER_CHUNK or size + len(line) > CHARS_PER_CHUNK):
            found.append("\n".join(held))
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    found.append("\n".join(held))
    return found


def run_chunks(pieces: Sequence[Run]) -> list[list[Run]]:
    """As `chunks`, for styled text: a colour goes on in the next chunk, and no escape is ever cut in two."""
    found: list[list[Run]] = [[]]
    lines = size = 0
    for piece in pieces:
        for line in piece.text.splitlines(keepends=True):
            for at in range(0, len(line), CHARS_PER_CHUNK):
                part = line[at : at + CHARS_PER_CHUNK]
                if found[-1] and (lines >= LINES_PER_CHUNK or size + len(part) > CHARS_PER_CHUNK):
                    _end_line(found[-1])
                    found.append([])
                    lines = size = 0
                found[-1].append(Run(part, piece.style))
                size += len(part)
                lines += part.endswith("\n")
    return [[Run(text, style) for text, style in _joined(chunk)] for chunk in found]


def _end_line(chunk: list[Run]) -> None:
    """A document ends a line by itself."""
    last = chunk[-1]
    if last.text.endswith("\n"):
        chunk[-1] = Run(last.text[:-1], last.style)


def _joined(chunk: Iterable[Run]) -> list[tuple[str, Style]]:
    """Neighbours of one style as one."""
    found: list[tuple[list[str], Style]] = []
    for run in chunk:
        if found and found[-1][1] == run.style:
            found[-1][0].append(run.text)
        else:
            found.append(([run.text], run.style))
    return [("".join(texts), style) for texts, style in found]


def line_chunks(lines: Sequence[DiffLine]) -> Iterable[Sequence[DiffLine]]:
    """As `chunks`, for the lines of a diff."""
    start = size = 0
    for at, line in enumerate(lines):
        size += len(line.text)
        if at > start and (at - start >= LINES_PER_CHUNK or size > CHARS_PER_CHUNK):
            yield lines[start:at]
            start, size = at, len(line.text)
    if start < len(lines):
        yield lines[start:]


def utf16(text: str) -> int:
    """How many of Qt's positions a text takes: two for what lies beyond the basic plane."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _set_line_height(document: QTextDocument, kit: TranscriptKit, *, mono: bool) -> None:
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.setBlockFormat(kit.code_line_format() if mono else kit.line_format())


def paint_ranges(document: QTextDocument, ranges: Sequence[Painted]) -> None:
    """Formats over the document's text without touching it, as a syntax highlighter would: (start, end, format)."""
    if not ranges:
        return
    wide = not document.toPlainText().isascii()
    text = document.toPlainText() if wide else ""
    positions = _positions(text) if wide else None
    by_block: dict[int, list[QTextLayout.FormatRange]] = {}
    for start, end, shape in ranges:
        first, last = (positions[start], positions[end]) if positions is not None else (start, end)
        block = document.findBlock(first)
        while block.isValid() and block.position() < last:
            made = QTextLayout.FormatRange()
            made.start = max(0, first - block.position())
            made.length = min(last - block.position(), block.length() - 1) - made.start
            made.format = shape
            if made.length > 0:
                by_block.setdefault(block.blockNumber(), []).append(made)
            block = block.next()
    for number, formats in by_block.items():
        document.findBlockByNumber(number).layout().setFormats(formats)
    # Formats drop the lines of a paragraph that is laid out already.
    document.markContentsDirty(0, document.characterCount())


def _positions(text: str) -> list[int] | None:
    """Qt's position of each character, and of the end; None where they are the same as ours."""
    if all(ord(character) <= 0xFFFF for character in text):
        return None
    found = [0]
    for character in text:
        found.append(found[-1] + (2 if ord(character) > 0xFFFF else 1))
    return found


def link_format(kit: TranscriptKit, target: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setAnchor(True)
    made.setAnchorHref(target)
    made.setForeground(kit.link_ink)
    made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.NoUnderline)
    return made
