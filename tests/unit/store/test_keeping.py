"""Tokens, the workspace's own settings, kept answers, and what is known of source files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.store import files, ids, ingest, queries, tokens, workspace
from parrot_server.store.local import FileState
from parrot_server.store.titles import matches
from parrot_server.store.workspace import KeptAnswer
from parrot_wire.answers import SourceProblem
from parrot_wire.query import Filter
from parrot_wire.values import SCOPES_OF, RecordType, Role, Scope
from tests.unit.store.words import at, record, session

if TYPE_CHECKING:
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender


def all_files(db: Database, source: str) -> list[FileState]:
    found: list[FileState] = []
    db.read_blocking(files.load_all, source, found.append)
    return found


def test_a_token_stands_for_its_member_until_it_is_revoked_or_expires(db: Database, owner: Sender) -> None:
    def make(expires_at: str | None = None) -> str:
        return db.write_blocking(
            tokens.make,
            member=owner.member_id,
            role=Role.MEMBER,
            name="laptop",
            now=at(0),
            expires_at=expires_at,
        )

    token, brief = make(), make(expires_at=at(10))
    found = db.read_blocking(tokens.verify, token, at(5))
    assert found is not None
    assert (found.member.name, found.role, found.scopes) == ("Sarah Chen", Role.MEMBER, SCOPES_OF[Role.MEMBER])
    assert db.read_blocking(tokens.verify, brief, at(9)) is not None
    assert db.read_blocking(tokens.verify, brief, at(10)) is None
    for wrong in ("", "parrot_x_y", token[:-1] + ("A" if token[-1] != "A" else "B"), token + "x"):
        assert db.read_blocking(tokens.verify, wrong, at(5)) is None
    assert db.write_blocking(tokens.revoke, found.token_id, at(6))
    assert not db.write_blocking(tokens.revoke, found.token_id, at(6))
    assert db.read_blocking(tokens.verify, token, at(7)) is None
    assert sorted(one.revoked for one in db.read_blocking(tokens.list_all)) == [False, True]


def test_a_token_can_have_fewer_rights_than_its_role(db: Database, owner: Sender) -> None:
    narrow = db.write_blocking(
        tokens.make,
        member=owner.member_id,
        role=Role.VIEWER,
        name="board",
        now=at(0),
        scopes=frozenset({Scope.SESSIONS_READ, Scope.AUDIT_READ}),
    )
    found = db.read_blocking(tokens.verify, narrow, at(1))
    assert found is not None
    assert found.scopes == {Scope.SESSIONS_READ}
    with pytest.raises(LookupError):
        db.write_blocking(tokens.make, member="nobody", role=Role.VIEWER, name="x", now=at(0))


def test_the_owners_token_can_be_brought_to_a_new_database(db: Database, owner: Sender) -> None:
    kept = tokens.generate()
    for _ in range(2):
        db.write_blocking(tokens.accept, kept, member=owner.member_id, role=Role.OWNER, name="this machine", now=at(0))
    found = db.read_blocking(tokens.verify, kept, at(1))
    assert found is not None
    assert found.role is Role.OWNER
    with pytest.raises(ValueError, match="not a token"):
        db.write_blocking(tokens.accept, "x", member=owner.member_id, role=Role.OWNER, name="x", now=at(0))


def test_the_workspace_can_be_renamed(db: Database) -> None:
    before = db.read_blocking(queries.head)
    assert before.workspace_id.isascii()
    db.write_blocking(workspace.update, name="Acme", spend_tracking=False)
    db.write_blocking(workspace.update)
    after = db.read_blocking(queries.head)
    assert (after.name, after.spend_tracking, after.feed) == ("Acme", False, before.feed)


def test_an_answer_is_kept_for_a_day(db: Database) -> None:
    answer = KeptAnswer(request=b"hash", status=202, body=b"{}")
    db.write_blocking(workspace.keep_answer, "me", "key", answer, at(0))
    assert db.read_blocking(workspace.kept_answer, "me", "key") == answer
    assert db.read_blocking(workspace.kept_answer, "you", "key") is None
    db.write_blocking(workspace.keep_answer, "me", "other", answer, at(24 * 3600 + 1))
    assert db.read_blocking(workspace.kept_answer, "me", "key") is None


def test_dropping_old_tombstones_raises_the_floor(db: Database, owner: Sender) -> None:
    names = [f"s{number}" for number in range(5)]
    db.write_blocking(ingest.apply, [session(name) for name in names], owner)
    for name in names:
        db.write_blocking(ingest.apply, [record(RecordType.DELETE, name, key="d", seconds=9)], owner)
    assert db.read_blocking(queries.head).floor == 0
    assert db.write_blocking(workspace.prune_tombstones, keep=2) == 3
    head = db.read_blocking(queries.head)
    assert head.floor == head.seq - 2
    assert len(db.read_blocking(queries.changes_since, 0, 99)) == 2
    assert db.write_blocking(workspace.prune_tombstones, keep=2) == 0


def test_what_was_read_of_a_file_is_known_after_a_restart(db: Database) -> None:
    state = FileState(
        path="/w/é.jsonl",
        device=1,
        inode=2**63 - 1,
        size=10,
        mtime_ns=1_790_000_000_000_000_000,
        offset=9,
        tail_hash=b"\x00\xff",
        state=b"anything",
        sessions=("a", "b"),
        problems=(SourceProblem(file="/w/é.jsonl", line=3, detail="not JSON"),),
        missing_since=at(0),
    )
    db.write_blocking(files.save, "claude-code", [state])
    assert all_files(db, "claude-code") == [state]
    assert db.read_blocking(files.load_one, "claude-code", state.path) == state
    assert all_files(db, "codex") == []
    db.write_blocking(files.forget, "claude-code", [state.path])
    assert db.read_blocking(files.load_one, "claude-code", state.path) is None


def test_a_sessions_id_never_changes() -> None:
    """Links and the desktop's own notes hold it: this is the id of this session for ever."""
    assert ids.derive_id("claude-code", "37a27d31-4a70-427b-8518-5fad6045d347") == "rltinsssxnzvsrsknq4bq2wbvy"
    assert ids.derive_id("a", "bc") != ids.derive_id("ab", "c")
    assert ids.short_id("xyzxyzxyz", "37a27d31-4a70-427b-8518-5fad6045d347") == "37a27d31"
    assert ids.short_id("xyzxyzxyz", "rollout-1") == "xyzxyzxy"


@pytest.mark.parametrize(
    ("title", "query", "found"),
    [
        ("Fix the CSV-export (draft)", "csv dra", True),
        ("Fix the CSV-export (draft)", "DRAFT fix", True),
        ("Fix the CSV-export (draft)", "csv-exp", True),
        ("Fix the CSV-export (draft)", "export", True),
        ("Fix the CSV-export (draft)", "port", False),
        ("my_function", "function", True),
        ("Straße", "STRASSE", True),
        ("Re\u0301sume\u0301", "résumé", True),
        ("anything", "", True),
    ],
)
def test_words_are_found_where_words_begin(title: str, query: str, found: bool) -> None:
    assert matches(title, Filter(q=query).words) is found
