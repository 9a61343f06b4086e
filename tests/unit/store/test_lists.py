"""Lists and summaries under every filter, held against the plain truth."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from parrot_server.matching import compile_filter
from parrot_server.store import cursors, ingest, members, pages, queries, records, schema, summary
from parrot_server.store.database import Database
from parrot_server.store.filters import RecordLock
from parrot_server.store.titles import matches
from parrot_server.stored import StoredRow, Tombstone
from parrot_wire import cost, times
from parrot_wire.query import Filter
from parrot_wire.session import Row, Step
from parrot_wire.values import Kind, RecordKind, RecordType, Role, Status, StatusGroup
from tests.helpers.statements import noted, plans
from tests.unit.store.words import START_MS, local, opus, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from parrot_server.store.local import SessionFacts

DAY_S = 86_400
WORDS = ["fix", "Login", "csv-export", "ÉTÉ", "page", "(draft)"]
STATUSES = [Status.OPEN, Status.RUNNING, Status.FAILED, Status.ENDED, Status.PAUSED, Status.INTERRUPTED]


class Population:
    """A database that many tests read, and all its rows."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.owners = [
            db.write_blocking(members.ensure, name=name, email=None, role=Role.MEMBER).id for name in "abcdef"
        ]
        sender = ingest.Sender(token_id=ingest.LOCAL_TOKEN, member_id=self.owners[0], any_owner=True)
        choose = random.Random(7)
        facts = [self._one(choose, number) for number in range(160)]
        for start in range(0, len(facts), 40):
            db.write_blocking(ingest.apply_local, facts[start : start + 40], sender)
        gone = record(RecordType.DELETE, "s5", key="gone", seconds=400 * DAY_S)
        db.write_blocking(ingest.apply, [gone], sender)
        stored = db.read_blocking(queries.changes_since, 0, 10_000)
        self.rows = [change for change in stored if isinstance(change, StoredRow)]
        self.records = {kind: [item.id for item in db.read_blocking(records.list_all, kind)] for kind in RecordKind}

    def _one(self, choose: random.Random, number: int) -> SessionFacts:
        # Few moments and few values, so that ties and combinations are common.
        moment = choose.choice([0, 1, 2, DAY_S - 1, DAY_S, 9 * DAY_S, 40 * DAY_S, 40 * DAY_S + 1, 75 * DAY_S])
        patch: dict[str, Any] = {
            "title": " ".join(choose.sample(WORDS, 2)) + f" {number}",
            "owner": choose.choice(self.owners[:5]),
            "status": choose.choice(STATUSES),
            "project": choose.choice([None, "shop", "shop", "till"]),
            "initiative": choose.choice([None, "Exports", "Speed"]),
            "plan": choose.choice([None, None, "Plan 9"]),
        }
        match choose.randrange(5):
            case 0:
                patch |= {"kind": Kind.TASK, "parent": f"s{choose.randrange(number + 1)}x"}
            case 1:
                patch |= {"kind": Kind.FLOW, "steps": (Step(id="p", name="Plan", status=Status.RUNNING),)}
            case 2 if number > 10:
                patch |= {"parent": f"s{choose.randrange(10)}"}
            case _:
                patch["kind"] = Kind.CHAT
        return local(f"s{number}", opus(f"m{number}", seconds=moment), seconds=moment, **patch)

    def expected(self, where: Filter, lock: RecordLock | None) -> list[StoredRow]:
        found = [stored for stored in self.rows if _passes(stored, where, lock)]
        return sorted(found, key=lambda one: (one.row.last_activity_at, one.row.id.encode()), reverse=True)


def _passes(stored: StoredRow, where: Filter, lock: RecordLock | None) -> bool:
    row = stored.row
    links = {kind: getattr(row, kind.value) for kind in RecordKind}
    chosen = {
        RecordKind.PROJECT: where.projects,
        RecordKind.INITIATIVE: where.initiatives,
        RecordKind.PLAN: where.plans,
    }
    return (
        row.kind in where.effective_kinds
        and (row.parent is None or row.kind is Kind.TASK)
        and (not where.owners or row.owner in where.owners)
        and (where.effective_statuses is None or row.status in where.effective_statuses)
        and all(not ids or (links[kind] is not None and links[kind].id in ids) for kind, ids in chosen.items())
        and (lock is None or (links[lock.kind] is not None and links[lock.kind].id == lock.id))
        and (_is_among(where, row) if where.among_owners or where.among_sessions else True)
        and (where.active_after is None or row.last_activity_at >= where.active_after)
        and (where.active_before is None or row.last_activity_at < where.active_before)
        and matches(row.title, where.words)
    )


