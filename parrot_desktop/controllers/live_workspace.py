"""Everything that lives as long as one joined workspace: its list, sums, sources and actions, and their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from parrot_wire.values import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parrot_desktop.controllers.acting import Acting
    from parrot_desktop.controllers.connection import Joined
    from parrot_desktop.controllers.session_list import SessionListController
    from parrot_desktop.controllers.sources import SourcesController
    from parrot_desktop.controllers.summary import SummaryController
    from parrot_desktop.tasks import TaskOwner
    from parrot_wire.answers import Me
    from parrot_wire.session import Member, Row


RowListener = Callable[["Row | None"], None]


@dataclass(slots=True, kw_only=True)
class LiveWorkspace:
    """A bundle; whoever makes it connects its parts to the window."""

    joined: Joined
    owner: TaskOwner
    list: SessionListController
    summary: SummaryController
    sources: SourcesController
    acting: Acting
    on_members: list[Callable[[], None]] = field(default_factory=lambda: list[Callable[[], None]]())
    """Called when ``members`` became others."""
    on_row: list[RowListener] = field(default_factory=lambda: list[RowListener]())
    """Called with each row of the workspace that changed, tasks too, whatever the list shows; with None where changes
    may have been missed.
    """
    asked_for: set[str] = field(default_factory=lambda: set[str]())
    """Owners whom the members asked for last did not hold: asking for them again would not help."""

    def strangers_among(self, owners: Iterable[str]) -> set[str]:
        """Ids of owners that no member has, and that were not asked for yet."""
        return set(owners) - {member.id for member in self.members} - self.asked_for

    @property
    def members(self) -> tuple[Member, ...]:
        """Those of now, as far as this window has heard."""
        return self.joined.members

    def meet(self, members: tuple[Member, ...]) -> None:
        self.joined = replace(self.joined, members=members)
        for listener in self.on_members:
            listener()

    def row_seen(self, row: Row | None) -> None:
        for listener in self.on_row:
            listener(row)

    @property
    def me(self) -> Me:
        return self.joined.me

    @property
    def sees_spend(self) -> bool:
        return Scope.AI_SPEND_READ in self.me.scopes and self.me.workspace.spend_tracking

    async def aclose(self) -> None:
        """Tasks first, then the connection that they use."""
        self.list.stop()
        self.summary.stop()
        self.sources.stop()
        await self.owner.aclose()
        await self.joined.opened.aclose()
