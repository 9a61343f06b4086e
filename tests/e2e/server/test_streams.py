"""The live contract, as curl sees it: list, then stream from the list's seq, and nothing is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.reading import stream
from tests.helpers.records import checkpoint, delete, message, session, turn

if TYPE_CHECKING:
    from parrot_wire.values import Role
    from tests.helpers.server import RunningServer


def seq_of(server: RunningServer) -> int:
    return server.get("/v1/sessions", limit=1)["seq"]


def test_a_stream_begins_with_retry_and_ready(server: RunningServer) -> None:
    with stream(server) as reader:
        name, event_id, data = reader.next()
        page = server.get("/v1/sessions", limit=1)
        assert (name, event_id, data) == ("ready", str(page["seq"]), {"seq": page["seq"], "feed": page["feed"]})
        assert reader.retry_ms


def test_what_is_committed_is_sent_with_its_seq(server: RunningServer) -> None:
    with stream(server) as reader:
        reader.next()
        server.ingest([session("live-1", seconds=100)])
        name, event_id, row = reader.next()
        assert (name, row["native_id"], event_id) == ("session", "live-1", str(row["seq"]))
        [listed] = [each for each in server.rows() if each["native_id"] == "live-1"]
        assert listed == row


def test_a_stream_may_ask_to_be_told_less_often(server: RunningServer) -> None:
    with stream(server, every=1500) as reader:
        reader.next()
        for seconds in range(100, 106):
            server.ingest([session("calm-1", seconds=seconds), session("calm-2", seconds=seconds)])
        newest = {row["native_id"]: row for row in server.rows() if row["native_id"].startswith("calm-")}
        told = [reader.next()]
        while not {row["seq"] for row in newest.values()} <= {data["seq"] for _, _, data in told}:
            told.append(reader.next())
    assert len(told) < 12
    assert {data["native_id"]: data for _, _, data in told} == newest


def test_resume_from_the_list_s_seq(server: RunningServer) -> None:
    seq = seq_of(server)
    server.ingest([session("missed-1", seconds=110), session("missed-2", seconds=111)])
    server.ingest([session("missed-1", seconds=112, title="Changed twice")])
    with stream(server, last_id=seq) as reader:
        events = reader.until("ready")
    assert [(name, data.get("native_id")) for name, _, data in events] == [
        ("session", "missed-2"),
        ("session", "missed-1"),
        ("ready", None),
    ]
    assert events[1][2]["title"] == "Changed twice"
    seqs = [int(event_id) for _, event_id, _ in events]
    assert seqs == sorted(seqs)


def test_deleted_and_outside_the_filter_come_as_gone(server: RunningServer) -> None:
    server.ingest([session("leaves", seconds=120, status="running"), session("dies", seconds=120)])
    ids = {row["native_id"]: row["id"] for row in server.rows()}
    seq = seq_of(server)
    with stream(server, status="running") as live:
        live.next()
        server.ingest([session("leaves", seconds=121, status="open"), delete("dies", seconds=121)])
        live_gone = {live.next()[2]["id"] for _ in range(2)}
    with stream(server, last_id=seq, status="running") as resumed:
        events = resumed.until("ready")
    assert live_gone == {ids["leaves"], ids["dies"]}
    assert {data["id"] for name, _, data in events if name == "gone"} == live_gone


@pytest.mark.parametrize("last_id", ["999999999", "nonsense"])
def test_an_id_that_cannot_be_resumed_gets_reset_and_the_end(server: RunningServer, last_id: str) -> None:
    with stream(server, last_id=last_id) as reader:
        name, _, data = reader.next()
        assert name == "reset"
        assert data["reason"]
        with pytest.raises(EOFError):
            reader.next()


def test_another_feed_gets_reset(server: RunningServer) -> None:
    with stream(server, last_id=1, feed="another") as reader:
        assert reader.next()[0] == "reset"


def test_a_locked_stream_hears_only_of_its_record_and_of_what_leaves_it(server: RunningServer) -> None:
    server.ingest([session("linked", seconds=130, plan="Launch"), session("foreign", seconds=130)])
    [plan] = [each for each in server.get("/v1/plans")["items"] if each["title"] == "Launch"]
    linked = next(row["id"] for row in server.rows() if row["native_id"] == "linked")
    seq = seq_of(server)
    path = f"/v1/plans/{plan['id']}/stream"
    with stream(server, path) as reader:
        reader.next()
        server.ingest([session("foreign", seconds=131), session("linked", seconds=132, plan="Launch")])
        assert reader.words(1) == ["session linked"]
        server.ingest([session("linked", seconds=133, plan="Another")])
        name, _, data = reader.next()
        assert (name, data) == ("gone", {"id": linked})
        server.ingest([session("linked", seconds=134, plan="Launch")])
        assert reader.words(1) == ["session linked"]
        server.ingest([session("linked", seconds=135, plan=None)])
        assert reader.next()[0] == "gone"
    with stream(server, path, last_id=seq) as reader:
        events = reader.until("ready")
    assert [(name, data.get("id")) for name, _, data in events] == [("gone", linked), ("ready", None)]


def test_one_session_s_own_stream(server: RunningServer) -> None:
    server.ingest([session("watched", seconds=140, kind="flow", status="running")])
    session_id = next(row["id"] for row in server.rows() if row["native_id"] == "watched")
    path = f"/v1/sessions/{session_id}/stream"
    seq = seq_of(server)
    with stream(server, path) as reader:
        assert reader.next()[0] == "ready"
        server.ingest(
            [
                message("watched", 1, "hello", seconds=141),
                turn("watched", "t9", seconds=141, cost=9),
                checkpoint("watched", "c9", seconds=142),
                message("chat-1", 1, "not here", seconds=142),
            ]
        )
        live = [reader.next() for _ in range(3)]
    assert sorted(name for name, _, _ in live) == ["checkpoint", "message", "turn"]
    with stream(server, path, last_id=seq) as reader:
        again = reader.until("ready")
    assert [(name, data) for name, _, data in again[:-1]] == [(name, data) for name, _, data in live]
    ids = [int(event_id) for _, event_id, _ in again]
    assert ids == sorted(ids)


def test_turns_come_without_cost_to_those_who_may_not_see_it(
    server: RunningServer, tokens: dict[Role, str], ids: dict[str, str]
) -> None:
    viewer = next(token for role, token in tokens.items() if role == "viewer")
    headers = {"Authorization": f"Bearer {viewer}"}
    with server.http.stream("GET", f"/v1/sessions/{ids['talk']}/stream", headers=headers) as answer:
        lines = answer.iter_lines()
        while not next(lines).startswith("data:"):
            pass
        server.ingest([turn("talk", "t-new", seconds=150, cost=123, credits=4)])
        seen = ""
        while not seen.startswith("data:"):
            seen = next(lines)
    assert '"cost":null' in seen
    assert "credits" not in seen


def test_switching_spend_tracking_resets_streams(server: RunningServer) -> None:
    try:
        with stream(server) as reader:
            reader.next()
            answer = server.http.patch("/v1/workspace", json={"spend_tracking": False})
            assert answer.json()["spend_tracking"] is False
            assert reader.until("reset")
        assert {row["cost"] for row in server.rows()} == {None}
        assert server.get("/v1/sessions/summary")["cost"] is None
    finally:
        server.http.patch("/v1/workspace", json={"spend_tracking": True})
    assert None not in [row["cost"] for row in server.rows()]
