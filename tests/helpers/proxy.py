"""A network that misbehaves: a proxy between a client and a real server, which cuts, stalls and halves at will.

A client in the test's own loop uses `ChaosProxy`; beside a window, which is busy in that loop, `network` runs one.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType


class ChaosProxy:
    """Forwards bytes to a server; `cut`, `stall`, `cut_after` and `refuse` make trouble for every connection.

    `connections` counts those that came.
    """

    def __init__(self, target: str) -> None:
        """target: the server's URL; `aim` changes it, as when a server comes back on another port."""
        self.connections = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self._quota: int | None = None
        self._words: dict[bytes, bytes] = {}

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for pump in tuple(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def aim(self, target: str) -> None:
        self._target = target

    def cut(self) -> None:
        """Break every connection now."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def stall(self) -> None:
        """Pass nothing on any more, and break nothing."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let the bytes through again, and connections in."""
        self._refusing = False
        self._flowing.set()

    def refuse(self) -> None:
        """Let no new connection through."""
        self._refusing = True

    def cut_after(self, answer_bytes: int | None) -> None:
        """Break each connection after so many bytes of answer, in the middle of whatever that is. None: never."""
        self._quota = answer_bytes

    def reword(self, old: bytes, new: bytes) -> None:
        """Let the server say another word from now on; both have one length, which answers state."""
        assert len(old) == len(new)
        self._words[old] = new

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._refusing:
            writer.transport.abort()
            return
        target = urlsplit(self._target)
        try:
            up_reader, up_writer = await asyncio.open_connection(target.hostname, target.port)
        except OSError:
            writer.transport.abort()
            return
        if self._refusing:
            # It was on its way in when the door was shut: a cut did not know of it yet.
            writer.transport.abort()
            up_writer.transport.abort()
            return
        self._writers |= {writer, up_writer}
        both = (
            asyncio.create_task(self._pump(reader, up_writer, None)),
            asyncio.create_task(self._pump(up_reader, writer, self._quota)),
        )
        self._pumps |= set(both)
        await asyncio.wait(both)
        self._pumps -= set(both)
        self._writers -= {writer, up_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, quota: int | None) -> None:
        with contextlib.suppress(OSError):
            # Large enough for the answers that are reworded: a word across two reads would be missed.
            while data := await reader.read(65_536 if self._words else 4096):
                await self._flowing.wait()
                for old, new in self._words.items():
                    data = data.replace(old, new)
                if quota is not None:
                    data, quota = data[:quota], quota - len(data[:quota])
                writer.write(data)
                await writer.drain()
                if quota == 0:
                    break
        writer.close()


class Network:
    """A proxy on a thread of its own, so that it goes on while the window is busy."""

    def __init__(self, proxy: ChaosProxy, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.proxy = proxy
        self.url = url
        self._loop = loop

    def do(self, what: Callable[[], None]) -> None:
        """Makes trouble, on the proxy's own thread; returns when it is made."""
        done = threading.Event()

        def work() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(work)
        assert done.wait(5)


@contextlib.contextmanager
def network(target: str) -> Generator[Network]:
    """A proxy to the server at this URL for the length of a `with`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()

    async def open_proxy() -> tuple[ChaosProxy, str]:
        proxy = await ChaosProxy(target).__aenter__()
        return proxy, proxy.url

    proxy, url = asyncio.run_coroutine_threadsafe(open_proxy(), loop).result(5)
    try:
        yield Network(proxy, loop, url)
    finally:
        asyncio.run_coroutine_threadsafe(proxy.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
