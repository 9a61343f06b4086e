"""Walking folders for the files of a source."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parrot_server.index.sources.base import Unit
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MAX_DEPTH = 12


def files_below(
    folder: Path, endings: tuple[str, ...], report: Callable[[SourceProblem], None], *, depth: int = _MAX_DEPTH
) -> Iterator[Unit]:
    """Files under a folder whose names end so, with their stamps. A missing folder has none; what cannot be read is
    reported. Links are followed, but not in circles."""
    waiting: list[tuple[str, int]] = [(os.fspath(folder), 0)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        path, level = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.endswith(endings):
                        if not _is_text(entry.path):
                            name = entry.path.encode("utf-8", "replace").decode()
                            report(SourceProblem(file=name, detail="its name is not UTF-8: passed over"))
                        elif (unit := _unit(entry)) is not None:
                            yield unit
                    elif level < depth and entry.is_dir():
                        if entry.is_symlink():
                            stat = entry.stat()
                            if (stat.st_dev, stat.st_ino) in seen:
                                continue
                            seen.add((stat.st_dev, stat.st_ino))
                        waiting.append((entry.path, level + 1))
        except FileNotFoundError:
            continue
        except OSError as error:
            report(SourceProblem(file=path, detail=error.strerror or str(error)))


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unit(entry: os.DirEntry[str]) -> Unit | None:
    try:
        if not entry.is_file():
            return None
        stat = entry.stat()
    except OSError:
        return None
    return Unit(path=entry.path, device=stat.st_dev, inode=stat.st_ino, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
