"""Sources of tools that keep a file a session, under one folder."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from parrot_server.index.appended import unit_at
from parrot_server.index.at_work import AtWork
from parrot_server.index.scanning import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked, Evidence, Unit
    from parrot_server.store.local import SessionFacts
    from parrot_wire.answers import SourceProblem


class FileSource(ABC):
    """All of ``base.Source`` but the name, the version, and how a unit is read."""

    endings: tuple[str, ...] = (".jsonl",)
    depth = 2
    """So many folders lie between the folder and the files at most."""

    def __init__(self, root: Path, *programs: str) -> None:
        """programs: what the tool's program or package is called, to know its processes by."""
        self.root = root
        self._processes = AtWork(*programs)

    @property
    @abstractmethod
    def folder(self) -> Path:
        """Under which the files lie; it may not be there."""

    @abstractmethod
    def is_unit(self, steps: Sequence[str]) -> bool:
        """Whether a file with one of the endings is a session, by its path from the folder on, step by step."""

    def steps_to(self, path: str) -> Sequence[str]:
        """A path from the folder on; empty where it lies elsewhere."""
        prefix = f"{self.folder}{os.sep}"
        return path[len(prefix) :].replace(os.sep, "/").split("/") if path.startswith(prefix) else ()

    # base.Source

    def watched(self) -> Sequence[Path]:
        return (self.folder,)

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        for unit in files_below(self.folder, self.endings, report, depth=self.depth):
            if self.is_unit(self.steps_to(unit.path)):
                yield unit

    def units_of(self, path: str) -> Sequence[str]:
        return (path,) if path.endswith(self.endings) and self.is_unit(self.steps_to(path)) else ()

    def stat(self, path: str) -> Unit | None:
        return unit_at(path) if self.units_of(path) else None

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._processes.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        del known
        return ()


def nested(root: Path, name: str) -> Path:
    """The folder ``name`` in the root, or the root where there is none: a tool's variable may name either."""
    inner = root / name
    return inner if inner.is_dir() else root
