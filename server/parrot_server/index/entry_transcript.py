"""Transcripts in files of lines where a message is one line, or several of one id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parrot_server.index.id_map import IdMap
from parrot_server.index.jsonl import Lines
from parrot_server.index.line_transcript import LineTranscript
from parrot_server.index.loose import JSON
from parrot_wire.session import Image, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_server.transcripts import ImageBytes
    from parrot_wire.session import Part
    from parrot_wire.times import Timestamp
    from parrot_wire.values import MessageRole

record_lines: Lines[JSON] = Lines(JSON)


class Shown(Protocol):
    """What a tool's record shows of a conversation."""

    @property
    def parts(self) -> tuple[Part, ...]: ...

    @property
    def role(self) -> MessageRole: ...

    @property
    def message_id(self) -> str: ...

    @property
    def joins(self) -> str:
        """Records with the same one are one message; empty where the record stands alone."""
        ...

    @property
    def turn(self) -> str:
        """The request that the record is the answer to, by any id; empty where it is none."""
        ...

    @property
    def model(self) -> str | None: ...

    @property
    def at(self) -> Timestamp: ...


class EntryTranscript(LineTranscript[JSON]):
    """One file, read by ``entry_of``: what a record shows; None, or no parts, where it shows nothing.

    images_of: the images among a record's parts, in their order; one that cannot be had is without bytes.
    """

    def __init__(
        self,
        path: str,
        entry_of: Callable[[JSON], Shown | None],
        images_of: Callable[[JSON], list[ImageBytes]],
    ) -> None:
        self._entry_of = entry_of
        self._images_of = images_of
        super().__init__(path, record_lines)

    def reset(self) -> None:
        self._messages = IdMap()
        self._turns = IdMap()

    def take(self, record: JSON, offset: int, length: int) -> None:
        entry = self._entry_of(record)
        if entry is None:
            return
        if entry.turn:
            self.note_turn(entry.turn)
        if not entry.parts:
            return
        known = self._messages.get(entry.joins) if entry.joins else None
        if known is not None:
            self.extend(known, offset, length)
            return
        n = self.begin(offset, length)
        if entry.joins:
            self._messages[entry.joins] = n

    def note_turn(self, turn: str) -> None:
        """A record that is the answer to a request."""
        if self._turns.get(turn) is None:
            self._turns[turn] = len(self._turns) + 1

    def message(self, n: int, records: Sequence[JSON]) -> Message:
        entries = [entry for record in records if (entry := self._entry_of(record)) is not None]
        first = entries[0]
        turn = next((entry.turn for entry in entries if entry.turn), "")
        return Message(
            n=n,
            id=first.message_id or str(n),
            role=first.role,
            at=first.at,
            parts=tuple(part for entry in entries for part in entry.parts),
            turn=self._turns.get(turn),
            model=next((entry.model for entry in entries if entry.model), None),
        )

    def image(self, records: Sequence[JSON], index: int, message: Message) -> ImageBytes | None:
        if not isinstance(message.parts[index], Image):
            return None
        nth = sum(isinstance(part, Image) for part in message.parts[:index])
        images = [image for record in records for image in self._images_of(record)]
        return images[nth] if nth < len(images) and images[nth].data else None

    @property
    def turn_total(self) -> int:
        return len(self._turns)

    @property
    def memory_of_ids(self) -> int:
        return self._messages.memory + self._turns.memory
