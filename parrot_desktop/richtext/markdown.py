"""Markdown of a stranger as segments that can be laid out one by one.

HTML in it stays text, images become links, links that are neither web addresses nor files become text. What would take
too long to read (huge tables, thousands of brackets, deep nesting) is shown as it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token

MAX_CHARS = 65_000
"""A longer text is not read as Markdown."""
MAX_INLINE_CHARS = 12_000
"""A paragraph longer than this is not either: emphasis and links are looked for in time that grows faster than it."""
MAX_BRACKETS = 1_500
MAX_BARS = 6_000
MAX_CELLS = 1_200
MAX_COLUMNS = 20
_MAX_NESTING = 24

_SEGMENT_CHARS = 1_800
"""Small blocks share a segment up to this size: one layout for each, and none that takes long."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Blocks of running text, as tokens of markdown-it."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as inline tokens, the header's row first. ``aligns``: ``left``, ``center``, ``right`` or empty a column."""

    rows: tuple[tuple[Token, ...], ...]
    aligns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """Text shown as it is; ``reason`` says why."""

    text: str
    reason: str = ""


Segment = Prose | CodeBlock | Table | Plain


def make_parser() -> MarkdownIt:
    """A parser that lets no HTML through; links are checked by `link_target`."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    return parser


_parser = make_parser()


def parse(text: str) -> list[Segment]:
    """The segments of a text, in order. Never fails: what cannot be read is Plain."""
    if not text.strip():
        return []
    if (reason := _too_hard(text)) is not None:
        return [Plain(text, reason)]
    try:
        tokens = _parser.parse(text)
    except (ValueError, IndexError, RecursionError) as error:
        return [Plain(text, f"This text could not be read as Markdown: {error}")]
    # The parser drops what is nested deeper than it goes.
    if any(token.level >= _MAX_NESTING - 2 for token in tokens):
        return [Plain(text, "Nested too deeply to be shown formatted")]
    return list(_segments(tokens))


def _too_hard(text: str) -> str | None:
    if len(text) > MAX_CHARS:
        return "Too long to be shown formatted"
    if text.count("[") > MAX_BRACKETS or text.count("<") > 4 * MAX_BRACKETS:
        return "Too many links to be shown formatted"
    if text.count("|") > MAX_BARS:
        return "Too large a table to be shown formatted"
    if len(text) > MAX_INLINE_CHARS and _has_long_inline(text):
        return "Too long a paragraph to be shown formatted"
    return None


_FENCED = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_BLOCK_STARTS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+|#]|\d{1,9}[.)]))")


def _has_long_inline(text: str) -> bool:
    """Whether a paragraph outside of code is too long."""
    bare = _FENCED.sub("\n\n", text) if "```" in text or "~~~" in text else text
    return any(len(piece) > MAX_INLINE_CHARS for piece in _BLOCK_STARTS.split(bare))


def _segments(tokens: Sequence[Token]) -> Iterable[Segment]:
    held: list[Token] = []
    held_chars = 0
    for block in _blocks(tokens):
        first = block[0]
        special: Segment | None = None
        if first.type in {"fence", "code_block"}:
            special = CodeBlock(first.content.rstrip("\n"), first.info.strip().split()[0] if first.info.strip() else "")
        elif first.type == "table_open":
            special = _table(block)
        size = sum(len(token.content) for token in block)
        if held and (special is not None or held_chars + size > _SEGMENT_CHARS):
            yield Prose(tuple(held))
            held, held_chars = [], 0
        if special is not None:
            yield special
        else:
            held.extend(block)
            held_chars += size
    if held:
        yield Prose(tuple(held))


def _blocks(tokens: Sequence[Token]) -> Iterable[list[Token]]:
    """Top-level blocks; a long list is cut between its items, so that no block is endless."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield from _cut_list(block)
            block = []
    if block:
        yield block


def _cut_list(block: list[Token]) -> Iterable[list[Token]]:
    opening = block[0]
    size = sum(len(token.content) for token in block)
    if opening.type not in {"bullet_list_open", "ordered_list_open"} or size <= _SEGMENT_CHARS:
        yield block
        return
    closing = block[-1]
    number = int(opening.attrGet("start") or 1)
    held: list[Token] = []
    held_chars = depth = items = 0
    for token in block[1:-1]:
        held.append(token)
        held_chars += len(token.content)
        depth += token.nesting
        items += token.type == "list_item_open" and depth == 1
        if depth == 0 and held_chars > _SEGMENT_CHARS:
            yield [_numbered(opening, number), *held, closing]
            number += items
            held, held_chars, items = [], 0, 0
    if held:
        yield [_numbered(opening, number), *held, closing]


def _numbered(opening: Token, number: int) -> Token:
    return opening.copy(attrs={**opening.attrs, "start": number}) if opening.type == "ordered_list_open" else opening


def _table(block: list[Token]) -> Segment:
    rows: list[list[Token]] = []
    aligns: list[str] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"} and len(rows) == 1:
            aligns.append(str(token.attrGet("style") or "").rpartition(":")[2])
        elif token.type == "inline" and rows:
            rows[-1].append(token)
    columns = len(aligns)
    if columns > MAX_COLUMNS or columns * len(rows) > MAX_CELLS:
        lines = [" | ".join(cell.content for cell in row) for row in rows]
        return Plain("\n".join(lines), "Too large a table to be shown formatted")
    return Table(tuple(tuple(row) for row in rows), tuple(aligns))


_PATH_LIKE = re.compile(r"(?:\.{0,2}/|~/|[A-Za-z]:[\\/])?[\w@.+\-]+(?:[/\\][\w@.+\- ]+)*(?::\d+|#L\d+)?")


def link_target(address: str) -> str | None:
    """Where a link may lead: an http(s) address, or ``file:PATH[:LINE]``; None where it stays text."""
    address = address.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme in {"http", "https"}:
        return address if parts.netloc else None
    if scheme == "file":
        return f"file:{parts.path}" if parts.path and parts.netloc in {"", "localhost"} else None
    is_path = ("/" in address or "\\" in address or "." in address) and _PATH_LIKE.fullmatch(address) is not None
    return f"file:{address.replace('#L', ':')}" if is_path else None


_BARE_LINK = re.compile(r"https?://[^\s<>\"'`\x00-\x20]+", re.IGNORECASE)


def bare_links(text: str) -> list[tuple[int, int]]:
    """Web addresses in running text, as (start, end); closing brackets and stops at their end are no part of them."""
    found: list[tuple[int, int]] = []
    if "://" not in text:
        return found
    for match in _BARE_LINK.finditer(text):
        address = match[0].rstrip(".,;:!?…'\"*_~")
        for opening, closing in ("()", "[]", "{}"):
            while address.endswith(closing) and address.count(closing) > address.count(opening):
                address = address[:-1].rstrip(".,;:!?")
        found.append((match.start(), match.start() + len(address)))
    return found
