"""The response that carries a stream: the same bytes for everyone are framed once, and nothing ends it but its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from parrot_server.sse import EXTENSION, EventStreamResponse, OpenStreams

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from starlette.types import Message, Scope

    from parrot_server.block_log import Tap

BLOCKS = (b"retry: 1000\n\n", b"", b"event: ready\ndata: {}\n\n")


class Blocks:
    """A stream of given blocks."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        self._blocks = blocks

    def close(self) -> None:
        pass

    async def blocks(self, tap: Tap | None = None) -> AsyncGenerator[bytes]:
        for block in self._blocks:
            yield block


class Socket:
    """A connection that keeps the very objects that were written to it."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    async def write(self, chunk: bytes) -> None:
        self.chunks.append(chunk)

    def offer(self, chunk: bytes) -> bool:
        self.chunks.append(chunk)
        return True


async def serve(registry: OpenStreams, *, socket: Socket | None, blocks: Sequence[bytes] = BLOCKS) -> list[Message]:
    """Serve one request; what went through ASGI."""
    sent: list[Message] = []
    scope: Scope = {"type": "http", "method": "GET", "client": ("127.0.0.1", 1)}
    if socket is not None:
        scope["extensions"] = {EXTENSION: {"connection": socket}}

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    await EventStreamResponse(Blocks(blocks), registry=registry, token_id="t")(scope, receive, send)
    return sent


async def test_streams_that_are_told_the_same_share_its_framing() -> None:
    registry, sockets = OpenStreams(), [Socket() for _ in range(3)]
    for at in range(len(BLOCKS)):
        for socket in sockets:
            await serve(registry, socket=socket, blocks=BLOCKS[at : at + 1])
    for written in zip(*(socket.chunks for socket in sockets), strict=True):
        assert len({id(chunk) for chunk in written}) == 1


async def test_a_client_reads_the_same_by_either_way_and_an_empty_block_ends_nothing() -> None:
    socket = Socket()
    start, end = await serve(OpenStreams(), socket=socket)
    assert b"".join(socket.chunks) == b"".join(b"%x\r\n%b\r\n" % (len(block), block) for block in BLOCKS if block)
    by_asgi = await serve(OpenStreams(), socket=None)
    assert [message["body"] for message in by_asgi[1:]] == [BLOCKS[0], BLOCKS[2], b""]
    assert (start, end) == (by_asgi[0], by_asgi[-1])
    assert not end["more_body"]
