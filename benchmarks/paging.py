"""F10: the first and the hundredth page of 50 rows under any filter, and the summary, inside the server; and growth."""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import workspaces
from benchmarks.figure import Limit, Measurement, quantile, summarise
from parrot_server.store import members, queries, records, summary
from parrot_server.store.database import Database
from parrot_wire.query import Filter
from parrot_wire.times import from_ms
from parrot_wire.values import Kind, RecordKind, Status, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

SESSIONS = 1_000_000
PAGE = 50
HUNDREDTH = 100
ROUNDS = 30
LONGEST_S = 30.0
"""After this no further round is begun."""


def measure(work: Path) -> Sequence[Measurement]:
    path = work / "paging.db"
    built_s = workspaces.build(path, SESSIONS)
    timed = time_pages(path)
    return [
        summarise(
            f"first and hundredth page at {SESSIONS:,} sessions, {len(timed.slowest_pages)} filters",
            timed.pages,
            unit="ms",
            limit=Limit(median=0.5, p99=5.0),
            built_s=round(built_s, 1),
            slowest=timed.slowest_pages,
        ),
        summarise(
            "summary under the same filters",
            timed.summaries,
            unit="ms",
            limit=Limit(p99=20.0),
            slowest=timed.slowest_summaries,
        ),
    ]


class Timed(NamedTuple):
    """Milliseconds of pages and of summaries over all filters, and each filter's median, slowest first."""

    pages: list[float]
    summaries: list[float]
    slowest_pages: dict[str, float]
    slowest_summaries: dict[str, float]


def time_pages(path: Path, *, rounds: int = ROUNDS) -> Timed:
    """Pages and summaries of a database, under all filters in random order.

    A call is timed in the thread that makes it.
    """
    database = Database.open(f"sqlite:///{path}")
    try:
        filters = _filters(database)
        cursors = {name: _hundredth(database, where) for name, where in filters.items()}
        shown = [
            (name, partial(queries.list_page, where=where, limit=PAGE, cursor=cursor))
            for name, where in filters.items()
            for cursor in (None, cursors[name])
        ]
        # Apart from the pages: a summary that reads half the table would leave them a cold cache.
        counted = [(name, partial(summary.summary, where=where)) for name, where in filters.items()]
        pages, summaries = _rounds(database, shown, rounds), _rounds(database, counted, rounds)
        return Timed(_all(pages), _all(summaries), _slowest(pages), _slowest(summaries))
    finally:
        database.close()


