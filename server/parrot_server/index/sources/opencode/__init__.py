"""opencode: a database of all sessions, and before 1.2 a tree of files.

``$XDG_DATA_HOME/opencode`` or ``~/.local/share/opencode``::

    opencode.db, opencode-<channel>.db      in WAL mode, written all the time; other tables since 2.0 (`rows`)
    storage/…                               formerly; the database tells what both hold

A session's native id is opencode's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.index.at_work import AtWork
from parrot_server.index.file_source import nested
from parrot_server.index.sources.opencode.content import NAME
from parrot_server.index.sources.opencode.database import OpencodeShelf, SessionReader
from parrot_server.index.sources.opencode.messages import DatabaseTranscript
from parrot_server.index.sources.opencode.storage import Storage, StorageReader, StorageTranscript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parrot_server.index.sources.base import Asked, Evidence, Reader, Transcript, Unit
    from parrot_server.store.local import FileState, SessionFacts
    from parrot_wire.answers import SourceProblem


class Opencode:
    name = NAME
    version = 2

    def __init__(self, root: Path) -> None:
        """root: the folder of its data, or the database."""
        self.root = root
        self._shelves: dict[Path, OpencodeShelf] = {}
        self._storages: dict[Path, Storage] = {}
        self._processes = AtWork("opencode", "opencode-ai")

    def watched(self) -> Sequence[Path]:
        # Not the whole folder: what else lies in it is large, and changes all the time.
        return (*(self._databases() or [self._folder / "opencode.db"]), self._storage.folder)

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        databases = self._databases()
        for gone in self._shelves.keys() - set(databases):
            del self._shelves[gone]
        for path in databases:
            yield from self._shelves.setdefault(path, OpencodeShelf(path)).units(report)
        for unit in self._storage.units(report):
            if not self._is_in_database(unit.path):
                yield unit

    def units_of(self, path: str) -> Sequence[str]:
        for shelf in self._shelves.values():
            if shelf.is_part(path):
                return shelf.changed()
        return [each for each in self._storage.units_of(path) if not self._is_in_database(each)]

    def stat(self, path: str) -> Unit | None:
        shelf = self._shelf(path)
        if shelf is not None:
            return shelf.stat(path)
        return None if self._is_in_database(path) else self._storage.stat(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        shelf = self._shelf(path)
        session = shelf.session_of(path) if shelf is not None else None
        if shelf is None or session is None:
            return StorageReader(self._storage, path, known)
        return SessionReader(shelf.path, session, known)

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        shelf = self._shelf(path)
        return StorageTranscript(self._storage, path) if shelf is None else DatabaseTranscript(shelf.path, native_id)

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._processes.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        del known
        return ()

    @property
    def _folder(self) -> Path:
        return self.root.parent if self._is_database else nested(self.root, NAME)

    @property
    def _is_database(self) -> bool:
        return self.root.suffix == ".db" or self.root.is_file()

    @property
    def _storage(self) -> Storage:
        folder = self._folder / "storage"
        return self._storages.setdefault(folder, Storage(folder))

    def _databases(self) -> list[Path]:
        if self._is_database:
            return [self.root]
        return sorted(self._folder.glob("opencode*.db"))

    def _shelf(self, path: str) -> OpencodeShelf | None:
        """The database that a unit lies in; also one that an earlier server read, and that is looked at only later."""
        name, sign, _ = path.rpartition("#")
        if not sign or not (name.endswith(".db") or name == str(self.root)):
            return None
        return self._shelves.setdefault(Path(name), OpencodeShelf(Path(name)))

    def _is_in_database(self, path: str) -> bool:
        session = self._storage.id_of(path)
        return any(session in shelf for shelf in self._shelves.values())
