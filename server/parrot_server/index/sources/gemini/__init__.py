"""Gemini CLI: a recording a chat, in the folder of its project.

``$GEMINI_CLI_HOME/.gemini`` or ``~/.gemini``::

    tmp/<project>/chats/session-<UTC minute>-<first 8 of id>.jsonl     an event log of one document
    tmp/<project>/chats/<parent session>/<session>.jsonl               subagents
    tmp/<project>/chats/session-….json                                 formerly: the document, rewritten whole
    tmp/<project>/.project_root, projects.json                         which folder the project is

``<project>`` is a short name, or formerly the SHA-256 of the folder's path. A chat's native id is the one in its
header.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parrot_server.index.appended import AppendedReader
from parrot_server.index.document import load
from parrot_server.index.file_source import FileSource
from parrot_server.index.loose import JSON, objs
from parrot_server.index.rewritten import RewrittenReader
from parrot_server.index.sources.base import Reading, Told, Unit
from parrot_server.index.sources.gemini.fold import NAME, GeminiFold
from parrot_server.index.sources.gemini.messages import DocumentTranscript, GeminiTranscript
from parrot_server.index.sources.gemini.places import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parrot_server.index.sources.base import Reader, Transcript
    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem


class _Place(NamedTuple):
    project: str
    parent: str | None
    name: str


class Gemini(FileSource):
    name = NAME
    version = 1
    endings = (".jsonl", ".json")
    depth = 3

    def __init__(self, root: Path) -> None:
        super().__init__(root, "gemini", "gemini-cli")
        self._home = Home(root)

    @property
    def folder(self) -> Path:
        return self._home.tmp

    def is_unit(self, steps: Sequence[str]) -> bool:
        return len(steps) in (3, 4) and steps[1] == "chats"

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        found = {unit.path: unit for unit in super().units(report)}
        for path, unit in found.items():
            # A document that was resumed goes on as a recording beside it.
            if f"{path}l" not in found:
                yield unit

    def stat(self, path: str) -> Unit | None:
        return None if path.endswith(".json") and Path(f"{path}l").exists() else super().stat(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        project, _, *parent, file = self.steps_to(path)
        place = _Place(project, parent[0] if parent else None, Path(file).stem)
        if path.endswith(".json"):
            return RewrittenReader(
                path, known, load=load, tell=lambda document, unit: _tell(self._fold(place), document, unit)
            )
        return _LogReader(path, known, lambda state: self._fold(place, state))

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return DocumentTranscript(path) if path.endswith(".json") else GeminiTranscript(path)

    def _fold(self, place: _Place, state: bytes | None = None) -> GeminiFold:
        return GeminiFold(place.name, place.parent, place.project, self._home, state)


class _LogReader:
    """Reads a recording's new lines. Where they take back what was told, the texts that were found there are others."""

    def __init__(self, path: str, known: FileState | None, fold: Callable[[bytes | None], GeminiFold]) -> None:
        self._lines = AppendedReader(path, known, new_fold=lambda: self._made(fold(None)), restore=self._restored(fold))

    def _made(self, fold: GeminiFold) -> GeminiFold:
        self._fold = fold
        return fold

    def _restored(self, fold: Callable[[bytes | None], GeminiFold]) -> Callable[[bytes], GeminiFold]:
        return lambda state: self._made(fold(state))

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        reading = self._lines.read(unit, go_on)
        if not self._fold.took_back or reading.whole:
            return reading
        return Reading(told=reading.told, bytes_read=reading.bytes_read, whole=True, problems=reading.problems)

    def state(self) -> FileState:
        return self._lines.state()


def _tell(fold: GeminiFold, document: JSON, unit: Unit) -> tuple[Sequence[Told], int]:
    """What a chat in one document amounts to: the same as a recording of its header and its messages."""
    fold.take({key: value for key, value in document.items() if key != "messages"})
    for message in objs(document.get("messages")):
        fold.take(message)
    return fold.tell(unit, whole=True, holds=lambda _: False), fold.message_total