def _rounds(
    database: Database, calls: Sequence[tuple[str, Callable[[Connection], object]]], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of each call by name, in another order each round. The first round builds the statements: unseen."""
    times: dict[str, list[float]] = {name: [] for name, _ in calls}
    rng, ends_at = random.Random(1), time.monotonic() + LONGEST_S
    for turn in range(rounds + 1):
        if turn > 1 and time.monotonic() > ends_at:
            break
        for name, call in rng.sample(calls, len(calls)):
            took = _time(database, call)
            if turn > 0:
                times[name].append(took)
    return times


def _all(times: dict[str, list[float]]) -> list[float]:
    return [each for some in times.values() for each in some]


def _slowest(times: dict[str, list[float]]) -> dict[str, float]:
    medians = {name: round(quantile(some, 0.5), 2) for name, some in times.items()}
    return dict(sorted(medians.items(), key=lambda item: -item[1]))


def _time(database: Database, call: Callable[[Connection], object]) -> float:
    """Milliseconds of a call in a reader's thread, on its snapshot; how soon that thread wakes is the machine's."""

    def timed(conn: Connection) -> float:
        started = time.perf_counter()
        call(conn)
        return (time.perf_counter() - started) * 1000

    return database.read_blocking(timed)


def _hundredth(database: Database, where: Filter) -> str | None:
    """The cursor of the hundredth page, or of the last one where there are fewer."""
    cursor: str | None = None
    for _ in range(HUNDREDTH - 1):
        page = database.read_blocking(queries.list_page, where, limit=PAGE, cursor=cursor)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    return cursor


def _filters(database: Database) -> dict[str, Filter]:
    """Each parameter alone with common and rare values, and the combinations that people make."""
    names = {member.name: member.id for member in database.read_blocking(members.list_all)}
    owners = [names[workspaces.owner_name(number)] for number in range(workspaces.OWNERS)]
    projects = {item.title: item.id for item in database.read_blocking(records.list_all, RecordKind.PROJECT)}
    initiatives = {item.title: item.id for item in database.read_blocking(records.list_all, RecordKind.INITIATIVE)}
    plans = {item.title: item.id for item in database.read_blocking(records.list_all, RecordKind.PLAN)}
    now_ms = int(time.time() * 1000)
    week, month = from_ms(now_ms - 7 * 86_400_000), from_ms(now_ms - 30 * 86_400_000)
    project = projects["project-0"], projects["project-150"]
    return {
        "none": Filter(),
        "flows": Filter(kinds=frozenset({Kind.FLOW})),
        "chats": Filter(kinds=frozenset({Kind.CHAT})),
        "tasks (there are none)": Filter(kinds=frozenset({Kind.TASK})),
        "busiest owner": Filter(owners=frozenset(owners[:1])),
        "rare owner": Filter(owners=frozenset(owners[-1:])),
        "three owners": Filter(owners=frozenset(owners[2:5])),
        "fifty owners": Filter(owners=frozenset(owners[:50])),
        "completed": Filter(statuses=frozenset({Status.COMPLETED})),
        "running": Filter(statuses=frozenset({Status.RUNNING})),
        "rejected (there are none)": Filter(statuses=frozenset({Status.REJECTED})),
        "waiting": Filter(status_groups=frozenset({StatusGroup.WAITING})),
        "settled": Filter(status_groups=frozenset({StatusGroup.SETTLED})),
        "live chats": Filter(kinds=frozenset({Kind.CHAT}), status_groups=frozenset({StatusGroup.LIVE})),
        "busy project": Filter(projects=frozenset(project[:1])),
        "rare project": Filter(projects=frozenset(project[1:])),
        "both projects": Filter(projects=frozenset(project)),
        "initiative": Filter(initiatives=frozenset({initiatives["initiative-0"]})),
        "plan": Filter(plans=frozenset({plans["plan-0"]})),
        "last week": Filter(active_after=week),
        "before a month ago": Filter(active_before=month),
        "three weeks": Filter(active_after=month, active_before=week),
        "busy project, three weeks": Filter(projects=frozenset(project[:1]), active_after=month, active_before=week),
        "busiest owner, last week": Filter(owners=frozenset(owners[:1]), active_after=week),
        "failed, last month": Filter(statuses=frozenset({Status.FAILED}), active_after=month),
        "owner and status": Filter(owners=frozenset(owners[:1]), statuses=frozenset({Status.FAILED})),
        "rare owner, live": Filter(owners=frozenset(owners[-1:]), status_groups=frozenset({StatusGroup.LIVE})),
        "fifty owners, failed flows": Filter(
            kinds=frozenset({Kind.FLOW}), owners=frozenset(owners[:50]), statuses=frozenset({Status.FAILED})
        ),
        "owner in a project": Filter(owners=frozenset(owners[1:2]), projects=frozenset(project[:1])),
        "rare owner in a busy project": Filter(owners=frozenset(owners[-1:]), projects=frozenset(project[:1])),
        "owner, project, status, month": Filter(
            owners=frozenset(owners[:2]),
            projects=frozenset(project[:1]),
            status_groups=frozenset({StatusGroup.NEEDS_LOOK}),
            active_after=month,
        ),
        "project and initiative": Filter(
            projects=frozenset(project[:1]), initiatives=frozenset({initiatives["initiative-0"]})
        ),
    }