def _is_among(where: Filter, row: Row) -> bool:
    return row.owner in where.among_owners or row.id in where.among_sessions


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Population]:
    db = Database.open(f"sqlite:///{tmp_path_factory.mktemp('lists') / 'parrot.db'}", readers=1)
    yield Population(db)
    db.close()


moments = st.sampled_from([0, 1, DAY_S - 1, DAY_S, 2 * DAY_S, 40 * DAY_S, 41 * DAY_S, 74 * DAY_S, 200 * DAY_S])


@st.composite
def filters(draw: st.DrawFn, people: Population) -> tuple[Filter, RecordLock | None]:
    def some(values: list[Any], most: int = 3) -> frozenset[Any]:
        return draw(st.frozensets(st.sampled_from(values), max_size=most)) if draw(st.booleans()) else frozenset()

    def moment() -> str | None:
        return times.from_ms(START_MS + 1000 * draw(moments)) if draw(st.integers(0, 3)) == 0 else None

    where = Filter(
        kinds=some(list(Kind)),
        owners=some(people.owners, 6),
        statuses=some(STATUSES),
        status_groups=some(list(StatusGroup)),
        projects=some([*people.records[RecordKind.PROJECT], "unknown"]),
        initiatives=some(people.records[RecordKind.INITIATIVE]),
        plans=some(people.records[RecordKind.PLAN]),
        among_owners=some(people.owners, 2),
        among_sessions=some([*(one.row.id for one in people.rows), "unknown"], 12),
        active_after=moment(),
        active_before=moment(),
        q=" ".join(draw(st.lists(st.sampled_from(["FIX", "log", "export", "été", "draft", "x"]), max_size=2)))
        if draw(st.integers(0, 3)) == 0
        else "",
    )
    kind = draw(st.sampled_from([None, None, *RecordKind]))
    return where, None if kind is None else RecordLock(kind=kind, id=draw(st.sampled_from(people.records[kind])))


@settings(max_examples=150)
@given(data=st.data())
def test_pages_are_the_sorted_truth_and_the_summary_counts_it(people: Population, data: st.DataObject) -> None:
    where, lock = data.draw(filters(people))
    with pytest.MonkeyPatch.context() as patch:
        # So small a database would only ever be read in one of the ways.
        patch.setattr(pages, "MAX_ARMS", data.draw(st.sampled_from([1, 4, pages.MAX_ARMS])))
        patch.setattr(pages, "FEW_ROWS", data.draw(st.sampled_from([0, pages.FEW_ROWS])))
        _compare(people, where, lock, data.draw(st.sampled_from([1, 3, 50])))


@settings(max_examples=60)
@given(data=st.data())
def test_a_stream_s_filter_passes_what_the_list_holds(people: Population, data: st.DataObject) -> None:
    where, _ = data.draw(filters(people))
    passes = compile_filter(where)
    assert [stored for stored in people.rows if passes(stored.row)] == [
        stored for stored in people.rows if _passes(stored, where, None)
    ]


def _compare(people: Population, where: Filter, lock: RecordLock | None, limit: int) -> None:
    expected = people.expected(where, lock)
    found: list[StoredRow] = []
    cursor = None
    for _ in range(6 if limit == 1 else 60):
        page = people.db.read_blocking(queries.list_page, where, limit=limit, cursor=cursor, lock=lock)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == limit
    assert found == (expected if cursor is None else expected[: len(found)])

    answer = people.db.read_blocking(summary.summary, where, lock=lock)
    assert answer.total == len(expected)
    assert answer.by_kind == _counts(one.row.kind for one in expected)
    assert answer.by_group == _counts(one.row.status.group for one in expected)
    everybody = people.expected(structs.replace(where, owners=frozenset()), lock)
    assert answer.by_owner == _counts(one.row.owner for one in everybody)
    if Kind.TASK not in where.kinds:
        assert answer.cost == cost.add(one.row.cost for one in expected)
    else:
        own = people.db.read_blocking(_own_costs)
        assert answer.cost == cost.add(own[one.row.id] for one in expected)


