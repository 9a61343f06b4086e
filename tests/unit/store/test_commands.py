"""What people do to sessions, and what survives whatever the sources say later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parrot_server.store import audit, commands, ingest, members, queries, records, schema
from parrot_server.store.commands import Conflict, Unknown
from parrot_server.store.ids import derive_id
from parrot_server.stored import StoredRow
from parrot_wire.query import Filter
from parrot_wire.records import CommandResult
from parrot_wire.values import CheckpointStatus, Decision, RecordKind, RecordType, Status, Verb
from tests.unit.store.words import SOURCE, at, detail, local, message, record, recounted, session

if TYPE_CHECKING:
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender
    from parrot_server.stored import Commit
    from parrot_wire.session import Row

A = derive_id(SOURCE, "a")


def row(db: Database, native_id: str = "a") -> Row:
    return db.read_blocking(detail, native_id).detail


def chat(db: Database, sender: Sender, **patch: Any) -> None:
    db.write_blocking(ingest.apply_local, [local("a", seconds=10, **patch)], sender)


def test_an_end_survives_a_re_index_and_a_later_turn_lifts_it(db: Database, owner: Sender) -> None:
    chat(db, owner)
    db.write_blocking(commands.end, A, actor=owner.member_id, now=at(20))
    assert (row(db).status, row(db).ended_at) == (Status.ENDED, at(20))
    chat(db, owner, branch="main")
    assert row(db).status is Status.ENDED
    db.write_blocking(ingest.apply_local, [local("a", seconds=30, status=Status.RUNNING)], owner)
    assert (row(db).status, row(db).ended_at) == (Status.RUNNING, None)


def test_an_end_can_be_taken_back(db: Database, owner: Sender) -> None:
    chat(db, owner, status=Status.INTERRUPTED, status_detail="killed")
    db.write_blocking(commands.end, A, actor=owner.member_id, now=at(20))
    with pytest.raises(Conflict, match="ended already"):
        db.write_blocking(commands.end, A, actor=owner.member_id, now=at(21))
    db.write_blocking(commands.reopen, A, actor=owner.member_id, now=at(22))
    assert (row(db).status, row(db).status_detail) == (Status.INTERRUPTED, "killed")
    with pytest.raises(Conflict, match="nobody"):
        db.write_blocking(commands.reopen, A, actor=owner.member_id, now=at(23))


def test_only_chats_end_and_only_known_sessions(db: Database, owner: Sender) -> None:
    db.write_blocking(ingest.apply, [session("a", kind="flow")], owner)
    with pytest.raises(Conflict, match="only a chat"):
        db.write_blocking(commands.end, A, actor="me", now=at(1))
    with pytest.raises(Unknown):
        db.write_blocking(commands.end, "unknown", actor="me", now=at(1))


def test_titles_and_links_are_peoples_word_over_the_sources(db: Database, owner: Sender) -> None:
    chat(db, owner, title="fix it", initiative="Speed")
    edit = {"title": " Exports ", "initiative": "Exports", "plan": "Plan 9"}
    db.write_blocking(commands.edit, A, actor=owner.member_id, now=at(20), **edit)
    chat(db, owner, title="fix it now")
    found = row(db)
    assert (found.title, found.initiative and found.initiative.title) == ("Exports", "Exports")
    exports = db.read_blocking(records.list_all, RecordKind.INITIATIVE)
    assert {item.title: item.session_count for item in exports} == {"Exports": 1, "Speed": 0}
    assert db.read_blocking(queries.list_page, Filter(q="exports"), limit=9).items[0].row.id == A
    db.write_blocking(commands.edit, A, actor=owner.member_id, now=at(21), title=None, initiative=None)
    found = row(db)
    assert (found.title, found.initiative and found.initiative.title) == ("fix it now", "Speed")
    assert found.plan is not None
    with pytest.raises(ValueError, match="title"):
        db.write_blocking(commands.edit, A, actor=owner.member_id, now=at(22), title=" ")
    assert db.read_blocking(recounted) == db.read_blocking(_tally)


def _tally(conn: Any) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {tuple(one[1:5]): tuple(one[5:]) for one in conn.execute(schema.tally.select()) if any(one[5:])}


def test_leaving_a_record_is_told_once_and_for_those_who_were_away(
    db: Database, owner: Sender, commits: list[Commit]
) -> None:
    chat(db, owner, initiative="Speed")
    speed = row(db).initiative
    db.write_blocking(commands.edit, A, actor=owner.member_id, now=at(20), initiative="Exports")
    (change,) = commits[-1].changes
    assert isinstance(change, StoredRow)
    assert speed is not None
    assert change.unlinked == {speed.id}
    db.write_blocking(commands.edit, A, actor=owner.member_id, now=at(21), initiative=None)
    (change,) = commits[-1].changes
    assert isinstance(change, StoredRow)
    assert speed.id not in change.unlinked


def checkpointed(db: Database, sender: Sender) -> None:
    body = {"id": "c1", "before_step": "verify", "status": "waiting", "assignee": "sarah@acme.example"}
    db.write_blocking(
        ingest.apply,
        [
            session("a", kind="flow", status="paused", can=["cancel", "decide"]),
            record(RecordType.CHECKPOINT, "a", body, key="c1", seconds=1),
        ],
        sender,
    )


def test_a_checkpoint_is_decided_once(db: Database, owner: Sender, colleague: Sender) -> None:
    checkpointed(db, owner)
    waiting = row(db).waiting
    assert waiting is not None
    assert (waiting.checkpoint, waiting.assignee) == ("c1", owner.member_id)
    decided = {"comment": "go on", "actor": colleague.member_id}
    command = db.write_blocking(commands.decide, A, "c1", Decision.APPROVE, now=at(5), **decided)
    assert (command.verb, command.checkpoint, command.actor) == (Verb.APPROVE, "c1", colleague.member_id)
    assert row(db).waiting is None
    with pytest.raises(Conflict, match=r"approved by Tom Reyes at .* already") as refusal:
        db.write_blocking(commands.decide, A, "c1", Decision.REJECT, now=at(6), **decided)
    assert refusal.value.checkpoint is not None
    assert refusal.value.checkpoint.status is CheckpointStatus.APPROVED
    # The source resends what it knew, then confirms without saying who it was.
    again = {"id": "c1", "before_step": "verify", "status": "waiting"}
    confirmed = {"id": "c1", "before_step": "verify", "status": "approved"}
    db.write_blocking(ingest.apply, [record(RecordType.CHECKPOINT, "a", again, key="r", seconds=7)], owner)
    db.write_blocking(ingest.apply, [record(RecordType.CHECKPOINT, "a", confirmed, key="k", seconds=8)], owner)
    timeline = db.read_blocking(queries.timeline, A)
    assert timeline is not None
    (checkpoint,) = timeline.checkpoints
    assert (checkpoint.status, checkpoint.decided_by, checkpoint.comment) == (
        CheckpointStatus.APPROVED,
        colleague.member_id,
        "go on",
    )
    with pytest.raises(Unknown):
        db.write_blocking(commands.decide, A, "c2", Decision.SKIP, now=at(9), **decided)


def test_a_checkpoint_can_be_given_to_somebody_else(db: Database, owner: Sender, colleague: Sender) -> None:
    checkpointed(db, owner)
    done = db.write_blocking(commands.reassign, A, "c1", "tom reyes", actor=owner.member_id, now=at(5))
    assert done.assignee == colleague.member_id
    waiting = row(db).waiting
    assert waiting is not None
    assert waiting.assignee == colleague.member_id
    with pytest.raises(Unknown, match="no member"):
        db.write_blocking(commands.reassign, A, "c1", "nobody", actor=owner.member_id, now=at(6))


def test_a_cancel_waits_for_the_source_and_is_asked_once(db: Database, owner: Sender, colleague: Sender) -> None:
    db.write_blocking(ingest.apply, [session("a", kind="flow", status="running", can=["cancel"])], owner)
    command = db.write_blocking(commands.request, A, Verb.CANCEL, actor=owner.member_id, now=at(1))
    assert db.write_blocking(commands.request, A, Verb.CANCEL, actor=owner.member_id, now=at(2)) == command
    assert row(db).status is Status.RUNNING
    assert db.read_blocking(commands.pending, owner.token_id) == (command,)
    assert db.read_blocking(commands.pending, colleague.token_id) == ()
    answer = CommandResult(ok=True)
    with pytest.raises(Unknown):
        db.write_blocking(commands.finish, command.id, answer, sender=colleague, now=at(3))
    db.write_blocking(commands.finish, command.id, answer, sender=owner, now=at(3))
    db.write_blocking(commands.finish, command.id, CommandResult(ok=False), sender=owner, now=at(4))
    assert db.read_blocking(commands.pending, owner.token_id) == ()
    actions = [(one.action, one.outcome) for one in db.read_blocking(audit.page, limit=9).items]
    assert actions == [("cancel answered", "done"), ("cancel", "done")]


def test_what_cannot_be_cancelled_is_not_asked(db: Database, owner: Sender) -> None:
    db.write_blocking(
        ingest.apply, [session("a", status="failed", can=["cancel"]), session("b", status="running")], owner
    )
    with pytest.raises(Conflict, match="only what is active"):
        db.write_blocking(commands.request, A, Verb.CANCEL, actor="me", now=at(1))
    with pytest.raises(Conflict, match="cannot cancel"):
        db.write_blocking(commands.request, derive_id(SOURCE, "b"), Verb.CANCEL, actor="me", now=at(1))


def test_a_row_says_that_its_source_is_gone_until_it_speaks_again(db: Database, owner: Sender) -> None:
    db.write_blocking(ingest.apply, [session("a", status="running", status_detail="verify")], owner)
    db.write_blocking(commands.mark_unreachable, [A, "unknown"], at(5))
    assert row(db).status_detail == f"not reachable since {at(5)}"
    assert row(db).status is Status.RUNNING
    db.write_blocking(ingest.apply, [message("a", 1, "back", seconds=9)], owner)
    assert row(db).status_detail == "verify"


def test_the_audit_trail_is_paged_newest_first(db: Database, owner: Sender) -> None:
    for number in range(5):
        db.write_blocking(audit.record, at=at(number), actor="me", action=f"a{number}", refused=number == 3)
    first = db.read_blocking(audit.page, limit=3)
    rest = db.read_blocking(audit.page, limit=3, cursor=first.next_cursor)
    found = [*first.items, *rest.items]
    assert [one.action for one in found] == ["a4", "a3", "a2", "a1", "a0"]
    assert [one.outcome for one in found] == ["done", "refused", "done", "done", "done"]
    assert rest.next_cursor is None


def test_a_member_is_one_person_however_named(db: Database, owner: Sender) -> None:
    for text in ("sarah chen", "SARAH@acme.example", "S. Chen <sarah@acme.example>", owner.member_id):
        found = db.read_blocking(members.resolve, text)
        assert found is not None
        assert found.id == owner.member_id
    assert db.read_blocking(members.resolve, "Sarah Chen <other@acme.example>") is None
    assert msgspec.json.encode(db.read_blocking(members.get, "unknown")) == b"null"
