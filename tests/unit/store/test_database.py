"""The database as those see it who call it: one writer, snapshots, nothing half done, nothing lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from parrot_server.store import engines, ingest, planner, queries, schema, upgrade
from parrot_server.store.database import Database, DatabaseClosed
from parrot_server.store.migrations import run
from parrot_server.stored import StoredRow, change_seq
from parrot_wire.query import Filter
from parrot_wire.values import Kind
from tests.unit.store.words import OPUS_MICROS, detail, local, opus, recounted, session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.store.ingest import Sender
    from parrot_server.stored import Commit


def test_an_exception_undoes_its_own_call_alone(db: Database, owner: Sender, commits: list[Commit]) -> None:
    """Calls that wait together share a commit; a bad one must not take the good ones with it."""
    held, go = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> None:
        held.set()
        assert go.wait(10)

    def good_then_bad(conn: Connection) -> None:
        ingest.apply(conn, [session("bad")], owner)
        raise RuntimeError("changed my mind")

    async def all_at_once() -> list[object]:
        first = asyncio.ensure_future(db.write(hold))
        await asyncio.to_thread(held.wait)
        calls = [
            asyncio.ensure_future(db.write(ingest.apply, [session("a")], owner)),
            asyncio.ensure_future(db.write(good_then_bad)),
            asyncio.ensure_future(db.write(ingest.apply, [session("b")], owner)),
        ]
        await asyncio.sleep(0)
        go.set()
        await first
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(all_at_once())
    assert isinstance(answers[1], RuntimeError)
    assert {row.row.native_id for row in db.read_blocking(queries.list_page, Filter(), limit=9).items} == {"a", "b"}
    assert len(commits) == 1
    assert [change_seq(change) for change in commits[0].changes] == [1, 2]


def test_commits_come_in_order_of_seq_with_the_newest_rows(db: Database, owner: Sender, commits: list[Commit]) -> None:
    for number in range(5):
        db.write_blocking(ingest.apply, [session(f"s{number % 2}", key=str(number), seconds=number)], owner)
    assert [commit.seq for commit in commits] == [1, 2, 3, 4, 5]
    for commit in commits[-2:]:
        (change,) = commit.changes
        assert isinstance(change, StoredRow)
        assert db.read_blocking(queries.row, change.row.id) == change


def test_a_read_sees_one_state_while_writes_go_on(db: Database, owner: Sender) -> None:
    begun, written = threading.Event(), threading.Event()

    def read_slowly(conn: Connection) -> tuple[int, int]:
        before = queries.head(conn).seq
        begun.set()
        assert written.wait(10)
        return before, len(queries.list_page(conn, Filter(), limit=9).items)

    found: list[tuple[int, int]] = []
    reader = threading.Thread(target=lambda: found.append(db.read_blocking(read_slowly)))
    reader.start()
    assert begun.wait(10)
    db.write_blocking(ingest.apply, [session("a")], owner)
    written.set()
    reader.join(10)
    assert found == [(0, 0)]


def test_a_listener_that_fails_does_not_stop_the_writer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_commit: Commit) -> None:
        raise RuntimeError("deaf")

    me = ingest.Sender(token_id="t", member_id="me", any_owner=True)
    db = Database.open(f"sqlite:///{tmp_path / 'parrot.db'}", on_commit=fail)
    try:
        for name in "ab":
            assert db.write_blocking(ingest.apply, [session(name)], me).new == 1
    finally:
        db.close()
    assert [record.message for record in caplog.records] == [
        "telling of commit 1 failed",
        "telling of commit 2 failed",
    ]


def test_closing_finishes_what_is_queued_and_refuses_the_rest(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'parrot.db'}"
    db = Database.open(url)
    me = ingest.Sender(token_id="t", member_id="me", any_owner=True)
    threads = [
        threading.Thread(target=db.write_blocking, args=(ingest.apply, [session(f"s{number}")], me))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    db.close()
    with pytest.raises(DatabaseClosed):
        db.read_blocking(queries.head)
    again = Database.open(url)
    assert again.read_blocking(queries.head).seq == 8
    again.close()


def test_the_feed_and_the_figures_survive_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'parrot.db'}"
    me = ingest.Sender(token_id="t", member_id="me", any_owner=True)
    db = Database.open(url)
    db.write_blocking(ingest.apply_local, [local("a", opus("m1"))], me)
    before = db.read_blocking(queries.head)
    db.close()
    db = Database.open(url)
    assert db.read_blocking(queries.head) == before
    db.close()


def test_only_sqlite_files_are_databases(tmp_path: Path) -> None:
    for url in ("mysql://localhost/x", "sqlite://"):
        with pytest.raises(engines.UnknownEngine):
            Database.open(url)
    with pytest.raises(OperationalError):
        Database.open(f"sqlite:///{tmp_path / 'no-such-folder' / 'x.db'}")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'parrot.db'}"
    db = Database.open(url)
    db.write_blocking(lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    db.close()
    with pytest.raises(upgrade.DatabaseTooNew, match="newer version of Parrot"):
        Database.open(url)


def test_the_migrations_make_the_same_tables_as_a_fresh_start(tmp_path: Path) -> None:
    fresh, migrated = (engines.make(f"sqlite:///{tmp_path / name}") for name in ("fresh.db", "migrated.db"))
    upgrade.bring_up_to_date(fresh)
    with engines.writing(migrated) as conn, conn.begin():
        run.upgrade(conn)
        planner.seed(conn)
    assert _schema_of(fresh) == _schema_of(migrated)
    fresh.dispose()
    migrated.dispose()


def test_counters_that_an_older_version_did_not_keep_are_made_from_its_sessions(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'parrot.db'}"
    db = Database.open(url)
    facts = [
        local("a", opus("m1", seconds=1), seconds=1, project="shop", initiative="Speed", plan="Plan 9"),
        local("b", opus("m2", seconds=2), seconds=90_000, project="shop"),
        local("c", opus("m3", seconds=3), seconds=3, project="shop", kind=Kind.TASK, parent="a"),
        local("d", opus("m4", seconds=4), seconds=4, plan="Plan 9", parent="b"),
    ]
    sender = ingest.Sender(token_id=ingest.LOCAL_TOKEN, member_id="me", any_owner=True)
    db.write_blocking(ingest.apply_local, facts, sender)
    kept = db.read_blocking(recounted)
    newer = "scope LIKE 'both:%' OR scope LIKE 'at:%:%' OR scope LIKE 'anyone:%'"
    assert db.write_blocking(lambda conn: conn.exec_driver_sql(f"DELETE FROM tally WHERE {newer}").rowcount) > 10
    db.write_blocking(lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'"))
    db.close()
    db = Database.open(url)
    assert {tuple(one[1:5]): tuple(one[5:]) for one in db.read_blocking(_tallies)} == kept
    db.close()


def _tallies(conn: Connection) -> Sequence[sa.Row[Any]]:
    return conn.execute(sa.select(schema.tally)).all()


def _schema_of(engine: sa.Engine) -> dict[str, str]:
    with engines.reading(engine) as conn:
        found = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        tables = {name: " ".join(sql.replace('"', "").split()) for name, sql in found}
        version = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        statistics = conn.exec_driver_sql("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx").all()
    tables.pop("alembic_version")
    return tables | {"version": version, "statistics": repr(statistics)}


def test_a_fresh_start_does_not_import_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from parrot_server.store.database import Database;"
        f"Database.open('sqlite:///{tmp_path / 'p.db'}').close();"
        f"Database.open('sqlite:///{tmp_path / 'p.db'}').close();"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


WRITER = """
import sys
from parrot_server.store import ingest
from parrot_server.store.database import Database
from tests.unit.store.words import local, opus
from parrot_wire.values import Kind

