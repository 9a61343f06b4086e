"""opencode's files (before 1.2): a session, a message and a part each in a file that is rewritten whole.

``storage/session/<project>/<session>.json``, ``storage/message/<session>/<message>.json``,
``storage/part/<message>/<part>.json``. They may remain beside the database, which then tells their sessions.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from parrot_server.index.appended import unit_at
from parrot_server.index.document import ListedTranscript, load
from parrot_server.index.jsonl import parse_object
from parrot_server.index.loose import JSON, obj, string, whole
from parrot_server.index.rewritten import HalfWritten
from parrot_server.index.scanning import files_below
from parrot_server.index.sources.base import Reading, Unit
from parrot_server.index.sources.opencode.content import images_of, is_turn, message_of, saying_of
from parrot_server.index.sources.opencode.session import about_of, summed, tell
from parrot_server.index.whole_unit import state_of_whole
from parrot_wire.session import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parrot_server.store.local import FileState
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.answers import SourceProblem
    from parrot_wire.session import Message, Part

_MAX_SMALL = 1 << 20


class _Outline(NamedTuple):
    """What is looked at to know whether a session's files have to be looked at."""

    session: Unit
    messages_ns: int | None
    last_parts_ns: int | None


class Storage:
    """The tree under ``storage``. A session's unit is its own file, with a stamp over all of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sessions = folder / "session"
        self._stamps: dict[str, tuple[_Outline, Unit]] = {}
        self._ids: dict[str, str] = {}
        self._last_message: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        """Message -> the path of its session's file."""
        self._touched: set[str] = set()

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        for file in files_below(self._sessions, (".json",), report, depth=1):
            yield self._unit(file)

    def units_of(self, path: str) -> Sequence[str]:
        """The session that a changed file belongs to."""
        prefix = f"{self.folder}{os.sep}"
        if not path.startswith(prefix) or not path.endswith(".json"):
            return ()
        match path[len(prefix) :].replace(os.sep, "/").split("/"):
            case ["session", _, _]:
                found = path
            case ["message", session, _]:
                found = next((each for each, known in self._ids.items() if known == session), None)
            case ["part", message, _]:
                found = self._owners.get(message)
            case _:
                found = None
        if found is None:
            return ()
        self._touched.add(found)
        return (found,)

    def stat(self, path: str) -> Unit | None:
        """Raises OSError."""
        if not path.startswith(f"{self._sessions}{os.sep}"):
            return None
        file = unit_at(path)
        return self._unit(file) if file is not None else None

    def id_of(self, path: str) -> str:
        """The id of the session in a file: its name, unless its messages are kept under another."""
        known = self._ids.get(path)
        if known is None:
            stem = Path(path).stem
            known = stem if (self.folder / "message" / stem).is_dir() else _id_in(Path(path)) or stem
            self._ids[path] = known
        return known

    def messages_of(self, path: str) -> Iterator[tuple[Path, Path]]:
        """The files of a session's messages, each with the folder of its parts."""
        for file in _files(self.folder / "message" / self.id_of(path)):
            stem = file.stem
            parts = self.folder / "part" / stem
            yield file, parts if parts.is_dir() else self.folder / "part" / (_id_in(file) or stem)

    def _unit(self, file: Unit) -> Unit:
        last = self._last_message.get(file.path)
        outline = _Outline(
            file,
            _changed_ns(self.folder / "message" / self.id_of(file.path)),
            _changed_ns(self.folder / "part" / last) if last is not None else None,
        )
        known = self._stamps.get(file.path)
        if known is not None and known[0] == outline and file.path not in self._touched:
            return known[1]
        self._touched.discard(file.path)
        size, newest_ns = file.size, file.mtime_ns
        for message, parts in self.messages_of(file.path):
            self._owners[parts.name] = file.path
            self._last_message[file.path] = parts.name
            for each in (message, *_files(parts)):
                unit = unit_at(each)
                if unit is not None:
                    size, newest_ns = size + unit.size, max(newest_ns, unit.mtime_ns)
        unit = Unit(path=file.path, device=file.device, inode=file.inode, size=size, mtime_ns=newest_ns)
        self._stamps[file.path] = (outline, unit)
        return unit


