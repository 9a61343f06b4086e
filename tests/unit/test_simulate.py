"""The sample is the same for the same seed and clock, and shows every kind of work there is."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from parrot_server.pricing import price_turn
from parrot_server.simulate.director import Director
from parrot_server.simulate.history import QUIET_MS, YEAR_MS, history
from parrot_server.simulate.output import Lines
from parrot_server.simulate.showcase import SCENES
from parrot_server.simulate.team import PEOPLE, team_of
from parrot_wire.records import Command, Record, SessionPatch, TurnRecord
from parrot_wire.session import Message
from parrot_wire.times import from_ms, to_ms
from parrot_wire.values import Basis, CheckpointStatus, Kind, RecordType, Status, Verb

NOW_MS = 1_790_000_000_000
_SHAPES: dict[RecordType, type[Any]] = {
    RecordType.SESSION: SessionPatch,
    RecordType.TURN: TurnRecord,
    RecordType.MESSAGE: Message,
}


def year(seed: int = 1, sessions: int = 600) -> list[bytes]:
    chunks = history(seed=seed, now_ms=NOW_MS, since_ms=NOW_MS - YEAR_MS, sessions=sessions, people=team_of(6, seed))
    return [line for chunk in chunks for line in chunk]


def decoded(lines: list[bytes]) -> list[tuple[Record, Any]]:
    """Records and their bodies, in their shapes: what the server would refuse fails here."""
    records = [msgspec.json.decode(line, type=Record) for line in lines]
    return [(record, msgspec.json.decode(record.body, type=_SHAPES.get(record.type, object))) for record in records]


def opened(seed: int = 1, members: int = 6) -> tuple[Director, Lines]:
    lines = Lines()
    director = Director(seed=seed, people=team_of(members, seed))
    director.open(NOW_MS, lines)
    return director, lines


def test_the_same_seed_and_clock_make_the_same_bytes() -> None:
    assert year() == year()
    assert year() != year(seed=2)
    runs: list[list[bytes]] = []
    for _ in range(2):
        director, lines = opened()
        for moment in range(300):
            director.advance(NOW_MS + moment * 1_000, lines)
        runs.append(lines.take())
    assert runs[0] == runs[1]


def test_a_year_has_as_many_sessions_as_asked_for_of_every_kind() -> None:
    found = decoded(year())
    sessions = {record.native_id: body for record, body in found if record.type is RecordType.SESSION}
    kinds = Counter(body.kind for body in sessions.values())
    assert kinds[Kind.FLOW] + kinds[Kind.CHAT] == 600
    assert min(kinds[Kind.FLOW], kinds[Kind.CHAT], kinds[Kind.TASK]) > 20
    assert {body.owner for body in sessions.values()} == {person.email for person in PEOPLE}
    assert len({body.title for body in sessions.values()}) > 500
    statuses = Counter(body.status for body in sessions.values())
    assert {Status.COMPLETED, Status.MERGED, Status.FAILED, Status.ENDED, Status.CANCELLED} <= statuses.keys()
    for record, body in found:
        assert to_ms(record.at) <= NOW_MS - QUIET_MS
        if record.type is RecordType.SESSION:
            assert to_ms(body.started_at) <= to_ms(body.last_activity_at)


def test_keys_are_different_where_records_are() -> None:
    director, lines = opened()
    for _ in range(2_000):
        director.advance(NOW_MS, lines)  # all in one millisecond
    records = [msgspec.json.decode(line, type=Record) for line in [*year(), *lines.take()]]
    keys = Counter((record.source, record.native_id, record.key) for record in records)
    assert max(keys.values()) == 1


def test_costs_are_known_in_all_four_ways() -> None:
    turns = [body for record, body in decoded(year()) if record.type is RecordType.TURN]
    bases = Counter(
        price_turn(turn.model, turn.tokens, charge_micros=turn.cost, basis=turn.basis).basis for turn in turns
    )
    assert set(bases) == set(Basis)
    assert min(bases.values()) > 10


def test_the_first_picture_has_a_row_of_each_colour() -> None:
    _, lines = opened()
    found = decoded(lines.take())
    patches = {record.native_id: body for record, body in found if record.type is RecordType.SESSION}
    assert [patches[scene.id].title for scene in SCENES] == [scene.title for scene in SCENES]
    assert {body.status.group for body in patches.values()} == {"live", "settled", "needs_look", "waiting", "queued"}
    for scene in SCENES:
        charged = sum(b.cost or 0 for r, b in found if r.type is RecordType.TURN and r.native_id == scene.id)
        assert charged == scene.micros
        assert to_ms(patches[scene.id].last_activity_at) == NOW_MS - scene.ago_ms


def test_life_goes_on_and_every_status_comes_by() -> None:
    director, lines = opened()
    for moment in range(6_000):
        director.advance(NOW_MS + moment, lines)
    found = decoded(lines.take())
    statuses = Counter(body.status for record, body in found if record.type is RecordType.SESSION)
    for status in (Status.RUNNING, Status.OPEN, Status.QUEUED, Status.PAUSED, Status.COMPLETED, Status.FAILED):
        assert statuses[status] > 0
    numbers: dict[str, list[int]] = {}
    for record, body in found:
        if record.type is RecordType.MESSAGE:
            numbers.setdefault(record.native_id, []).append(body.n)
    assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())


PAUSED = next(scene for scene in SCENES if scene.status is Status.PAUSED)
RUNNING = next(scene for scene in SCENES if scene.status is Status.RUNNING)


def command(scene_id: str, verb: Verb) -> Command:
    return Command(id="c", source="parrot-run", native_id=scene_id, verb=verb, actor="m")


def last_patch(lines: Lines, scene_id: str) -> SessionPatch:
    found = decoded(lines.take())
    return [b for r, b in found if r.type is RecordType.SESSION and r.native_id == scene_id][-1]


def test_a_run_of_the_sample_can_be_cancelled() -> None:
    director, lines = opened()
    assert director.obey(command(RUNNING.id, Verb.CANCEL), NOW_MS + 5, lines).ok
    assert last_patch(lines, RUNNING.id).status is Status.CANCELLED
    assert not director.obey(command(RUNNING.id, Verb.CANCEL), NOW_MS + 6, lines).ok


@pytest.mark.parametrize(
    ("verb", "status"),
    [(Verb.APPROVE, Status.RUNNING), (Verb.SKIP, Status.RUNNING), (Verb.REJECT, Status.REJECTED)],
)
def test_the_waiting_checkpoint_of_the_sample_waits_for_its_viewer(verb: Verb, status: Status) -> None:
    director, lines = opened()
    checkpoints = [r for r in map(bytes.decode, lines.take()) if '"checkpoint"' in r and PAUSED.id in r]
    assert any(f'"status":"{CheckpointStatus.WAITING}"' in line for line in checkpoints)
    for moment in range(60):
        director.advance(NOW_MS + moment * 1_000, lines)
    lines.take()
    assert director.obey(command(PAUSED.id, verb), NOW_MS + 60_000, lines).ok
    patch = last_patch(lines, PAUSED.id)
    assert (patch.status, patch.waiting) == (status, None)
    assert not director.obey(command(PAUSED.id, verb), NOW_MS + 60_001, lines).ok


def test_a_larger_team_has_the_six_and_others() -> None:
    team = team_of(300, 1)
    assert team[:6] == PEOPLE
    assert len({person.email for person in team}) == 300
    assert from_ms(NOW_MS).startswith("2026-09-21")
