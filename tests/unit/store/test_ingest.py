"""What a source may rely on when it sends records."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from parrot_server.store import ingest, members, queries, summary
from parrot_server.store.ids import derive_id
from parrot_wire import times
from parrot_wire.codec import decode
from parrot_wire.query import Filter
from parrot_wire.session import Message, Text, Turn
from parrot_wire.values import Kind, MessageRole, RecordType, Role, Status
from tests.unit.store.words import (
    OPUS_MICROS,
    SOURCE,
    at,
    detail,
    emptied,
    everything,
    local,
    message,
    opus,
    record,
    recounted,
    session,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender
    from parrot_server.stored import Commit
    from parrot_wire.records import Record, TurnRecord

OPUS: dict[str, Any] = {"model": "claude-opus-4-5", "tokens": {"input": 10, "output": 100}}


def send(db: Database, sender: Sender, *records: Record) -> ingest.Applied:
    return db.write_blocking(ingest.apply, records, sender)


def listed(db: Database, *kinds: Kind) -> list[str]:
    page = db.read_blocking(queries.list_page, Filter(kinds=frozenset(kinds)), limit=50)
    return [item.row.native_id for item in page.items]


def test_a_session_grows_record_by_record(db: Database, owner: Sender) -> None:
    send(
        db,
        owner,
        session("a", kind="chat", title="Fix the login", status="running", project="shop", cwd="/w/shop"),
        message("a", 1, "fix it", seconds=1),
        message("a", 2, "done", key="m2", seconds=2, role="assistant"),
        turn("a", "r1", seconds=2, **OPUS),
        record(RecordType.STEP, "a", {"id": "p", "name": "Plan", "status": "running"}, key="st", seconds=3),
    )
    found = db.read_blocking(detail, "a").detail
    assert (found.title, found.status, found.message_count, found.event_count) == ("Fix the login", "running", 2, 2)
    assert found.cost is not None
    assert found.cost.micros == OPUS_MICROS
    assert found.tokens.total == 110
    assert found.model == "claude-opus-4-5"
    assert found.project is not None
    assert found.project.title == "shop"
    assert (found.started_at, found.last_activity_at) == (at(0), at(3))
    assert [step.name for step in found.steps] == ["Plan"]


def test_sending_twice_changes_nothing(db: Database, owner: Sender, commits: list[Commit]) -> None:
    lines = [session("a", title="A"), message("a", 1, "x", seconds=1), turn("a", "r1", seconds=2, **OPUS)]
    assert send(db, owner, *lines).new == 3
    seen = len(commits)
    again = send(db, owner, *lines)
    assert (again.new, again.known, again.refused) == (0, 3, ())
    assert len(commits) == seen
    # Also one by one, and in one call with itself.
    assert send(db, owner, lines[1], lines[1]).known == 2


def test_a_bad_line_refuses_itself_alone_and_says_why(db: Database, owner: Sender) -> None:
    bad = [
        record(RecordType.SESSION, "b", {"titel": "x"}, key="1", seconds=0),
        record(RecordType.SESSION, "b", {"status": "sleeping"}, key="2", seconds=0),
        record(RecordType.SESSION, "b", {"started_at": "yesterday"}, key="3", seconds=0),
        message("b", 0, "x"),
        turn("b", "r", tokens={"input": -1}),
        record(RecordType.SESSION, "b", {"parent": "b"}, key="4", seconds=0),
    ]
    applied = send(db, owner, session("a", title="A"), *bad, message("a", 1, "x"))
    assert applied.new == 2
    assert [one.line for one in applied.refused] == [2, 3, 4, 5, 6, 7]
    for one, word in zip(applied.refused, ("titel", "status", "started_at", "n:", "tokens", "parent"), strict=True):
        assert word in one.detail
    assert listed(db) == ["a"]


def test_an_older_record_never_overwrites_a_newer_one(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", key="2", seconds=20, title="new", status="failed"))
    send(db, owner, session("a", key="1", seconds=10, title="old", branch="main"))
    found = db.read_blocking(detail, "a").detail
    assert (found.title, found.status, found.branch) == ("new", "failed", "main")
    send(db, owner, turn("a", "r", key="t2", seconds=20, cost=7), turn("a", "r", key="t1", seconds=10, cost=5))
    assert db.read_blocking(detail, "a").detail.cost.micros == 7  # pyright: ignore[reportOptionalMemberAccess]
    send(db, owner, message("a", 1, "new", key="m2", seconds=20), message("a", 1, "old", key="m1", seconds=10))
    assert db.read_blocking(detail, "a").detail.message_count == 1


def test_null_clears_a_field_and_a_missing_one_stays(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", error="boom", branch="main", project="shop"))
    send(db, owner, session("a", key="s2", seconds=1, error=None, project=None))
    found = db.read_blocking(detail, "a").detail
    assert (found.error, found.branch, found.project) == (None, "main", None)


def test_counts_that_the_source_states_win_over_counted_ones(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", message_count=8), message("a", 1, "x"))
    assert db.read_blocking(detail, "a").detail.message_count == 8


def test_tool_results_are_no_messages_that_a_person_would_count(db: Database, owner: Sender) -> None:
    call: dict[str, Any] = {"type": "tool_call", "call_id": "c", "name": "Bash", "input": {}}
    result = {"type": "tool_result", "call_id": "c", "ok": True, "text": "a"}
    send(
        db,
        owner,
        message("a", 1, "ls please"),
        message("a", 2, "", key="2", role="assistant", parts=[call]),
        message("a", 3, "", key="3", role="user", parts=[result]),
        message("a", 4, "", key="4", role="tool", parts=[result]),
    )
    found = db.read_blocking(detail, "a").detail
    assert (found.message_count, found.tool_call_count, found.event_count) == (2, 1, 4)


def test_two_messages_cannot_have_one_number(db: Database, owner: Sender) -> None:
    applied = send(db, owner, message("a", 1, "x"), message("a", 1, "y", key="other", id="another"))
    assert [one.detail for one in applied.refused] == ["n: 1 is the number of message 'm1' already"]


def test_a_session_belongs_to_the_member_who_sent_it_first(
    db: Database, owner: Sender, colleague: Sender, commits: list[Commit]
) -> None:
    send(db, owner, session("a", title="mine"))
    applied = send(db, colleague, session("a", key="k", seconds=5, title="taken over"), message("a", 1, "x"))
    assert len(applied.refused) == 2
    assert "another member's token" in applied.refused[0].detail
    assert db.read_blocking(detail, "a").detail.title == "mine"
    assert len(commits) == 1


def test_who_may_name_which_owner(db: Database, owner: Sender, colleague: Sender) -> None:
    applied = send(
        db, colleague, session("a", owner="Sarah Chen"), session("b", owner="tom@acme.example"), session("c")
    )
    assert [one.line for one in applied.refused] == [1]
    assert db.read_blocking(detail, "b").detail.owner == colleague.member_id
    assert db.read_blocking(detail, "c").detail.owner == colleague.member_id
    before = len(db.read_blocking(members.list_all))
    send(db, colleague, session("d", owner="Nobody Known"))
    assert len(db.read_blocking(members.list_all)) == before
    send(db, owner, session("e", owner="Ada Byron <Ada@acme.example>"), session("f", owner="ada@acme.example"))
    ada = db.read_blocking(members.resolve, "ada byron")
    assert ada is not None
    assert (ada.name, ada.email, ada.role) == ("Ada Byron", "ada@acme.example", Role.MEMBER)
    assert {db.read_blocking(detail, name).detail.owner for name in "ef"} == {ada.id}


def test_a_deleted_session_stays_deleted_until_newer_work_comes(db: Database, owner: Sender) -> None:
    child = session("child", parent="a", kind="task")
    send(db, owner, session("a"), child, turn("child", "r", **OPUS))
    gone = record(RecordType.DELETE, "a", key="gone", seconds=10)
    assert send(db, owner, gone).new == 1
    assert listed(db) == []
    assert listed(db, Kind.TASK) == []
    assert send(db, owner, session("a"), child, gone).known == 3
    assert listed(db) == []
    send(db, owner, session("a", key="back", seconds=11, title="again"))
    assert listed(db) == ["a"]
    assert db.read_blocking(everything)["tally"] == db.read_blocking(recounted)


def test_a_delete_that_is_older_than_the_work_does_nothing(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", seconds=20))
    assert send(db, owner, record(RecordType.DELETE, "a", key="gone", seconds=10)).known == 1
    assert listed(db) == ["a"]


def test_parts_of_a_session_can_be_deleted(db: Database, owner: Sender) -> None:
    step = {"id": "p", "name": "Plan", "status": "running"}
    artifact = {"id": "pr", "kind": "pull_request", "title": "#1"}
    send(
        db,
        owner,
        message("a", 1, "x"),
        message("a", 2, "y", key="2"),
        turn("a", "r", **OPUS),
        record(RecordType.STEP, "a", step, key="st", seconds=0),
        record(RecordType.ARTIFACT, "a", artifact, key="ar", seconds=0),
    )
    parts = [("message", "m1"), ("turn", "r"), ("step", "p"), ("artifact", "pr")]
    applied = send(
        db,
        owner,
        *(record(RecordType.DELETE, "a", {"type": name, "id": one}, key=f"d-{one}", seconds=5) for name, one in parts),
    )
    assert (applied.new, applied.refused) == (4, ())
    found = db.read_blocking(detail, "a").detail
    assert (found.message_count, found.turn_count, found.steps) == (1, 0, ())
    timeline = db.read_blocking(queries.timeline, derive_id(SOURCE, "a"))
    assert timeline is not None
    assert timeline.artifacts == ()


def test_a_step_told_on_its_own_outlives_an_older_list(db: Database, owner: Sender) -> None:
    plan = {"id": "plan", "name": "Plan"}
    verify = {"id": "verify", "name": "Verify", "status": "pending"}
    done = record(RecordType.STEP, "f", {**plan, "status": "completed"}, key="done", seconds=5)
    whole = session("f", kind="flow", steps=[{**plan, "status": "running"}, verify])
    for order in ([whole, done], [done, whole]):
        name = f"flow-{len(order[0].key)}-{order[0].key}"
        send(db, owner, *(_renamed(one, name) for one in order))
        steps = db.read_blocking(detail, name).detail.steps
        assert [(step.id, step.status) for step in steps] == [("plan", "completed"), ("verify", "pending")]


def _renamed(one: Record, native_id: str) -> Record:
    return structs.replace(one, native_id=native_id)


def test_subagents_hang_under_their_parent_and_count_once(db: Database, owner: Sender) -> None:
    db.write_blocking(
        ingest.apply_local,
        [
            local("chat", opus("m1"), seconds=1),
            local("agent", opus("m2"), seconds=9, kind=Kind.TASK, parent="chat", status=Status.RUNNING),
        ],
        owner,
    )
    found = db.read_blocking(detail, "chat")
    assert found.detail.cost is not None
    assert found.detail.own_cost is not None
    assert (found.detail.cost.micros, found.detail.own_cost.micros) == (2 * OPUS_MICROS, OPUS_MICROS)
    assert (found.detail.last_activity_at, found.detail.status) == (at(9), Status.OPEN)
    assert [child.row.native_id for child in found.children] == ["agent"]
    assert listed(db) == ["chat"]
    assert listed(db, Kind.TASK) == ["agent"]
    for kinds, micros in (((), 2), ((Kind.TASK,), 1), ((Kind.CHAT, Kind.TASK), 2)):
        answer = db.read_blocking(summary.summary, Filter(kinds=frozenset(kinds)))
        assert answer.cost is not None
        assert answer.cost.micros == micros * OPUS_MICROS


def test_a_child_without_its_parent_hangs_under_a_placeholder_until_it_comes(db: Database, owner: Sender) -> None:
    child = local("agent", opus("m2"), seconds=9, kind=Kind.TASK, parent="chat", project="shop")
    db.write_blocking(ingest.apply_local, [child], owner)
    stand_in = db.read_blocking(detail, "chat").detail
    assert (stand_in.status, stand_in.status_detail, stand_in.owner) == (
        Status.ENDED,
        "transcript missing",
        owner.member_id,
    )
    assert stand_in.cost is not None
    assert (stand_in.cost.micros, stand_in.last_activity_at) == (OPUS_MICROS, at(9))
    db.write_blocking(ingest.apply_local, [local("chat", opus("m1"), seconds=3)], owner)
    real = db.read_blocking(detail, "chat").detail
    assert real.cost is not None
    assert (real.status, real.status_detail, real.cost.micros) == (Status.OPEN, None, 2 * OPUS_MICROS)


def test_a_placeholder_goes_with_its_last_child(db: Database, owner: Sender) -> None:
    db.write_blocking(ingest.apply_local, [local("agent", kind=Kind.TASK, parent="chat")], owner)
    assert listed(db) == ["chat"]
    db.write_blocking(ingest.apply_local, [local("agent", kind=Kind.TASK, parent=None)], owner)
    assert listed(db) == []


def test_a_child_of_another_source_keeps_its_parent(db: Database, owner: Sender) -> None:
    run = session("run", kind="flow", title="Full SDLC")
    linked = record(RecordType.SESSION, "agent", {"parent": "run", "parent_source": "parrot"}, key="link", seconds=1)
    send(db, owner, structs.replace(run, source="parrot"), linked)
    db.write_blocking(ingest.apply_local, [local("agent", opus("m1"), seconds=4)], owner)
    assert listed(db) == ["run"]
    flow = db.read_blocking(queries.detail, derive_id("parrot", "run"))
    assert flow is not None
    assert flow.detail.cost is not None
    assert flow.detail.cost.micros == OPUS_MICROS


def test_the_same_local_facts_twice_are_no_news(db: Database, owner: Sender, commits: list[Commit]) -> None:
    facts = [local("chat", opus("m1")), local("agent", opus("m2"), kind=Kind.TASK, parent="chat")]
    db.write_blocking(ingest.apply_local, facts, owner)
    db.write_blocking(ingest.apply_local, facts, owner)
    assert len(commits) == 1


def test_a_file_that_was_rewritten_replaces_its_turns(db: Database, owner: Sender) -> None:
    db.write_blocking(ingest.apply_local, [local("a", opus("m1"), opus("m2"))], owner)
    db.write_blocking(ingest.apply_local, [local("a", opus("m2"), opus("m3", seconds=5))], owner)
    found = db.read_blocking(detail, "a").detail
    assert found.turn_count == 2
    assert [one.started_at for one in db.read_blocking(queries.turns, found.id)] == [at(0), at(5)]


def test_those_who_watch_a_session_hear_of_its_turns_and_messages(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    send(db, owner, session("a"), turn("a", "r1", seconds=1, **OPUS))
    assert commits[-1].session_events == ()
    send(db, owner, turn("a", "r2", seconds=2, **OPUS), message("a", 1, "x", seconds=2))
    events = commits[-1].session_events
    assert [(event.name, b'"n":2' in event.data or b'"n":1' in event.data) for event in events] == [
        ("message", True),
        ("turn", True),
    ]
    assert [event.seq for event in events] == [2, 3]
    assert commits[-1].seq == 4


def test_turns_are_told_under_their_numbers_whatever_the_order_they_come_in(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    rng = random.Random(5)
    known: set[str] = set()
    for round_ in range(12):
        for native_id in ("a", "fork"):
            # A fork repeats what the other one has: of each response one session owns it, and that may change.
            drawn = [rng.randrange(40) for _ in range(rng.randrange(1, 5))]
            turns = [opus(f"m{n}", output=100 + round_, seconds=n) for n in dict.fromkeys(drawn)]
            records = [(f"{native_id}-{round_}", round_)]
            facts = local(native_id, *turns, seconds=round_, records=records, whole=False)
            before = len(commits)
            db.write_blocking(ingest.apply_local, [facts], owner)
            for event in (event for commit in commits[before:] for event in commit.session_events):
                told = decode(event.data, Turn)
                assert told == db.read_blocking(queries.turns, event.session_id)[told.n - 1]
                known.add(event.session_id)
    assert known == {derive_id(SOURCE, "a"), derive_id(SOURCE, "fork")}


# Order does not matter


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Records of two sessions, no two of one time, so that newer is always newer."""
    found: list[Record] = []
    for number in range(draw(st.integers(1, 10))):
        name = draw(st.sampled_from("ab"))
        kind = draw(st.sampled_from(["session", "step", "turn", "message"]))
        key = f"k{number}"
        moment = float(number)
        body: dict[str, Any]
        match kind:
            case "session":
                field = draw(st.sampled_from(["title", "branch", "error", "project", "status", "steps", "parent"]))
                value = {
                    "status": draw(st.sampled_from(["running", "failed", "ended"])),
                    "steps": [
                        {"id": one, "name": one, "status": "pending"} for one in draw(st.sets(st.sampled_from("pq")))
                    ],
                    "parent": draw(st.sampled_from(["missing", None])),
                }.get(field, draw(st.sampled_from(["x", "y"])))
                body = {field: value, "started_at": at(-1), "kind": "chat"}
                found.append(session(name, key=key, seconds=moment, **body))
            case "step":
                body = {"id": draw(st.sampled_from("pq")), "name": "s", "status": "running"}
                found.append(record(RecordType.STEP, name, body, key=key, seconds=moment))
            case "turn":
                body = {"cost": draw(st.integers(0, 9)), "credits": draw(st.sampled_from([None, 0.1, 0.7]))}
                found.append(turn(name, draw(st.sampled_from(["r1", "r2"])), key=key, seconds=moment, **body))
            case _:
                n = draw(st.integers(1, 3))
                found.append(message(name, n, "text", key=key, seconds=moment))
    return found


