"""Records as they arrive: any cut, any packing, one bad line refused alone, and no bomb."""

from __future__ import annotations

import gzip
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_server import ndjson
from parrot_server.ndjson import blocks, unpack
from parrot_server.problems import ApiProblem
from tests.helpers.records import ndjson as to_lines
from tests.helpers.records import session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

RECORDS = [session(f"s{number}") for number in range(7)]
BODY = to_lines(RECORDS[:3]) + b"\n{torn\n" + to_lines(RECORDS[3:]).rstrip(b"\n")
"""Line 4 is blank, line 5 is no JSON, the last line lacks its end."""


async def chunked(data: bytes, size: int) -> AsyncGenerator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(data: bytes, *, size: int = 1000, encoding: str = "") -> tuple[list[tuple[int, str]], list[int]]:
    """(line, native id) of the records, and the refused lines."""
    records: list[tuple[int, str]] = []
    refused: list[int] = []
    async with aclosing(unpack(chunked(data, size), encoding)) as unpacked, aclosing(blocks(unpacked)) as found:
        async for block in found:
            records += zip(block.lines, (record.native_id for record in block.records), strict=True)
            refused += (each.line for each in block.refused)
    return records, refused


EXPECTED = ([(1, "s0"), (2, "s1"), (3, "s2"), (6, "s3"), (7, "s4"), (8, "s5"), (9, "s6")], [5])


@given(st.integers(1, 400), st.integers(1, 400))
async def test_lines_keep_their_numbers_however_they_come(size: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ndjson, "BLOCK_BYTES", block)
        assert await read(BODY, size=size) == EXPECTED


@given(st.integers(1, 100))
async def test_gzip_in_any_pieces_also_joined_files(size: int) -> None:
    half = BODY.index(b"{torn")
    assert await read(gzip.compress(BODY), size=size, encoding="gzip") == EXPECTED
    joined = gzip.compress(BODY[:half]) + gzip.compress(BODY[half:])
    assert await read(joined, size=size, encoding="GZIP") == EXPECTED


async def test_what_is_no_record_is_refused_with_its_reason() -> None:
    lines = [
        b"[]",
        b'{"source": "x"}',
        b'{"source":"x","native_id":"n","key":"k","at":"soon","type":"session"}',
        b"\xff",
    ]
    details: list[str] = []
    async with aclosing(blocks(chunked(b"\n".join(lines), 10))) as found:
        async for block in found:
            details += (each.detail for each in block.refused)
    assert len(details) == 4
    assert "native_id" in details[1]
    assert details[2].startswith("at: ")


async def test_a_line_without_end_is_passed_over_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_LINE_BYTES", 5_000)
    monkeypatch.setattr(ndjson, "BLOCK_BYTES", 1_000)
    body = to_lines(RECORDS[:1]) + b"x" * 60_000 + b"\n" + to_lines(RECORDS[1:2])
    assert await read(body) == ([(1, "s0"), (3, "s1")], [2])


@pytest.mark.parametrize(
    ("data", "encoding", "status"),
    [
        (gzip.compress(BODY)[:-20], "gzip", 400),
        (b"not gzip", "gzip", 400),
        (b"", "br", 415),
    ],
)
async def test_broken_packing_is_a_problem(data: bytes, encoding: str, status: int) -> None:
    with pytest.raises(ApiProblem) as raised:
        await read(data, encoding=encoding)
    assert raised.value.status == status


async def test_a_bomb_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_TOTAL_BYTES", 5_000_000)
    bomb = gzip.compress(b"\n" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(ApiProblem) as raised:
        await read(bomb, encoding="gzip")
    assert raised.value.status == 413
