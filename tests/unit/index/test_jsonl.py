"""Files as agents leave them: what is wrong with a line costs that line at most."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_server.index.jsonl import Lines


class Inner(msgspec.Struct):
    count: int | None = None


class Record(msgspec.Struct):
    type: str | None = None
    count: int = 0
    inner: Inner | None = None
    content: str | list[Inner] | None = None


LINES = Lines(Record)


def read(block: bytes) -> tuple[list[Record], list[tuple[int, str]]]:
    problems: list[tuple[int, str]] = []
    records = LINES.decode(block, lambda line, why: problems.append((line, why)))
    located = LINES.located(block, lambda _line, _why: None)
    assert [record for _, _, record in located] == records
    for offset, length, record in located:
        again = LINES.decode(block[offset : offset + length], lambda _line, _why: None)
        assert again == [record], "a record is where it is said to be"
    return records, problems


@pytest.mark.parametrize(
    ("block", "types"),
    [
        (b'\xef\xbb\xbf{"type":"a"}\r\n{"type":"b"}\r\n', ["a", "b"]),
        (b'\n\n{"type":"a"}\n   \n{"type":"b"}\n', ["a", "b"]),
        (b'\x00\x00\x00{"type":"a"}\n{"type":"b"}\n', ["a", "b"]),
        (b'{"type":"a\xff\xfe"}\n{"type":"b"}\n', ["a\ufffd\ufffd", "b"]),
        (b'{"type":"a\\ud83d"}\n{"type":"b"}\n', ["a\ufffd", "b"]),
        (b'{"type":"\\ud83d\\ude00 \\ud83d"}\n', ["\U0001f600 \ufffd"]),
        (b'{"type":"a\x07"}\n{"type":"b"}\n', ["a\x07", "b"]),
        (b'{"x":NaN,"type":"a"}\n{"x":-Infinity,"type":"b"}\n', ["a", "b"]),
        (b'{"type":"a"}{"type":"b"}\n', ["a", "b"]),
    ],
    ids=["bom+crlf", "blank", "nul", "utf8", "surrogate", "pair", "control", "nan", "two on a line"],
)
def test_what_can_be_read_is_read_without_a_word(block: bytes, types: list[str]) -> None:
    records, problems = read(block)
    assert [record.type for record in records] == types
    assert problems == []


def test_a_line_that_is_no_json_is_named_and_costs_nothing_else() -> None:
    records, problems = read(b'{"type":"a"}\nWarning: low disk\n{"type":"b"}\n[1]\n{"type":"c"}\n')
    assert [record.type for record in records] == ["a", "b", "c"]
    assert problems == [(2, "not JSON"), (4, "not a JSON object")]


def test_a_record_behind_a_torn_one_is_not_lost() -> None:
    records, problems = read(b'{"type":"user","content":"cut of{"type":"a","inner":{"count":3}}\n{"type":"b"}\n')
    assert [record.type for record in records] == ["a", "b"]
    assert problems == [(1, "torn: a record was cut off and another begins behind it")]


def test_wrong_types_cost_the_field_alone() -> None:
    records, problems = read(
        b'{"type":7,"count":"12","inner":{"count":"x"},"content":{"a":1}}\n{"count":12.0,"content":[{"count":1},2]}\n'
    )
    assert records[0] == Record(type=None, count=12, inner=Inner())
    assert records[1] == Record(count=12, content=[Inner(count=1)])
    assert problems == []


def test_a_nest_of_lists_does_not_end_the_server() -> None:
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    records, problems = read(b'{"type":"a"}\n' + deep + b'{"type":"b"}\n')
    assert [record.type for record in records] == ["a", "b"]
    assert [line for line, _ in problems] == [2]


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.dictionaries(st.text(max_size=4), st.text(max_size=9))), max_size=9)
)
def test_no_bytes_raise_and_every_whole_record_is_found(parts: list[bytes | dict[str, str]]) -> None:
    lines = [part.replace(b"\n", b"") if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    records, _ = read(b"".join(line + b"\n" for line in lines))
    assert len(records) >= sum(isinstance(part, dict) for part in parts)
