"""What a newer server says is understood as far as this version goes; nothing is lost beside what it cannot know."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from parrot_wire.answers import Me, Messages, Page, Problem, Sources, Summary, Turns
from parrot_wire.codec import (
    BadData,
    decode,
    decode_answer,
    decode_event,
    decode_part,
    decode_session_event,
    encode,
)
from parrot_wire.events import Changed, SessionChanged
from parrot_wire.session import Checkpoint, Detail, Message, Notice, Row, Text
from parrot_wire.values import Action, Basis, CheckpointStatus, Kind, MessageRole, Role, Scope, Status
from tests.helpers import details
from tests.helpers.messages import answer
from tests.helpers.rows import row


def changed(value: object, **fields: Any) -> dict[str, Any]:
    """As JSON, with fields that this version's types would not take."""
    return {**json.loads(encode(value)), **fields}


def test_a_row_with_new_words_is_shown_with_the_words_it_came_with() -> None:
    odd = changed(row("a"), status="levitating", kind="opera", mode="singing", actions=["dance", "end"], glow=7)
    found = decode_answer(json.dumps({"items": [odd], "next_cursor": None, "seq": 4, "feed": "f"}), Page).items[0]
    assert (found.status, found.kind, found.mode, found.actions) == (Status.OPEN, Kind.CHAT, None, (Action.END,))
    assert found.status_detail == "levitating"
    assert (found.title, found.cost) == ("Title of a", row("a").cost)


def test_an_unknown_status_stands_before_what_was_told_of_it() -> None:
    odd = json.dumps(changed(row("a"), status="levitating", status_detail="two metres"))
    assert decode_answer(odd, Row).status_detail == "levitating: two metres"


def test_the_rest_of_a_page_is_as_ever() -> None:
    rows = [row(name, seq=n) for n, name in enumerate("abc", 1)]
    page = {"items": [changed(rows[0]), changed(rows[1], status="new"), changed(rows[2])], "next_cursor": "x"}
    found = decode_answer(json.dumps({**page, "seq": 4, "feed": "f"}), Page)
    assert (found.items[0], found.items[2], found.next_cursor, found.seq) == (rows[0], rows[2], "x", 4)


def test_steps_and_children_of_a_detail_too() -> None:
    whole = json.loads(encode(details.detail()))
    whole["steps"] = [{"id": "1", "name": "Build", "status": "soldering"}]
    whole["children"][0]["status"] = "humming"
    found = decode_answer(json.dumps(whole), Detail)
    assert found.steps[0].status is Status.OPEN
    assert (found.children[0].status, found.children[0].status_detail) == (Status.OPEN, "humming")
    assert found.status_detail == details.detail().status_detail


def test_a_part_of_an_unknown_type_is_shown_as_it_came_and_its_neighbours_stay() -> None:
    said = json.loads(encode(answer(3, "Done")))
    said["parts"].insert(0, {"type": "hologram", "depth": 3})
    said["role"] = "oracle"
    found = decode_answer(json.dumps({"items": [said], "total": 9}), Messages)
    message = found.items[0]
    assert isinstance(message.parts[0], Notice)
    assert (message.parts[0].kind, json.loads(message.parts[0].text)) == ("raw", {"type": "hologram", "depth": 3})
    assert message.parts[1:] == (Text(text="Done"),)
    assert message.role is MessageRole.SYSTEM
    assert found.total == 9
    assert decode_part('{"type": ["odd"]}') == Notice(kind="raw", text='{"type":["odd"]}')


def test_turns_checkpoints_members_rights_and_sources() -> None:
    turn: dict[str, Any] = {"n": 1, "status": "x", "basis": "guessed", "cost": 5, "tokens": {}, "started_at": "t"}
    assert decode_answer(json.dumps({"items": [turn]}), Turns).items[0].basis is Basis.UNKNOWN
    point = decode_answer('{"id": "c", "before_step": "s", "status": "pondered"}', Checkpoint)
    assert point.status is CheckpointStatus.SKIPPED
    me = {
        "member": {"id": "m", "name": "Ada", "role": "wizard"},
        "workspace": {"id": "w", "name": "W", "spend_tracking": True},
        "scopes": ["sessions.read", "spells.cast"],
        "feed": "f",
    }
    found = decode_answer(json.dumps(me), Me)
    assert (found.member.role, found.scopes) == (Role.VIEWER, (Scope.SESSIONS_READ,))
    source = {"name": "n", "root": "/", "state": "dreaming", "files": 1, "files_done": 1, "sessions": 1, "bytes": 1}
    assert decode_answer(json.dumps({"items": [{**source, "problems": []}]}), Sources).items[0].files == 1
    refused = {"type": "about:blank", "title": "No", "status": 403, "detail": "No.", "scope": "spells.cast"}
    assert decode_answer(json.dumps(refused), Problem).scope is None


def test_figures_of_an_unknown_kind_are_not_added_to_another_s() -> None:
    summary = {"total": 3, "by_kind": {"chat": 1, "opera": 2}, "by_group": {"live": 1}, "by_owner": {"a": 3}}
    found = decode_answer(json.dumps({**summary, "cost": None}), Summary)
    assert (found.total, found.by_kind) == (3, {Kind.CHAT: 1})


def test_live_events_too() -> None:
    event = decode_event("session", "9", json.dumps(changed(row("a", 9), status="levitating")))
    assert isinstance(event, SessionChanged)
    assert (event.row.status_detail, event.seq) == ("levitating", 9)
    said = json.loads(encode(answer(3, "Done")))
    said["parts"].append({"type": "hologram"})
    live = decode_session_event("message", "9", json.dumps(said))
    assert isinstance(live, Changed)
    assert isinstance(live.item, Message)
    assert [type(part) for part in live.item.parts] == [Text, Notice]


@pytest.mark.parametrize("bad", ['{"items": 5}', '{"items": [{"id": 5, "status": "new"}]}', "[]", "nothing", b"\xff"])
def test_what_is_wrong_in_any_other_way_is_named(bad: str | bytes) -> None:
    with pytest.raises(BadData):
        decode_answer(bad, Page)


def test_what_a_server_is_told_is_read_strictly() -> None:
    with pytest.raises(BadData, match="levitating"):
        decode(json.dumps(changed(row("a"), status="levitating")), Row)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("levitating", Status)
