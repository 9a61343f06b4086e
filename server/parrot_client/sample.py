"""The sample workspace of this machine: a server of its own beside the real one, and a process that fills it with life.

    folder = sample_data_dir()
    server = await find_or_start(folder, arguments=SERVE_ARGUMENTS, environment=sample_environment())
    life = start_life(folder)            # ends with its standard input, or with `life.terminate()`

Nothing of it touches the real workspace: it has its own data directory, reads no tool's files, and its name says what
it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from parrot_client.data_dir import default_data_dir
from parrot_client.server_process import server_command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SERVE_ARGUMENTS = ("--no-local-sources",)
OWNER = ("Sarah Chen", "sarah.chen@acme.example")
"""Whom the sample shows to its viewer as themselves."""


def sample_data_dir(data_dir: Path | None = None) -> Path:
    """Where the sample lives: inside the real data directory, by default this user's own."""
    return (data_dir or default_data_dir()) / "sample"


def sample_environment() -> dict[str, str]:
    """The environment of the sample's server: this process's own, but its owner is one of the made-up team."""
    # A server takes its owner from git's configuration, which the environment overrides.
    count = int(os.environ.get("GIT_CONFIG_COUNT", "0") or 0)
    environment = dict(os.environ)
    for offset, (key, value) in enumerate(zip(("user.name", "user.email"), OWNER, strict=True)):
        environment[f"GIT_CONFIG_KEY_{count + offset}"] = key
        environment[f"GIT_CONFIG_VALUE_{count + offset}"] = value
    environment["GIT_CONFIG_COUNT"] = str(count + 2)
    return environment


def start_life(data_dir: Path, arguments: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Fill the sample and keep it moving. It ends when its standard input closes. Raises OSError.

    data_dir: the sample's own; arguments: further ones for `parrot simulate`.
    """
    return subprocess.Popen(
        [*server_command(), "simulate", "--data-dir", str(data_dir), "--parent-pipe", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
    )
