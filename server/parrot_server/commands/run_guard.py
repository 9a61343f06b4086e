"""Watches over a run from a process of its own: when the runner dies, it ends what it left and says so.

The guard reads a pipe whose other end the runner holds. Its end without a word of farewell means that the runner was
killed: then no process of the run may go on working unseen, and its row must not say "running" for ever.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from parrot_client.server_process import server_command

if TYPE_CHECKING:
    import argparse

    from parrot_client.sender import Endpoint

_FAREWELL = b"farewell"


class _Errand(msgspec.Struct, frozen=True):
    """What the guard is told at its start: through the pipe, so that no token shows in a list of processes."""

    run_id: str
    data_dir: str
    url: str | None
    token: str | None


class Guard:
    """The runner's end of it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @classmethod
    def start(cls, run_id: str, data_dir: Path, endpoint: Endpoint | None) -> Guard:
        """endpoint: the workspace; None is the server of the data directory. Raises OSError."""
        errand = _Errand(
            run_id=run_id,
            data_dir=str(data_dir),
            url=endpoint.url if endpoint else None,
            token=endpoint.token if endpoint else None,
        )
        process = subprocess.Popen(
            [*server_command(), "guard-run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        guard = cls(process)
        guard._write(msgspec.json.encode(errand) + b"\n")
        return guard

    def dismiss(self) -> None:
        """The run has come to its end, and everybody knows."""
        self._write(_FAREWELL)
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._process.wait()

    @property
    def _stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # pyright: ignore[reportReturnType]  # a buffered pipe is one

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._stdin.write(data)
            self._stdin.flush()


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes by standard input."""


def run(arguments: argparse.Namespace) -> int:
    line = sys.stdin.buffer.readline()
    try:
        errand = msgspec.json.decode(line, type=_Errand)
    except msgspec.DecodeError:
        print("parrot guard-run: is started by `parrot run` itself", file=sys.stderr)
        return 2
    if sys.stdin.buffer.read() == _FAREWELL:
        return 0
    _step_in(errand)
    return 0


def _step_in(errand: _Errand) -> None:
    from parrot_client.reporter import LOCAL, Reporter, local_workspace, workspace
    from parrot_server.commands.leftovers import runs_of, spools_of
    from parrot_server.commands.recovery import SEND_WITHIN_S, interrupt
    from parrot_server.flows.report import SOURCE

    data_dir = Path(errand.data_dir)
    remote = errand.url is not None and errand.token is not None
    connect = workspace(errand.url, errand.token) if errand.url and errand.token else local_workspace(data_dir)
    destination = errand.url.rstrip("/") if remote and errand.url else LOCAL
    with Reporter(source=SOURCE, connect=connect, spool_root=spools_of(data_dir), destination=destination) as reporter:
        interrupt(runs_of(data_dir), errand.run_id, reporter)
        reporter.close(wait_s=SEND_WITHIN_S)
