"""Every call, every role: the table of the protocol, asked over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.routes import CALLS
from parrot_wire.values import SCOPES_OF, Role, Scope
from tests.helpers.records import at, record, session, turn

if TYPE_CHECKING:
    from parrot_server.calls import Call
    from tests.helpers.server import RunningServer

GUARDED = [call for call in CALLS if not call.public]


def ask(server: RunningServer, call: Call, token: str | None) -> tuple[int, dict[str, str]]:
    """Status and problem of the call, about things that do not exist; streams are asked for their head alone."""
    method = "HEAD" if call.method == "GET" else call.method
    path = call.path.replace("{id}", "nobody").replace("{cid}", "c").replace("{n}", "1").replace("{i}", "0")
    headers = {"Authorization": f"Bearer {token}" if token else ""}
    answer = server.http.request(method, path, headers=headers)
    is_problem = method != "HEAD" and answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code, answer.json() if is_problem else {}


@pytest.mark.parametrize("call", GUARDED, ids=lambda call: call.name)
def test_without_a_good_token_nothing(server: RunningServer, call: Call) -> None:
    for token in (None, "parrot_aaaaaaaaaaaaaaaa_" + "x" * 43, "rubbish"):
        assert ask(server, call, token)[0] == 401


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_of_one_scope_may_call_what_that_scope_opens(server: RunningServer, scope: Scope) -> None:
    """Whatever its owner's role may do: on every call, and on the sessions that there are."""
    owner = server.get("/v1/me")["member"]["id"]
    made = server.http.post("/v1/tokens", json={"member": owner, "name": scope, "scopes": [scope]}).json()
    assert server.http.get("/v1/me", headers={"Authorization": f"Bearer {made['token']}"}).json()["scopes"] == [scope]
    for call in GUARDED:
        status, problem = ask(server, call, made["token"])
        may = not call.scopes or scope in call.scopes
        assert (status != 403) == may, (call.name, status)
        assert may or not problem or problem["scope"] in call.scopes


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_call_what_its_scopes_open(server: RunningServer, tokens: dict[Role, str], role: Role) -> None:
    for call in GUARDED:
        status, problem = ask(server, call, tokens[role])
        may = not call.scopes or any(scope in SCOPES_OF[role] for scope in call.scopes)
        assert (status != 403) == may, (call.name, status)
        assert status != 401
        assert status < 500, call.name
        if problem and not may:
            assert problem["scope"] == call.scopes[0]


def test_healthz_needs_nothing(server: RunningServer) -> None:
    answer = server.http.get("/healthz", headers={"Authorization": ""})
    assert answer.json()["status"] == "ok"


