"""uvicorn's HTTP protocol with a shorter way out for streams (`sse.Connection`), and the date when it is asked for."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parrot_server.sse import EXTENSION

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.flow_control import FlowControl


class StreamingProtocol(HttpToolsProtocol):
    """Offers each request its connection, for chunked bodies whose start has been sent."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.server_state.default_headers = _dated(int(time.time()))
        self.scope["extensions"] = {EXTENSION: {"connection": SocketConnection(self.transport, self.flow)}}


@lru_cache(maxsize=1)
def _dated(now_s: int) -> list[tuple[bytes, bytes]]:
    """uvicorn writes the date anew every second, also where nobody asks for hours."""
    return [(b"date", formatdate(now_s, usegmt=True).encode())]


class SocketConnection:
    """A connection's transport, and uvicorn's account of what the client has not taken yet."""

    __slots__ = ("_flow", "_transport")

    def __init__(self, transport: asyncio.Transport, flow: FlowControl) -> None:
        self._transport = transport
        self._flow = flow

    async def write(self, chunk: bytes) -> None:
        # uvicorn lets writers go on when the connection is lost.
        if self._flow.write_paused:
            await self._flow.drain()
        if not self._transport.is_closing():
            self._transport.write(chunk)

    def offer(self, chunk: bytes) -> bool:
        if self._flow.write_paused:
            return False
        if not self._transport.is_closing():
            self._transport.write(chunk)
        return True
