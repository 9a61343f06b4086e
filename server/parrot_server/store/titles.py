"""Finding words in titles, the one way that SQL and the feed share."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD_START = re.compile(r"(?<![^\W_])(?=[^\W_])")
_MARK = "\x01"


def fold(text: str) -> str:
    """Case-folded and composed, each beginning of a word marked, so that "begins a word" is "contains"."""
    return _WORD_START.sub(_MARK, unicodedata.normalize("NFC", text.casefold()))


def matches(title: str, words: Iterable[str]) -> bool:
    """Whether every word begins some word of the title, in any order, whatever the case (``Filter.words``)."""
    folded = fold(title)
    return all(fold(word) in folded for word in words)
