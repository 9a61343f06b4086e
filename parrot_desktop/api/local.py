"""Starting this machine's own server. Loads no HTTP library, so that it can begin while those are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_client import errors as client_errors
from parrot_client.local_server import LocalServer, find_or_start
from parrot_desktop.api.errors import ServerTrouble

if TYPE_CHECKING:
    import subprocess

    from parrot_desktop.api.target import Target


async def start_server(target: Target, spawned: subprocess.Popen[bytes] | None = None) -> LocalServer:
    """Found where it runs, started where it does not, waited for where it was spawned.

    Raises ServerTrouble: trying again would fail alike.
    """
    try:
        return await find_or_start(
            target.data_dir,
            arguments=target.server_arguments,
            environment=target.server_environment,
            spawned=spawned,
        )
    except client_errors.NoLocalServer as error:
        raise ServerTrouble(_gist(str(error))) from error


def _gist(text: str) -> str:
    """The first words and the last line: what lies between is a traceback, and is in the server's log."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return text if len(lines) < 3 else f"{lines[0].partition(':')[0]}: {lines[-1]}"
