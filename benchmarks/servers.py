"""Servers to measure: `parrot serve` as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from benchmarks.processes import wait_for
from parrot_wire.answers import ServerInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

_OWN = re.compile(r"(XDG_|PARROT_|CLAUDE_|CODEX_|GEMINI_|QWEN_|COPILOT_|OPENCODE_|GOOSE_).*|DBUS_SESSION_BUS_ADDRESS")
"""What in an environment leads to the person's own files and desktop."""


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], info: ServerInfo, data_dir: Path, started: float) -> None:
        self.process = process
        self.info = info
        self.data_dir = data_dir
        self.started = started
        """When its process was started, on the monotonic clock."""
        self.http = httpx.Client(
            base_url=info.url, headers={"Authorization": f"Bearer {info.token}"}, timeout=60, trust_env=False
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def sources(self) -> list[dict[str, Any]]:
        return self.get("/v1/sources")["items"]

    def wait_indexed(self, within_s: float = 120.0) -> None:
        """Until no source is indexing any more."""
        wait_for(
            lambda: all(source["state"] != "indexing" for source in self.sources()),
            "the index",
            within_s=within_s,
            every_s=0.02,
        )

    def close(self) -> None:
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def environment(home: Path) -> dict[str, str]:
    """This environment without anything of the person's: another home, no tool's own places.

    Bytecode is kept, whatever this environment says: what is installed comes with it, and a start that compiles every
    module first is none that a person ever sees.
    """
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not _OWN.fullmatch(name)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def _ended(process: subprocess.Popen[bytes], data_dir: Path) -> bool:
    """False while the process runs. Raises RuntimeError with what it said where it has ended."""
    if process.poll() is None:
        return False
    raise RuntimeError((data_dir / "output.txt").read_text(errors="replace")[-2000:])


@contextmanager
def serve(
    data_dir: Path,
    *,
    sources: Mapping[str, Path] | None = None,
    stamps: Path | None = None,
    arguments: tuple[str, ...] = (),
) -> Generator[Server]:
    """A server over `data_dir`, ready. `stamps`: have its commits stamped there (see `benchmarks.stamps`)."""
    data_dir.mkdir(parents=True, exist_ok=True)
    ready = data_dir / f"ready-{time.monotonic_ns()}.json"
    module = ["benchmarks.stamps", str(stamps)] if stamps else ["parrot_server"]
    command = [sys.executable, "-m", *module, "serve", "--data-dir", str(data_dir), "--ready-file", str(ready)]
    for name, folder in (sources or {}).items():
        command += ["--source", f"{name}={folder}"]
    if not sources:
        command.append("--no-local-sources")
    with (data_dir / "output.txt").open("ab") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(data_dir / "home"),
        )
    try:
        wait_for(lambda: ready.exists() or _ended(process, data_dir), "the ready file", every_s=0.001)
        server = Server(process, msgspec.json.decode(ready.read_bytes(), type=ServerInfo), data_dir, started)
    except BaseException:
        process.kill()
        process.wait()
        raise
    try:
        yield server
    finally:
        server.close()
