"""How many sources may send at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from parrot_server.problems import ApiProblem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class IngestGate:
    """How many ingests run, and wait to, at a time. Past that a source is told to come again later: its records are
    better kept on its own disk than in our memory.
    """

    def __init__(self, *, running: int = 4, waiting: int = 64, retry_after_s: int = 1) -> None:
        self._slots = asyncio.Semaphore(running)
        self._most = running + waiting
        self._inside = 0
        self._retry_after_s = retry_after_s

    @contextlib.asynccontextmanager
    async def enter(self) -> AsyncGenerator[None]:
        """Raises ApiProblem (429)."""
        if self._inside >= self._most:
            headers = {"retry-after": str(self._retry_after_s)}
            raise ApiProblem(429, "Too many sources send at once: come again in a moment.", headers=headers)
        self._inside += 1
        try:
            async with self._slots:
                yield
        finally:
            self._inside -= 1
