"""Code in colours: which part of a line is what, by Pygments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pygments.lexers
from pygments.token import Comment, Error, Generic, Keyword, Literal, Name, Number, Operator, Punctuation, String
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer
    from pygments.token import _TokenType  # pyright: ignore[reportPrivateUsage]

MAX_CHARS = 20_000
"""A longer text is shown in one colour."""


class Ink(StrEnum):
    """What a piece of code is, as far as its colour goes."""

    KEYWORD = "keyword"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    META = "meta"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Span:
    """``ink`` from ``start`` to ``end`` of the whole text."""

    start: int
    end: int
    ink: Ink


# The first that holds the token decides.
_INKS: tuple[tuple[_TokenType, Ink], ...] = (
    (Comment.Preproc, Ink.META),
    (Comment, Ink.COMMENT),
    (String.Doc, Ink.COMMENT),
    (Keyword.Constant, Ink.NUMBER),
    (Keyword, Ink.KEYWORD),
    (Operator.Word, Ink.KEYWORD),
    (Name.Function, Ink.NAME),
    (Name.Class, Ink.NAME),
    (Name.Tag, Ink.KEYWORD),
    (Name.Attribute, Ink.NAME),
    (Name.Decorator, Ink.META),
    (Name.Builtin, Ink.NAME),
    (String, Ink.STRING),
    (Number, Ink.NUMBER),
    (Literal, Ink.NUMBER),
    (Generic.Heading, Ink.NAME),
    (Generic.Subheading, Ink.META),
    (Generic.Inserted, Ink.ADDED),
    (Generic.Deleted, Ink.REMOVED),
    (Generic.Prompt, Ink.COMMENT),
)
_PLAIN = (Punctuation, Error)


def spans(text: str, language: str) -> list[Span]:
    """The coloured pieces of a text, in order; empty for a language that is not known, or too long a text.

    language: a name that Pygments knows (``python``), or a file's name (``log.py``).
    """
    return list(iter_spans(text, language))


def iter_spans(text: str, language: str) -> Iterator[Span]:
    """As `spans`, piece by piece: reading code takes a millisecond for some 300 characters."""
    if not language or len(text) > MAX_CHARS:
        return
    lexer = load(language)
    if lexer is None:
        return
    at = 0
    for start, token, value in lexer.get_tokens_unprocessed(text):
        if start < at:  # some lexers go back for a nested language
            continue
        at = start + len(value)
        ink = _ink(token)
        if ink is not None and value.strip():
            yield Span(start, at, ink)


def is_loaded(language: str) -> bool:
    """Whether a language's rules are at hand; loading them can take a tenth of a second (`load`, in any thread)."""
    return not language or language in _lexers


def load(language: str) -> Lexer | None:
    """The rules of a language; None where it is not known."""
    if language not in _lexers:
        lexer = _find(language)
        if lexer is not None:
            next(iter(lexer.get_tokens_unprocessed("x")), None)  # compiles its expressions
        if len(_lexers) >= 256:  # languages are strangers' words
            _lexers.clear()
        _lexers[language] = lexer
    return _lexers[language]


_lexers: dict[str, Lexer | None] = {}


@lru_cache(maxsize=512)
def _ink(token: _TokenType) -> Ink | None:
    if any(token in plain for plain in _PLAIN):
        return None
    return next((ink for kind, ink in _INKS if token in kind), None)


def _find(language: str) -> Lexer | None:
    lexers: Any = pygments.lexers  # its stubs leave the options of lexers open
    try:
        return lexers.get_lexer_for_filename(language) if "." in language else lexers.get_lexer_by_name(language)
    except (ClassNotFound, ValueError):
        return None
