"""A real server for tests: `parrot serve` as a process of its own, on a port of its own, over a real database.

    with serve(tmp_path) as server:                              # nothing in it
        server.ingest([session("a", title="Fix the login")])     # tests/helpers/records.py
        server.get("/v1/sessions")["items"]
        server.url, server.token                                 # for a client of one's own

`sources={"claude-code": folder}` reads a tool's files; without it no local tool is read.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from parrot_wire.answers import ServerInfo
from tests.helpers.records import ndjson

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

START_S = 30.0
"""Two cores shared with other tests can make any start slow; a server that takes longer is broken."""


@dataclass(kw_only=True)
class RunningServer:
    """A server process that answers. `close` is for the one who started it."""

    process: subprocess.Popen[bytes]
    info: ServerInfo
    data_dir: Path
    http: httpx.Client

    @property
    def url(self) -> str:
        return self.info.url

    @property
    def token(self) -> str:
        return self.info.token

    def get(self, path: str, **params: Any) -> Any:
        """The decoded answer; raises httpx.HTTPStatusError for an error answer."""
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def ingest(self, records: Sequence[dict[str, Any]], *, token: str | None = None) -> dict[str, Any]:
        """Send records; the answer counts them. Refused lines fail the test unless it looks at them itself."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.http.post("/v1/ingest", content=ndjson(list(records)), headers=headers)
        answer.raise_for_status()
        return answer.json()

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        """Every row of the list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get("/v1/sessions", **params, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def indexed(self) -> None:
        """Wait until every source is read."""
        wait_until(lambda: all(s["state"] != "indexing" for s in self.get("/v1/sources")["items"]), "the index")

    def stop(self, *, within_s: float = 10.0) -> float:
        """SIGTERM; the seconds it took. Its exit must be clean."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within_s)
        assert code == 0, f"the server ended with {code}"
        return time.monotonic() - started

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        _close_pipes(self.process)


def start_server(
    data_dir: Path,
    *,
    sources: Mapping[str, Path] | None = None,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> RunningServer:
    """Start `parrot serve` on a free port and wait until it answers."""
    data_dir.mkdir(parents=True, exist_ok=True)
    ready = data_dir / f"ready-{time.monotonic_ns()}.json"
    command = [sys.executable, "-m", "parrot_server", "serve", "--data-dir", str(data_dir), "--ready-file", str(ready)]
    for name, folder in (sources or {}).items():
        command += ["--source", f"{name}={folder}"]
    if not sources:
        command.append("--no-local-sources")
    with (data_dir / "server-output.txt").open("ab") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "the ready file", within_s=START_S)
        assert process.poll() is None, (data_dir / "server-output.txt").read_text(errors="replace")
        info = msgspec.json.decode(ready.read_bytes(), type=ServerInfo)
    except BaseException:
        process.kill()
        process.wait()
        _close_pipes(process)
        raise
    http = httpx.Client(
        base_url=info.url, headers={"Authorization": f"Bearer {info.token}"}, timeout=20, trust_env=False
    )
    return RunningServer(process=process, info=info, data_dir=data_dir, http=http)


@contextlib.contextmanager
def serve(
    data_dir: Path,
    *,
    sources: Mapping[str, Path] | None = None,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Generator[RunningServer]:
    """A server for the length of a `with`."""
    server = start_server(data_dir, sources=sources, arguments=arguments, environment=environment)
    try:
        yield server
    finally:
        server.close()


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def wait_until(condition: Callable[[], bool], what: str, *, within_s: float = 30.0) -> None:
    """Look until the condition holds; fails the test where it never does."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"still waiting for {what} after {within_s} s"
        time.sleep(0.01)
