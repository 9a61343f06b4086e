"""Markdown of strangers: nothing in it runs, loads or stalls."""

import time

import pytest

from parrot_desktop.richtext.highlight import Ink, spans
from parrot_desktop.richtext.markdown import CodeBlock, Plain, Prose, Table, bare_links, link_target, parse


def text_of(prose: Prose) -> str:
    return "".join(child.content for token in prose.tokens for child in token.children or ())


def test_html_stays_text() -> None:
    (prose,) = parse("<script>alert(1)</script> and <img src=x onerror=y>")
    assert isinstance(prose, Prose)
    assert "<script>alert(1)</script>" in text_of(prose)


def test_code_and_tables_stand_apart_from_the_text() -> None:
    segments = parse("Some text\n\n```python title\nx = 1\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\nmore")
    assert [type(segment) for segment in segments] == [Prose, CodeBlock, Table, Prose]
    code, table = segments[1], segments[2]
    assert code == CodeBlock("x = 1", "python")
    assert isinstance(table, Table)
    assert table.aligns == ("", "right")
    assert [[cell.content for cell in row] for row in table.rows] == [["a", "b"], ["1", "2"]]


def test_a_long_list_comes_in_pieces_that_go_on_counting() -> None:
    segments = parse("\n".join(f"{n}. {'word ' * 20}" for n in range(1, 200)))
    assert len(segments) > 3
    starts = [segment.tokens[0].attrGet("start") or 1 for segment in segments if isinstance(segment, Prose)]
    assert starts == sorted(starts)
    items = sum(token.type == "list_item_open" for s in segments if isinstance(s, Prose) for token in s.tokens)
    assert items == 199


BOMBS = {
    "brackets": "[" * 60_000,
    "links": "[a](http://x.y) " * 4_000,
    "emphasis": "*a **b " * 9_000,
    "ticks": " ".join("`" * n for n in range(300)),
    "quotes": ">" * 60_000,
    "deep list": "\n".join("  " * n + "- a" for n in range(200)),
    "wide table": "|a" * 30_000 + "|\n" + "|-" * 30_000 + "|",
    "long table": "|a|b|\n|-|-|\n" + "|x|y|\n" * 9_000,
    "entities": "&" * 60_000,
    "one line": "word " * 12_000,
    "megabytes": "text\n\n" * 500_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_shown_as_it_was_written(name: str) -> None:
    started = time.thread_time()
    segments = parse(BOMBS[name])
    assert time.thread_time() - started < 0.5
    assert any(isinstance(segment, Plain) for segment in segments)


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://example.com/a?b#c", "https://example.com/a?b#c"),
        ("HTTP://EXAMPLE.COM", "HTTP://EXAMPLE.COM"),
        ("src/audit/log.py:12", "file:src/audit/log.py:12"),
        ("./a b.md#L7", "file:./a b.md:7"),
        ("file:///w/app/x.py", "file:/w/app/x.py"),
        ("file://evil.example/share/x", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("vscode://file/x", None),
        ("mailto:a@b.c", None),
        ("ms-msdt:/id", None),
        ("https://", None),
        ("#heading", None),
        ("word", None),
    ],
)
def test_links_lead_to_the_web_or_to_files_and_nowhere_else(address: str, target: str | None) -> None:
    assert link_target(address) == target


def test_addresses_in_running_text_end_where_they_end() -> None:
    text = "see (https://example.com/a_(b)), or https://x.y/z. Not ftp://n."
    assert [text[start:end] for start, end in bare_links(text)] == ["https://example.com/a_(b)", "https://x.y/z"]


def test_code_is_coloured_by_what_it_is() -> None:
    code = 'def f(x):\n    return "a"  # why'
    found = {code[span.start : span.end]: span.ink for span in spans(code, "python")}
    assert found["def"] is Ink.KEYWORD
    assert found["f"] is Ink.NAME
    assert found["# why"] is Ink.COMMENT
    assert spans(code, "x.py") == spans(code, "python")
    assert spans(code, "no-such-language") == []
