"""What guards the figures where no clock can: counts that do not depend on the machine's mood."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import workspaces
from benchmarks.corpus import CLAUDE, CODEX, MIXES, write_corpus
from parrot_server.index import search_pass
from parrot_server.index.search_pass import SearchPass
from parrot_server.index.sources.claude_code import ClaudeCode
from parrot_server.index.sources.codex import Codex
from parrot_server.store import queries, records, search, summary
from parrot_server.store.database import Database
from parrot_server.store.ids import derive_id
from parrot_server.stored import StoredRow
from parrot_wire.query import Filter
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, RecordKind, Status, StatusGroup
from tests.helpers.claude_files import SESSION, ClaudeHome, ClaudeLines
from tests.helpers.index_reading import running
from tests.helpers.statements import noted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from parrot_server.index.sources.base import Source, Transcript
    from tests.helpers.index_reading import RunningIndex

SESSIONS, SIZE = 40, 1_500_000
DAY_S = 86_400


def tools_of(corpus: Path) -> list[Source]:
    sources: list[Source] = [ClaudeCode(corpus / "claude")]
    if (corpus / "codex").is_dir():
        sources.append(Codex(corpus / "codex"))
    return sources


# The index


def test_a_second_sync_parses_no_file_and_commits_nothing(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", mix=MIXES["both"], sessions=SESSIONS, size=SIZE)
    with running(tmp_path / "data", *tools_of(tmp_path / "corpus")) as first:
        assert first.units_read > SESSIONS
        assert first.engine.search_done.wait(30)
        rows = first.rows()
    with running(tmp_path / "data", *tools_of(tmp_path / "corpus")) as again:
        assert again.engine.search_done.wait(30)
        assert (again.units_read, again.bytes_read) == (0, 0)
        assert again.commits == []
        assert again.rows() == rows


def test_search_goes_on_in_a_transcript_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ClaudeLines()
    lines.prompt("begin")
    home = ClaudeHome(tmp_path / "claude")
    path = home.write(lines)
    opened: list[str] = []
    transcript, here = ClaudeCode.transcript, threading.get_ident()

    def counted(self: ClaudeCode, native_id: str, path: str) -> Transcript | None:
        if threading.get_ident() == here:
            opened.append(native_id)
        return transcript(self, native_id, path)

    with running(tmp_path / "data", ClaudeCode(home.root)) as index:
        assert index.engine.search_done.wait(10)
        monkeypatch.setattr(ClaudeCode, "transcript", counted)
        searching = SearchPass(index.db)
        for number in range(1, 4):
            lines.prompt(f"word{number}")
            with path.open("ab") as file:
                file.write(lines.bytes()[path.stat().st_size :])
            index.until(lambda count=number + 1: index.row(SESSION).message_count == count)
            searching.add(index.engine.indexes[0], str(path), in_s=0.0)
            while searching.due_at is not None:
                searching.step()
            found = index.db.read_blocking(search.find, f"word{number}", Filter(), limit=5)
            assert [hit.n for hit in found.items] == [number + 1]
        assert opened == [SESSION]


def test_search_reaches_a_transcript_that_never_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ClaudeLines()
    lines.prompt("begin")
    home = ClaudeHome(tmp_path / "claude")
    path = home.write(lines)
    monkeypatch.setattr(search_pass, "LONGEST_S", 0.05)
    with running(tmp_path / "data", ClaudeCode(home.root)) as index:
        assert index.engine.search_done.wait(10)
        lines.prompt("restless")
        searching = SearchPass(index.db)
        with path.open("ab") as file:
            file.write(lines.bytes()[path.stat().st_size :])
        index.until(lambda: index.row(SESSION).message_count == 2)
        searching.add(index.engine.indexes[0], str(path), in_s=0.1)
        ends_at = time.monotonic() + 5
        while (searching.due_at or 0.0) > time.monotonic():
            assert time.monotonic() < ends_at
            searching.add(index.engine.indexes[0], str(path), in_s=0.1)
            time.sleep(0.01)
        while searching.due_at is not None:
            searching.step()
        assert [hit.n for hit in index.db.read_blocking(search.find, "restless", Filter(), limit=5).items] == [2]


def test_an_append_reads_the_tail_alone_and_is_one_change(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_corpus(corpus, mix=MIXES["plain"], sessions=5, size=400_000)
    path = max((corpus / "claude").rglob("*.jsonl"), key=lambda each: each.stat().st_size)
    line = path.read_bytes().splitlines(keepends=True)[-1]
    with running(tmp_path / "data", *tools_of(corpus)) as index:
        index.commits.clear()
        read = index.bytes_read
        tail = line.replace(b'"uuid":"', b'"uuid":"f')
        with path.open("ab") as file:
            file.write(tail)
        index.until(lambda: bool(index.commits))
        assert index.bytes_read - read == len(tail)
        changed = [change for commit in index.commits for change in commit.changes]
        assert [change.row.native_id for change in changed if isinstance(change, StoredRow)] == [path.stem]
        assert len(changed) == 1


@pytest.mark.parametrize("name", MIXES)
def test_totals_are_the_truth_in_any_order_of_reading(tmp_path: Path, name: str) -> None:
    """To the micro-dollar: forks, missing request ids, torn tails, subagents, price bands."""
    corpus = tmp_path / "corpus"
    truth = write_corpus(corpus, mix=MIXES[name], sessions=SESSIONS, size=SIZE, seed=5)
    for order in range(2):
        _deal_times(corpus, order)
        with running(tmp_path / str(order), *tools_of(corpus)) as index:
            assert _wrong(index, truth) == {}
            assert index.db.read_blocking(summary.summary, Filter()).cost == _cost(truth["total"])


def _deal_times(corpus: Path, seed: int) -> None:
    """Other modification times: the newest files are read first."""
    files = sorted(corpus.rglob("*.jsonl"))
    times = [path.stat().st_mtime_ns for path in files]
    random.Random(seed).shuffle(times)
    for path, moved_ns in zip(files, times, strict=True):
        os.utime(path, ns=(moved_ns, moved_ns))


def _wrong(index: RunningIndex, truth: dict[str, Any]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for source in (CLAUDE, CODEX):
        for native_id, entry in truth["sessions"].get(source, {}).items():
            if "tree" not in entry:
                continue
            found = index.db.read_blocking(queries.detail, derive_id(source, native_id))
            if found is None:
                wrong[native_id] = "is not there"
                continue
            detail, own = found.detail, entry["own"]
            told = (detail.cost, detail.own_cost, detail.tokens.input, detail.tokens.output)
            true = (_cost(entry["tree"]), _cost(own), own["input"], own["output"])
            cached = (detail.tokens.cache_read, detail.tokens.cache_write)
            if told != true or cached != (own["cache_read"], own["cache_write"]):
                wrong[native_id] = f"{told}, {cached}, not {true}, {own}"
    return wrong


def _cost(figures: dict[str, int]) -> Any:
    from parrot_wire.session import Cost

    return Cost(**{name: figures[name] for name in ("micros", "priced", "estimated", "unpriced", "unknown")})


# Pages


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("pages") / "workspace.db"
    workspaces.build(path, 400)
    database = Database.open(f"sqlite:///{path}", readers=1)
    yield database
    database.close()


def _filters(db: Database) -> dict[str, Filter]:
    by_owner = list(db.read_blocking(summary.summary, Filter()).by_owner)
    return {
        "none": Filter(),
        "kind": Filter(kinds=frozenset({Kind.FLOW})),
        "an owner": Filter(owners=frozenset(by_owner[:1])),
        "many owners": Filter(owners=frozenset(by_owner)),
        "status": Filter(statuses=frozenset({Status.COMPLETED, Status.FAILED})),
        "group and owners": Filter(status_groups=frozenset({StatusGroup.SETTLED}), owners=frozenset(by_owner[:9])),
        "dates": Filter(active_after=from_ms(1_000), active_before=from_ms(4_000_000_000_000)),
        "words": Filter(q="fix report"),
    }


@pytest.mark.parametrize("limit", [1, 50, 200])
def test_a_page_is_one_statement_over_the_sessions(workspace: Database, limit: int) -> None:
    """Whatever the filter, the place and the size of the page."""

    def statements(conn: Connection, where: Filter) -> list[str]:
        with noted(conn) as said:
            cursor = queries.list_page(conn, where, limit=limit).next_cursor
            if cursor is not None:
                queries.list_page(conn, where, limit=limit, cursor=cursor)
                half = len(said) // 2
                assert half * 2 == len(said)
                del said[half:]
        return said

    for name, where in _filters(workspace).items():
        said = workspace.read_blocking(statements, where)
        assert sum("FROM session" in each for each in said) == 1, (name, said)
        # The others are of a few rows: where the workspace stands, and for some filters the kept counters.
        assert len(said) <= 3, (name, said)


def test_a_summary_adds_up_counters_and_reads_no_session(workspace: Database) -> None:
    """But for words, and for parts of days at the ends of a stretch of time."""
    ids = {kind: frozenset(one.id for one in workspace.read_blocking(records.list_all, kind)) for kind in RecordKind}
    today = int(time.time()) // DAY_S * DAY_S
    month_ago, yesterday = (from_ms((today - days * DAY_S) * 1000) for days in (30, 1))
    filters = {name: where for name, where in _filters(workspace).items() if not where.q}
    filters |= {
        "projects": Filter(projects=ids[RecordKind.PROJECT]),
        "projects and plans": Filter(projects=ids[RecordKind.PROJECT], plans=ids[RecordKind.PLAN]),
        "a month": Filter(active_after=month_ago, active_before=yesterday),
        "chats of plans for a month": Filter(
            kinds=frozenset({Kind.CHAT}), plans=ids[RecordKind.PLAN], active_after=month_ago
        ),
    }

    def statements(conn: Connection, where: Filter) -> list[str]:
        with noted(conn) as said:
            assert summary.summary(conn, where).total
        return said

    for name, where in filters.items():
        said = workspace.read_blocking(statements, where)
        # Where the workspace's first and last moments are asked for, that alone.
        assert not [each for each in said if "FROM session" in each and "count(" in each], (name, said)
        assert len(said) <= 4, (name, said)
