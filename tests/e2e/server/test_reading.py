"""The reading calls: pages, filters, one session, transcripts, and how errors look."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from parrot_server.routes import CALLS
from tests.helpers.records import at, message

if TYPE_CHECKING:
    from tests.helpers.server import RunningServer


def natives(rows: list[dict[str, Any]]) -> list[str]:
    return [row["native_id"] for row in rows]


def test_pages_are_in_order_and_meet_without_gap_or_repeat(server: RunningServer) -> None:
    expected = ["talk", "flow", *(f"chat-{n}" for n in reversed(range(10)))]
    assert natives(server.rows(limit=5)) == expected
    page = server.get("/v1/sessions", limit=200)
    assert page["next_cursor"] is None
    me = server.get("/v1/me")
    assert (page["feed"], page["seq"]) == (me["feed"], max(page["seq"], *(row["seq"] for row in page["items"])))


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"kind": "flow"}, "flow"),
        ({"kind": ["flow", "task"]}, "sub flow"),
        ({"status": "failed"}, "chat-3"),
        ({"status_group": ["needs_look", "waiting"]}, "flow chat-3"),
        ({"status_group": "needs_look", "status": "open"}, ""),
        ({"active_after": at(9)}, "talk flow chat-9"),
        ({"active_after": at(8), "active_before": at(9)}, "chat-8"),
        ({"q": "NUM cha", "active_before": at(1)}, "chat-0"),
        ({"q": "login"}, "talk"),
        ({"q": "ogin"}, ""),
    ],
)
def test_filters(server: RunningServer, params: dict[str, Any], found: str) -> None:
    assert natives(server.rows(**params)) == found.split()
    assert server.get("/v1/sessions/summary", **params)["total"] == len(found.split())


def test_owner_and_record_filters_are_by_id_and_may_repeat(server: RunningServer) -> None:
    members = {member["name"]: member["id"] for member in server.get("/v1/members")["items"]}
    projects = {project["title"]: project["id"] for project in server.get("/v1/projects")["items"]}
    assert natives(server.rows(owner=members["Grace"])) == ["chat-3", "chat-2", "chat-1", "chat-0"]
    assert len(server.rows(owner=[members["Grace"], members["Alan"]])) == 10
    assert natives(server.rows(owner=members["Grace"], project=projects["alpha"])) == ["chat-3", "chat-1"]
    summary = server.get("/v1/sessions/summary", owner=members["Grace"], project=projects["alpha"])
    assert summary["total"] == 2
    assert summary["by_owner"] == {members["Grace"]: 2, members["Alan"]: 3}


def test_a_locked_list_cannot_be_widened(server: RunningServer) -> None:
    [initiative] = server.get("/v1/initiatives")["items"]
    assert initiative["title"] == "Exports"
    path = f"/v1/initiatives/{initiative['id']}"
    assert server.get(path) == initiative
    assert natives(server.get(f"{path}/sessions")["items"]) == ["flow"]
    assert server.get(f"{path}/sessions", initiative="another")["items"] == []
    assert server.get(f"{path}/sessions", kind="chat")["items"] == []


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/sessions?colour=red", "colour"),
        ("/v1/sessions?limit=0", "limit"),
        ("/v1/sessions?limit=201", "limit"),
        ("/v1/sessions?limit=1&limit=2", "limit"),
        ("/v1/sessions?kind=song", "kind"),
        ("/v1/sessions?status=sad", "status"),
        ("/v1/sessions?active_after=yesterday", "active_after"),
        ("/v1/sessions?cursor=rubbish", "cursor"),
        ("/v1/sessions/summary?limit=5", "limit"),
        ("/v1/stream?cursor=x", "cursor"),
        ("/v1/stream?every=10001", "every"),
        ("/v1/stream?every=soon", "every"),
        ("/v1/search", "q"),
        ("/v1/me?x=1", "x"),
        ("/v1/sessions/{talk}/messages?limit=501", "limit"),
        ("/v1/sessions/{talk}/messages?after=x", "after"),
        ("/v1/sessions/{talk}/messages?after=end", "after"),
        ("/v1/sessions/{talk}/messages?after=1&before=3", "before"),
    ],
)
def test_a_bad_parameter_is_named(server: RunningServer, ids: dict[str, str], path: str, parameter: str) -> None:
    answer = server.http.get(path.format(**ids))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["parameter"] == parameter
    assert {"type", "title", "status", "detail"} <= problem.keys()


def test_a_cursor_belongs_to_its_filter(server: RunningServer) -> None:
    cursor = server.get("/v1/sessions", limit=1)["next_cursor"]
    answer = server.http.get("/v1/sessions", params={"cursor": cursor, "kind": "chat"})
    assert (answer.status_code, answer.json()["parameter"]) == (422, "cursor")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sessions/nobody",
        "/v1/sessions/nobody/messages",
        "/v1/sessions/nobody/turns",
        "/v1/sessions/nobody/timeline",
        "/v1/sessions/nobody/stream",
        "/v1/projects/nobody",
        "/v1/projects/nobody/sessions",
        "/v1/plans/nobody/stream",
        "/v1/sessions/{talk}/messages/9/parts/0",
        "/v1/sessions/{talk}/messages/1/parts/9",
        "/v1/sessions/{talk}/messages/x/raw",
        "/v1/nothing",
        "/",
    ],
)
def test_what_is_not_there(server: RunningServer, ids: dict[str, str], path: str) -> None:
    answer = server.http.get(path.format(**ids))
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_detail_timeline_and_turns(server: RunningServer, ids: dict[str, str]) -> None:
    detail = server.get(f"/v1/sessions/{ids['talk']}")
    assert (detail["status"], detail["cwd"], detail["turn_count"], detail["message_count"]) == ("running", "/w", 1, 2)
    assert natives(detail["children"]) == ["sub"]
    assert detail["children"][0]["parent"] == ids["talk"]
    assert "error" not in detail
    timeline = server.get(f"/v1/sessions/{ids['flow']}/timeline")
    assert [step["id"] for step in timeline["steps"]] == ["plan", "verify"]
    assert timeline["checkpoints"][0]["status"] == "waiting"
    assert timeline["artifacts"][0]["kind"] == "link"
    [turn] = server.get(f"/v1/sessions/{ids['talk']}/turns")["items"]
    assert (turn["n"], turn["basis"], turn["cost"], turn["credits"]) == (1, "priced", 5000, 2.5)


def test_messages_are_cut_in_lists_and_whole_as_parts(server: RunningServer, ids: dict[str, str]) -> None:
    path = f"/v1/sessions/{ids['talk']}/messages"
    page = server.get(path)
    assert (page["total"], [message["n"] for message in page["items"]]) == (2, [1, 2])
    part = page["items"][1]["parts"][0]
    assert (len(part["text"]), part["full_bytes"]) == (64_000, 100_000)
    assert server.get(f"{path}/2/parts/0") == {"type": "text", "text": "x" * 100_000}
    assert b"login" in server.http.get(f"{path}/1/raw").content
    for params, numbers in (
        ({"after": 1}, [2]),
        ({"before": 2}, [1]),
        ({"before": "end", "limit": 1}, [2]),
        ({"around": 1, "limit": 1}, [1]),
        ({"after": 2}, []),
    ):
        assert [message["n"] for message in server.get(path, **params)["items"]] == numbers


def test_an_image_comes_as_its_bytes(server: RunningServer, ids: dict[str, str]) -> None:
    """A source may send an image's bytes along; what could hold scripts never travels under its own name."""
    pixels = b"\x89PNG\r\n"
    for n, media_type in ((3, "image/png"), (4, "image/svg+xml")):
        picture = {"type": "image", "media_type": media_type, "data": base64.b64encode(pixels).decode()}
        assert server.ingest([message("talk", n, "", seconds=40 + n, parts=[picture])])["refused"] == []
    path = f"/v1/sessions/{ids['talk']}/messages"
    listed = server.get(path, after=2)["items"]
    assert listed[0]["parts"] == [{"type": "image", "media_type": "image/png"}]
    png, svg = (server.http.get(f"{path}/{n}/parts/0") for n in (3, 4))
    assert (png.content, png.headers["content-type"]) == (pixels, "image/png")
    assert (svg.content, svg.headers["content-type"]) == (pixels, "application/octet-stream")
    assert svg.headers["x-content-type-options"] == "nosniff"


