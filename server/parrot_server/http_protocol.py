"""uvicorn's HTTP protocol with a shorter way out for streams (`sse.Connection`)."""

from __future__ import annotations

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
        self.scope["extensions"] = {EXTENSION: {"connection": SocketConnection(self.transport, self.flow)}}


class SocketConnection:
    """A connection's transport, and uvicorn's account of what the client has not taken yet."""

    __slots__ = ("_flow", "_transport")

    def __init__(self, transport: asyncio.Transport, flow: FlowControl) -> None:
        self._transport = transport
        self._flow = flow

    async def write(self, chunk: bytes) -> None:
        # uvicorn lets writers go on when the connection is lost.
        while not self.offer(chunk):
            await self._flow.drain()

    def offer(self, chunk: bytes) -> bool:
        if self._flow.write_paused:
            return False
        if not self._transport.is_closing():
            self._transport.write(chunk)
        return True
