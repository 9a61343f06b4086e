"""A first index that two processes share: the same rows and words, whatever becomes of the second process."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.corpus import MIXES, write_corpus
from parrot_server.index import ahead, search_pass
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.codex import Codex
from parrot_wire.query import Filter
from tests.helpers.index_reading import nothing_gained, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from parrot_server.index.reading_process import Texts
    from parrot_server.index.sources.base import Source, Transcript, Unit
    from parrot_wire.session import Detail
    from tests.helpers.index_reading import RunningIndex

WORDS = ("the", "error", "python", "read", "test")
WITHOUT_TEXTS = "r._send_texts = lambda units, answers: None"
WITH_HALF = """
def half(source, path, native_id, whole=r._texts):
    for number, texts in enumerate(whole(source, path, native_id)):
        if number:
            return
        yield texts
    yield r.Texts(source.name, path, native_id, {}, failed=True)
r._texts = half
"""
SLOW = "import sys, time; sys.stdin.buffer.read(1); time.sleep(60)"
DYING = "import sys; sys.stdin.buffer.read(1)"


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the newest unit is read by the other process, however small it is."""
    monkeypatch.setattr(ahead, "WORTH_BYTES", 0)
    monkeypatch.setattr(ahead, "HEAD_BYTES", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, mix=MIXES["both"], sessions=60, size=2_000_000)
    return folder


def sources_of(corpus: Path) -> Sequence[Source]:
    return ClaudeCode(corpus / "claude"), Codex(corpus / "codex")


def told(index: RunningIndex) -> list[Detail]:
    """Everything that can be seen of every session, but for the order in which it was written."""
    from msgspec import structs

    from parrot_server.store import queries

    page = index.db.read_blocking(queries.list_page, Filter(), limit=200).items
    found: list[Detail] = []
    for item in page:
        stored = index.db.read_blocking(queries.detail, item.row.id)
        assert stored is not None
        found.append(structs.replace(stored.detail, seq=0))
    return sorted(found, key=lambda detail: detail.id)


def alone(corpus: Path, data: Path) -> list[Detail]:
    with running(data, *sources_of(corpus)) as index:
        return told(index)


@pytest.mark.usefixtures("shared")
def test_two_processes_tell_what_one_tells(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path / "shared", *sources_of(corpus)) as index:
        rows = told(index)
    assert not caplog.records
    monkeypatch.setattr(ahead, "WORTH_BYTES", 1 << 40)
    assert rows == alone(corpus, tmp_path / "alone")
    assert len(rows) > 60


def found(index: RunningIndex) -> list[tuple[str, str, int]]:
    """Every message that is found, by word and session."""
    from parrot_server.store import search

    assert index.engine.search_done.wait(20)
    return sorted(
        (word, hit.session.row.id, hit.n)
        for word in WORDS
        for hit in index.db.read_blocking(search.find, word, Filter(), limit=100_000).items
    )


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages' texts were read in this process, page by page."""
    read: list[int] = []
    pieces_of = search_pass.pieces_of

    def counted(transcript: Transcript, first: int, last: int) -> Iterator[dict[int, str]]:
        for texts in pieces_of(transcript, first, last):
            read.append(len(texts))
            yield texts

    monkeypatch.setattr(search_pass, "pieces_of", counted)
    return read


@pytest.mark.usefixtures("shared")
def test_search_finds_the_same_whoever_read_the_texts(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: list[int]
) -> None:
    with running(tmp_path / "shared", *sources_of(corpus)) as index:
        hits = found(index)
    assert not pages
    monkeypatch.setattr(ahead, "WORTH_BYTES", 1 << 40)
    with running(tmp_path / "alone", *sources_of(corpus)) as index:
        assert hits == found(index)
    assert pages
    assert len(hits) > 60


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("fault", [WITHOUT_TEXTS, WITH_HALF], ids=["it ends before", "it fails in the middle"])
def test_texts_that_do_not_come_are_read_here(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: list[int], fault: str
) -> None:
    begin, run = "from parrot_server.index import reading_process as r", "r.run(sys.stdin.buffer, sys.stdout.buffer)"
    code = "\n".join(("import sys", begin, fault, run))
    monkeypatch.setattr(ahead, "command", lambda: [sys.executable, "-c", code])
    with running(tmp_path / "shared", *sources_of(corpus)) as index:
        hits = found(index)
    assert pages
    monkeypatch.setattr(ahead, "WORTH_BYTES", 1 << 40)
    with running(tmp_path / "alone", *sources_of(corpus)) as index:
        assert hits == found(index)


@pytest.mark.usefixtures("shared")
def test_texts_that_come_out_of_turn_are_not_kept(corpus: Path) -> None:
    source = ClaudeCode(corpus / "claude")
    units = sorted(source.units(lambda _problem: None), key=lambda unit: (unit.mtime_ns, unit.path))
    reading = ahead.begin([(source, unit) for unit in reversed(units)])
    assert reading is not None
    try:
        late, early = units[20], units[3]

        def ask(unit: Unit) -> Texts:
            (told,) = source.reader(unit.path, None).read(unit, lambda: True).told
            while (texts := reading.texts(source.name, unit.path, told.facts.native_id, wait_s=0.1)) is None:
                pass
            return texts

        assert ask(late).texts
        assert ask(early).failed
    finally:
        reading.close()


@pytest.mark.usefixtures("shared")
def test_what_was_read_elsewhere_is_read_no_second_time(corpus: Path, tmp_path: Path) -> None:
    with running(tmp_path, *sources_of(corpus)) as index:
        assert index.units_read > 60
    with running(tmp_path, *sources_of(corpus)) as again:
        assert again.units_read == 0


@pytest.mark.usefixtures("shared")
def test_a_process_that_dies_leaves_nothing_out(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ahead, "command", lambda: [sys.executable, "-c", DYING])
    with running(tmp_path / "shared", *sources_of(corpus)) as index:
        rows = told(index)
    assert "read by one process" in caplog.text
    monkeypatch.setattr(ahead, "WORTH_BYTES", 1 << 40)
    assert rows == alone(corpus, tmp_path / "alone")


@pytest.mark.usefixtures("shared")
def test_a_server_that_ends_does_not_wait_for_the_other_process(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = popen(*arguments, **more)  # type: ignore[call-overload]
        started.append(process)
        return process

    monkeypatch.setattr(ahead, "command", lambda: [sys.executable, "-c", SLOW])
    monkeypatch.setattr(ahead.subprocess, "Popen", start)
    from parrot_server.index import engine
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import LOCAL_TOKEN, Sender

    db = Database.open(f"sqlite:///{tmp_path / 'parrot.db'}", on_commit=lambda _commit: None)
    sender = Sender(token_id=LOCAL_TOKEN, member_id="me", any_owner=True)
    running_engine = engine.Engine(sources_of(corpus), db, sender, gained=nothing_gained)
    running_engine.start()
    try:
        while not started:
            time.sleep(0.005)
    finally:
        began = time.monotonic()
        running_engine.stop()
        assert time.monotonic() - began < 2
        db.close()
    assert started[0].poll() is not None
