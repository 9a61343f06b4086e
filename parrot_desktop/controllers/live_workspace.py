"""Everything that lives as long as one joined workspace: its list, sums, sources and actions, and their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_wire.values import Scope

if TYPE_CHECKING:
    from parrot_desktop.controllers.acting import Acting
    from parrot_desktop.controllers.connection import Joined
    from parrot_desktop.controllers.session_list import SessionListController
    from parrot_desktop.controllers.sources import SourcesController
    from parrot_desktop.controllers.summary import SummaryController
    from parrot_desktop.tasks import TaskOwner
    from parrot_wire.answers import Me


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWorkspace:
    """A bundle; whoever makes it connects its parts to the window."""

    joined: Joined
    owner: TaskOwner
    list: SessionListController
    summary: SummaryController
    sources: SourcesController
    acting: Acting

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
