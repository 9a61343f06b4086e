"""GitHub Copilot CLI: a folder a session, with its events and what it is called.

``$COPILOT_HOME`` or ``~/.copilot``::

    session-state/<session>/events.jsonl
    session-state/<session>/workspace.yaml        name, folder, branch
    session-state/<session>/inuse.<pid>.lock      while a process works on it
    session-state/<session>.jsonl                 formerly

A session's native id is its folder's name, formerly the id in its first event.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from parrot_server.index.appended import AppendedReader, unit_at
from parrot_server.index.entry_transcript import EntryTranscript
from parrot_server.index.file_source import FileSource, nested
from parrot_server.index.sources.copilot.fold import NAME, CopilotFold
from parrot_server.index.sources.copilot.lines import entry_of, images_of, usage_of
from parrot_server.index.sources.copilot.live import Locks
from parrot_server.index.sources.copilot.workspace import read_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parrot_server.index.loose import JSON
    from parrot_server.index.sources.base import Asked, Evidence, Reader, Transcript, Unit
    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem

_EVENTS = "events.jsonl"
_WORKSPACE = "workspace.yaml"


class Copilot(FileSource):
    name = NAME
    version = 1
    depth = 1

    def __init__(self, root: Path) -> None:
        super().__init__(root)

    @property
    def folder(self) -> Path:
        return nested(self.root, ".copilot") / "session-state"

    def is_unit(self, steps: Sequence[str]) -> bool:
        return len(steps) == 1 or (len(steps) == 2 and steps[1] == _EVENTS)

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        return (_with_workspace(unit) for unit in super().units(report))

    def units_of(self, path: str) -> Sequence[str]:
        folder, _, name = path.rpartition(os.sep)
        return super().units_of(f"{folder}{os.sep}{_EVENTS}" if name == _WORKSPACE else path)

    def stat(self, path: str) -> Unit | None:
        unit = super().stat(path)
        return _with_workspace(unit) if unit is not None else None

    def reader(self, path: str, known: FileState | None) -> Reader:
        file = Path(path)
        folder = file.parent.name if file.name == _EVENTS else None
        beside = file.with_name(_WORKSPACE)

        def workspace() -> Mapping[str, str]:
            return read_workspace(beside) if folder is not None else {}

        return AppendedReader(
            path,
            known,
            new_fold=lambda: CopilotFold(folder, file.stem, workspace),
            restore=lambda state: CopilotFold(folder, file.stem, workspace, state),
        )

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return CopilotTranscript(path)

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return Locks(self.folder).evidence(asked)


class CopilotTranscript(EntryTranscript):
    """One session's events. Where events account for requests, those are the turns, and answers only belong to them."""

    def __init__(self, path: str) -> None:
        super().__init__(path, entry_of, images_of)

    def reset(self) -> None:
        super().reset()
        self._has_records = False

    def take(self, record: JSON, offset: int, length: int) -> None:
        usage = usage_of(record)
        if usage is None:
            super().take(record, offset, length)
        else:
            self._has_records = True
            super().note_turn(usage.call_id or usage.id)

    def note_turn(self, turn: str) -> None:
        if not self._has_records:
            super().note_turn(turn)


def _with_workspace(unit: Unit) -> Unit:
    """A session is news also when only what it is called has changed."""
    if not unit.path.endswith(f"{os.sep}{_EVENTS}"):
        return unit
    beside = unit_at(unit.path.removesuffix(_EVENTS) + _WORKSPACE)
    if beside is None:
        return unit
    return structs.replace(unit, mtime_ns=max(unit.mtime_ns, beside.mtime_ns))
