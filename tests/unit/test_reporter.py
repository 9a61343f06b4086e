"""What a tool reports arrives: whole, in order, once for each key, whatever happens to the server or to the tool."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parrot_client.reporter import Reporter, workspace
from parrot_client.sender import Endpoint
from parrot_wire.records import TurnRecord
from parrot_wire.session import Step, Text, Tokens, ToolCall
from parrot_wire.values import Kind, MessageRole, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ingest:
    """A server of `/v1/ingest` alone, which can be told to misbehave: one word for each of its next answers."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.moods: list[str] = []
        self.calls = 0
        self.changed = threading.Condition()
        ingest = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                with ingest.changed:
                    ingest.calls += 1
                    mood = ingest.moods.pop(0) if ingest.moods else "well"
                    ingest.answer(self, mood, [msgspec.json.decode(line) for line in body.splitlines()])
                    ingest.changed.notify_all()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler, mood: str, records: list[dict[str, Any]]) -> None:
        body = b""
        status = 200
        match mood:
            case "hang up":  # after it took everything: the reporter cannot know
                self.records += records
                handler.close_connection = True
                return
            case "wait":
                status = 429
            case "too much" if len(records) > 1:
                status = 413
            case "broken":
                status = 500
            case _:
                self.records += records
                body = b'{"new": %d, "known": 0, "refused": []}' % len(records)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        if mood == "wait":
            handler.send_header("Retry-After", "0")
        handler.end_headers()
        handler.wfile.write(body)

    def of(self, type_: str) -> list[dict[str, Any]]:
        """Bodies of one type, each key once, in the order of arrival."""
        seen: dict[str, dict[str, Any]] = {}
        for record in self.records:
            seen.setdefault(record["key"], record)
        return [record["body"] for record in seen.values() if record["type"] == type_]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    server = Ingest()
    yield server
    server.close()


def reporter_to(ingest: Ingest, root: Path) -> Reporter:
    return Reporter(source="nightly", connect=workspace(ingest.url, "secret"), spool_root=root)


def test_a_tool_reports_a_run_in_a_few_calls(ingest: Ingest, tmp_path: Path) -> None:
    with reporter_to(ingest, tmp_path) as reporter:
        run = reporter.session("night-1", kind=Kind.FLOW, title="Nightly import", status=Status.RUNNING)
        run.step(Step(id="load", name="Load", status=Status.RUNNING))
        run.say("3 files", step="load")
        run.say([ToolCall(call_id="c", name="Run", input={"command": "ls"}), Text(text="x")], role=MessageRole.TOOL)
        run.turn(TurnRecord(id="resp_1", model="claude-sonnet-4-5", tokens=Tokens(input=9, total=9)))
        run.update(status=Status.COMPLETED, status_detail=None)
    assert [(each["source"], each["native_id"]) for each in ingest.records] == [("nightly", "night-1")] * 6
    assert [each["at"] for each in ingest.records] == sorted(each["at"] for each in ingest.records)
    assert ingest.of("session")[0] == {"kind": "flow", "title": "Nightly import", "status": "running"}
    assert ingest.of("session")[1] == {"status": "completed", "status_detail": None}
    assert [message["n"] for message in ingest.of("message")] == [1, 2]
    assert ingest.of("turn")[0]["tokens"]["input"] == 9
    assert list(tmp_path.iterdir()) == []  # nothing is left behind once everything was taken


def test_a_field_that_there_is_not_is_the_callers_mistake(ingest: Ingest, tmp_path: Path) -> None:
    with reporter_to(ingest, tmp_path) as reporter, pytest.raises(TypeError, match="tilte"):
        reporter.session("a", tilte="x")


@pytest.mark.parametrize("mood", ["hang up", "wait", "too much", "broken"])
def test_a_server_in_a_bad_mood_gets_everything_in_the_end_and_in_order(
    ingest: Ingest, tmp_path: Path, mood: str
) -> None:
    ingest.moods = [mood] * 3
    with reporter_to(ingest, tmp_path) as reporter:
        run = reporter.session("a")
        for n in range(40):
            run.say(f"line {n}")
    assert [message["n"] for message in ingest.of("message")] == list(range(1, 41))


def test_one_record_that_the_server_cannot_take_holds_up_no_other(ingest: Ingest, tmp_path: Path) -> None:
    real_answer = ingest.answer

    def answer(handler: BaseHTTPRequestHandler, mood: str, records: list[dict[str, Any]]) -> None:
        poison = any("poison" in str(record) for record in records)
        real_answer(handler, "too much" if poison and len(records) > 1 else "well", records)

    ingest.answer = answer
    with reporter_to(ingest, tmp_path) as reporter:
        run = reporter.session("a")
        for n in range(20):
            run.say("poison" if n == 7 else f"line {n}")
    assert len(ingest.of("message")) == 20


def test_nothing_is_lost_while_the_server_is_away_and_moves(ingest: Ingest, tmp_path: Path) -> None:
    where: list[Endpoint | None] = [None]
    reporter = Reporter(source="nightly", connect=lambda: where[0], spool_root=tmp_path)
    run = reporter.session("a")
    run.say("while away")
    assert not reporter.drain(0.1)
    assert reporter.problem == "no server is running"
    where[0] = Endpoint(url="http://127.0.0.1:9", token="t")  # the old address: nobody listens
    run.say("still away")
    assert not reporter.drain(0.1)
    where[0] = Endpoint(url=ingest.url, token="t")
    assert reporter.drain(10)
    assert reporter.problem is None
    assert [message["parts"][0]["text"] for message in ingest.of("message")] == ["while away", "still away"]
    reporter.close()


def test_what_a_closed_reporter_could_not_send_goes_out_with_the_next(ingest: Ingest, tmp_path: Path) -> None:
    away = Reporter(source="nightly", connect=lambda: None, spool_root=tmp_path)
    away.session("a").say("first")
    assert not away.close(wait_s=0)
    with reporter_to(ingest, tmp_path) as reporter:
        reporter.session("a").say("second")
    assert [message["parts"][0]["text"] for message in ingest.of("message")] == ["first", "second"]


WRITER = """
import sys
from pathlib import Path
from parrot_client.reporter import Reporter, workspace
reporter = Reporter(source="t", connect=workspace(sys.argv[1], "t"), spool_root=Path(sys.argv[2]))
run = reporter.session("a")
n = 0
while True:
    n += 1
    run.say(f"line {n}")
    sys.stdout.buffer.write(b"%d\\n" % n)
    sys.stdout.flush()
"""


def test_a_killed_tool_loses_nothing_that_it_had_reported(ingest: Ingest, tmp_path: Path) -> None:
    ingest.moods = ["well", "broken", "hang up"] * 4
    for kills in range(1, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, ingest.url, str(tmp_path)], stdout=subprocess.PIPE, bufsize=0
        )
        assert process.stdout is not None
        reported = 0
        for line in process.stdout:
            reported = int(line)
            if reported >= 150 * kills:
                process.kill()
                break
        reported += sum(1 for _ in process.stdout)
        process.stdout.close()
        process.wait()
        with reporter_to(ingest, tmp_path) as reporter:
            assert reporter.drain(20)
        got = [message["n"] for message in ingest.of("message")]
        assert got[:reported] == list(range(1, reported + 1))
        ingest.records.clear()
