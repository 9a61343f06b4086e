"""A source whose reader is not even loaded until its tool's folder is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked, Evidence, Reader, Source, Transcript, Unit
    from parrot_server.store.local import FileState, SessionFacts
    from parrot_wire.answers import SourceProblem


class LateSource:
    """Implements ``base.Source`` by the source that ``load`` makes, once there is something for it to read."""

    def __init__(self, name: str, root: Path, load: Callable[[Path], Source]) -> None:
        self.name = name
        self.root = root
        self._load = load
        self._loaded: Source | None = None

    @property
    def _source(self) -> Source:
        if self._loaded is None:
            self._loaded = self._load(self.root)
        return self._loaded

    @property
    def _is_there(self) -> bool:
        return self._loaded is not None or self.root.exists()

    @property
    def version(self) -> int:
        return self._source.version

    def watched(self) -> Sequence[Path]:
        return self._source.watched() if self._is_there else (self.root,)

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        if self._is_there:
            yield from self._source.units(report)

    def units_of(self, path: str) -> Sequence[str]:
        return self._loaded.units_of(path) if self._loaded is not None else ()

    def stat(self, path: str) -> Unit | None:
        return self._source.stat(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        return self._source.reader(path, known)

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        return self._source.transcript(native_id, path)

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._loaded.evidence(asked) if self._loaded is not None else {}

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        return self._loaded.aside(known) if self._loaded is not None else ()
