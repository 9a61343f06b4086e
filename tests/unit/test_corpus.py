"""The made-up transcripts: the same seed writes the same bytes, and the truth beside them follows the rules."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from benchmarks.corpus import MIXES, write_corpus
from benchmarks.corpus.prices import Prices, Usage, round_micros
from benchmarks.corpus.truth import Copy, Ledger, Response

if TYPE_CHECKING:
    from pathlib import Path


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return whole.hexdigest()


def test_one_seed_writes_one_corpus(tmp_path: Path) -> None:
    for name in ("one", "again"):
        write_corpus(tmp_path / name, mix=MIXES["both"], sessions=20, size=300_000, seed=3)
    write_corpus(tmp_path / "other", mix=MIXES["both"], sessions=20, size=300_000, seed=4)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "again") != _digest(tmp_path / "other")


@pytest.mark.parametrize("name", MIXES)
def test_a_corpus_is_as_large_as_asked_and_its_lines_are_json(tmp_path: Path, name: str) -> None:
    truth = write_corpus(tmp_path, mix=MIXES[name], sessions=30, size=1_500_000, seed=1)
    files = [path for path in tmp_path.rglob("*.jsonl") if path.name != "journal.jsonl"]
    assert truth["bytes"] == sum(path.stat().st_size for path in files) - _strays(files)
    assert 0.8 < truth["bytes"] / 1_500_000 < 2.5
    broken = lines = 0
    for path in files:
        for line in path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            lines += 1
            try:
                msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                broken += bool(line.strip())
    assert broken <= lines * (0.01 + MIXES[name].alien) + 30 * MIXES[name].torn + 1


def _strays(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files if b'"Of another session"' in path.read_bytes()[:60])


def test_prices_are_rounded_half_up_once() -> None:
    assert [round_micros(Decimal(text) / 1_000_000) for text in ("0.5", "1.4999", "2.5")] == [1, 1, 3]
    prices = Prices()
    # 3 x $0.625 / 1M in the band over 100,000 tokens; 5 x $0.125 below it.
    assert prices.charge("claude-haiku-5-5", Usage(cache_read=100_001)).micros == 5_000
    assert prices.charge("claude-haiku-5-5", Usage(cache_write_5m=5)).micros == 1
    assert prices.charge("anthropic/claude-opus-4-5-20991231", Usage(output=2)).micros == 50
    assert prices.charge("claude-opus-4-5", Usage(cache_write_1h=1)).micros == 10
    assert prices.charge("nobody-knows-it", Usage(output=2)).basis == "unknown"
    assert prices.charge("nobody-knows-it", Usage()).basis == "unpriced"


def test_a_copied_response_counts_once_where_it_came_from() -> None:
    ledger = Ledger()
    shared = [("u1", 1), ("u2", 2)]

    def answer(id_: str, request_id: str | None = "r", output: int = 10) -> Response:
        return Response(id=id_, request_id=request_id, model="claude-opus-4-5", usage=Usage(output=output))

    ledger.count_family(
        "claude-code",
        [
            Copy(native_id="a-fork", records=[*shared, ("u3", 3)], responses=[answer("m1", None, 12), answer("m2")]),
            Copy(native_id="the-first", records=shared, responses=[answer("m1")]),
        ],
    )
    own = {session.native_id: session.own for session in ledger.sessions()}
    assert (own["the-first"].turns, own["the-first"].output) == (1, 12)
    assert (own["a-fork"].turns, own["a-fork"].output) == (1, 10)
    assert ledger.as_dict()["total"]["turns"] == 2


def test_two_request_ids_are_two_responses() -> None:
    ledger = Ledger()
    usage = Usage(output=10)
    ledger.count_family(
        "claude-code",
        [
            Copy(
                native_id=name,
                records=[(name, at)],
                responses=[Response(id="m", request_id=name, model="claude-opus-4-5", usage=usage)],
            )
            for at, name in enumerate(("one", "two"))
        ],
    )
    assert [session.own.turns for session in ledger.sessions()] == [1, 1]
