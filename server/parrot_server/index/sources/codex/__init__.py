"""Codex (command line, editor extension, app): a rollout a thread, under ``sessions/`` by local date, or archived.

``$CODEX_HOME`` or ``~/.codex``::

    sessions/YYYY/MM/DD/rollout-<local time>-<thread id>.jsonl     resuming appends, whatever the date
    archived_sessions/rollout-….jsonl                              moved there when archived
    ….jsonl.zst                                                    cold ones, in place of the plain file
    state_<n>.sqlite, session_index.jsonl                          titles
    thread-writer-locks/<thread id>.lock                           held while a process writes the thread

A thread's native id is the id in its header, which is the one in its file's name.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import zstandard

from parrot_server.index.appended import CHUNK_BYTES, AppendedReader, open_plain, unit_at
from parrot_server.index.scanning import files_below
from parrot_server.index.sources.base import Asked, Evidence, Tool, Unit
from parrot_server.index.sources.codex.fold import NAME, CodexFold
from parrot_server.index.sources.codex.forks import ThreadTranscript
from parrot_server.index.sources.codex.live import Locks
from parrot_server.index.sources.codex.threads import ThreadTitles
from parrot_server.store.local import SessionFacts
from parrot_wire.records import SessionPatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parrot_server.index.appended import OpenFile
    from parrot_server.index.sources.base import Reader, Transcript
    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem

_VERSION = 2
_PACKED = ".jsonl.zst"
_IN_MEMORY = 16 << 20
_NAME = re.compile(r"rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-(.+)\.jsonl(?:\.zst)?$")


class Codex:
    name = NAME
    version = _VERSION

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sessions = root / "sessions"
        self._archive = root / "archived_sessions"
        self._titles = ThreadTitles(root)
        self._locks = Locks(root / "thread-writer-locks")

    def watched(self) -> Sequence[Path]:
        return (self._sessions, self._archive, self.root / "thread-writer-locks")

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        self._titles.refresh()
        for folder in (self._sessions, self._archive):
            found = {unit.path: unit for unit in files_below(folder, (".jsonl", _PACKED), report)}
            for path, unit in found.items():
                # Both are there for a moment while a rollout is packed.
                if not path.endswith(_PACKED) or path.removesuffix(".zst") not in found:
                    yield unit

    def units_of(self, path: str) -> Sequence[str]:
        return (path,) if self._is_unit(path) else ()

    def _is_unit(self, path: str) -> bool:
        if not path.endswith((".jsonl", _PACKED)):
            return False
        folders = (f"{self._sessions}{os.sep}", f"{self._archive}{os.sep}")
        return path.startswith(folders)

    def stat(self, path: str) -> Unit | None:
        if not self._is_unit(path):
            return None
        if path.endswith(_PACKED) and Path(path.removesuffix(".zst")).exists():
            return None
        return unit_at(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        thread_id = _thread_of(path)
        archived = path.startswith(f"{self._archive}{os.sep}")
        return AppendedReader(
            path,
            known,
            new_fold=lambda: CodexFold(thread_id, self._titles.get, archived=archived),
            restore=lambda state: CodexFold(thread_id, self._titles.get, archived=archived, state=state),
            open_file=_open(path),
        )

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return ThreadTranscript(path, _open(path), self._find) if self._is_unit(path) else None

    def _find(self, thread_id: str) -> tuple[str, OpenFile] | None:
        """The rollout of a thread, wherever it lies now; a plain one before a packed one."""
        for ending in (".jsonl", _PACKED):
            for folder in (self._sessions, self._archive):
                for path in folder.rglob(f"rollout-*-{thread_id}{ending}"):
                    return str(path), _open(str(path))
        return None

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._locks.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        self._titles.refresh()
        for thread_id, title in self._titles.changed(known):
            yield SessionFacts(source=NAME, native_id=thread_id, patch=SessionPatch(title=title))


def _thread_of(path: str) -> str:
    """The thread id in a rollout's name, or the name where it has none."""
    name = Path(path).name
    match = _NAME.match(name)
    return match.group(1) if match is not None else name.removesuffix(".zst").removesuffix(".jsonl")


def _open(path: str) -> Callable[[str], BinaryIO]:
    return _open_packed if path.endswith(_PACKED) else open_plain


def _open_packed(path: str) -> BinaryIO:
    """A packed rollout, unpacked aside (in memory while it is small), so that it can be read from any place.

    Raises OSError where it is damaged or not whole yet.
    """
    unpacked = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  the caller closes it
    try:
        with Path(path).open("rb") as packed:
            _unpack(packed, unpacked)
    except zstandard.ZstdError as error:
        unpacked.close()
        raise OSError(f"cannot unpack {path}: {error}") from error
    except BaseException:
        unpacked.close()
        raise
    unpacked.seek(0)
    return cast("BinaryIO", unpacked)


def _unpack(packed: BinaryIO, unpacked: IO[bytes]) -> None:
    """All frames of a file. Raises ZstdError where it is damaged, or ends within a frame."""
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    is_within = False
    while chunk := packed.read(CHUNK_BYTES):
        while chunk:
            is_within = True
            unpacked.write(frame.decompress(chunk))
            chunk = b""
            if frame.eof:
                chunk, frame, is_within = frame.unused_data, decompressor.decompressobj(), False
    if is_within:
        raise zstandard.ZstdError("it is not whole")


def _default_root(environment: Mapping[str, str], home: Path) -> Path:
    named = environment.get("CODEX_HOME")
    return Path(named).expanduser() if named else home / ".codex"


TOOL = Tool(name=NAME, default_root=_default_root, open=Codex)
