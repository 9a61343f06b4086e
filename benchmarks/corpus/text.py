"""Text for transcripts: words drawn by a Zipf law, cut from a pool that is made once.

Everything here is JSON-escaped bytes already, so that a line is put together without an encoder.
"""

from __future__ import annotations

import random
from functools import lru_cache

_COMMON = (
    b"the export path report column value parse stream cursor render table query index session event owner status plan "
    b"verify implement function return class import error trace line file test assert build check merge branch commit"
).split()
_SYLLABLES = b"re ta co mi lo de su ne pa ti ver con ex in un der al or ist eck".split()
_ODD = [word.encode() for word in (r"\"key\":", "naïve", "漢字", r"C:\\path", r"\u00e9", "<tag>", "=>")]
_WORDS = 30_000
_POOL_WORDS = 260_000


@lru_cache(maxsize=1)
def pool() -> bytes:
    """About 2 MB of sentences; the same in every process."""
    rng = random.Random(0)
    words = [*_COMMON, *_ODD]
    while len(words) < _WORDS:
        word = b"".join(rng.choices(_SYLLABLES, k=rng.randrange(2, 5)))
        shape = rng.random()
        if shape < 0.3:
            word += b"_" + rng.choice(_COMMON)
        elif shape < 0.4:
            word = b"%x" % rng.getrandbits(32)
        elif shape < 0.5:
            word += b"." + rng.choice((b"py", b"ts", b"md"))
        words.append(word)
    total = 0.0
    cumulative: list[float] = []
    for rank in range(len(words)):
        total += 1 / (rank + 2.7)
        cumulative.append(total)
    drawn = rng.choices(words, cum_weights=cumulative, k=_POOL_WORDS)
    for at in range(0, len(drawn), 11):
        drawn[at] = drawn[at] + (rb".\n" if rng.random() < 0.3 else b".")
    return b" ".join(drawn)


def text(rng: random.Random, size: int) -> bytes:
    """About `size` bytes, from a random place of the pool; begins and ends at a word."""
    source = pool()
    pieces: list[bytes] = []
    while size > 0:
        start = source.find(b" ", rng.randrange(len(source) - 4_000)) + 1
        end = source.find(b" ", min(start + size, len(source) - 200))
        pieces.append(source[start:end])
        size -= end - start + 1
    return b" ".join(pieces)
