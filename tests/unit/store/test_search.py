"""Finding words in transcripts, and messages that came by ingest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parrot_server.store import ingest, messages, queries, search
from parrot_server.store.ids import derive_id
from parrot_server.store.search import SessionTexts
from parrot_wire.query import Filter
from parrot_wire.session import MAX_PART_BYTES, Text, ToolCall
from parrot_wire.values import Kind, RecordKind, RecordType, Status
from tests.unit.store.words import SOURCE, local, message, record, session

if TYPE_CHECKING:
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender

A, B = derive_id(SOURCE, "a"), derive_id(SOURCE, "b")


def find(db: Database, text: str, where: Filter | None = None, **more: Any) -> list[tuple[str, int]]:
    found = db.read_blocking(search.find, text, where or Filter(), limit=more.pop("limit", 50), **more)
    return [(hit.session.row.native_id, hit.n) for hit in found.items]


@pytest.fixture
def texts(db: Database, owner: Sender) -> Database:
    facts = [
        local("a", status=Status.FAILED, project="shop"),
        local("b", kind=Kind.FLOW),
        local("child", kind=Kind.TASK, parent="a"),
    ]
    db.write_blocking(ingest.apply_local, facts, owner)
    db.write_blocking(
        search.add, [SessionTexts(A, {1: "Fix the CSV-export of the réport", 2: "snake_case and numbers 42"})]
    )
    db.write_blocking(search.add, [SessionTexts(B, {1: "the export again"})])
    db.write_blocking(search.add, [SessionTexts(derive_id(SOURCE, "child"), {7: "export by a helper"})])
    return db


def test_every_word_must_be_there_and_the_last_may_be_a_beginning(texts: Database) -> None:
    assert find(texts, "export") == [("child", 7), ("b", 1), ("a", 1)]
    assert find(texts, "REPORT csv") == [("a", 1)]
    assert find(texts, "csv rep") == [("a", 1)]
    assert find(texts, "rep csv") == []
    assert find(texts, 'case "42') == [("a", 2)]
    assert find(texts, "csv-exp") == [("a", 1)]
    assert find(texts, "e") == []
    for nothing in ("", "  ", '"*()', "nowhere"):
        assert find(texts, nothing) == []


def test_the_lists_filters_narrow_the_search(texts: Database) -> None:
    assert find(texts, "export", Filter(statuses=frozenset({Status.FAILED}))) == [("a", 1)]
    assert find(texts, "export", Filter(kinds=frozenset({Kind.TASK}))) == [("child", 7)]
    assert find(texts, "export", with_flows=False) == [("child", 7), ("a", 1)]
    row = texts.read_blocking(queries.row, A)
    assert row is not None
    assert row.row.project is not None
    lock = queries.RecordLock(kind=RecordKind.PROJECT, id=row.row.project.id)
    assert find(texts, "export", lock=lock) == [("a", 1)]


def test_hits_are_paged(texts: Database) -> None:
    first = texts.read_blocking(search.find, "export", Filter(), limit=2)
    rest = texts.read_blocking(search.find, "export", Filter(), limit=2, cursor=first.next_cursor)
    assert [hit.session.row.native_id for hit in (*first.items, *rest.items)] == ["child", "b", "a"]
    assert rest.next_cursor is None
    with pytest.raises(queries.BadCursor):
        texts.read_blocking(search.find, "other", Filter(), limit=2, cursor=first.next_cursor)


def test_what_was_replaced_or_forgotten_is_not_found(texts: Database) -> None:
    texts.write_blocking(search.add, [SessionTexts(A, {1: "something else"})])
    assert find(texts, "csv") == []
    assert find(texts, "something") == [("a", 1)]
    assert texts.read_blocking(search.indexed_up_to, A) == 2
    texts.write_blocking(search.add, [SessionTexts(A, {}, anew=True)])
    assert find(texts, "something") == []
    assert texts.read_blocking(search.indexed_up_to, A) == 0
    # A new text must not be found by the words of an old one.
    texts.write_blocking(search.add, [SessionTexts(A, {1: "brand new"})])
    assert find(texts, "something") == []


def test_many_texts_of_many_sessions_are_each_found_where_they_are(texts: Database) -> None:
    sessions = [
        SessionTexts(A, {n: f"alpha word{n}\0tail{n}" for n in range(1, 50)}, anew=True),
        SessionTexts(B, {3: "beta word3"}),
    ]
    texts.write_blocking(search.add, sessions)
    assert find(texts, "csv") == []
    assert find(texts, "word3") == [("b", 3), *(("a", n) for n in range(39, 29, -1)), ("a", 3)]
    assert find(texts, "tail17 ") == [("a", 17)]
    assert find(texts, "the export") == [("b", 1)]


def test_a_snippet_shows_the_match_in_its_surroundings() -> None:
    text = "x " * 200 + "the Réport\nof the\x02 week" + " y" * 200
    assert "\x02Réport\x03 of the week" in search.snippet(text, "report")
    assert search.snippet(text, "report").startswith("…x x")
    assert search.snippet("fix login and relogin", "log") == "fix \x02log\x03in and relogin"
    assert search.snippet("nothing here", "zzz") == "nothing here"


def test_sent_messages_are_kept_paged_and_found(db: Database, owner: Sender) -> None:
    sent = [message("a", n, f"text number {n}", key=str(n), seconds=n) for n in (1, 2, 3, 5, 8)]
    db.write_blocking(ingest.apply, [session("a"), *sent], owner)

    def page(anchor: messages.Anchor, n: int | None, limit: int) -> list[int]:
        found = db.read_blocking(messages.page, A, anchor=anchor, n=n, limit=limit)
        assert found.total == 5
        return [one.n for one in found.items]

    assert page("after", 0, 3) == [1, 2, 3]
    assert page("after", 3, 3) == [5, 8]
    assert page("before", None, 2) == [5, 8]
    assert page("before", 5, 2) == [2, 3]
    assert page("around", 3, 3) == [2, 3, 5]
    assert page("around", 4, 2) == [3, 5]
    assert find(db, "number 5") == [("a", 5)]
    assert db.read_blocking(messages.raw, A, 2) == bytes(sent[1].body)
    assert db.read_blocking(messages.whole, A, 4) is None


def test_a_long_text_is_cut_in_pages_and_whole_when_asked_for(db: Database, owner: Sender) -> None:
    long = "é" * MAX_PART_BYTES
    call = {"type": "tool_call", "call_id": "c", "name": "Write", "input": {"content": long}}
    parts = [{"type": "text", "text": long}, call]
    db.write_blocking(ingest.apply, [message("a", 1, "", parts=parts)], owner)
    (shown,) = db.read_blocking(messages.page, A, anchor="after", n=0, limit=9).items
    text, cut_call = shown.parts
    assert isinstance(text, Text)
    assert isinstance(cut_call, ToolCall)
    assert (len(text.text.encode()), text.full_bytes) == (MAX_PART_BYTES, 2 * MAX_PART_BYTES)
    assert isinstance(cut_call.input, str)
    assert cut_call.full_bytes is not None
    whole = db.read_blocking(messages.whole, A, 1)
    assert whole is not None
    assert list(msgspec.to_builtins(whole.parts)) == parts


def test_a_deleted_session_is_not_found(db: Database, owner: Sender) -> None:
    db.write_blocking(ingest.apply, [session("a"), message("a", 1, "export")], owner)
    db.write_blocking(ingest.apply, [record(RecordType.DELETE, "a", key="d", seconds=9)], owner)
    assert find(db, "export") == []
