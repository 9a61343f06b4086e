"""Every call, every role: the table of the protocol, asked over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parrot_server.routes import CALLS
from parrot_wire.values import SCOPES_OF, Role

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
