"""Output reads as a terminal would show it, however it is cut on its way."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_server.flows.output import OutputText

PIECES = st.sampled_from(
    [
        "plain ",
        "žluť ",
        "\x1b[1;32mgreen\x1b[0m ",
        "\x1b]0;title\x07",
        "\n",
        "\r\n",
        "10%\r",
        "\t",
        "\x1b(B",
        "\x08",
        "é\n",
    ]
)


def read(*chunks: bytes) -> tuple[str, str]:
    """Everything that was printed, and the last line that says something."""
    output = OutputText()
    lines = "".join(output.feed(chunk) for chunk in chunks)
    return lines + output.finish(), output.last_line


@given(st.lists(PIECES, max_size=30), st.lists(st.integers(0, 200), max_size=20))
def test_how_it_is_cut_does_not_matter(pieces: list[str], cuts: list[int]) -> None:
    data = "".join(pieces).encode()
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    chunks = [data[a:b] for a, b in itertools.pairwise(places)]
    assert read(*chunks) == read(data)


@pytest.mark.parametrize(
    ("printed", "shown", "last"),
    [
        (b"one\ntwo\n\n  \n", "one\ntwo\n\n  \n", "two"),
        (b"\x1b[31mred\x1b[0m\n", "red\n", "red"),
        (b"10%\r50%\r100%\ndone", "100%\ndone", "done"),
        (b"10%\r50%\r", "50%", "50%"),
        (b"a\r\nb\r\n", "a\nb\n", "b"),
        (b"bad \xff byte\n", "bad \ufffd byte\n", "bad \ufffd byte"),
        (b"\x1b[3", "", ""),
    ],
)
def test_what_is_shown(printed: bytes, shown: str, last: str) -> None:
    assert read(printed) == (shown, last)
