"""Blocks of fixed-pitch text: code, output and differences, cut where they are long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from parrot_desktop.domain.transcript.ansi import plain, runs
from parrot_desktop.domain.transcript.clean import clean
from parrot_desktop.domain.transcript.diff import LineKind
from parrot_desktop.domain.transcript.results import bytes_text
from parrot_desktop.views.transcript.block import Block, Span, TextBlock
from parrot_desktop.views.transcript.card_rows import ShowAllBlock
from parrot_desktop.views.transcript.documents import (
    chunks,
    code_document,
    diff_document,
    line_chunks,
    output_document,
    plain_document,
    run_chunks,
    run_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QTextDocument

    from parrot_desktop.domain.transcript.diff import DiffLine
    from parrot_desktop.domain.transcript.store import PartPlace
    from parrot_desktop.domain.words import Words
    from parrot_desktop.views.transcript.folding import Folding
    from parrot_desktop.views.transcript.kit import TranscriptKit

SHOWN_LINES = 160
SHOWN_CHARS = 24_000
TAIL_LINES = 40
"""A longer text is cut: a program's output keeps its end too, where it usually says what became of it."""


class Wells:
    """Makes them for one kit, and for what a reader opened."""

    def __init__(self, kit: TranscriptKit, folding: Folding, words: Words) -> None:
        self._kit, self._folding, self._words = kit, folding, words

    def code(
        self,
        part: int,
        text: str,
        language: str,
        *,
        card: Span | None,
        gap: int = 0,
        indent: int = 0,
        first_line: int | None = None,
        is_cut: bool = False,
        kind: str = "code",
    ) -> list[Block]:
        """A well of fixed-pitch text. ``is_cut``: a block follows in the same well. ``kind``: code or output."""
        kit = self._kit
        pieces: list[tuple[str, Callable[[], QTextDocument]]]
        if kind == "output":
            pieces = [(run_text(chunk), partial(output_document, chunk, kit)) for chunk in run_chunks(runs(text))]
        else:
            text = clean(text)
            pieces = [(chunk, partial(code_document, chunk, language, kit)) for chunk in chunks(text)]
        found: list[Block] = []
        line = first_line
        width = len(str((first_line or 1) + text.count("\n")))
        for number, (chunk, make) in enumerate(pieces):
            count = chunk.count("\n") + 1
            gutter: Sequence[str] = ()
            if line is not None:
                gutter = [str(at).rjust(width) for at in range(line, line + count)]
                line += count
            found.append(
                TextBlock(
                    kit,
                    make,
                    chars=len(chunk),
                    lines=count,
                    is_mono=True,
                    part=part,
                    gap=gap if number == 0 else 0,
                    card=card,
                    well=_span(number, len(pieces) + is_cut),
                    gutter=gutter,
                    indent=indent,
                    copy_text=partial(_copied, text) if number == 0 else None,
                    text=partial(_as_is, chunk),
                )
            )
        return found

    def plain(self, part: int, text: str, *, card: Span | None, gap: int, indent: int = 0) -> list[Block]:
        kit = self._kit
        found: list[Block] = []
        for chunk in chunks(clean(text)):
            made = partial(plain_document, chunk, kit)
            lines = chunk.count("\n") + 1
            found.append(
                TextBlock(
                    kit,
                    made,
                    chars=len(chunk),
                    lines=lines,
                    part=part,
                    gap=0 if found else gap,
                    card=card,
                    indent=indent,
                    text=partial(_as_is, chunk),
                )
            )
        return found

    def long(
        self,
        owner: PartPlace,
        text: str,
        full_bytes: int | None,
        *,
        language: str,
        card: Span | None,
        gap: int = 0,
        part: int | None = None,
        first_line: int | None = None,
        is_output: bool = True,
    ) -> list[Block]:
        """Fixed-pitch text, cut where it is long until all of it is asked for."""
        kit = self._kit
        part = owner.index if part is None else part
        kind = "output" if is_output else "code"
        is_server_cut = full_bytes is not None and owner not in self._folding.fetched
        lines = text.split("\n")
        is_long = len(lines) > SHOWN_LINES + TAIL_LINES or len(text) > SHOWN_CHARS * 1.3
        if owner in self._folding.whole or not (is_long or is_server_cut):
            return self.code(part, text, language, card=card, gap=gap, first_line=first_line, kind=kind, is_cut=False)
        size = full_bytes if full_bytes is not None else len(text.encode("utf-8", "replace"))
        head = "\n".join(lines[:SHOWN_LINES])[:SHOWN_CHARS]
        tail = ""
        if is_output and not is_server_cut and len(lines) > SHOWN_LINES + TAIL_LINES:
            tail = "\n".join(lines[-TAIL_LINES:])[-SHOWN_CHARS // 4 :]
        found = self.code(part, head, language, card=card, gap=gap, first_line=first_line, kind=kind, is_cut=True)
        if tail:
            hidden = len(lines) - SHOWN_LINES - TAIL_LINES
            label = self._words.plural(
                hidden,
                "{n} line is left out · Show all ({size})",
                "{n} lines are left out · Show all ({size})",
                size=bytes_text(size),
            )
        else:
            label = self._words.tr("Show all ({size})", size=bytes_text(size))
        found.append(ShowAllBlock(kit, label, part=part, card=card, well=Span.MIDDLE if tail else Span.BOTTOM))
        if tail:
            pieces = runs(tail)
            found.append(
                TextBlock(
                    kit,
                    partial(output_document, pieces, kit),
                    chars=len(tail),
                    lines=TAIL_LINES,
                    is_mono=True,
                    part=part,
                    card=card,
                    well=Span.BOTTOM,
                    text=partial(run_text, pieces),
                )
            )
        return found

    def diff(self, owner: PartPlace, lines: Sequence[DiffLine], path: str, *, part: int) -> list[Block]:
        kit = self._kit
        is_cut = len(lines) > SHOWN_LINES * 2 and owner not in self._folding.whole
        shown = lines[: SHOWN_LINES * 2] if is_cut else lines
        pieces = list(line_chunks(shown))
        width = max((len(str(line.new or line.old or "")) for line in shown), default=0)
        found: list[Block] = []
        language = path.replace("\\", "/").rpartition("/")[2]
        for number, piece in enumerate(pieces):
            made = partial(diff_document, piece, language, kit)
            found.append(
                TextBlock(
                    kit,
                    made,
                    chars=sum(len(line.text) for line in piece),
                    lines=len(piece),
                    is_mono=True,
                    part=part,
                    card=Span.MIDDLE,
                    well=_span(number, len(pieces) + is_cut),
                    gutter=[_diff_gutter(line, width) for line in piece],
                    grounds=[kit.diff_grounds.get(line.kind) for line in piece],
                    copy_text=partial(_diff_text, lines) if number == 0 else None,
                    text=partial(_shown_text, piece),
                )
            )
        if is_cut:
            text = self._words.plural(len(lines), "Show the {n} line", "Show all {n} lines")
            found.append(ShowAllBlock(kit, text, part=part, card=Span.MIDDLE, well=Span.BOTTOM))
        return found

    def cut(
        self, place: PartPlace, full_bytes: int | None, *, card: Span | None, well: Span | None = None
    ) -> list[Block]:
        """The way to the rest of a part that the server cut."""
        if full_bytes is None or place in self._folding.fetched:
            return []
        text = self._words.tr("Show all ({size})", size=bytes_text(full_bytes))
        return [ShowAllBlock(self._kit, text, part=place.index, card=card, well=well)]


def _span(number: int, count: int) -> Span:
    if count == 1:
        return Span.WHOLE
    if number == 0:
        return Span.TOP
    return Span.BOTTOM if number == count - 1 else Span.MIDDLE


def _as_is(text: str) -> str:
    return text


def _diff_gutter(line: DiffLine, width: int) -> str:
    number = line.new if line.new is not None else line.old
    sign = {LineKind.ADDED: "+", LineKind.REMOVED: "\N{MINUS SIGN}", LineKind.GAP: "⋯"}.get(line.kind, " ")
    return f"{str(number or '').rjust(width)} {sign}" if width else sign


def _copied(text: str) -> str:
    """Output is copied without its colours."""
    return plain(text)


def _shown_text(lines: Sequence[DiffLine]) -> str:
    return "\n".join(clean(line.text).replace("\n", " ") for line in lines)


def _diff_text(lines: Sequence[DiffLine]) -> str:
    return "\n".join(f"{line.kind}{line.text}" for line in lines)
