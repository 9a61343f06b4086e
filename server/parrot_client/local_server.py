"""The server of this machine's own workspace: found where it runs, started where it does not.

It imports no HTTP client, so that a window can begin this before it has one.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parrot_client.data_dir import EXIT_HELD, SERVER_LOG, default_data_dir, read_server_json
from parrot_client.errors import NoLocalServer
from parrot_client.server_process import hang_up, let_go, spawn

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from parrot_wire.answers import ServerInfo

START_WITHIN_S = 30.0
ANSWER_WITHIN_S = 2.0
END_WITHIN_S = 2.0
COME_AGAIN_S = 0.25
"""Between two tries while another server holds the directory: it begins to answer, or it is about to end."""
_LOOK_EVERY_S = 0.005
_LAST_WORDS = 2_000


@dataclass(slots=True, kw_only=True)
class LocalServer:
    """A running server of a data directory, and how to find or start it again."""

    data_dir: Path
    info: ServerInfo
    process: subprocess.Popen[bytes] | None
    """Set where this client started one; it ends with its standard input. An ended one is reaped in time."""
    arguments: tuple[str, ...]
    environment: Mapping[str, str] | None

    async def again(self) -> ServerInfo:
        """Where the server is now: as before, or another client's, or one that this call starts.

        Raises NoLocalServer.
        """
        if self.process is not None:
            self.process.poll()
        if not await _answers(self.info):
            found = await find_or_start(self.data_dir, arguments=self.arguments, environment=self.environment)
            if found.info == self.info:
                # It was busy for long, no more: its pipe stays open.
                let_go(found.process)
            else:
                old, self.process = self.process, found.process
                self.info = found.info
                let_go(old)
        return self.info

    async def close(self) -> None:
        """Let go: a server that this client started ends within moments, unless others are connected to it."""
        process, self.process = self.process, None
        if process is None:
            return
        hang_up(process)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_WITHIN_S):
                    while process.poll() is None:  # noqa: ASYNC110  not every system tells of a child's end
                        await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            let_go(process)


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
    info, process = (None if spawned is not None else await find(folder)), spawned
    if info is None:
        info, process = await _start(folder, spawned, lambda: spawn(folder, arguments, environment))
    return LocalServer(data_dir=folder, info=info, process=process, arguments=tuple(arguments), environment=environment)


async def _start(
    folder: Path, spawned: subprocess.Popen[bytes] | None, spawn_one: Callable[[], subprocess.Popen[bytes]]
) -> tuple[ServerInfo, subprocess.Popen[bytes] | None]:
    """The server that comes to answer, and the process that was started for it, unless that has ended.

    While another server holds the directory it may come to answer, or be about to end: both are waited for.
    Raises NoLocalServer.
    """
    process = spawned or spawn_one()
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while (info := await _wait_for(folder, process)) is None:
                hang_up(process)
                await asyncio.sleep(COME_AGAIN_S)
                if await find(folder) is None:
                    process = spawn_one()
    except BaseException as error:
        let_go(process)
        if not isinstance(error, TimeoutError):
            raise
        what = f"did not answer within {START_WITHIN_S:.0f} s"
        raise NoLocalServer(f"The local server {what}: {_last_words(folder)}") from None
    if process.poll() is None:
        return info, process
    hang_up(process)
    return info, None


async def _wait_for(folder: Path, process: subprocess.Popen[bytes]) -> ServerInfo | None:
    """The server that comes to answer: ours, or the one that was quicker. None: ours found the directory held.

    Raises NoLocalServer where ours ended for any other reason.
    """
    while True:
        info = read_server_json(folder)
        # Ours says where it is when it answers, and not before; what another one said may be long ago.
        if info is not None and (info.pid == process.pid or await _answers(info)):
            return info
        ended = process.poll()
        if ended == EXIT_HELD:
            return None
        if ended is not None:
            raise NoLocalServer(f"The local server ended at once ({ended}): {_last_words(folder)}")
        await asyncio.sleep(_LOOK_EVERY_S)


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
