"""How far the server is with reading this machine's tools: asked often while it reads, hardly ever afterwards."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.domain.connection_state import Indexing
from parrot_desktop.domain.tool_names import tool_name
from parrot_desktop.i18n import tr
from parrot_desktop.tasks import Latest, TaskOwner
from parrot_wire.values import SourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.api.workspace import Workspace
    from parrot_wire.answers import SourceReport

log = logging.getLogger(__name__)

WHILE_INDEXING_S = 0.4
AFTERWARDS_S = 60.0


class SourcesController:
    """``on_indexing`` hears of every answer; None where the workspace has no sources of its own."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        owner: TaskOwner,
        on_indexing: Callable[[Indexing | None], None],
        while_indexing_s: float = WHILE_INDEXING_S,
    ) -> None:
        self._workspace = workspace
        self._on_indexing = on_indexing
        self._while_indexing_s = while_indexing_s
        self._asking = Latest(owner, "sources")

    def start(self) -> None:
        """Ask now, and go on; after a reconnect too, since the server may have begun anew."""
        self._asking.start(self._ask())

    def stop(self) -> None:
        self._asking.cancel()

    async def _ask(self) -> None:
        while True:
            try:
                reports = await self._workspace.sources()
            except WorkspaceError as error:
                log.info("the sources could not be asked: %s", error)
                await asyncio.sleep(AFTERWARDS_S)
                continue
            self._on_indexing(indexing_of(reports))
            is_reading = any(report.state is SourceState.INDEXING for report in reports)
            await asyncio.sleep(self._while_indexing_s if is_reading else AFTERWARDS_S)


def indexing_of(reports: Sequence[SourceReport]) -> Indexing | None:
    """The sum over the sources. While one still looks for its files, the whole is not done."""
    if not reports:
        return None
    total = sum(report.files for report in reports)
    done = sum(report.files_done for report in reports)
    if any(report.state is SourceState.INDEXING for report in reports):
        total = max(total, done + 1)
    else:
        done = total
    return Indexing(
        done=done,
        total=total,
        problems=sum(len(report.problems) for report in reports),
        places=tuple(_place(report) for report in reports),
    )


def _place(report: SourceReport) -> str:
    name = tool_name(report.name)
    root = _short(report.root)
    match report.state:
        case SourceState.MISSING:
            return tr("{name}: nothing at {root}", name=name, root=root)
        case SourceState.FAILED:
            return tr("{name}: {root} cannot be read", name=name, root=root)
        case SourceState.INDEXING | SourceState.LIVE:
            return f"{name}: {root}"


def _short(root: str) -> str:
    """With ``~`` for the person's home."""
    home = str(Path.home())
    return f"~{root.removeprefix(home)}" if root == home or root.startswith(f"{home}/") else root
