"""uvicorn as this server needs it: it ends at once, cleanly, with streams open, and with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine
    from types import FrameType

    from parrot_server.sse import OpenStreams

log = logging.getLogger(__name__)

STREAMS_END_WITHIN_S = 0.2
PARENT_LEAVES_S = 0.25
"""A parent that died has its own streams still open for a moment."""
_LOOK_EVERY_S = 0.1


class DatedState(ServerState):
    """What uvicorn's protocols share, with the headers of every answer made when one is given.

    uvicorn writes the date anew every second, also where nobody asks for hours.
    """

    # uvicorn has a list of its own here, which its protocols only read.
    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        return _dated(int(time.time()))

    @default_headers.setter
    def default_headers(self, _headers: list[tuple[bytes, bytes]]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """uvicorn's own are these without a date: none."""


@lru_cache(maxsize=1)
def _dated(now_s: int) -> list[tuple[bytes, bytes]]:
    return [(b"date", formatdate(now_s, usegmt=True).encode())]


class WorkspaceServer(uvicorn.Server):
    """uvicorn, whose streams end before it waits for connections, and whose signals end it with exit code 0.

    uvicorn waits for open responses before the application hears of the end, so nothing in the application could end
    its own streams; at its time limit it would cancel them with a traceback each.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        streams: OpenStreams,
        ready: Callable[[], Coroutine[None, None, None]],
        ending: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        super().__init__(config)
        self.server_state = DatedState()
        self._streams = streams
        self._ready = ready
        self._ending = ending
        self._parent_pipe: int | None = None
        self._has_parent = False
        self._parent_task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self.failed: Exception | None = None

    def end_with(self, pipe: int | None) -> None:
        """End when this file descriptor reads its end, and nobody else is connected. None: it has ended already."""
        self._has_parent = True
        self._parent_pipe = pipe

    def end(self) -> None:
        """Begin to end, from any thread or signal handler."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        """uvicorn looks ten times a second whether it is to end, and what the date is; this one sleeps until told."""
        await self._woken.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self._has_parent:
            self._parent_task = asyncio.create_task(self._outlive_parent(), name="parent pipe")
        try:
            await self._ready()
        except Exception as error:  # noqa: BLE001  whatever it is, the server stops in order and raises it
            self.failed = error
            self.end()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._parent_task is not None:
            self._parent_task.cancel()
        await self._streams.close_all(within_s=STREAMS_END_WITHIN_S)
        self._cut_stalled()
        await self._ending()
        await super().shutdown(sockets)

    def _cut_stalled(self) -> None:
        """Drop the connections of streams whose client reads nothing: their last block would never be sent."""
        stalled = self._streams.clients()
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) in stalled:
                connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal ends the server; it is not raised again afterwards, so that the exit code is 0."""
        self.end()

    async def _outlive_parent(self) -> None:
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait_for_end() -> None:
            _read_to_end(self._parent_pipe)
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(gone.set)

        threading.Thread(target=wait_for_end, name="parrot-parent-pipe", daemon=True).start()
        await gone.wait()
        log.info("the parent is gone")
        await asyncio.sleep(PARENT_LEAVES_S)
        while self.server_state.tasks:  # noqa: ASYNC110  uvicorn tells of no change
            await asyncio.sleep(_LOOK_EVERY_S)
        self.end()


def _read_to_end(pipe: int | None) -> None:
    """By the descriptor: a daemon thread inside `sys.stdin` would break the interpreter's end."""
    if pipe is None:
        return
    with contextlib.suppress(OSError):
        while os.read(pipe, 4096):
            pass
