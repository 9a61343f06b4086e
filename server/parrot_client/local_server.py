"""The server of this machine's own workspace: found where it runs, started where it does not.

It imports no HTTP client, so that a window can begin this before it has one.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parrot_client.data_dir import SERVER_LOG, default_data_dir, read_server_json
from parrot_client.errors import NoLocalServer
from parrot_client.server_process import hang_up, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parrot_wire.answers import ServerInfo

START_WITHIN_S = 30.0
ANSWER_WITHIN_S = 2.0
ANOTHER_WITHIN_S = 3.0
"""A server that lost the race for the lock has ended; the winner answers well within this."""
END_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.02
_LAST_WORDS = 2_000


@dataclass(slots=True, kw_only=True)
class LocalServer:
    """A running server of a data directory, and how to find or start it again."""

    data_dir: Path
    info: ServerInfo
    process: subprocess.Popen[bytes] | None
    """Set where this client started one; it ends with its standard input."""
    arguments: tuple[str, ...]
    environment: Mapping[str, str] | None

    async def again(self) -> ServerInfo:
        """Where the server is now: as before, or another client's, or one that this call starts.

        Raises NoLocalServer.
        """
        if not await _answers(self.info):
            found = await find_or_start(self.data_dir, arguments=self.arguments, environment=self.environment)
            hang_up(self.process)
            self.info, self.process = found.info, found.process
        return self.info

    async def close(self) -> None:
        """Let go: a server that this client started ends within moments, unless others are connected to it."""
        process, self.process = self.process, None
        if process is None:
            return
        hang_up(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, END_WITHIN_S)


async def find(data_dir: Path | None = None) -> ServerInfo | None:
    """The server that serves the data directory, if it answers."""
    info = read_server_json(data_dir or default_data_dir())
    return info if info is not None and await _answers(info) else None


async def find_or_start(
    data_dir: Path | None = None,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    spawned: subprocess.Popen[bytes] | None = None,
) -> LocalServer:
    """The server of the data directory, started where none answers.

    arguments: further ones for `parrot serve`; environment: the server's, this process's own where it is None.
    spawned: a server that was started for this already, with the same arguments.
    A started server ends with this process, or with `close`, unless another client is connected then.
    Raises NoLocalServer with the server's last words.
    """
    folder = data_dir or default_data_dir()
    process = spawned
    info = None if spawned is not None else await find(folder)
    if info is None:
        process = spawned or spawn(folder, arguments, environment)
        try:
            info = await _wait_for(folder, process)
        except BaseException:
            hang_up(process)
            raise
    return LocalServer(data_dir=folder, info=info, process=process, arguments=tuple(arguments), environment=environment)


async def _wait_for(folder: Path, process: subprocess.Popen[bytes]) -> ServerInfo:
    """The server that comes to answer: ours, or the one that was quicker."""
    loop = asyncio.get_running_loop()
    end = loop.time() + START_WITHIN_S
    ended = False
    while loop.time() < end:
        info = read_server_json(folder)
        if info is not None and await _answers(info):
            return info
        if not ended and process.poll() is not None:
            ended = True
            end = min(end, loop.time() + ANOTHER_WITHIN_S)
        await asyncio.sleep(_LOOK_EVERY_S)
    what = f"ended at once ({process.returncode})" if ended else f"did not answer within {START_WITHIN_S:.0f} s"
    raise NoLocalServer(f"The local server {what}: {_last_words(folder)}")


def _last_words(folder: Path) -> str:
    try:
        text = (folder / SERVER_LOG).read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
    except OSError:
        text = ""
    return text or "it said nothing."


async def _answers(info: ServerInfo) -> bool:
    """Whether a server of ours answers there."""
    address = urlsplit(info.url)
    if not address.hostname or not address.port:
        return False
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                host = address.netloc.encode()
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
