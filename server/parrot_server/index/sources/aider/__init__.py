"""Aider: a chat history in every repository, each with many runs. Read only below a folder that is named.

``<repository>/.aider.chat.history.md``, only ever added to, and beside it ``.aider.input.history`` with the times of
what was typed. A run is a session, and a unit of its own: ``<history>#<run, from 1>``, which is also its native id,
since Aider gives none.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from parrot_server.index import wording
from parrot_server.index.appended import unit_at
from parrot_server.index.at_work import AtWork
from parrot_server.index.document import ListedTranscript
from parrot_server.index.shelf import own_inode
from parrot_server.index.sources.aider.history import STARTED, Run, parse_run, prompt_times
from parrot_server.index.sources.base import Reading, Standing, Told, Unit
from parrot_server.index.tally import Tally
from parrot_server.index.whole_unit import state_of_whole
from parrot_server.store.local import FileState, SessionFacts
from parrot_wire.answers import SourceProblem
from parrot_wire.records import TurnRecord
from parrot_wire.session import Message
from parrot_wire.times import from_ms
from parrot_wire.values import Basis, MessageRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parrot_server.index.sources.base import Asked, Evidence, Reader, Transcript

NAME = "aider"
_HISTORY = ".aider.chat.history.md"
_INPUTS = ".aider.input.history"
_DEPTH = 5
_MAX_FOLDERS = 20_000
_MAX_BYTES = 64 << 20
_LOOK_AGAIN_S = 60.0
_LOOK_SHARE = 100
"""The time between two looks through the folders is at least so many times what one takes."""
_FOLLOWED = 16
"""So many histories are followed by notices, those that were written last; the others are looked at now and then."""
_SKIPPED = frozenset({"node_modules", "target", "vendor", "dist", "build", "venv", "__pycache__", "site-packages"})


class _Part(NamedTuple):
    """A run within the file."""

    offset: int
    length: int


class _Histories:
    """Where runs lie in the files that were looked at; what was only added to is not looked through again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Unit, list[_Part]]] = {}

    def runs(self, path: str) -> tuple[Unit, list[_Part]] | None:
        """The file and its runs, in order; None where it is gone. Raises OSError."""
        file = unit_at(path)
        if file is None:
            self._known.pop(path, None)
            return None
        known = self._known.get(path)
        if known is None or known[0] != file:
            is_longer = known is not None and known[0].inode == file.inode and known[0].size <= file.size
            known = (file, _find_runs(Path(path), known[1] if known is not None and is_longer else []))
            self._known[path] = known
        return known

    def newest(self) -> list[str]:
        """Histories, those that were written last first."""
        return sorted(self._known, key=lambda path: -self._known[path][0].mtime_ns)


class Aider:
    name = NAME
    version = 1

    def __init__(self, root: Path) -> None:
        self.root = root
        self._histories = _Histories()
        self._processes = AtWork("aider")
        self._paths: list[str] = []
        self._problems: list[SourceProblem] = []
        self._look_again_at = 0.0

    def watched(self) -> Sequence[Path]:
        # Not the root: it may hold whole disks.
        return [Path(path) for path in self._histories.newest()[:_FOLLOWED]]

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        now = time.monotonic()
        if now >= self._look_again_at:
            self._problems = []
            self._paths = list(_histories_below(self.root, self._problems.append))
            took_s = time.monotonic() - now
            self._look_again_at = now + max(_LOOK_AGAIN_S, _LOOK_SHARE * took_s)
        for problem in self._problems:
            report(problem)
        for path in self._paths:
            try:
                yield from self._units(path)
            except OSError as error:
                report(SourceProblem(file=path, detail=error.strerror or str(error)))

    def units_of(self, path: str) -> Sequence[str]:
        folder, _, name = path.rpartition(os.sep)
        if name not in (_HISTORY, _INPUTS) or not path.startswith(f"{self.root}{os.sep}"):
            return ()
        try:
            return [unit.path for unit in self._units(f"{folder}{os.sep}{_HISTORY}")]
        except OSError:
            return ()

    def stat(self, path: str) -> Unit | None:
        """Raises OSError."""
        history, number = _split(path)
        found = self._histories.runs(history) if number else None
        return _unit(history, number, *found) if found is not None and number <= len(found[1]) else None

    def reader(self, path: str, known: FileState | None) -> Reader:
        return _Reader(self._histories, path, known)

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del native_id
        return _Transcript(self._histories, path)

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._processes.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        del known
        return ()

    def _units(self, history: str) -> Iterator[Unit]:
        found = self._histories.runs(history)
        if found is not None:
            for number in range(1, len(found[1]) + 1):
                yield _unit(history, number, *found)


