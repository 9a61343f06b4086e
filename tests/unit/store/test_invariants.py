"""Whatever happens to sessions, in whatever order: every kept figure is what one would count anew."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from parrot_server.store import commands, ingest, queries, schema
from parrot_server.store.commands import Conflict, Unknown
from parrot_server.store.facts import Facts, Money, TokenSums, decode_facts, decode_row
from parrot_server.store.ids import derive_id
from parrot_server.store.turn_facts import decode_turn
from parrot_wire.values import Kind, RecordType, Status
from tests.unit.store.words import SOURCE, at, emptied, local, message, opus, record, recounted, session, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from parrot_server.store.database import Database

ME = ingest.Sender(token_id=ingest.LOCAL_TOKEN, member_id="me", any_owner=True)
names = st.sampled_from(["a", "b", "c", "d", "e"])
responses = st.sampled_from(["m1", "m2", "m3", "m4"])
moments = st.integers(0, 5).map(lambda day: day * 86_400.0)


@st.composite
def acts(draw: st.DrawFn) -> Callable[[Connection], Any]:
    name, moment = draw(names), draw(moments)
    session_id = derive_id(SOURCE, name)
    key = str(draw(st.integers(0, 10**9)))
    parent = draw(st.sampled_from([None, "a", "b", "c", "x"]))
    match draw(st.integers(0, 9)):
        case 0 | 1 | 2:
            turns = [opus(one, output=draw(st.integers(0, 9)), seconds=moment) for one in draw(st.sets(responses))]
            kind = draw(st.sampled_from([Kind.CHAT, Kind.TASK]))
            facts = local(
                name,
                *turns,
                seconds=moment,
                records=[(f"{name}-{key}", moment), ("shared", 0)],
                whole=draw(st.booleans()),
                copied_from=draw(st.sampled_from([None, "a", "d"])),
                kind=kind,
                parent=parent,
                status=draw(st.sampled_from([Status.OPEN, Status.RUNNING])),
            )
            return lambda conn: ingest.apply_local(conn, [facts], ME)
        case 3 | 4:
            lines = [
                session(name, key=key, seconds=moment, parent=parent, project=draw(st.sampled_from([None, "p"]))),
                turn(name, draw(responses), key=key + "t", seconds=moment, cost=draw(st.integers(0, 9))),
                message(name, draw(st.integers(1, 3)), "text", key=key + "m", seconds=moment),
            ]
            return lambda conn: ingest.apply(conn, lines, ME)
        case 5:
            gone = record(RecordType.DELETE, name, key=key, seconds=moment)
            return lambda conn: ingest.apply(conn, [gone], ME)
        case 6:
            body = {"type": "turn", "id": draw(responses)}
            gone = record(RecordType.DELETE, name, body, key=key, seconds=moment)
            return lambda conn: ingest.apply(conn, [gone], ME)
        case 7:
            return lambda conn: commands.end(conn, session_id, actor="me", now=at(moment))
        case 8:
            return lambda conn: commands.reopen(conn, session_id, actor="me", now=at(moment))
        case _:
            plan = draw(st.sampled_from([None, "Plan 9"]))
            return lambda conn: commands.edit(conn, session_id, actor="me", now=at(moment), plan=plan)


@settings(max_examples=60)
@given(st.lists(acts(), min_size=1, max_size=14))
def test_every_kept_figure_is_what_one_would_count(
    reused_db: Database, history: list[Callable[[Connection], Any]]
) -> None:
    reused_db.write_blocking(emptied)
    for act in history:
        with suppress(Unknown, Conflict):
            reused_db.write_blocking(act)
        reused_db.write_blocking(_check)


def _check(conn: Connection) -> None:
    sessions: dict[str, Facts] = {}
    for session_id, facts in conn.execute(sa.select(schema.session_facts.c.session_id, schema.session_facts.c.facts)):
        sessions[session_id] = decode_facts(facts)
    own = {session_id: (Money(), TokenSums()) for session_id in sessions}
    owners: dict[str, set[str]] = {}
    for one in conn.execute(sa.select(schema.turn)):
        owners.setdefault(one.response_id, set())
        if one.owned:
            decode_turn(one.figures or one.body).add_to(*own[one.session_id], 1)
            owners[one.response_id].add(one.session_id)
    assert all(len(found) == 1 for found in owners.values())
    for session_id, facts in sessions.items():
        children = [other for other in sessions.values() if other.parent_id == session_id]
        assert (facts.own, facts.tokens) == own[session_id]
        tree = structs.replace(facts.own)
        for child in children:
            tree.add(child.tree)
        assert facts.tree == tree
        assert facts.tree_activity == max([facts.activity, *(child.tree_activity for child in children)])
        assert facts.parent_id is None or facts.parent_id in sessions
        assert children or not facts.placeholder
    seqs: list[int] = []
    for one in conn.execute(sa.select(schema.session)):
        row, facts = decode_row(one.row).row, sessions[one.id]
        seqs.append(one.seq)
        assert (row.seq, row.status.value, row.last_activity_at) == (one.seq, one.status, one.last_activity_at)
        assert (row.last_activity_at, row.parent, row.cost) == (
            facts.tree_activity,
            facts.parent_id,
            facts.tree.to_cost(),
        )
        shown = facts.parent_id is None or facts.kind is Kind.TASK
        assert one.lane == (facts.kind.value if shown else "")
    assert len(seqs) == len(set(seqs))
    assert max(seqs, default=0) <= queries.head(conn).seq
    tally = {tuple(one[1:5]): tuple(one[5:]) for one in conn.execute(sa.select(schema.tally))}
    assert tally == recounted(conn)