def test_opening_a_flow_needs_flows_read(server: RunningServer, ids: dict[str, str]) -> None:
    owner = server.get("/v1/me")["member"]["id"]
    made = server.http.post("/v1/tokens", json={"member": owner, "name": "narrow", "scopes": ["sessions.read"]}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    rows = server.http.get("/v1/sessions", headers=headers).json()["items"]
    assert ids["flow"] in {row["id"] for row in rows}
    assert all(row["actions"] == [] and row["cost"] is None for row in rows)
    for path in ("", "/messages", "/turns", "/timeline", "/stream"):
        answer = server.http.get(f"/v1/sessions/{ids['flow']}{path}", headers=headers)
        assert (answer.status_code, answer.json()["scope"]) == (403, "flows.read")
        chat = server.http.head(f"/v1/sessions/{ids['talk']}{path}", headers=headers)
        assert chat.status_code == (403 if path == "/timeline" else 200)


def test_cost_is_withheld_everywhere_alike(server: RunningServer, tokens: dict[Role, str], ids: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens[Role.MEMBER]}"}
    detail = server.http.get(f"/v1/sessions/{ids['talk']}", headers=headers).json()
    summary = server.http.get("/v1/sessions/summary", headers=headers).json()
    turns = server.http.get(f"/v1/sessions/{ids['talk']}/turns", headers=headers).json()["items"]
    assert (detail["cost"], detail["own_cost"], detail["children"][0]["cost"]) == (None, None, None)
    assert summary["cost"] is None
    assert [(turn["cost"], turn.get("credits")) for turn in turns] == [(None, None)]
    whole = server.get(f"/v1/sessions/{ids['talk']}")
    assert (whole["cost"]["micros"], whole["own_cost"]["micros"]) == (5700, 5000)


AMOUNTS = (b"987654", b"77.125", b"1234567")


@pytest.fixture(scope="module")
def costly(server: RunningServer) -> dict[str, str]:
    """Native id -> id of a chat and a run with amounts that stand nowhere else, in every place that can hold one."""
    body = {"n": 1, "id": "m1", "role": "assistant", "at": at(40), "parts": [{"type": "text", "text": "needle"}]}
    raw = {"usage": {"cost": 987654, "total_cost_usd": "77.125"}, "costUSD": 1234567, "kept": "a cost of words"}
    server.ingest(
        [
            session("dear", seconds=40, title="Dear", can=["end"], project="dear"),
            session("dear-sub", seconds=40, kind="task", parent="dear"),
            session("dear-run", seconds=40, kind="flow", title="Dear run", project="dear"),
            record("message", "dear", {**body, **raw}, key="dear"),
            *(turn(each, f"t-{each}", cost=987654, credits=77.125) for each in ("dear", "dear-sub", "dear-run")),
        ]
    )
    rows = server.rows() + server.rows(kind="task")
    return {row["native_id"]: row["id"] for row in rows if row["native_id"].startswith("dear")}


@pytest.mark.parametrize("role", [role for role in Role if Scope.AI_SPEND_READ not in SCOPES_OF[role]])
def test_no_answer_tells_an_amount_to_who_may_not_see_it(
    server: RunningServer, tokens: dict[Role, str], costly: dict[str, str], role: Role
) -> None:
    headers = {"Authorization": f"Bearer {tokens[role]}"}
    project = next(each["id"] for each in server.get("/v1/projects")["items"] if each["title"] == "dear")
    asked = 0
    for call in GUARDED:
        if call.method != "GET" or call.media_type == "text/event-stream":
            continue
        for session_id in costly.values():
            path = call.path.replace("{id}", session_id if "/sessions/{id}" in call.path else project)
            path = path.replace("{n}", "1").replace("{i}", "0")
            answer = server.http.get(path, params={"q": "needle"} if call.name == "search" else {}, headers=headers)
            asked += answer.status_code == 200
            assert not [amount for amount in AMOUNTS if amount in answer.content], (call.name, answer.text)
    assert asked or role is Role.COLLECTOR
    if Scope.CONVERSATIONS_MANAGE in SCOPES_OF[role]:
        for verb in ("end", "reopen"):
            answer = server.http.post(f"/v1/sessions/{costly['dear']}/{verb}", headers=headers)
            assert answer.json()["cost"] is None


@pytest.mark.parametrize("where", ["/v1/stream", "/v1/stream?kind=task", "/v1/sessions/{dear}/stream"])
def test_no_stream_tells_one_either(
    server: RunningServer, tokens: dict[Role, str], costly: dict[str, str], where: str
) -> None:
    headers = {
        "Authorization": f"Bearer {tokens[Role.MEMBER]}",
        "Last-Event-ID": str(server.get("/v1/sessions")["seq"]),
    }
    path = where.replace("{dear}", costly["dear"])
    with server.http.stream("GET", path, headers=headers) as stream:
        chunks = stream.iter_raw()
        heard = next(chunks)
        for native in ("dear", "dear-sub"):
            body = {"cost": 987654, "credits": 77.125}
            server.ingest([turn(native, f"live-{where}-{native}", seconds=50, **body)])
        while b"event: session" not in heard and b"event: turn" not in heard:
            heard += next(chunks)
    assert not [amount for amount in AMOUNTS if amount in heard], heard


def test_an_answer_that_was_kept_is_not_told_to_a_token_that_sees_less(
    server: RunningServer, costly: dict[str, str]
) -> None:
    owner = server.get("/v1/me")["member"]["id"]
    narrow = {"member": owner, "name": "narrow", "scopes": ["sessions.read", "conversations.manage"]}
    made = server.http.post("/v1/tokens", json=narrow).json()
    path = f"/v1/sessions/{costly['dear']}/reopen"
    server.http.post(f"/v1/sessions/{costly['dear']}/end")
    key = {"Idempotency-Key": "reopen-once"}
    assert server.http.post(path, headers=key).json()["cost"]["micros"] > 0
    assert server.http.post(path, headers=key).json()["cost"]["micros"] > 0
    again = server.http.post(path, headers={**key, "Authorization": f"Bearer {made['token']}"})
    assert (again.status_code, b"micros" in again.content) == (422, False)


def test_the_source_s_own_record_is_whole_but_for_its_amounts(
    server: RunningServer, tokens: dict[Role, str], costly: dict[str, str]
) -> None:
    path = f"/v1/sessions/{costly['dear']}/messages/1/raw"
    whole = server.get(path)
    assert (whole["usage"]["cost"], whole["costUSD"]) == (987654, 1234567)
    seen = server.http.get(path, headers={"Authorization": f"Bearer {tokens[Role.MEMBER]}"}).json()
    assert seen == {**{key: value for key, value in whole.items() if key != "costUSD"}, "usage": {}}


def test_a_revoked_token_is_refused_at_once_and_its_streams_end(server: RunningServer) -> None:
    owner = server.get("/v1/me")["member"]["id"]
    made = server.http.post("/v1/tokens", json={"member": owner, "name": "short-lived"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    with server.http.stream("GET", "/v1/stream", headers=headers) as stream:
        chunks = stream.iter_raw()
        next(chunks)
        assert server.http.delete(f"/v1/tokens/{made['id']}").json()["revoked"]
        for _ in chunks:
            pass
    assert server.http.get("/v1/me", headers=headers).status_code == 401


def test_a_changed_role_counts_for_the_tokens_there_are(server: RunningServer) -> None:
    member = server.http.post("/v1/members", json={"name": "Rising", "role": "admin"}).json()
    made = server.http.post("/v1/tokens", json={"member": member["id"], "name": "t"}).json()
    machine = server.http.post("/v1/tokens", json={"member": member["id"], "name": "m", "role": "collector"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert server.http.get("/v1/audit", headers=headers).status_code == 200
    with server.http.stream("GET", "/v1/stream", headers=headers) as stream:
        chunks = stream.iter_raw()
        next(chunks)
        server.http.patch(f"/v1/members/{member['id']}", json={"role": "viewer"})
        for _ in chunks:
            pass
    assert server.http.get("/v1/audit", headers=headers).json()["scope"] == "audit.read"
    assert server.http.get("/v1/me", headers=headers).json()["scopes"] == [
        "sessions.read",
        "flows.read",
        "members.read",
    ]
    answer = server.http.post("/v1/ingest", content=b"", headers={"Authorization": f"Bearer {machine['token']}"})
    assert answer.status_code == 200


def test_the_last_owner_stays(server: RunningServer, tokens: dict[Role, str]) -> None:
    members = server.get("/v1/members")["items"]
    owners = [member["id"] for member in members if member["role"] == "owner"]
    for owner in owners[1:]:
        assert server.http.patch(f"/v1/members/{owner}", json={"role": "viewer"}).status_code == 200
    assert server.http.delete(f"/v1/members/{owners[0]}").status_code == 409
    assert server.http.patch(f"/v1/members/{owners[0]}", json={"role": "viewer"}).status_code == 409
