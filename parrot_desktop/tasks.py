"""Who owns which task: each window or controller has one TaskOwner, and nothing else starts tasks."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class TaskOwner:
    """Starts tasks, keeps them alive until they are done, and ends them with their owner.

    on_error(name, error) hears of every task that failed; without it the failure is logged. A cancelled task is none.
    """

    def __init__(self, name: str, *, on_error: Callable[[str, BaseException], None] | None = None) -> None:
        self._name = name
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def spawn(self, coro: Coroutine[Any, Any, _T], *, name: str) -> asyncio.Task[_T]:
        """Start a task. Needs the running loop. After ``aclose`` the coroutine is closed and its task is cancelled."""
        task = asyncio.get_running_loop().create_task(coro, name=f"{self._name}.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        if self._is_closed:
            task.cancel()
        return task

    @property
    def names(self) -> list[str]:
        """What runs now, for tests and reports."""
        return sorted(task.get_name() for task in self._tasks)

    async def aclose(self) -> None:
        """Cancel all, then wait for all."""
        self._is_closed = True
        while self._tasks:
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if self._on_error is not None:
            self._on_error(task.get_name(), error)
        else:
            log.error("task %s failed", task.get_name(), exc_info=error)


class Latest:
    """One slot for work of which only the newest counts: starting again cancels what runs."""

    def __init__(self, owner: TaskOwner, name: str) -> None:
        self._owner = owner
        self._name = name
        self._task: asyncio.Task[Any] | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        self.cancel()
        self._task = self._owner.spawn(coro, name=self._name)
        return self._task

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