def test_search_finds_messages_and_marks_the_match(server: RunningServer, ids: dict[str, str]) -> None:
    [hit] = server.get("/v1/search", q="login fai")["items"]
    assert (hit["session"]["id"], hit["n"]) == (ids["talk"], 1)
    assert "\x02login\x03" in hit["snippet"]
    assert server.get("/v1/search", q="login", kind="flow")["items"] == []


def test_large_answers_are_packed_for_those_who_read_gzip(server: RunningServer, ids: dict[str, str]) -> None:
    path = f"/v1/sessions/{ids['talk']}/messages"
    with server.http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        body = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
    plain = server.http.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(body) == plain.content
    assert plain.headers["cache-control"] == "no-store"


def test_methods(server: RunningServer) -> None:
    head = server.http.head("/v1/sessions")
    assert (head.status_code, head.content) == (200, b"")
    answer = server.http.put("/v1/members", json={})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert answer.json()["status"] == 405


def test_openapi_holds_every_call_and_its_shapes(server: RunningServer) -> None:
    answer = server.http.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    found = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert found == {(call.method, call.path) for call in CALLS}
    row = document["components"]["schemas"]["Row"]
    assert {"id", "seq", "cost", "actions"} <= set(row["required"])
    listing = document["paths"]["/v1/sessions"]["get"]
    assert listing["x-scopes"] == ["sessions.read"]
    assert {"kind", "owner", "limit", "cursor"} <= {parameter["name"] for parameter in listing["parameters"]}
    again = server.http.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:80"}, 421),
        ({"Host": "localhost:1"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_pages_of_others_get_nothing(server: RunningServer, headers: dict[str, str], status: int) -> None:
    answer = server.http.get("/v1/me", headers=headers)
    assert answer.status_code == status
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_guard_stands_before_the_token(server: RunningServer) -> None:
    """A page that rebinds its name must not even learn whether a token is needed."""
    answer = server.http.get("/healthz", headers={"Host": "evil.example", "Authorization": ""})
    assert answer.status_code == 421
