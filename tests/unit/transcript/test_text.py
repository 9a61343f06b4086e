"""Text of strangers, made safe to read: control characters, reordering marks, terminal colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_desktop.domain.search_lines import snippet
from parrot_desktop.domain.transcript.ansi import Style, plain, runs
from parrot_desktop.domain.transcript.clean import clean, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcödé, 日本語, العربية", "plain text, ünïcödé, 日本語, العربية"),
        ("bell\x07 and nul\x00", "bell␇ and nul␀"),
        ("\x1b[31mred\x1b[0m and \x1b]8;;https://evil.example\x07a link\x1b]8;;\x07", "red and a link"),
        ("invoice\u202egpj.exe", "invoice⟨U+202E⟩gpj.exe"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("hid\U000e0041den", "hid⟨U+E0041⟩den"),
        ("zero\u200bwidth", "zerowidth"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("half \ud800 a pair", "half \ufffd a pair"),
    ],
)
def test_what_hides_becomes_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(ord(character) < 32 and character not in "\n\t" for character in once)


def test_a_summary_is_one_line_and_short() -> None:
    assert one_line("  a\n\tb  c\x1b[0m  ") == "a b c"
    assert len(one_line("word " * 10_000)) <= 300


def test_colours_of_a_terminal_are_kept_and_nothing_else() -> None:
    found = runs("\x1b[1;31mfail\x1b[0m ok \x1b[38;5;208mo\x1b[48;2;1;2;3mg\x1b[m\x1b[2J\x1b[H end")
    assert [(run.text, run.style) for run in found] == [
        ("fail", Style(ink=1, bold=True)),
        (" ok ", Style()),
        ("o", Style(ink=(255, 135, 0))),
        ("g", Style(ink=(255, 135, 0), ground=(1, 2, 3))),
        (" end", Style()),
    ]


def test_a_progress_bar_reads_as_its_last_state() -> None:
    assert plain("10%\r50%\r100% done\nnext\b\b\b\bN\n") == "100% done\nN\n"


@given(st.text(alphabet="\x1b[]0123456789;mKJHabc\x07\x9b\r\b\n\\"))
def test_no_escape_ever_reaches_the_screen(text: str) -> None:
    shown = plain(text)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\r" not in shown


def test_a_snippet_says_what_matched() -> None:
    text, marks = snippet("… the \x02plan\x03 of\n the \x02Plan\x03s\x1b[0m")
    assert text == "… the plan of the Plans"
    assert [text[start:end] for start, end in marks] == ["plan", "Plan"]
