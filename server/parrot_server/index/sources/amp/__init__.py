"""Amp: a document a thread.

``$XDG_DATA_HOME/amp`` or ``~/.local/share/amp``::

    threads/T-<uuid>.json        rewritten whole with every change

Threads may live on Amp's server alone; ``amp threads export`` writes the same document. A thread's native id is its
file's name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from parrot_server.index import wording
from parrot_server.index.appended import unit_at
from parrot_server.index.document import ListedTranscript, load
from parrot_server.index.file_source import FileSource, nested
from parrot_server.index.loose import string
from parrot_server.index.rewritten import RewrittenReader, stamp_of
from parrot_server.index.sources.amp.thread import Said, created_ms, last_traced_ms, place_of, said_in
from parrot_server.index.sources.base import Standing, Told, TurnState
from parrot_server.index.tally import Tally
from parrot_server.store.local import SessionFacts
from parrot_wire.session import Image
from parrot_wire.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_server.index.loose import JSON
    from parrot_server.index.sources.base import Reader, Transcript, Unit
    from parrot_server.store.local import FileState
    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Message, Part

NAME = "amp"


class Amp(FileSource):
    name = NAME
    version = 1
    endings = (".json",)
    depth = 0

    def __init__(self, root: Path) -> None:
        super().__init__(root, "amp")

    @property
    def folder(self) -> Path:
        return nested(self.root, "amp") / "threads"

    def is_unit(self, steps: Sequence[str]) -> bool:
        return len(steps) == 1

    def reader(self, path: str, known: FileState | None) -> Reader:
        thread_id = Path(path).stem
        return RewrittenReader(path, known, load=load, tell=lambda document, unit: _tell(thread_id, document, unit))

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        return _Thread(native_id, path)


class _Thread(ListedTranscript):
    def __init__(self, thread_id: str, path: str) -> None:
        super().__init__(stamp_of(path), self._load_all)
        self._thread_id = thread_id
        self._path = path
        self._said: list[Said] = []

    def _load_all(self) -> list[tuple[Message, bytes]]:
        unit = unit_at(self._path)
        document, _ = load(self._path, unit.size if unit is not None else 0)
        if document is not None or not self._said:
            # One that is just being written leaves what was read before.
            self._said = said_in(document or {}, self._thread_id)
        return [(each.message, msgspec.json.encode(each.record)) for each in self._said]

    def part(self, n: int, index: int) -> Part | ImageBytes | None:
        part = super().part(n, index)
        if not isinstance(part, Image):
            return part
        said = self._said[n - 1]
        image = said.images[sum(isinstance(each, Image) for each in said.message.parts[:index])]
        return image if image.data else part


def _tell(thread_id: str, document: JSON, unit: Unit) -> tuple[Sequence[Told], int]:
    """What a thread amounts to, and how many messages it has."""
    said = said_in(document, thread_id)
    if not any(each.prompt is not None or each.turn is not None for each in said):
        return (), 0
    tally = Tally()
    tally.see(created_ms(document))
    tally.see(last_traced_ms(document))
    for each in said:
        tally.see(to_ms(each.message.at) or None)
        tally.add_parts(each.message.parts)
        tally.use(each.message.model)
        if each.prompt is not None:
            tally.prompt(each.prompt)
        elif each.turn is not None:
            tally.answers += 1
    place, last = place_of(document), said[-1]
    patch = tally.patch(
        unit,
        source_file=unit.path,
        title=string(document.get("title")),
        cwd=place.cwd,
        repository=place.repository,
        branch=place.branch,
        project=place.project,
        resume=("amp", "threads", "continue", thread_id),
    )
    facts = SessionFacts(
        source=NAME,
        native_id=thread_id,
        patch=patch,
        turns=tuple(each.turn for each in said if each.turn is not None),
        turns_whole=True,
        copied_from=None,
    )
    standing = Standing(
        turn=last.state,
        at_ms=tally.last_ms or 0,
        live_key=place.cwd or "",
        detail="interrupted by the user" if last.state is TurnState.INTERRUPTED else None,
        error=wording.title_of(last.error) if last.error else None,
    )
    return [Told(facts=facts, standing=standing)], len(said)
