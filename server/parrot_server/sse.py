"""Server-sent events as bytes, and the response that carries a stream of them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from parrot_wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from parrot_server.block_log import Tap

RETRY = b"retry: 1000\n\n"
HEARTBEAT = b": still here\n\n"


def event(name: str, data: bytes, event_id: int | None = None) -> bytes:
    """One event; data is JSON, so it holds no line break."""
    if event_id is None:
        return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), event_id, data)


def ready(seq: int, feed: str) -> bytes:
    return event("ready", encode({"seq": seq, "feed": feed}), seq)


def gone(seq: int, session_id: str) -> bytes:
    return event("gone", encode({"id": session_id}), seq)


def reset(reason: str) -> bytes:
    return event("reset", encode({"reason": reason}))


class Stream(Protocol):
    """What a response sends until the client leaves or the server closes it."""

    def blocks(self, tap: Tap | None = None) -> AsyncGenerator[bytes]:
        """Events, already joined for one write each; without those that went through the tap while it waited."""
        ...

    def close(self) -> None:
        """End `blocks` soon, whatever it waits for."""
        ...


class Opener(NamedTuple):
    """Who opened a stream: the token, and the address that the connection comes from."""

    token_id: str
    client: tuple[str, int] | None


class OpenStreams:
    """The streams that are open now, and who opened them."""

    def __init__(self) -> None:
        self._open: dict[Stream, Opener] = {}
        self._closing = False
        self._empty = asyncio.Event()
        self.chunks = Chunks()

    def __len__(self) -> int:
        return len(self._open)

    def clients(self) -> set[tuple[str, int]]:
        """The addresses at the other ends."""
        return {opener.client for opener in self._open.values() if opener.client is not None}

    def add(self, stream: Stream, opener: Opener) -> None:
        self._open[stream] = opener
        if self._closing:
            stream.close()

    def remove(self, stream: Stream) -> None:
        self._open.pop(stream, None)
        if not self._open:
            self._empty.set()

    def close_token(self, token_id: str) -> None:
        """End what a token opened: it was revoked, or may see something else now."""
        for stream, opener in tuple(self._open.items()):
            if opener.token_id == token_id:
                stream.close()

    async def close_all(self, *, within_s: float) -> None:
        """End them all, and from now on each new one at once: the server stops. Those that stall remain."""
        self._closing = True
        for stream in tuple(self._open):
            stream.close()
        if self._open:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._empty.wait()


class Connection(Protocol):
    """The way to a client's socket past all that stands between an application and its server.

    Each message to an ASGI server passes a function of every middleware and is framed for itself: most of the work
    where five hundred streams are told the same.
    """

    async def write(self, chunk: bytes) -> None:
        """Write a piece of a chunked body, as `Chunks` frames it, once the client has taken enough of the last ones."""
        ...

    def offer(self, chunk: bytes) -> bool:
        """As `write`, now; False where the client has not taken enough."""
        ...


EXTENSION = "parrot.stream"
"""Among a request's ASGI extensions, where its server offers it: a `Connection` as ``connection``."""


class Chunks:
    """Blocks as chunks of HTTP: streams that are told the same, one after the other, share the framing."""

    def __init__(self) -> None:
        self._block = b""
        self._chunk = b""

    def of(self, block: bytes) -> bytes:
        if block is not self._block:
            self._block, self._chunk = block, b"%x\r\n%b\r\n" % (len(block), block)
        return self._chunk

    def tap(self, connection: Connection) -> Tap:
        """Passes blocks to a connection."""

        def pass_on(block: bytes) -> bool:
            return connection.offer(self.of(block))

        return pass_on


class EventStreamResponse:
    """The ASGI side of a stream: headers, one write a block, and an end that says so.

    The client's leaving is noticed by listening for it: uvicorn drops what is sent to a closed connection silently.
    """

    def __init__(self, stream: Stream, *, registry: OpenStreams, token_id: str) -> None:
        self._stream = stream
        self._registry = registry
        self._token_id = token_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = self._stream
        connection: Connection | None = scope.get("extensions", {}).get(EXTENSION, {}).get("connection")
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream"),
                    (b"cache-control", b"no-store"),
                    # nginx would hold events back to fill its buffer.
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        left = asyncio.create_task(_watch_client(receive, stream), name="stream.client")
        client = scope["client"]
        self._registry.add(stream, Opener(self._token_id, (client[0], client[1]) if client else None))
        chunks = self._registry.chunks
        tap = chunks.tap(connection) if connection is not None else None
        try:
            async with contextlib.aclosing(stream.blocks(tap)) as blocks:
                async for block in blocks:
                    if not block:
                        # As a chunk it would be the end.
                        continue
                    if connection is None:
                        await send({"type": "http.response.body", "body": block, "more_body": True})
                    else:
                        await connection.write(chunks.of(block))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            stream.close()
            self._registry.remove(stream)
            left.cancel()


async def _watch_client(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()
