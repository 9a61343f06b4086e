"""Records of the sample on their way: typed bodies in, lines of NDJSON out, keys that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from parrot_wire.records import Record
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import RecordType

if TYPE_CHECKING:
    from parrot_wire.records import SessionPatch, TurnRecord
    from parrot_wire.session import Artifact, Checkpoint, Message, Step

_encoder = msgspec.json.Encoder()


class Lines:
    """Collects records, in order. A key is made of what the record is about and when, so that the same seed and clock
    make the same bytes."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def session(self, source: str, native_id: str, at_ms: int, patch: SessionPatch) -> None:
        self._add(source, native_id, at_ms, RecordType.SESSION, patch, "s")

    def step(self, source: str, native_id: str, at_ms: int, step: Step) -> None:
        self._add(source, native_id, at_ms, RecordType.STEP, step, step.id)

    def turn(self, source: str, native_id: str, at_ms: int, turn: TurnRecord) -> None:
        self._add(source, native_id, at_ms, RecordType.TURN, turn, turn.id)

    def message(self, source: str, native_id: str, at_ms: int, message: Message) -> None:
        self._add(source, native_id, at_ms, RecordType.MESSAGE, message, message.id)

    def checkpoint(self, source: str, native_id: str, at_ms: int, checkpoint: Checkpoint) -> None:
        self._add(source, native_id, at_ms, RecordType.CHECKPOINT, checkpoint, f"{checkpoint.id}.{checkpoint.status}")

    def artifact(self, source: str, native_id: str, at_ms: int, artifact: Artifact) -> None:
        self._add(source, native_id, at_ms, RecordType.ARTIFACT, artifact, artifact.id)

    def take(self) -> list[bytes]:
        """What was collected since the last time, a line each."""
        lines, self._lines = self._lines, []
        return lines

    def __len__(self) -> int:
        return len(self._lines)

    def _add(self, source: str, native_id: str, at_ms: int, type_: RecordType, body: object, about: str) -> None:
        at: Timestamp = from_ms(at_ms)
        record = Record(
            source=source,
            native_id=native_id,
            key=f"{type_}:{about}:{at_ms}",
            at=at,
            type=type_,
            body=msgspec.Raw(_encoder.encode(body)),
        )
        self._lines.append(_encoder.encode(record) + b"\n")
