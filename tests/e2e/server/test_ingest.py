"""Records in: idempotent, partial, packed, owned, and refused in good time."""

from __future__ import annotations

import gzip
import json
import socket
from typing import TYPE_CHECKING

import pytest

from parrot_wire.values import Role
from tests.helpers.records import message, ndjson, session
from tests.helpers.server import wait_until

if TYPE_CHECKING:
    import httpx

    from tests.helpers.server import RunningServer


def test_sending_twice_changes_nothing(server: RunningServer) -> None:
    records = [session("twice", seconds=300), message("twice", 1, "hello", seconds=300)]
    assert server.ingest(records) == {"new": 2, "known": 0, "refused": []}
    seq = server.get("/v1/sessions")["seq"]
    assert server.ingest(records) == {"new": 0, "known": 2, "refused": []}
    assert server.get("/v1/sessions")["seq"] == seq


def test_bad_lines_are_refused_with_number_and_reason_and_the_good_ones_kept(server: RunningServer) -> None:
    lines = [
        json.dumps(session("good-1", seconds=310)).encode(),
        b"{torn",
        json.dumps({**session("bad", seconds=310), "type": "song"}).encode(),
        json.dumps(session("bad", seconds=310, status="sad")).encode(),
        json.dumps(session("bad", seconds=310, colour="red")).encode(),
        b"",
        json.dumps(session("good-2", seconds=310)).encode(),
    ]
    answer = server.http.post("/v1/ingest", content=b"\n".join(lines)).json()
    assert answer["new"] == 2
    assert [refused["line"] for refused in answer["refused"]] == [2, 3, 4, 5]
    assert "status" in answer["refused"][2]["detail"]
    assert "colour" in answer["refused"][3]["detail"]
    assert {"good-1", "good-2"} <= {row["native_id"] for row in server.rows()}


def test_gzip(server: RunningServer) -> None:
    packed = gzip.compress(ndjson([session(f"zip-{n}", seconds=320) for n in range(300)]))
    answer = server.http.post("/v1/ingest", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["new"] == 300
    broken = server.http.post("/v1/ingest", content=b"nothing", headers={"Content-Encoding": "gzip"})
    unknown = server.http.post("/v1/ingest", content=b"x", headers={"Content-Encoding": "br"})
    assert (broken.status_code, unknown.status_code) == (400, 415)


def test_an_older_record_never_overwrites_a_newer_one(server: RunningServer) -> None:
    server.ingest([session("clock", seconds=331, title="Newer", key="b")])
    server.ingest([session("clock", seconds=330, title="Older", key="a")])
    assert next(row for row in server.rows() if row["native_id"] == "clock")["title"] == "Newer"


def test_members_send_work_that_they_own_and_nobody_takes_over_another_s(
    server: RunningServer, tokens: dict[Role, str]
) -> None:
    ids = {member["role"]: member["id"] for member in server.get("/v1/members")["items"]}
    token = tokens[Role.MEMBER]
    assert server.ingest([session("members-own", seconds=340)], token=token)["new"] == 1
    row = next(row for row in server.rows() if row["native_id"] == "members-own")
    assert row["owner"] == ids["member"]
    refused = server.ingest([session("for-another", seconds=340, owner=ids["viewer"])], token=token)
    assert [each["line"] for each in refused["refused"]] == [1]
    taken = server.ingest([session("members-own", seconds=341)], token=tokens[Role.COLLECTOR])
    assert len(taken["refused"]) == 1
    anyone = server.ingest([session("collected", seconds=340, owner=ids["viewer"])], token=tokens[Role.COLLECTOR])
    assert anyone["new"] == 1


def test_an_ingest_with_a_key_is_answered_as_before(server: RunningServer) -> None:
    body = ndjson([session("keyed", seconds=350)])
    first = server.http.post("/v1/ingest", content=body, headers={"Idempotency-Key": "ingest-1"})
    again = server.http.post("/v1/ingest", content=body, headers={"Idempotency-Key": "ingest-1"})
    assert first.json()["new"] == 1
    assert again.content == first.content
    other = server.http.post("/v1/ingest", content=body + b"\n", headers={"Idempotency-Key": "ingest-1"})
    assert other.status_code == 422


def test_an_ingest_leaves_an_audit_record(server: RunningServer) -> None:
    server.ingest([session("audited", seconds=360)])
    newest = server.get("/v1/audit", limit=1)["items"][0]
    assert (newest["action"], newest["outcome"]) == ("ingest", "done")
    assert newest["detail"] == "1 new, 0 known, 0 refused"


def test_too_many_at_once_are_told_to_come_again(server: RunningServer) -> None:
    """Senders that hold their connections open fill the gate; the next is refused instead of kept in memory."""
    address = server.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/ingest HTTP/1.1\r\nHost: {':'.join(address)}\r\nAuthorization: Bearer {server.token}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
    ).encode()
    slow: list[socket.socket] = []
    try:
        answers: list[httpx.Response] = []

        def is_full() -> bool:
            slow.append(socket.create_connection((address[0], int(address[1]))))
            slow[-1].sendall(head)
            answers.append(server.http.post("/v1/ingest", content=b""))
            return answers[-1].status_code == 429

        wait_until(is_full, "the gate to be full")
        # Those that hold their places hold nobody else up before that.
        assert len(answers) > 10
        assert {answer.status_code for answer in answers[:-1]} == {200}
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert answers[-1].json()["status"] == 429
        assert server.http.get("/v1/me").status_code == 200
    finally:
        for each in slow:
            each.close()
    wait_until(lambda: server.http.post("/v1/ingest", content=b"").status_code == 200, "the gate to open again")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_ingest_is_a_post(server: RunningServer, method: str) -> None:
    assert server.http.request(method, "/v1/ingest").status_code == 405
