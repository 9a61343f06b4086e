"""How many sources may send at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from parrot_server.problems import ApiProblem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

MAX_INSIDE = 32
"""Each holds a block of its body while the writer takes one after the other: past that, a source's records are better
kept on its own disk than in our memory.
"""
RETRY_AFTER_S = 1
SILENCE_S = 30.0


class IngestGate:
    """Lets so many ingests in; the next are told to come again in a moment."""

    def __init__(self, *, max_inside: int = MAX_INSIDE, silence_s: float = SILENCE_S) -> None:
        """silence_s: how long a sender may say nothing before its place is given to another."""
        self._max_inside = max_inside
        self._silence_s = silence_s
        self._inside = 0
        self._waits: set[asyncio.Timeout] = set()
        self._closed = False

    def close(self) -> None:
        """Wait for no sender any longer: the server stops, and what was taken so far is kept."""
        self._closed = True
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())

    @contextlib.asynccontextmanager
    async def enter(self) -> AsyncGenerator[None]:
        """Raises ApiProblem (429)."""
        if self._inside >= self._max_inside:
            headers = {"retry-after": str(RETRY_AFTER_S)}
            raise ApiProblem(429, "Too many sources send at once: come again in a moment.", headers=headers)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def read(self, body: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The body as it comes. Raises ApiProblem: 408 where its sender falls silent, 503 where the server stops."""
        while True:
            try:
                async with asyncio.timeout(0 if self._closed else self._silence_s) as wait:
                    self._waits.add(wait)
                    try:
                        chunk = await anext(body, None)
                    finally:
                        self._waits.discard(wait)
            except TimeoutError:
                if self._closed:
                    raise ApiProblem(503, "The server stops; what was there is taken.") from None
                raise ApiProblem(408, f"Nothing came for {self._silence_s:.0f} s; what was there is taken.") from None
            if chunk is None:
                return
            yield chunk
