"""`parrot serve` as a process: who may serve, how it says so, how it ends, what a kill leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from parrot_client.data_dir import EXIT_HELD, read_server_json
from tests.helpers.reading import StreamReader, stream
from tests.helpers.records import session
from tests.helpers.server import serve, start_server, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.server import RunningServer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and file modes of POSIX")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningServer]:
    with serve(tmp_path / "data") as running:
        yield running


def output_of(server: RunningServer) -> str:
    return (server.data_dir / "server-output.txt").read_text()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_says_where_it_is_and_only_to_its_owner(own: RunningServer) -> None:
    assert own.process.stdout is not None
    assert own.process.stdout.readline().decode().strip() == own.url
    [ready] = own.data_dir.glob("ready-*.json")
    assert ready.read_bytes() == (own.data_dir / "server.json").read_bytes()
    info = json.loads(ready.read_bytes())
    assert (info["url"], info["token"], info["pid"]) == (own.url, own.token, own.process.pid)
    for path in (ready, own.data_dir / "server.json", own.data_dir / "owner.token"):
        assert mode(path) == 0o600
    assert mode(own.data_dir) == 0o700 or own.data_dir.exists()
    assert own.token not in output_of(own)


def test_each_answer_says_when_it_was_given(own: RunningServer) -> None:
    dates: list[float] = []
    for path in ("/v1/me", "/v1/me", "/v1/nowhere"):
        answer = own.http.get(path)
        [date] = answer.headers.get_list("date")
        dates.append(parsedate_to_datetime(date).timestamp())
        assert time.time() - 2 < dates[-1] <= time.time()
        time.sleep(1.1)
    assert dates[0] < dates[1] < dates[2]


def test_it_ends_cleanly_at_once_with_streams_open_and_stalled(own: RunningServer) -> None:
    own.ingest([session(f"s{n}", seconds=n, title="x" * 500) for n in range(50)])
    with ExitStack() as stack:
        readers = [stack.enter_context(stream(own)) for _ in range(20)]
        for reader in readers:
            reader.next()
        stalled = stack.enter_context(_stalled(own, "GET /v1/stream"))
        sender = stack.enter_context(_stalled(own, "POST /v1/ingest", "Content-Length: 100\r\n"))
        for n in range(40):
            own.ingest([session(f"s{m}", seconds=100 + n, title=f"{n}" * 500) for m in range(50)])
        assert min(stalled.fileno(), sender.fileno()) > 0
        took_s = own.stop()
        for reader in readers:
            _read_to_end(reader)
    assert took_s < 1.0
    assert output_of(own) == ""
    assert not (own.data_dir / "server.json").exists()
    assert not list(own.data_dir.glob("ready-*.json"))


def _stalled(server: RunningServer, call: str, more: str = "") -> socket.socket:
    """A client that says what it wants, and then neither sends nor reads anything."""
    host, port = server.url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    request = f"{call} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n{more}\r\n"
    client.sendall(request.encode())
    return client


def _read_to_end(reader: StreamReader) -> None:
    with suppress(EOFError):
        while True:
            reader.next()


def test_interrupt_ends_it_as_cleanly(own: RunningServer) -> None:
    own.process.send_signal(signal.SIGINT)
    assert own.process.wait(5) == 0
    assert output_of(own) == ""


def test_the_second_server_says_who_holds_the_directory(own: RunningServer) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "parrot_server", "serve", "--data-dir", str(own.data_dir), "--no-local-sources"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == EXIT_HELD
    assert str(own.process.pid) in second.stderr
    assert own.url in second.stderr
    assert own.get("/v1/me")
    assert read_server_json(own.data_dir) == own.info


def test_a_port_that_is_taken_is_said(own: RunningServer, tmp_path: Path) -> None:
    port = own.url.rpartition(":")[2]
    command = [sys.executable, "-m", "parrot_server", "serve", "--data-dir", str(tmp_path / "two"), "--port", port]
    second = subprocess.run([*command, "--no-local-sources"], capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert f"127.0.0.1:{port}" in second.stderr


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--source", "nonsense"], ["--colour", "red"]])
def test_a_bad_command_line_is_named(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parrot_server", "serve", "--data-dir", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert arguments[-1] in done.stderr or arguments[0] in done.stderr


def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    records = [session(f"s{n}", seconds=n) for n in range(200)]
    first = start_server(folder)
    try:
        first.ingest(records[:100])
        known = first.rows()
        feed = first.get("/v1/me")["feed"]
        first.kill()
        assert (folder / "server.json").exists()
    finally:
        first.close()
    with serve(folder) as second:
        assert second.token == first.token
        assert second.get("/v1/me")["feed"] == feed
        assert second.rows() == known
        assert second.ingest(records) == {"new": 100, "known": 100, "refused": []}
        assert len(second.rows()) == 200
        # A stream goes on where the first server's list stood.
        with stream(second, last_id=max(row["seq"] for row in known)) as reader:
            assert len(reader.until("ready")) == 101


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    with serve(tmp_path / "data", arguments=["--parent-pipe"]) as server:
        assert server.get("/v1/me")
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(5) == 0
        assert not (server.data_dir / "server.json").exists()


def test_it_stays_for_another_client_when_its_parent_is_gone(tmp_path: Path) -> None:
    with serve(tmp_path / "data", arguments=["--parent-pipe"]) as server:
        assert server.process.stdin is not None
        with stream(server) as other:
            other.next()
            server.process.stdin.close()
            wait_until(lambda: "the parent is gone" in output_of(server), "the server to notice")
            server.ingest([session("still-here")])
            assert other.words(1) == ["session still-here"]
            assert server.process.poll() is None
        started = time.monotonic()
        assert server.process.wait(5) == 0
        assert time.monotonic() - started < 2


def test_a_wide_open_host_is_asked_for_by_name(tmp_path: Path) -> None:
    with serve(tmp_path / "data", arguments=["--host", "0.0.0.0", "--allow-host", "parrot.acme.example"]) as server:
        assert server.url.startswith("http://127.0.0.1:")
        for host, status in (("parrot.acme.example", 200), ("10.0.0.7:80", 200), ("evil.example", 421)):
            assert server.http.get("/healthz", headers={"Host": host}).status_code == status
