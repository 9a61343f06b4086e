"""Where a run waits for a person: one question at a time, answered by whoever is first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_wire.values import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision, by a member where one is known."""

    decision: Decision
    by: str | None = None
    comment: str | None = None


class Gate:
    """Decisions by checkpoint. One that comes before its question waits for it (a run that was resumed)."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Verdict] = {}
        self._waiting: dict[str, asyncio.Future[Verdict]] = {}

    @property
    def question(self) -> str | None:
        """The checkpoint that is being waited for."""
        return next((name for name, future in self._waiting.items() if not future.done()), None)

    async def wait(self, checkpoint: str) -> Verdict:
        """The verdict, as soon as there is one."""
        early = self._verdicts.get(checkpoint)
        if early is not None:
            return early
        future = self._waiting[checkpoint] = asyncio.get_running_loop().create_future()
        try:
            return await future
        finally:
            del self._waiting[checkpoint]

    def decide(self, checkpoint: str, verdict: Verdict) -> Verdict | None:
        """Answer a question. None where this decides it, else the verdict that was there before."""
        earlier = self._verdicts.get(checkpoint)
        if earlier is not None:
            return earlier
        self._verdicts[checkpoint] = verdict
        future = self._waiting.get(checkpoint)
        if future is not None and not future.done():
            future.set_result(verdict)
        return None