sender = ingest.Sender(token_id="local", member_id="me", any_owner=True)
db = Database.open(sys.argv[1], readers=0)
for number in range(100_000):
    shared = opus(f"shared-{number // 3}", seconds=number // 3)
    db.write_blocking(
        ingest.apply_local,
        [
            local(f"s{number}", opus(f"m{number}"), shared, records=[(f"r{number}", number)]),
            local(f"child-{number}", opus(f"c{number}"), kind=Kind.TASK, parent=f"s{number}"),
        ],
        sender,
    )
    print(number, flush=True)
"""


def test_a_kill_in_the_middle_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Whatever a call has answered is there after kill -9; what follows from it agrees; and it can be said again."""
    url = f"sqlite:///{tmp_path / 'parrot.db'}"
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 40:
                process.send_signal(signal.SIGKILL)
                break
        told = [line for line in process.stdout if line.endswith("\n")]
    answered = int(told[-1]) if told else 40
    db = Database.open(url, readers=0)
    try:
        stored = db.write_blocking(lambda conn: conn.execute(sa.select(sa.func.count(schema.session.c.id))).scalar())
        assert stored in (2 * (answered + 1), 2 * (answered + 2))
        assert db.write_blocking(recounted) == db.write_blocking(_tally)
        me = ingest.Sender(token_id="local", member_id="me", any_owner=True)
        again = local("s40", opus("m40"), opus("shared-13", seconds=13), records=[("r40", 40)])
        head = db.write_blocking(queries.head)
        db.write_blocking(ingest.apply_local, [again], me)
        assert db.write_blocking(queries.head) == head
        # Of s39, s40 and s41, which share a response, only the first counts it.
        costs = [db.write_blocking(detail, f"s{number}").detail.own_cost for number in (39, 40)]
        assert [cost.micros for cost in costs if cost] == [2 * OPUS_MICROS, OPUS_MICROS]
    finally:
        db.close()


def _tally(conn: Connection) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {tuple(row[1:5]): tuple(row[5:]) for row in conn.execute(sa.select(schema.tally)) if any(row[5:])}