def _own_costs(conn: Connection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for session_id in conn.execute(sa.select(schema.session.c.id)).scalars():
        one = queries.detail(conn, session_id)
        assert one is not None
        found[session_id] = one.detail.own_cost
    return found


def _counts(values: Iterable[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def test_the_whole_list_counts_every_turn_once(people: Population) -> None:
    answer = people.db.read_blocking(summary.summary, Filter())
    tasks = people.db.read_blocking(summary.summary, Filter(kinds=frozenset(Kind)))
    assert answer.cost is not None
    assert answer.cost.turns == sum(one.turns for one in people.db.read_blocking(_own_costs).values())
    assert tasks.cost is not None
    # Only the turns of chats that hang under another session are in no row of this list.
    assert tasks.cost.turns < answer.cost.turns


def test_a_cursor_of_another_question_is_refused(people: Population) -> None:
    page = people.db.read_blocking(queries.list_page, Filter(), limit=2)
    assert page.next_cursor is not None
    lock = RecordLock(kind=RecordKind.PROJECT, id=people.records[RecordKind.PROJECT][0])
    for where, locked in ((Filter(kinds=frozenset({Kind.CHAT})), None), (Filter(), lock)):
        with pytest.raises(queries.BadCursor, match="another filter"):
            people.db.read_blocking(queries.list_page, where, limit=2, cursor=page.next_cursor, lock=locked)
    for nonsense in ("", "x", "é", "bm9uc2Vuc2U"):
        with pytest.raises(cursors.BadCursor, match="no cursor"):
            people.db.read_blocking(queries.list_page, Filter(), limit=2, cursor=nonsense)


def test_changes_come_in_order_and_end_at_the_head(people: Population) -> None:
    every = people.db.read_blocking(queries.changes_since, 0, 10_000)
    seqs = [change.seq if isinstance(change, Tombstone) else change.row.seq for change in every]
    assert seqs == sorted(set(seqs))
    assert seqs[-1] == people.db.read_blocking(queries.head).seq
    assert [change.id for change in every if isinstance(change, Tombstone)]
    half = seqs[len(seqs) // 2]
    later = people.db.read_blocking(queries.changes_since, half, 7)
    assert later == tuple(change for change, seq in zip(every, seqs, strict=True) if seq > half)[:7]


def test_records_tell_how_much_hangs_on_them(people: Population) -> None:
    for kind in RecordKind:
        items = people.db.read_blocking(records.list_all, kind)
        for item in items:
            rows = people.expected(Filter(), RecordLock(kind=kind, id=item.id))
            assert item.session_count == len(rows)
            assert item.last_activity_at == max((one.row.last_activity_at for one in rows), default=None)
            assert people.db.read_blocking(records.get, kind, item.id) == item
        stamps = [item.last_activity_at or "" for item in items]
        assert stamps == sorted(stamps, reverse=True)


# The plans that make these quick. No figure here: an index that is used does not depend on the machine.


def test_no_list_reads_a_whole_table(people: Population) -> None:
    statements: list[str] = []

    def explain(conn: Connection) -> list[str]:
        owners = frozenset(people.owners)
        project = frozenset(people.records[RecordKind.PROJECT])
        after = times.from_ms(START_MS)
        wheres = (
            Filter(),
            Filter(kinds=frozenset({Kind.CHAT})),
            Filter(owners=owners),
            Filter(owners=owners, statuses=frozenset({Status.FAILED})),
            Filter(status_groups=frozenset({StatusGroup.WAITING})),
            Filter(projects=project),
            Filter(projects=project, owners=owners),
            Filter(active_after=after, statuses=frozenset({Status.FAILED})),
            Filter(owners=frozenset(f"o{number}" for number in range(100))),
            Filter(among_owners=owners),
        )
        with noted(conn) as said:
            for where in wheres:
                queries.list_page(conn, where, limit=50)
                summary.summary(conn, where)
            queries.changes_since(conn, 3, 50)
            queries.detail(conn, "x")
        statements.extend(said)
        return plans(conn, said)

    for line in people.db.read_blocking(explain):
        assert not line.startswith("SCAN ") or any(word in line for word in ("VIRTUAL TABLE", "CONSTANT", "arm_")), line
        # The workspace alone narrows nothing.
        assert "(workspace_id=?)" not in line, line
        assert "FOR ORDER BY" not in line, line
    assert len(statements) > 20


def test_sessions_by_id_are_read_by_id(people: Population) -> None:
    """However many sessions there are: what is asked for by id is found by its key, in the list and in the sums."""

    def explain(conn: Connection) -> list[str]:
        where = Filter(among_owners=frozenset(people.owners[:1]), among_sessions=frozenset({people.rows[3].row.id}))
        with noted(conn) as said:
            queries.list_page(conn, where, limit=50)
            summary.summary(conn, where)
        return [line for line in plans(conn, said) if "session" in line]

    lines = people.db.read_blocking(explain)
    assert sum("(workspace_id=? AND id=?)" in line for line in lines) == 3
    assert [line for line in lines if "(workspace_id=?)" in line or line.startswith("SCAN session")] == []