class _Reader:
    """Reads one run."""

    def __init__(self, histories: _Histories, path: str, known: FileState | None) -> None:
        self._histories = histories
        self._path = path
        self._known = known

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        history, number = _split(self._path)
        text = _text_of(self._histories, history, number)
        run = parse_run(text)
        told = _tell(run, unit, Path(history), self._typed_ms(history, number, run)) if run.is_talk else []
        had = msgspec.msgpack.decode(self._known.state, type=int) if self._known is not None else None
        self._known = state_of_whole(
            unit,
            state=msgspec.msgpack.encode(len(text)),
            sessions=(self._path,) if told else (),
        )
        return Reading(told=told, bytes_read=unit.size, whole=had is None or len(text) < had)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known

    def _typed_ms(self, history: str, number: int, run: Run) -> int | None:
        """When something was last typed in the run: before the next one began."""
        times = sorted(prompt_times(_read(Path(history).with_name(_INPUTS)).decode("utf-8", "replace")))
        found = self._histories.runs(history)
        until = None
        if found is not None and number < len(found[1]):
            header, _, _ = _text_of(self._histories, history, number + 1).partition("\n")
            until = parse_run(header).started_ms
        at = bisect_right(times, until) - 1 if until is not None else len(times) - 1
        return times[at] if at >= 0 and times[at] >= (run.started_ms or 0) else None


class _Transcript(ListedTranscript):
    def __init__(self, histories: _Histories, path: str) -> None:
        super().__init__(self._stamp, self._load_all)
        self._histories = histories
        self._history, self._number = _split(path)

    def _stamp(self) -> object:
        found = self._histories.runs(self._history)
        if found is None or self._number > len(found[1]):
            raise FileNotFoundError(self._history)
        return found[1][self._number - 1], found[0].mtime_ns if self._number == len(found[1]) else 0

    def _load_all(self) -> list[tuple[Message, bytes]]:
        run = parse_run(_text_of(self._histories, self._history, self._number))
        at = wording.timestamp(run.started_ms or 0) or from_ms(0)
        found: list[tuple[Message, bytes]] = []
        turn = 0
        for n, piece in enumerate(run.pieces, 1):
            is_answer = piece.role is MessageRole.ASSISTANT
            turn += is_answer
            message = Message(
                n=n,
                id=str(n),
                role=piece.role,
                at=at,
                parts=piece.parts,
                turn=turn if is_answer else None,
                model=run.model if is_answer else None,
            )
            found.append((message, piece.raw.encode("utf-8", "replace")))
        return found


def _tell(run: Run, unit: Unit, history: Path, typed_ms: int | None) -> list[Told]:
    tally = Tally()
    tally.see(run.started_ms)
    tally.see(typed_ms)
    tally.use(run.model)
    for piece in run.pieces:
        tally.add_parts(piece.parts)
        if piece.role is MessageRole.USER:
            tally.prompt(piece.raw.replace("####", " "))
        tally.answers += piece.role is MessageRole.ASSISTANT
    cwd = str(history.parent)
    patch = tally.patch(
        unit,
        source_file=str(history),
        cwd=cwd,
        version=run.version,
        resume=("aider", "--restore-chat-history"),
    )
    facts = SessionFacts(
        source=NAME,
        native_id=unit.path,
        patch=patch,
        turns=_turns(run, unit.path),
        turns_whole=True,
        copied_from=None,
    )
    standing = Standing(turn=run.state, at_ms=tally.last_ms or 0, live_key=cwd, version=run.version)
    return [Told(facts=facts, standing=standing)]


