"""What people do, and what sources hear of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from parrot_wire.values import Role
from tests.helpers.reading import stream
from tests.helpers.records import at, checkpoint, session
from tests.helpers.server import wait_until

if TYPE_CHECKING:
    from tests.helpers.server import RunningServer


def row_of(server: RunningServer, native_id: str) -> dict[str, Any]:
    return next(row for row in server.rows() if row["native_id"] == native_id)


def post(server: RunningServer, path: str, *, token: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = server.http.post(path, json=body, headers=headers)
    return answer.status_code, answer.json()


def a_flow(native_id: str, *, seconds: float, assignee: str | None = None) -> list[dict[str, Any]]:
    waiting = {"since": at(seconds), "reason": "Before Verify", "checkpoint": "c1"}
    if assignee:
        waiting["assignee"] = assignee
    steps = [{"id": "verify", "name": "Verify", "status": "paused"}]
    return [
        session(
            native_id,
            seconds=seconds,
            kind="flow",
            status="paused",
            can=["cancel", "decide"],
            waiting=waiting,
            steps=steps,
        ),
        checkpoint(native_id, "c1", seconds=seconds, **({"assignee": assignee} if assignee else {})),
    ]


def test_end_and_reopen(server: RunningServer) -> None:
    server.ingest([session("to-end", seconds=200)])
    path = f"/v1/sessions/{row_of(server, 'to-end')['id']}"
    status, row = post(server, f"{path}/end")
    assert (status, row["status"], row["actions"]) == (200, "ended", [])
    assert post(server, f"{path}/end")[0] == 409
    assert post(server, f"{path}/reopen")[1]["status"] == "open"
    assert post(server, f"{path}/reopen")[0] == 409


def test_a_later_turn_of_the_work_takes_an_end_back(server: RunningServer) -> None:
    server.ingest([session("goes-on", seconds=210)])
    path = f"/v1/sessions/{row_of(server, 'goes-on')['id']}"
    assert post(server, f"{path}/end")[1]["status"] == "ended"
    server.ingest([session("goes-on", seconds=10_000_000_000 / 1000, status="running")])
    assert row_of(server, "goes-on")["status"] == "running"


def test_cancel_where_nothing_is_active_is_a_conflict(server: RunningServer, ids: dict[str, str]) -> None:
    assert post(server, f"/v1/sessions/{ids['chat-1']}/cancel")[0] == 409
    # It runs, but no source is sure of a process.
    assert post(server, f"/v1/sessions/{ids['talk']}/cancel")[0] == 409


def test_a_source_hears_of_a_cancel_and_confirms_it(server: RunningServer) -> None:
    server.ingest(a_flow("to-cancel", seconds=220))
    row = row_of(server, "to-cancel")
    assert row["actions"] == ["cancel", "decide"]
    with stream(server, "/v1/commands") as commands:
        status, command = post(server, f"/v1/sessions/{row['id']}/cancel")
        assert status == 202
        name, _, heard = commands.until("command")[-1]
        assert (name, heard["id"], heard["verb"], heard["native_id"]) == (
            "command",
            command["id"],
            "cancel",
            "to-cancel",
        )
    assert row_of(server, "to-cancel")["status"] == "paused"
    assert post(server, f"/v1/commands/{heard['id']}/result", ok=True)[0] == 200
    server.ingest([session("to-cancel", seconds=221, kind="flow", status="cancelled", waiting=None)])
    assert post(server, f"/v1/sessions/{row['id']}/cancel")[0] == 409


def test_a_source_that_is_gone_is_said_to_be_and_hears_of_it_later(server: RunningServer) -> None:
    server.ingest(a_flow("alone", seconds=230))
    row = row_of(server, "alone")
    assert post(server, f"/v1/sessions/{row['id']}/cancel")[0] == 202
    said = row_of(server, "alone")
    assert said["status"] == "paused"
    assert said["status_detail"].startswith("not reachable since ")
    with stream(server, "/v1/commands") as commands:
        heard = [commands.next()[2]]
        while heard[-1]["native_id"] != "alone":
            heard.append(commands.next()[2])
    for command in heard:
        post(server, f"/v1/commands/{command['id']}/result", ok=False, detail="too late")
    assert post(server, "/v1/commands/nothing/result", ok=True)[0] == 404
    server.ingest([session("alone", seconds=231, kind="flow", status="running")])
    assert "status_detail" not in row_of(server, "alone")


def test_a_checkpoint_is_decided_once(server: RunningServer) -> None:
    server.ingest(a_flow("to-decide", seconds=240))
    path = f"/v1/sessions/{row_of(server, 'to-decide')['id']}/checkpoints/c1"
    assert post(server, path, decision="maybe")[0] == 422
    status, decided = post(server, path, decision="approve", comment="Fine")
    assert (status, decided["status"], decided["comment"]) == (200, "approved", "Fine")
    status, problem = post(server, path, decision="reject")
    assert status == 409
    assert problem["checkpoint"].startswith("approved")
    assert post(server, f"{path}x", decision="approve")[0] == 404


def test_its_assignee_may_decide_and_others_may_not(server: RunningServer, tokens: dict[Role, str]) -> None:
    members = {member["role"]: member["id"] for member in server.get("/v1/members")["items"]}
    server.ingest(a_flow("assigned", seconds=250, assignee=members["viewer"]))
    path = f"/v1/sessions/{row_of(server, 'assigned')['id']}/checkpoints/c1"
    status, problem = post(server, path, token=tokens[Role.MEMBER], decision="approve")
    assert (status, problem["scope"]) == (403, "checkpoints.decide")
    answer = server.http.patch(path, json={"assignee": members["member"]})
    assert (answer.status_code, answer.json()["assignee"]) == (200, members["member"])
    assert server.http.patch(path, json={"assignee": "nobody"}).status_code == 422
    assert post(server, path, token=tokens[Role.VIEWER], decision="approve")[0] == 403
    assert post(server, path, token=tokens[Role.MEMBER], decision="skip")[1]["status"] == "skipped"


def test_members_cancel_their_own_flows_alone(server: RunningServer, tokens: dict[Role, str]) -> None:
    members = {member["role"]: member["id"] for member in server.get("/v1/members")["items"]}
    server.ingest(
        [
            session("mine", seconds=260, kind="flow", status="running", can=["cancel"], owner=members["member"]),
            session("yours", seconds=260, kind="flow", status="running", can=["cancel"]),
        ]
    )
    token = tokens[Role.MEMBER]
    assert post(server, f"/v1/sessions/{row_of(server, 'mine')['id']}/cancel", token=token)[0] == 202
    status, problem = post(server, f"/v1/sessions/{row_of(server, 'yours')['id']}/cancel", token=token)
    assert (status, problem["scope"]) == (403, "flows.cancel.any")


def test_rename_and_link(server: RunningServer) -> None:
    server.ingest([session("to-edit", seconds=270, title="Old")])
    path = f"/v1/sessions/{row_of(server, 'to-edit')['id']}"
    row = server.http.patch(path, json={"title": " New ", "initiative": "Growth"}).json()
    assert (row["title"], row["initiative"]["title"]) == ("New", "Growth")
    server.ingest([session("to-edit", seconds=271, title="The source's new one")])
    assert row_of(server, "to-edit")["title"] == "New"
    row = server.http.patch(path, json={"title": None, "initiative": None}).json()
    assert row["title"] == "The source's new one"
    assert "initiative" not in row
    for body, parameter in (({"title": " "}, "title"), ({"titel": "x"}, "titel"), ({"title": 5}, "title")):
        answer = server.http.patch(path, json=body)
        assert (answer.status_code, answer.json()["parameter"]) == (422, parameter)


def test_an_idempotency_key_answers_the_same_twice(server: RunningServer) -> None:
    server.ingest([session("once", seconds=280)])
    path = f"/v1/sessions/{row_of(server, 'once')['id']}/end"
    first = server.http.post(path, headers={"Idempotency-Key": "key-1"})
    again = server.http.post(path, headers={"Idempotency-Key": "key-1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert server.http.post(path).status_code == 409
    other = server.http.post(path.replace("/end", "/reopen"), headers={"Idempotency-Key": "key-1"})
    assert (other.status_code, other.json()["parameter"]) == (422, "Idempotency-Key")


def test_two_at_once_with_one_key_are_one(server: RunningServer) -> None:
    server.ingest([session("race", seconds=281)])
    path = f"/v1/sessions/{row_of(server, 'race')['id']}/end"
    found: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(server.http.post(path, headers={"Idempotency-Key": "race"}).status_code)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 4


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_none(server: RunningServer, ids: dict[str, str], body: bytes) -> None:
    answer = server.http.patch(f"/v1/sessions/{ids['chat-2']}", content=body)
    assert (answer.status_code, answer.json()["parameter"]) == (422, "body")


def test_the_audit_trail_holds_what_was_done_and_what_was_refused(
    server: RunningServer, tokens: dict[Role, str], ids: dict[str, str]
) -> None:
    path = f"/v1/sessions/{ids['chat-5']}"
    post(server, f"{path}/end", token=tokens[Role.VIEWER])
    post(server, f"{path}/end")
    server.http.patch("/v1/workspace", json={"name": "Acme"})
    newest = server.get("/v1/audit", limit=3)
    assert [(entry["action"], entry["outcome"]) for entry in newest["items"]] == [
        ("workspace.change", "done"),
        ("end", "done"),
        ("end", "refused"),
    ]
    refused = newest["items"][2]
    assert refused["session"] == ids["chat-5"]
    assert refused["actor"] != newest["items"][1]["actor"]
    older = server.get("/v1/audit", limit=3, cursor=newest["next_cursor"])
    assert older["items"][0]["at"] <= refused["at"]
    assert server.get("/v1/me")["workspace"]["name"] == "Acme"


def test_a_source_that_does_not_answer_is_said_not_to_be_reachable(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone listens with the token, but it is another program of the same person."""
    server.ingest(a_flow("deaf", seconds=290))
    row = row_of(server, "deaf")
    with stream(server, "/v1/commands") as commands:
        post(server, f"/v1/sessions/{row['id']}/cancel")
        commands.until("command")
        wait_until(
            lambda: "not reachable since" in row_of(server, "deaf").get("status_detail", ""), "the row to say so"
        )
