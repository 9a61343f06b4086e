"""The sums of the window: total, spend and owners' counts under the filter; what waits, failed and runs anywhere.

Asked for when something changed, at most once a second, and once every ten while nobody looks.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.domain.filter_state import Attention, attention_filter
from parrot_desktop.domain.needs import added
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_wire.query import Filter
from parrot_wire.values import StatusGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_desktop.api.workspace import Workspace
    from parrot_wire.answers import Summary

log = logging.getLogger(__name__)

APART_S = 1.0
APART_HIDDEN_S = 10.0
_EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Sums:
    """``summary`` is under the filter in force, ``attention`` over the whole scope."""

    summary: Summary
    attention: dict[Attention, int]


class SummaryController:
    """``on_sums`` hears of every answer that still belongs to the filter in force."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        owner: TaskOwner,
        on_sums: Callable[[Sums], None],
        today: Callable[[], date] = date.today,
        apart_s: float = APART_S,
    ) -> None:
        self._workspace = workspace
        self._on_sums = on_sums
        self._today = today
        self._apart_s = apart_s
        self._asking = Latest(owner, "summary")
        self._parts: tuple[Filter, ...] = (_EVERYTHING,)
        self._is_old = False
        self._is_asked = False
        self._is_hidden = False

    @property
    def is_current(self) -> bool:
        """Whether nothing has changed since the last answer."""
        return not self._is_old and not self._is_asked

    def show(self, *parts: Filter) -> None:
        """Another filter, or some that share no session: ask at once."""
        self._parts = parts
        self._is_old = True
        self._asking.start(self._ask())

    def changed(self) -> None:
        """Something changed: ask soon."""
        self._is_old = True
        if not self._asking.is_running:
            self._asking.start(self._ask())

    def set_hidden(self, hidden: bool) -> None:
        self._is_hidden = hidden

    def stop(self) -> None:
        self._asking.cancel()

    async def _ask(self) -> None:
        while self._is_old:
            self._is_old = False
            self._is_asked = True
            try:
                self._on_sums(await self._sums(self._parts))
            except WorkspaceError as error:
                # The list's own stream says how the connection is, and asks again when it is back.
                log.info("the summary could not be fetched: %s", error)
            finally:
                self._is_asked = False
            await asyncio.sleep(APART_HIDDEN_S if self._is_hidden else self._apart_s)

    async def _sums(self, parts: tuple[Filter, ...]) -> Sums:
        everything, waiting, failed, *ours = await asyncio.gather(
            self._workspace.summary(_EVERYTHING),
            self._workspace.summary(attention_filter(Attention.WAITING, today=self._today())),
            self._workspace.summary(attention_filter(Attention.FAILED_TODAY, today=self._today())),
            *(self._workspace.summary(part) for part in parts if part != _EVERYTHING),
        )
        return Sums(
            summary=added(ours) if ours else everything,
            attention={
                Attention.WAITING: waiting.total,
                Attention.FAILED_TODAY: failed.total,
                Attention.LIVE: everything.by_group.get(StatusGroup.LIVE, 0),
            },
        )