def _turns(run: Run, native_id: str) -> tuple[TurnRecord, ...]:
    """A turn an answer, with what Aider says behind it of its tokens."""
    found: list[TurnRecord] = []
    for piece in run.pieces:
        if piece.role is MessageRole.ASSISTANT:
            began = wording.timestamp((run.started_ms or 0) + len(found)) or from_ms(0)
            turn_id = f"{native_id}:{len(found) + 1:06}"
            found.append(TurnRecord(id=turn_id, model=run.model, basis=Basis.UNPRICED, started_at=began))
        elif piece.used is not None and found:
            used = piece.used
            found[-1] = msgspec.structs.replace(found[-1], tokens=used.tokens, cost=used.cost or None, basis=None)
    return tuple(found)


def _unit(history: str, number: int, file: Unit, runs: Sequence[_Part]) -> Unit:
    """Only the last run is written, so only its stamp has the file's time."""
    return Unit(
        path=f"{history}#{number}",
        device=file.device,
        inode=own_inode(f"{file.inode}#{number}"),
        size=runs[number - 1].length,
        mtime_ns=file.mtime_ns if number == len(runs) else 0,
    )


def _split(path: str) -> tuple[str, int]:
    history, _, number = path.rpartition("#")
    return history, int(number) if number.isdigit() else 0


def _text_of(histories: _Histories, history: str, number: int) -> str:
    """A run's text. Raises OSError."""
    found = histories.runs(history)
    if found is None or not 1 <= number <= len(found[1]):
        raise FileNotFoundError(history)
    offset, length = found[1][number - 1]
    with Path(history).open("rb") as file:
        file.seek(offset)
        return file.read(min(length, _MAX_BYTES)).decode("utf-8", "replace").replace("\r\n", "\n")


def _find_runs(path: Path, known: list[_Part]) -> list[_Part]:
    """Where the runs of a history begin and end; the last of those that are known may have grown. Raises OSError."""
    start = known[-1].offset if known else 0
    begins: list[int] = []
    with path.open("rb") as file:
        file.seek(start)
        at = start
        for line in file:
            if line.startswith(STARTED):
                begins.append(at)
            at += len(line)
    ends = [*begins[1:], at]
    return [*known[:-1], *(_Part(begin, end - begin) for begin, end in zip(begins, ends, strict=True))]


def _histories_below(root: Path, report: Callable[[SourceProblem], None]) -> Iterator[str]:
    """Histories in the root and in folders below it, as deep as repositories lie."""
    waiting: list[tuple[str, int]] = [(os.fspath(root), 0)]
    looked_at = 0
    while waiting:
        folder, level = waiting.pop()
        looked_at += 1
        if looked_at > _MAX_FOLDERS:
            detail = f"more than {_MAX_FOLDERS} folders: not all of them were looked at"
            report(SourceProblem(file=os.fspath(root), detail=detail))
            return
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name == _HISTORY:
                        yield from _if_text(entry.path, report)
                    elif level < _DEPTH and _is_looked_into(entry):
                        waiting.append((entry.path, level + 1))
        except FileNotFoundError:
            continue
        except OSError as error:
            report(SourceProblem(file=folder, detail=error.strerror or str(error)))


def _if_text(path: str, report: Callable[[SourceProblem], None]) -> Iterator[str]:
    try:
        path.encode()
    except UnicodeEncodeError:
        name = path.encode("utf-8", "replace").decode()
        report(SourceProblem(file=name, detail="its name is not UTF-8: passed over"))
    else:
        yield path


def _is_looked_into(entry: os.DirEntry[str]) -> bool:
    if entry.name in _SKIPPED or entry.name.startswith("."):
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError:
        return b""
