"""Goose: one database of all sessions.

``$GOOSE_PATH_ROOT/data``, ``$XDG_DATA_HOME/goose`` or ``~/.local/share/goose``, on Windows
``%APPDATA%\\Block\\goose\\data``::

    sessions/sessions.db

A session's native id is Goose's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.at_work import AtWork
from parrot_server.index.document import ListedTranscript
from parrot_server.index.foreign import reading, stamp_of
from parrot_server.index.sources.base import Reading, Standing, Told, TurnState, Unit
from parrot_server.index.sources.goose.content import Saying, images_of, saying_of
from parrot_server.index.sources.goose.database import GooseShelf, Row, Session, messages, sessions, turns
from parrot_server.index.tally import Tally
from parrot_server.index.whole_unit import state_of_whole
from parrot_server.store.local import FileState, SessionFacts
from parrot_wire.session import Image, Message
from parrot_wire.times import from_ms
from parrot_wire.values import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parrot_server.index.sources.base import Asked, Evidence, Reader, Transcript
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.answers import SourceProblem
    from parrot_wire.records import TurnRecord
    from parrot_wire.session import Part

NAME = "goose"
_DATABASE = "sessions.db"


class Goose:
    name = NAME
    version = 1

    def __init__(self, root: Path) -> None:
        self.root = root
        self._shelves: dict[Path, GooseShelf] = {}
        self._processes = AtWork("goose", "goosed")

    @property
    def _shelf(self) -> GooseShelf:
        """The database, in whichever of the folders above it the root is."""
        places = [self.root / "data" / "sessions", self.root / "sessions", self.root]
        folder = next((place for place in places if (place / _DATABASE).exists()), places[1])
        path = folder / _DATABASE
        return self._shelves.setdefault(path, GooseShelf(path))

    def watched(self) -> Sequence[Path]:
        return (self._shelf.path,)

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        return self._shelf.units(report)

    def units_of(self, path: str) -> Sequence[str]:
        shelf = self._shelf
        return shelf.changed() if shelf.is_part(path) else ()

    def stat(self, path: str) -> Unit | None:
        return self._shelf.stat(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        return _Reader(self._shelf, path, known)

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        del path
        return _Transcript(self._shelf.path, native_id)

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._processes.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        del known
        return ()


class _Reader:
    """Reads one session whole."""

    def __init__(self, shelf: GooseShelf, path: str, known: FileState | None) -> None:
        self._shelf = shelf
        self._session = shelf.session_of(path) or ""
        self._known = known
        self._total = msgspec.msgpack.decode(known.state, type=int) if known is not None else None

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        with reading(self._shelf.path) as connection:
            session = next(sessions(connection, self._session), None)
            rows = list(messages(connection, self._session))
            said = [(row, saying) for row in rows if (saying := saying_of(row.role, row.content, row.metadata))]
            answers = [(row.id, row.at_ms) for row, saying in said if saying.is_answer]
            requests = turns(connection, session, answers) if session is not None else []
        told = _tell(session, said, requests, unit, str(self._shelf.path)) if session is not None else []
        is_whole = self._total is None or len(rows) < self._total
        self._total = len(rows)
        self._known = state_of_whole(
            unit,
            state=msgspec.msgpack.encode(len(rows)),
            sessions=(self._session,) if told else (),
        )
        return Reading(told=told, bytes_read=sum(len(row.content) for row in rows), whole=is_whole)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known


class _Transcript(ListedTranscript):
    def __init__(self, database: Path, session: str) -> None:
        super().__init__(self._stamp, self._load_all)
        self._database = database
        self._session = session
        self._contents: list[str] = []
        self._turns = 0

    def _stamp(self) -> object:
        stamp = stamp_of(self._database)
        if stamp is None:
            raise FileNotFoundError(str(self._database))
        return stamp

    def _load_all(self) -> list[tuple[Message, bytes]]:
        found: list[tuple[Message, bytes]] = []
        self._contents, answers = [], 0
        with reading(self._database) as connection:
            session = next(sessions(connection, self._session), None)
            rows = list(messages(connection, self._session)) if session is not None else []
            said = [(row, saying) for row in rows if (saying := saying_of(row.role, row.content, row.metadata))]
            own = [(row.id, row.at_ms) for row, saying in said if saying.is_answer]
            self._turns = len(turns(connection, session, own)) if session is not None else 0
        # The ledger does not say which answer a request led to, unless there are as many of them.
        is_paired = self._turns == len(own)
        for row, saying in said:
            if not saying.parts:
                continue
            answers += saying.is_answer
            message = Message(
                n=len(found) + 1,
                id=str(row.id),
                role=saying.role,
                at=wording.timestamp(row.at_ms) or from_ms(0),
                parts=saying.parts,
                turn=answers if saying.is_answer and is_paired else None,
                model=session.model if saying.is_answer and session is not None else None,
            )
            found.append((message, row.content.encode("utf-8", "replace")))
            self._contents.append(row.content)
        return found

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        part = super().part(n, index)
        if not isinstance(part, Image):
            return part
        images = images_of(self._contents[n - 1])
        image = images[sum(isinstance(each, Image) for each in self.page(n, n)[0].parts[:index])]
        return image if image.data else part

    @property
    def turn_total(self) -> int:
        return self._turns


def _tell(
    session: Session,
    said: Sequence[tuple[Row, Saying]],
    requests: Sequence[TurnRecord],
    unit: Unit,
    database: str,
) -> list[Told]:
    tally = Tally()
    turn = TurnState.NONE
    for row, saying in said:
        tally.see(row.at_ms or None)
        tally.add_parts(saying.parts)
        if saying.prompt is not None:
            tally.prompt(saying.prompt)
        tally.answers += saying.is_answer
        turn = saying.state if saying.state is not TurnState.NONE else turn
    if session.is_hidden or turn is TurnState.NONE:
        return []
    tally.see(session.created_ms or None)
    for request in requests:
        tally.use(request.model)
    tally.model = tally.model or session.model
    is_archived = bool(session.record.get("archived_at"))
    cwd = session.record.get("working_dir")
    patch = tally.patch(
        unit,
        source_file=database,
        title=session.title,
        cwd=cwd if isinstance(cwd, str) and cwd else None,
        parent=session.parent,
        resume=("goose", "session", "--resume", "--session-id", session.id),
        mode=Mode.ASK if session.record.get("goose_mode") == "chat" else Mode.WORKING,
    )
    facts = SessionFacts(
        source=NAME,
        native_id=session.id,
        patch=patch,
        turns=tuple(requests),
        turns_whole=True,
        copied_from=None,
    )
    standing = Standing(
        turn=TurnState.ENDED if is_archived else turn,
        at_ms=tally.last_ms or 0,
        settles=session.parent is not None,
        live_key=cwd if isinstance(cwd, str) else "",
        detail="archived" if is_archived else None,
    )
    return [Told(facts=facts, standing=standing)]