def _steps_are_told_once(records: list[Record]) -> bool:
    """Steps come in the order in which they were first told, which is then the order of arrival."""
    return not any(one.type is RecordType.STEP or b"steps" in bytes(one.body) for one in records)


@settings(max_examples=100)
@given(data=st.data(), records=histories())
def test_any_order_batching_and_repetition_ends_equal(
    reused_db: Database, data: st.DataObject, records: list[Record]
) -> None:
    found: list[dict[str, Any]] = []
    in_order = [records]
    mixed = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records), max_size=4))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    batches = [mixed[start:end] for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    sender = ingest.Sender(token_id="t", member_id="me", any_owner=True)
    for reading in (in_order, batches):
        reused_db.write_blocking(emptied)
        for batch in reading:
            applied = reused_db.write_blocking(ingest.apply, batch, sender)
            assert applied.refused == ()
        state = reused_db.write_blocking(everything)
        assert state["tally"] == reused_db.write_blocking(recounted)
        found.append(state)
    if _steps_are_told_once(records):
        assert found[0] == found[1]
    else:
        assert _without_order_of_steps(found[0]) == _without_order_of_steps(found[1])


def _without_order_of_steps(state: dict[str, Any]) -> dict[str, Any]:
    sessions = {
        name: (structs.replace(one[0], steps=tuple(sorted(one[0].steps, key=lambda step: step.id))), *one[1:])
        for name, one in state["sessions"].items()
    }
    return {**state, "sessions": sessions}


def test_times_are_taken_in_any_form_of_the_standard(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", started_at="2026-11-22T10:41:07+01:00"))
    assert db.read_blocking(detail, "a").detail.started_at == times.normalise("2026-11-22T09:41:07.000Z")


def test_figures_that_no_sum_could_hold_refuse_their_record_alone(db: Database, owner: Sender) -> None:
    huge = 10**18
    applied = send(
        db,
        owner,
        turn("a", "r1", cost=huge),
        turn("a", "r2", tokens={"output": huge}),
        turn("a", "r3", credits=1e300),
        session("a", message_count=huge),
        message("a", huge, "x"),
        turn("a", "r4", cost=5),
    )
    assert [one.line for one in applied.refused] == [1, 2, 3, 4, 5]
    assert db.read_blocking(detail, "a").detail.turn_count == 1


def test_one_bad_file_does_not_keep_the_others_out(db: Database, owner: Sender) -> None:
    good = local("good", opus("m1"))
    bad = [
        local("bad-time", last_activity_at="yesterday"),
        local("bad-turn", structs.replace(opus("m2"), started_at="noon")),
        structs.replace(local("bad-marks"), fingerprints=b"short"),
        local("circle", parent="circle"),
    ]
    applied = db.write_blocking(ingest.apply_local, [*bad, good], owner)
    assert [(one.line, one.detail.split(":")[0]) for one in applied.refused] == [
        (1, "last_activity_at"),
        (2, "started_at"),
        (3, "fingerprints"),
        (4, "parent"),
    ]
    assert listed(db) == ["good"]


def test_a_title_without_end_is_cut(db: Database, owner: Sender) -> None:
    send(db, owner, session("a", title="x" * 5_000))
    assert len(db.read_blocking(detail, "a").detail.title) == 1_000


def test_those_who_watch_a_run_hear_of_its_steps_however_they_are_told(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    plan, verify = ({"id": one, "name": one, "status": "pending"} for one in ("plan", "verify"))
    send(db, owner, session("a", kind="flow", steps=[plan, verify]))
    send(db, owner, session("a", key="2", seconds=2, steps=[{**plan, "status": "running"}, verify]))
    assert [(event.name, b'"plan"' in event.data) for event in commits[-1].session_events] == [("step", True)]


def test_a_session_whose_messages_are_not_told_is_marked_and_nothing_else_of_it_is_told(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    said = Message(n=1, id="m1", role=MessageRole.ASSISTANT, at=at(2), parts=(Text(text="hello"),))

    def take(*turns: TurnRecord, seconds: float, messages: Sequence[Message] | None) -> Commit:
        facts = local("a", *turns, seconds=seconds, whole=False)
        db.write_blocking(ingest.apply_local, [structs.replace(facts, messages=messages)], owner)
        return commits[-1]

    first = take(opus("m1"), seconds=1, messages=())
    assert first.untold == {derive_id(SOURCE, "a")}, "nobody can have watched it"
    told = take(opus("m2"), seconds=2, messages=[said])
    assert {event.name for event in told.session_events} == {"message", "turn"}
    assert told.untold == set()
    untold = take(opus("m3"), seconds=3, messages=None)
    assert (untold.session_events, untold.untold) == ((), {derive_id(SOURCE, "a")})
    assert db.read_blocking(detail, "a").detail.turn_count == 3


def test_that_messages_are_not_told_is_told_also_where_no_row_changes(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    facts = structs.replace(local("a", opus("m1"), seconds=1), messages=None)
    db.write_blocking(ingest.apply_local, [facts], owner)
    before = commits[-1]
    db.write_blocking(ingest.apply_local, [facts], owner)
    assert commits[-1].changes == ()
    assert commits[-1].untold == before.untold
    assert commits[-1].seq == db.read_blocking(queries.head).seq > before.seq
