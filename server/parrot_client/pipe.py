"""A bounded queue between two tasks whose end is a state beside what it holds, so that no full queue can lose it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Pipe(Generic[T]):
    """One task puts, one takes; whoever puts waits for room. `end` may be called at any time, from either side."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._items: deque[T] = deque()
        self._has_ended = False
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    async def put(self, item: T) -> None:
        """Into the pipe, once there is room. What is put after the end is dropped."""
        while len(self._items) >= self._room and not self._has_ended:
            await self._change()
        if not self._has_ended:
            self._items.append(item)
            self._changed.set()

    async def take(self) -> T | None:
        """The next item; None at the end, after everything that was put before it."""
        while not self._items and not self._has_ended:
            await self._change()
        if not self._items:
            return None
        item = self._items.popleft()
        self._changed.set()
        return item

    def end(self) -> None:
        self._has_ended = True
        self._changed.set()

    async def _change(self) -> None:
        # One waits for room or the other for an item, never both: one event serves them.
        self._changed.clear()
        await self._changed.wait()
