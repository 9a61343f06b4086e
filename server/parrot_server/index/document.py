"""Reading documents that a tool rewrites whole, and may be writing just now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from parrot_server.index.jsonl import parse
from parrot_server.index.sources.base import Reading
from parrot_server.index.whole_unit import state_of_whole
from parrot_wire.answers import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.index.sources.base import Told, Unit
    from parrot_server.store.local import FileState
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

MAX_DOCUMENT_BYTES = 256 << 20


class DocumentReader:
    """A JSON object in one file. What cannot be parsed tells nothing: what was told before stays."""

    def __init__(
        self,
        path: str,
        known: FileState | None,
        *,
        tell: Callable[[dict[str, Any], Unit], Sequence[Told]],
    ) -> None:
        self._path = path
        self._tell = tell
        self._known = known

    def read(self, unit: Unit, go_on: Callable[[], bool]) -> Reading:
        del go_on
        document, problem = load(self._path, unit.size)
        told = self._tell(document, unit) if document is not None else ()
        sessions = tuple(dict.fromkeys(each.facts.native_id for each in told))
        self._known = state_of_whole(
            unit,
            sessions=sessions or (self._known.sessions if self._known is not None else ()),
            problems=(problem,) if problem is not None else (),
        )
        return Reading(told=told, bytes_read=unit.size, whole=True, problems=self._known.problems)

    def state(self) -> FileState:
        assert self._known is not None, "nothing was read"
        return self._known


def load(path: str, size: int) -> tuple[dict[str, Any] | None, SourceProblem | None]:
    """The object in a file, or what is wrong with it. Raises OSError."""
    if size > MAX_DOCUMENT_BYTES:
        return None, SourceProblem(file=path, detail=f"a document of {size >> 20} MB is passed over")
    value = parse(Path(path).read_bytes())
    if isinstance(value, dict):
        return cast("dict[str, Any]", value), None
    return None, SourceProblem(file=path, detail="not a JSON object, or being written just now")


class ListedTranscript:
    """A transcript that is made whole whenever its storage changed; for what is small or has no order of its own."""

    def __init__(self, stamp: Callable[[], object], load_all: Callable[[], list[tuple[Message, bytes]]]) -> None:
        """stamp: differs where the storage changed, raises OSError where it is gone. load_all: messages numbered from 1
        in order, each with the tool's own record."""
        self._stamp = stamp
        self._load = load_all
        self._at: object = None
        self._messages: list[tuple[Message, bytes]] = []
        self._changed_from = 1

    def refresh(self) -> int:
        stamp = self._stamp()
        before = self._messages
        if stamp != self._at:
            self._messages, self._at = self._load(), stamp
        same = 0
        while same < min(len(before), len(self._messages)) and before[same] == self._messages[same]:
            same += 1
        self._changed_from = same + 1
        return len(self._messages)

    def page(self, first: int, last: int) -> list[Message]:
        return [message for message, _ in self._messages[max(0, first - 1) : max(0, last)]]

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        if not 1 <= n <= len(self._messages):
            return None
        parts = self._messages[n - 1][0].parts
        return parts[index] if 0 <= index < len(parts) else None

    def raw(self, n: int) -> bytes | None:
        return self._messages[n - 1][1] if 1 <= n <= len(self._messages) else None

    def changed_from(self) -> int:
        return self._changed_from

    @property
    def turn_total(self) -> int:
        return max((message.turn or 0 for message, _ in self._messages), default=0)

    @property
    def memory(self) -> int:
        return sum(len(raw) * 2 for _, raw in self._messages)
