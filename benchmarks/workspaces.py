"""Databases of made-up sessions, written through the store's own way in."""

from __future__ import annotations

import itertools
import random
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from parrot_server.store import ingest, members, schema
from parrot_server.store.database import Database
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch, TurnRecord
from parrot_wire.session import Step, Tokens
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, RecordKind, Role, Status

if TYPE_CHECKING:
    from pathlib import Path

OWNERS = 60
PROJECTS = 200
INITIATIVES = 40
PLANS = 400
_BATCH = 2_000
_BY_HAND = 20_000
"""So many sessions go through the store; larger databases hold copies of them."""
_STEPS = ("Investigate", "Plan", "Implement", "Verify", "Document")
_STATUSES = (
    *(Status.COMPLETED,) * 30,
    *(Status.OPEN,) * 25,
    *(Status.ENDED,) * 20,
    *(Status.FAILED,) * 8,
    *(Status.INTERRUPTED,) * 6,
    *(Status.CANCELLED,) * 4,
    *(Status.MERGED,) * 4,
    Status.PAUSED,
    Status.BLOCKED,
    Status.RUNNING,
)
SPAN_MS = 120 * 86_400_000


def owner_name(number: int) -> str:
    return f"Member {number}"


def build(path: Path, sessions: int) -> float:
    """A database of that many sessions over four months; the seconds it took.

    Owners and records are drawn by a Zipf law: one person has a fifth of it all, most have little. Above 20,000 the
    number must be a multiple of that: the sessions are then copied inside the database, with their rows and counters,
    but without their turns, which no page and no summary reads.
    """
    started = time.monotonic()
    _fill(path, min(sessions, _BY_HAND))
    if sessions > _BY_HAND:
        _multiply(path, sessions // _BY_HAND)
    return time.monotonic() - started


def _fill(path: Path, sessions: int) -> None:
    rng = random.Random(1)
    end_ms = int(time.time() * 1000)
    weights = [1 / (rank + 1) for rank in range(max(OWNERS, PROJECTS, PLANS))]
    database = Database.open(f"sqlite:///{path}")
    try:
        people = [
            database.write_blocking(members.ensure, name=owner_name(number), email=None, role=Role.MEMBER)
            for number in range(OWNERS)
        ]
        sender = Sender(token_id=LOCAL_TOKEN, member_id=people[0].id, any_owner=True)
        for first in range(0, sessions, _BATCH):
            numbers = range(first, min(first + _BATCH, sessions))
            owners = rng.choices(range(OWNERS), weights[:OWNERS], k=len(numbers))
            projects = rng.choices(range(PROJECTS), weights[:PROJECTS], k=len(numbers))
            facts = [
                _facts(rng, number, end_ms - SPAN_MS * number // sessions, owners[at], projects[at])
                for at, number in enumerate(numbers)
            ]
            database.write_blocking(ingest.apply_local, facts, sender)
    finally:
        database.close()


def _multiply(path: Path, times: int) -> None:
    """Have every session `times` times, the copies spread over the whole of the time, each with a seq of its own."""
    span_s = SPAN_MS / 1000
    # Off by a share of a second, so that no two sessions moved at the same moment.
    step_s = span_s / times + span_s / _BY_HAND / times
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA cache_size = -200000")
        conn.execute("PRAGMA synchronous = OFF")
        # Else all that is copied is written twice.
        conn.execute("PRAGMA journal_mode = OFF")
        indexes = conn.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'session' AND sql IS NOT NULL"
        ).fetchall()
        # An index takes its row of the planner's statistics with it.
        statistics = conn.execute("SELECT tbl, idx, stat FROM sqlite_stat1").fetchall()
        for name, _ in indexes:
            conn.execute(f'DROP INDEX "{name}"')
        (top,) = conn.execute("SELECT seq FROM workspace").fetchone()
        (first,) = conn.execute("SELECT min(last_activity_at) FROM session").fetchone()
        columns = [column for _, column, *_ in conn.execute("PRAGMA table_info(session)")]
        form = "'%Y-%m-%dT%H:%M:%fZ'"
        changed = {
            "id": "substr(id, 1, 22) || printf('%04x', :copy)",
            "seq": "seq + :copy * :top",
            "last_activity_at": f"CASE WHEN strftime({form}, last_activity_at, :older) >= :first"
            f" THEN strftime({form}, last_activity_at, :older)"
            f" ELSE strftime({form}, last_activity_at, :older, '+{span_s:.0f} seconds') END",
            "row": "CAST(replace(CAST(row AS TEXT), id, substr(id, 1, 22) || printf('%04x', :copy)) AS BLOB)",
        }
        values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
        for copy in range(1, times):
            conn.execute(
                f"INSERT INTO session SELECT {values} FROM session WHERE seq <= :top",
                {"copy": copy, "top": top, "first": first, "older": f"-{copy * step_s:.3f} seconds"},
            )
        _count_anew(conn)
        conn.execute("UPDATE workspace SET seq = seq * ?", (times,))
        for _, sql in indexes:
            conn.execute(sql)
        conn.execute("DELETE FROM sqlite_stat1")
        conn.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", statistics)
        conn.commit()


def _count_anew(conn: sqlite3.Connection) -> None:
    """Fill the kept counters from the sessions: those of the originals are of too few days and combinations."""
    conn.execute("DELETE FROM tally")
    conn.execute("PRAGMA temp_store = MEMORY")
    sums = [f"{prefix}_{name}" for prefix in ("tree", "own") for name in schema.MONEY_COLUMNS]
    columns = ", ".join(("workspace_id", "scope", "lane", "owner", "status", "sessions", *sums))
    added = ", ".join(f"sum({name})" for name in ("sessions", *sums))
    links = {kind: f"{kind}_id" for kind in RecordKind}
    month, ten_days, day = (f"substr(day, 1, {length})" for length in (7, 9, 10))

    def count(scope: str, owner: str = "owner") -> None:
        """Counters of one scope, from `daily`; NULL is none."""
        conn.execute(
            f"INSERT INTO tally ({columns}) SELECT 1, {scope} AS in_scope, lane, {owner}, status, {added}"
            " FROM daily WHERE in_scope IS NOT NULL GROUP BY 2, 3, 4, 5"
        )

    def sum_up(key: str) -> None:
        """Fill `daily`: the sums of each day, for a key that must not be NULL."""
        conn.execute("DROP TABLE IF EXISTS daily")
        conn.execute(
            f"CREATE TEMP TABLE daily AS SELECT {key} AS key, substr(last_activity_at, 1, 10) AS day, lane, owner,"
            f" status, count(*) AS sessions, {', '.join(f'sum({name}) AS {name}' for name in sums)}"
            " FROM session WHERE lane <> '' AND key IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
        )

    sum_up("''")
    count("''")
    for time_of in (month, ten_days, day):
        count(f"'at:' || {time_of}")
    for time_of in ("''", month, ten_days, day):
        count(f"'anyone:' || {time_of}", "''")
    for kind, link in links.items():
        sum_up(link)
        count(f"'{kind}:' || key")
        for time_of in (month, ten_days, day):
            count(f"'at:' || {time_of} || ':{kind}:' || key")
    for (kind, link), (other_kind, other) in itertools.combinations(links.items(), 2):
        sum_up(f"{link} || ':{other_kind}:' || {other}")
        count(f"'both:{kind}:' || key")


def _facts(rng: random.Random, number: int, at_ms: int, owner: int, project: int) -> SessionFacts:
    is_flow = number % 4 == 0
    at = from_ms(at_ms)
    steps = tuple(
        Step(id=f"s{place}", name=name, status=Status.COMPLETED if place < number % 6 else Status.PENDING)
        for place, name in enumerate(_STEPS)
    )
    return SessionFacts(
        source="benchmark",
        native_id=f"{number:08x}-0000-4000-8000-{rng.getrandbits(48):012x}",
        patch=SessionPatch(
            kind=Kind.FLOW if is_flow else Kind.CHAT,
            title=f"Fix the export of report {number} and round prices once",
            owner=owner_name(owner),
            status=rng.choice(_STATUSES),
            project=f"project-{project}",
            initiative=f"initiative-{project % INITIATIVES}" if number % 3 == 0 else None,
            plan=f"plan-{number % PLANS}" if number % 5 == 0 else None,
            steps=steps if is_flow else (),
            message_count=2 + number % 90,
            tool_call_count=number % 40,
            started_at=from_ms(at_ms - 600_000),
            last_activity_at=at,
            cwd="/home/dev/shop",
            model="claude-opus-4-5",
        ),
        turns=(
            TurnRecord(
                id=f"t{number}",
                model="claude-opus-4-5",
                tokens=Tokens(input=20, output=number % 2_000, cache_read=40_000, cache_write=2_000, total=44_020),
                started_at=at,
            ),
        ),
    )
