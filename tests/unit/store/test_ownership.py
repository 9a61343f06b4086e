"""A response that several sessions hold is counted once, in the same session, in whatever order files are read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parrot_server.store import ingest, ownership
from parrot_server.store.ownership import Candidate, judge
from parrot_wire.values import RecordType
from tests.unit.store.words import OPUS_MICROS, detail, emptied, everything, local, opus, record, recounted, turn

if TYPE_CHECKING:
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender
    from parrot_server.store.local import SessionFacts
    from parrot_wire.records import TurnRecord


def candidate(name: str, *records: str, copied_from: str | None = None) -> Candidate:
    return Candidate(name, name, {one.encode(): index for index, one in enumerate(records)}, copied_from)


def test_the_original_that_stopped_where_the_fork_begins_owns_what_both_hold() -> None:
    assert judge([candidate("b", "1", "2"), candidate("a", "1", "2", "3")]).owner == "b"


def test_of_two_that_went_on_the_one_that_went_on_first_owns() -> None:
    first = Candidate("z", "z", {b"1": 1, b"own": 5})
    later = Candidate("a", "a", {b"1": 1, b"own too": 6})
    assert judge([later, first]).owner == "z"


def test_of_equals_the_smaller_native_id_owns() -> None:
    assert judge([candidate("b", "1"), candidate("a", "1")]).owner == "a"


def test_a_session_that_says_it_is_a_copy_owns_nothing_that_the_other_holds() -> None:
    copy = candidate("a", "1", copied_from="b")
    assert judge([copy, candidate("b", "1", "2")]).owner == "b"
    circle = [candidate("a", "1", copied_from="b"), candidate("b", "1", copied_from="a")]
    assert judge(circle).owner == "a"


def test_copies_are_told_apart_by_request_only_where_both_carry_one() -> None:
    assert ownership.partition_by_request({"r1", "r2"}) == {"r1": "r1", "r2": "r2"}
    assert ownership.partition_by_request({"", "r1"}) == {"": "r1", "r1": "r1"}
    assert ownership.partition_by_request({"", "r2", "r1"}) == {"": "r1", "r1": "r1", "r2": "r2"}


def test_a_fork_shows_its_own_spend_alone(db: Database, owner: Sender) -> None:
    history = [("u1", 1), ("a1", 2)]
    original = local("original", opus("m1", seconds=2), seconds=2, records=history)
    fork = local(
        "fork", opus("m1", seconds=2), opus("m2", seconds=9), seconds=9, records=[*history, ("u2", 8), ("a2", 9)]
    )
    for order in ([original, fork], [fork, original]):
        db.write_blocking(ingest.apply_local, order, owner)
        assert detail_cost(db, "original") == OPUS_MICROS
        assert detail_cost(db, "fork") == OPUS_MICROS


def test_the_owner_changes_when_a_fork_writes_its_first_record(db: Database, owner: Sender) -> None:
    history = [("u1", 1), ("a1", 2)]
    a_fork = local("a-fork", opus("m1", seconds=2), seconds=2, records=history)
    original = local("original", opus("m1", seconds=2), seconds=2, records=history)
    db.write_blocking(ingest.apply_local, [a_fork, original], owner)
    assert (detail_cost(db, "a-fork"), detail_cost(db, "original")) == (OPUS_MICROS, 0)
    db.write_blocking(ingest.apply_local, [local("a-fork", seconds=5, records=[("u2", 5)], whole=False)], owner)
    assert (detail_cost(db, "a-fork"), detail_cost(db, "original")) == (0, OPUS_MICROS)


def test_the_fullest_copy_gives_the_figures_wherever_it_is(db: Database, owner: Sender) -> None:
    original = local("original", opus("m1", output=1, seconds=2), seconds=2, records=[("a1", 2)])
    fork = local("fork", opus("m1", output=631, seconds=2), seconds=9, records=[("a1", 2), ("u2", 9)])
    db.write_blocking(ingest.apply_local, [original, fork], owner)
    found = db.read_blocking(detail, "original").detail
    assert (found.tokens.output, found.turn_count) == (631, 1)
    assert db.read_blocking(detail, "fork").detail.turn_count == 0


def test_deleting_the_owner_leaves_the_spend_to_the_copy(db: Database, owner: Sender) -> None:
    shared: dict[str, Any] = {"model": "claude-opus-4-5", "tokens": {"input": 10, "output": 100}}
    lines = [turn("a", "m1", **shared), turn("b", "m1", **shared), turn("b", "m2", seconds=5, **shared)]
    db.write_blocking(ingest.apply, lines, owner)
    assert (detail_cost(db, "a"), detail_cost(db, "b")) == (OPUS_MICROS, OPUS_MICROS)
    db.write_blocking(ingest.apply, [record(RecordType.DELETE, "a", key="d", seconds=9)], owner)
    assert detail_cost(db, "b") == 2 * OPUS_MICROS


def detail_cost(db: Database, native_id: str) -> int:
    cost = db.read_blocking(detail, native_id).detail.own_cost
    assert cost is not None
    return cost.micros


# Any forest of forks, in any order, in any batches, any part of it twice.

Line = tuple[str, float, str | None, str | None, int]
"""(identity, seconds, response id, request id, output) of one line of a transcript."""


@st.composite
def transcripts(draw: st.DrawFn) -> dict[str, list[Line]]:
    """Sessions, some of which begin with a part of an earlier one's history."""
    found: dict[str, list[Line]] = {}
    clock = 0
    names = draw(st.permutations([f"s{number}" for number in range(draw(st.integers(2, 4)))]))
    for name in names:
        lines: list[Line] = []
        if found and draw(st.booleans()):
            parent = found[draw(st.sampled_from(sorted(found)))]
            for identity, moment, response, request, output in parent[: draw(st.integers(0, len(parent)))]:
                # A copy may have lost its request id, and may hold another snapshot of the figures.
                kept = request if draw(st.booleans()) else None
                snapshot = output + draw(st.sampled_from([0, 0, 0, 7, -1]))
                lines.append((identity, moment, response, kept, snapshot))
        for _ in range(draw(st.integers(0, 3))):
            clock += 1
            response = f"m{clock}" if draw(st.booleans()) else None
            request = draw(st.sampled_from([None, "r1"])) if response else None
            lines.append((f"{name}-{clock}", float(clock), response, request, 50))
        found[name] = lines
    return found


