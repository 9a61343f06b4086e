"""Finding a thing by a few of its letters."""

from __future__ import annotations

_WORD_START = 8
_RUN = 5
_GAP = 1


def fuzzy_score(query: str, text: str) -> int | None:
    """How well the letters of ``query`` are found in ``text``, in order; None where they are not all there.

    More is better: letters at the start of words and letters in a row count most, gaps cost. Case does not matter, and
    blanks in the query match nothing and cost nothing.
    """
    letters = "".join(query.casefold().split())
    if not letters:
        return 0
    words = text.casefold()
    # Each place where the first letter stands may begin the best match; texts are short.
    best: int | None = None
    for start, letter in enumerate(words):
        if letter == letters[0]:
            score = _score_from(letters, words, start)
            if score is not None and (best is None or score > best):
                best = score
    return best


def _score_from(letters: str, words: str, start: int) -> int | None:
    score = 0
    last = start - 1
    for letter in letters:
        at = _find(letter, words, last + 1)
        if at is None:
            return None
        if at == 0 or not words[at - 1].isalnum():
            score += _WORD_START
        if at == last + 1 and last >= start:
            score += _RUN
        score -= _GAP * min(at - last - 1, 10)
        last = at
    return score - len(words) // 8


def _find(letter: str, words: str, start: int) -> int | None:
    """The next place of a letter: a start of a word within reach rather than the middle of one."""
    nearest = words.find(letter, start)
    if nearest < 0:
        return None
    if nearest == start:
        return nearest
    at = nearest
    while 0 <= at < start + 24:
        if at == 0 or not words[at - 1].isalnum():
            return at
        at = words.find(letter, at + 1)
    return nearest
