"""Snippets of the search, made safe and short."""

from __future__ import annotations

from parrot_desktop.domain.transcript.clean import clean

START, END = "\x02", "\x03"
"""What matched stands between these in a snippet (protocol: SearchHit)."""


def snippet(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The snippet on one line, and (start, end) of what matched in it."""
    found: list[str] = []
    marks: list[tuple[int, int]] = []
    length = 0
    for number, piece in enumerate(text.split(START)):
        inside, separator, outside = piece.partition(END) if number else ("", "", piece)
        if not separator and number:
            inside, outside = piece, ""
        shown = _line(inside)
        if shown.strip():
            marks.append((length, length + len(shown)))
        found.append(shown)
        length += len(shown)
        shown = _line(outside)
        found.append(shown)
        length += len(shown)
    return "".join(found), tuple(marks)


def _line(text: str) -> str:
    """On one line; a space at an end stays, since more follows."""
    words = " ".join(clean(text).split())
    if not words:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"
