"""`parrot serve` as a child process.

It loads nothing that a window could not spare before it is painted: the server is started first of all.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

from parrot_client.data_dir import SERVER_LOG, read_server_json
from parrot_client.errors import NoLocalServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOG_BYTES = 1_000_000


def server_command() -> list[str]:
    """How this installation starts `parrot`: a frozen program becomes the server where its first word is `serve`."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "parrot_server"]


def spawn(folder: Path, arguments: Sequence[str], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    """Start a server of the data directory; it ends with its standard input. Raises NoLocalServer."""
    command = [*server_command(), "serve", "--data-dir", str(folder), "--parent-pipe", *arguments]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _open_log(folder) as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=dict(environment) if environment is not None else None,
                # Ctrl-C is for the command in the terminal, which may still have something to send.
                start_new_session=True,
                creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )
    except OSError as error:
        raise NoLocalServer(f"The local server cannot be started: {error}") from error


def _open_log(folder: Path) -> BinaryIO:
    """What the server says goes to a file beside its data, which is begun anew once it is large."""
    path = folder / SERVER_LOG
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


def may_be_served(folder: Path) -> bool:
    """Whether a server may be running for the data directory: False where surely none is."""
    info = read_server_json(folder)
    if info is None or sys.platform == "win32":
        return info is not None
    try:
        os.kill(info.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def hang_up(process: subprocess.Popen[bytes] | None) -> None:
    """Let a server that was spawned end, unless others are connected to it."""
    if process is not None and process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def let_go(process: subprocess.Popen[bytes] | None) -> None:
    """As `hang_up`; whenever it ends, it is reaped, so that no dead process remains in the system's table."""
    hang_up(process)
    if process is not None and process.poll() is None:
        threading.Thread(target=process.wait, name="parrot-job", daemon=True).start()
