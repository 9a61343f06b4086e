"""`Idempotency-Key`: the second POST with a key gets the first one's answer, also while the first still runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from parrot_server.problems import bad_parameter
from parrot_server.store import workspace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from parrot_server.store.database import Database
    from parrot_server.store.workspace import KeptAnswer

HEADER = "idempotency-key"
MAX_KEY = 255


class KeptAnswers:
    """Answers kept in the store for a day; POSTs with one key take turns."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turns: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def turn(self, member: str, key: str) -> AsyncGenerator[None]:
        """Hold the key while the POST is looked up and carried out."""
        if not 1 <= len(key) <= MAX_KEY:
            raise bad_parameter("Idempotency-Key", f"must have 1 to {MAX_KEY} characters")
        slot = (member, key)
        lock, waiting = self._turns.get(slot, (asyncio.Lock(), 0))
        self._turns[slot] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns[slot]
            if waiting == 1:
                del self._turns[slot]
            else:
                self._turns[slot] = (lock, waiting - 1)

    async def has(self, member: str, key: str) -> bool:
        """Whether there is an earlier answer, to whatever request."""
        return await self._db.read(workspace.kept_answer, member, key) is not None

    async def find(self, member: str, key: str, request: bytes) -> KeptAnswer | None:
        """The earlier answer. request: hash of what is asked now; another one than before is a 422."""
        kept = await self._db.read(workspace.kept_answer, member, key)
        if kept is not None and kept.request != request:
            raise bad_parameter("Idempotency-Key", "was used for another request before")
        return kept

    async def keep(self, member: str, key: str, answer: KeptAnswer, now: str) -> None:
        await self._db.write(workspace.keep_answer, member, key, answer, now)