class _Stored(NamedTuple):
    info: JSON
    parts: list[JSON]

    @property
    def raw(self) -> bytes:
        return b"\n".join(msgspec.json.encode(each) for each in (self.info, *self.parts))


class StorageReader:
    """Reads a session's files, all of them each time: they are from before opencode had a database."""

    def __init__(self, storage: Storage, path: str, known: FileState | None) -> None:
        self._storage = storage
        self._path = path
        self._known = known

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        problems: list[SourceProblem] = []
        record = _load(Path(self._path), problems)
        if record is None and self._known is not None:
            raise HalfWritten(errno.EAGAIN, problems[0].detail if problems else "gone")
        about = about_of({"id": self._storage.id_of(self._path), **(record or {})})
        stored = stored_messages(self._storage, self._path, problems)
        sayings = [saying_of(each.info, each.parts) for each in stored]
        told = tell(
            about,
            [summed(saying, _newest(each, saying.at_ms)) for each, saying in zip(stored, sayings, strict=True)],
            [saying.turn for saying in sayings if saying.turn is not None],
            unit,
            source_file=self._path,
            whole_turns=True,
        )
        had = msgspec.msgpack.decode(self._known.state, type=int) if self._known is not None else None
        self._known = state_of_whole(
            unit,
            state=msgspec.msgpack.encode(len(stored)),
            sessions=(about.id,) if told else (),
            problems=tuple(problems),
        )
        return Reading(
            told=told if record is not None else (),
            bytes_read=unit.size,
            whole=had is None or len(stored) < had,
            problems=tuple(problems),
        )

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known


class StorageTranscript(ListedTranscript):
    """A session's messages, read from its files."""

    def __init__(self, storage: Storage, path: str) -> None:
        super().__init__(self._stamp, self._load_all)
        self._storage = storage
        self._path = path
        self._stored: list[_Stored] = []
        self._turns = 0

    def _stamp(self) -> object:
        unit = self._storage.stat(self._path)
        if unit is None:
            raise FileNotFoundError(self._path)
        return unit

    def _load_all(self) -> list[tuple[Message, bytes]]:
        self._stored, self._turns = [], 0
        found: list[tuple[Message, bytes]] = []
        for stored in stored_messages(self._storage, self._path, []):
            turn = None
            if is_turn(stored.info):
                turn = self._turns = self._turns + 1
            saying = saying_of(stored.info, stored.parts)
            if saying.parts:
                found.append((message_of(len(found) + 1, stored.info, saying, turn), stored.raw))
                self._stored.append(stored)
        return found

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        part = super().part(n, index)
        if not isinstance(part, Image):
            return part
        nth = sum(isinstance(each, Image) for each in self.page(n, n)[0].parts[:index])
        images = images_of(self._stored[n - 1].parts)
        return images[nth] if nth < len(images) and images[nth].data else part

    @property
    def turn_total(self) -> int:
        return self._turns


def stored_messages(storage: Storage, path: str, problems: list[SourceProblem]) -> list[_Stored]:
    """A session's messages in order. Files that cannot be parsed are passed over."""
    found: list[_Stored] = []
    for file, folder in storage.messages_of(path):
        info = _load(file, problems)
        if info is None:
            continue
        parts = [part for each in _files(folder) if (part := _load(each, problems)) is not None]
        found.append(_Stored({"id": folder.name, **info}, parts))
    return sorted(found, key=lambda each: (whole(obj(each.info.get("time")).get("created")) or 0, each.info["id"]))


def _newest(stored: _Stored, otherwise_ms: int) -> int:
    """The newest time that a message or one of its parts tells."""
    times = [obj(stored.info.get("time")), *(obj(part.get("time")) for part in stored.parts)]
    times += [obj(obj(part.get("state")).get("time")) for part in stored.parts]
    told = (whole(time.get(name)) for time in times for name in ("created", "completed", "start", "end"))
    return max((at for at in told if at is not None), default=otherwise_ms)


def _load(path: Path, problems: list[SourceProblem]) -> JSON | None:
    try:
        document, problem = load(str(path), path.stat().st_size)
    except FileNotFoundError:
        return None
    if problem is not None:
        problems.append(problem)
    return document


def _id_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return string(parse_object(file.read(_MAX_SMALL)).get("id"))
    except OSError:
        return ""


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError:
        return []


def _changed_ns(folder: Path) -> int | None:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None