def expected(sessions: dict[str, list[Line]]) -> dict[str, tuple[int, int]]:
    """Turns and output tokens by session, by the rule's own words."""
    holders: dict[str, dict[str, tuple[str | None, int]]] = {}
    for name, lines in sessions.items():
        for _, _, response, request, output in lines:
            if response:
                holders.setdefault(response, {})[name] = (request, output)
    totals: dict[str, tuple[int, int]] = dict.fromkeys(sessions, (0, 0))
    for copies in holders.values():
        records = {name: {(line[0], line[1]) for line in sessions[name]} for name in copies}
        count = Counter(one for held in records.values() for one in held)
        first = {
            name: min((moment for one, moment in held if count[one, moment] == 1), default=None)
            for name, held in records.items()
        }
        name = min(copies, key=lambda one: (-1 if first[one] is None else first[one], one))
        turns, tokens = totals[name]
        totals[name] = (turns + 1, tokens + max(output for _, output in copies.values()))
    return totals


def as_turn(line: Line) -> TurnRecord | None:
    _, moment, response, request, output = line
    return opus(response, output=output, seconds=moment, request_id=request) if response else None


@st.composite
def readings(draw: st.DrawFn, sessions: dict[str, list[Line]]) -> list[list[SessionFacts]]:
    """Each transcript read in some pieces; the pieces of all mixed and batched; some files read a second time."""
    queues: list[list[SessionFacts]] = []
    for name, lines in sessions.items():
        for again in range(draw(st.integers(1, 2))):
            cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=2)))
            pieces = [lines[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
            queue = [
                local(
                    name,
                    *(found for line in piece if (found := as_turn(line)) is not None),
                    seconds=max((line[1] for line in lines), default=0),
                    records=[(line[0], line[1]) for line in piece],
                    whole=number == 0,
                )
                for number, piece in enumerate(pieces)
            ]
            if again:
                queues[-1] += queue
            else:
                queues.append(queue)
    batches: list[list[SessionFacts]] = [[]]
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        batches[-1].append(queue.pop(0))
        if draw(st.booleans()):
            batches.append([])
    return batches


@settings(max_examples=100)
@given(data=st.data())
def test_any_order_of_reading_gives_the_same_totals(reused_db: Database, data: st.DataObject) -> None:
    sessions = data.draw(transcripts())
    found: list[dict[str, object]] = []
    for _ in range(2):
        reused_db.write_blocking(emptied)
        for batch in data.draw(readings(sessions)):
            reused_db.write_blocking(ingest.apply_local, batch, SENDER)
        found.append(reused_db.write_blocking(everything))
        totals = {
            name: (one.turn_count, one.tokens.output)
            for name in sessions
            for one in [reused_db.write_blocking(detail, name).detail]
        }
        assert totals == expected(sessions)
        assert found[-1]["tally"] == reused_db.write_blocking(recounted)
    assert found[0] == found[1]


SENDER = ingest.Sender(token_id=ingest.LOCAL_TOKEN, member_id="me", any_owner=True)


def test_turns_stand_for_records_where_a_source_tells_none(db: Database, owner: Sender) -> None:
    """A fork that came by ingest, with turns alone, is still seen to be the copy."""
    body: dict[str, Any] = {"model": "claude-opus-4-5", "tokens": {"input": 10, "output": 100}}
    fork = [turn("a-fork", "m1", **body), turn("a-fork", "m2", seconds=9, **body)]
    db.write_blocking(ingest.apply, fork, owner)
    db.write_blocking(ingest.apply, [turn("original", "m1", **body)], owner)
    assert detail_cost(db, "original") == OPUS_MICROS
    assert detail_cost(db, "a-fork") == OPUS_MICROS
