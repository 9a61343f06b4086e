"""Cursor's agent: a transcript a session, in the folder of its project.

``~/.cursor``::

    projects/<dashed path>/agent-transcripts/<session>/<session>.jsonl
    projects/<dashed path>/agent-transcripts/<session>/subagents/<agent>.jsonl
    projects/<dashed path>/agent-transcripts/<session>.jsonl, .txt                 formerly

Native ids: a session's is its file's name, a subagent's ``<session>/<agent>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.appended import AppendedReader, unit_at
from parrot_server.index.document import ListedTranscript
from parrot_server.index.entry_transcript import EntryTranscript
from parrot_server.index.file_source import FileSource, nested
from parrot_server.index.rewritten import RewrittenReader, stamp_of
from parrot_server.index.sources.cursor.fold import NAME, CursorFold
from parrot_server.index.sources.cursor.lines import entry_of, no_images, records_of
from parrot_server.index.sources.cursor.places import Projects
from parrot_wire.session import Message, ToolCall
from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parrot_server.index.loose import JSON
    from parrot_server.index.sources.base import Reader, Told, Transcript, Unit
    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem
    from parrot_wire.session import Part

_FOLDER = "agent-transcripts"
_MAX_TEXT_BYTES = 64 << 20


class Cursor(FileSource):
    name = NAME
    version = 1
    endings = (".jsonl", ".txt")
    depth = 4

    def __init__(self, root: Path) -> None:
        super().__init__(root, "cursor-agent")
        self._projects = Projects()

    @property
    def folder(self) -> Path:
        return nested(self.root, ".cursor") / "projects"

    def is_unit(self, steps: Sequence[str]) -> bool:
        match steps:
            case [_, "agent-transcripts", _]:
                return True
            case [_, "agent-transcripts", session, file]:
                return file == f"{session}.jsonl"
            case [_, "agent-transcripts", _, "subagents", file]:
                return file.endswith(".jsonl")
            case _:
                return False

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        return (unit for unit in super().units(report) if not _is_replaced(unit.path))

    def stat(self, path: str) -> Unit | None:
        return None if _is_replaced(path) else super().stat(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        if path.endswith(".txt"):
            return RewrittenReader(path, known, load=_load, tell=lambda records, unit: self._tell(records, path, unit))
        return AppendedReader(
            path, known, new_fold=lambda: self._fold(path), restore=lambda state: self._fold(path, state)
        )

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return _TextTranscript(path) if path.endswith(".txt") else _LinesTranscript(path)

    def _fold(self, path: str, state: bytes | None = None) -> CursorFold:
        project, _, *inner = self.steps_to(path)
        stem = Path(inner[-1]).stem
        parent = inner[0] if len(inner) == 3 else None
        return CursorFold(f"{parent}/{stem}" if parent else stem, parent, project, self._projects, state)

    def _tell(self, records: Sequence[JSON], path: str, unit: Unit) -> tuple[Sequence[Told], int]:
        fold = self._fold(path)
        for record in records:
            fold.take(record)
        return fold.tell(unit, whole=True, holds=lambda _: False), fold.message_total


class _LinesTranscript(EntryTranscript):
    """Lines tell no times: all messages have the file's."""

    def __init__(self, path: str) -> None:
        super().__init__(path, entry_of, no_images)

    def take(self, record: JSON, offset: int, length: int) -> None:
        entry = entry_of(record)
        if entry is not None and entry.turn:
            self._turn_of[len(self._starts) + 1] = len(self._turn_of) + 1
        super().take(record, offset, length)

    def reset(self) -> None:
        super().reset()
        self._turn_of: dict[int, int] = {}

    def message(self, n: int, records: Sequence[JSON]) -> Message:
        said = super().message(n, records)
        parts = _with_ids(n, said.parts)
        return msgspec.structs.replace(said, turn=self._turn_of.get(n), at=_time_of(self._path), parts=parts)

    @property
    def turn_total(self) -> int:
        return len(self._turn_of)


class _TextTranscript(ListedTranscript):
    """A transcript from before there were lines."""

    def __init__(self, path: str) -> None:
        super().__init__(stamp_of(path), self._load_all)
        self._path = path

    def _load_all(self) -> list[tuple[Message, bytes]]:
        records, _ = _load(self._path, 0)
        found: list[tuple[Message, bytes]] = []
        at, turn = _time_of(self._path), 0
        for record in records or ():
            entry = entry_of(record)
            if entry is not None and entry.parts:
                turn += bool(entry.turn)
                n = len(found) + 1
                said = Message(n=n, id=str(n), role=entry.role, at=at, parts=_with_ids(n, entry.parts))
                if entry.turn:
                    said = msgspec.structs.replace(said, turn=turn)
                found.append((said, msgspec.json.encode(record)))
        return found


def _load(path: str, size: int) -> tuple[Sequence[JSON] | None, SourceProblem | None]:
    """The records of an old transcript. Raises OSError."""
    del size
    with Path(path).open("rb") as file:
        return records_of(file.read(_MAX_TEXT_BYTES).decode("utf-8-sig", "replace")), None


def _with_ids(n: int, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Calls without an id are told apart by their place."""
    return tuple(
        msgspec.structs.replace(part, call_id=f"{n}.{index}")
        if isinstance(part, ToolCall) and not part.call_id
        else part
        for index, part in enumerate(parts)
    )


def _time_of(path: str) -> str:
    unit = unit_at(path)
    return wording.timestamp(unit.mtime_ns // 1_000_000 if unit is not None else 0) or from_ms(0)


def _is_replaced(path: str) -> bool:
    """Whether a transcript was written anew in a newer form."""
    old = Path(path)
    if old.parent.name != _FOLDER:
        return False
    newer = [old.parent / old.stem / f"{old.stem}.jsonl"]
    if old.suffix == ".txt":
        newer.append(old.with_suffix(".jsonl"))
    return any(each.exists() for each in newer)
