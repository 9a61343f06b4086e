"""Reading documents that a tool rewrites whole each time: one may be caught half written, and then what was read of it
before stays."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from parrot_server.index.appended import unit_at
from parrot_server.index.sources.base import Reading
from parrot_server.index.whole_unit import state_of_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.index.sources.base import Told, Unit
    from parrot_server.store.local import FileState
    from parrot_wire.answers import SourceProblem

T = TypeVar("T")


class HalfWritten(OSError):
    """What lies there is no whole document; it is looked at again."""


class RewrittenReader(Generic[T]):
    """Reads one such document. Every reading tells all of it; yet it goes on from the last one where messages only came
    to those that were there."""

    def __init__(
        self,
        path: str,
        known: FileState | None,
        *,
        load: Callable[[str, int], tuple[T | None, SourceProblem | None]],
        tell: Callable[[T, Unit], tuple[Sequence[Told], int]],
    ) -> None:
        """load: (path, size) -> the document, or what is wrong with it. tell: what it tells, and how many messages it
        holds."""
        self._path = path
        self._known = known
        self._load = load
        self._tell = tell
        self._messages = msgspec.msgpack.decode(known.state, type=int) if known is not None else None

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        """Raises HalfWritten where a document that was whole is not."""
        del go_on
        document, problem = self._load(self._path, unit.size)
        if document is None:
            why = problem.detail if problem is not None else "cannot be parsed"
            if self._known is not None:
                raise HalfWritten(errno.EAGAIN, why)
            told, messages = (), 0
        else:
            told, messages = self._tell(document, unit)
        is_whole = self._messages is None or messages < self._messages
        self._messages = messages
        # An empty file is one that was only begun.
        problems = (problem,) if problem is not None and unit.size > 0 else ()
        self._known = state_of_whole(
            unit,
            state=msgspec.msgpack.encode(messages),
            sessions=tuple(dict.fromkeys(each.facts.native_id for each in told)),
            problems=problems,
        )
        return Reading(told=told, bytes_read=unit.size, whole=is_whole, problems=problems)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known


def stamp_of(path: str) -> Callable[[], object]:
    """For a transcript that is made anew when its file changes; raises FileNotFoundError where it is gone."""

    def stamp() -> object:
        unit = unit_at(path)
        if unit is None:
            raise FileNotFoundError(path)
        return unit

    return stamp
