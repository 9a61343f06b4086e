"""The work of this machine, as the server uses it: sources that start and stop, and transcripts to read."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.index.engine import Engine
from parrot_server.index.tools import ON_REQUEST, TOOLS
from parrot_server.index.transcripts import FileTranscripts, Place
from parrot_wire.records import CommandResult
from parrot_wire.values import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_server.index.sources.base import Tool, Unit
    from parrot_server.store.database import Database
    from parrot_server.store.ingest import Sender
    from parrot_wire.answers import SourceReport
    from parrot_wire.records import Command
    from parrot_wire.session import Message


class UnknownSource(ValueError):
    """A tool of that name is not known; the text names those that are."""


class LocalIndex:
    """Implements `parrot_server.transcripts.LocalSources`; its ``transcripts`` implements ``Transcripts``."""

    def __init__(self, sources: Mapping[str, Path], db: Database, sender: Sender) -> None:
        """sources: tool -> the folder to read in place of its own; empty: every tool's own. Raises UnknownSource."""
        self.engine = Engine([tool.open(root) for tool, root in chosen(sources)], db, sender, gained=self._gained)
        self.transcripts = FileTranscripts(self._find, self.engine.loaded)

    async def start(self) -> None:
        self.engine.start()

    async def stop(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.engine.stop)
        self.transcripts.close()

    def reports(self) -> Sequence[SourceReport]:
        return tuple(index.report for index in self.engine.indexes)

    async def act(self, command: Command) -> CommandResult | None:
        index = self.engine.index_of(command.source)
        if index is None or index.catalog.teller_of(command.native_id) is None:
            return None
        if command.verb is not Verb.CANCEL:
            return CommandResult(ok=False, detail=f"{command.source} cannot be asked to {command.verb}")
        return await asyncio.get_running_loop().run_in_executor(None, self._interrupt, command)

    def _interrupt(self, command: Command) -> CommandResult:
        """What Ctrl+C does in the tool's own terminal, to the process that surely runs the session."""
        index = self.engine.index_of(command.source)
        pid = index.turns.process_of(command.native_id) if index is not None else None
        if pid is None:
            return CommandResult(ok=False, detail="no process is known for sure to run this session")
        try:
            os.kill(pid, signal.SIGINT)
        except OSError as error:
            return CommandResult(ok=False, detail=f"process {pid}: {error.strerror or error}")
        return CommandResult(ok=True, detail=f"process {pid} was interrupted")

    def _gained(self, source: str, native_id: str, before: Unit, after: Unit) -> Sequence[Message] | None:
        return self.transcripts.gained(source, native_id, before, after)

    def _find(self, source: str, native_id: str) -> Place | None:
        index = self.engine.index_of(source)
        path = index.catalog.teller_of(native_id) if index is not None else None
        known = index.catalog.get(path) if index is not None and path is not None else None
        if index is None or known is None:
            return None
        where, tool = known.unit.path, index.source
        return Place(where, lambda: tool.transcript(native_id, where))


def chosen(sources: Mapping[str, Path]) -> Sequence[tuple[Tool, Path]]:
    known = {tool.name: tool for tool in (*TOOLS, *ON_REQUEST)}
    unknown = sorted(set(sources) - set(known))
    if unknown:
        raise UnknownSource(f"no tool is called {unknown[0]!r}; known are {', '.join(sorted(known))}")
    if sources:
        return [(known[name], root.expanduser().absolute()) for name, root in sources.items()]
    return [(tool, tool.default_root(os.environ, Path.home()).absolute()) for tool in TOOLS]
