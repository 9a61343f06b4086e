"""What sources send, read and checked: whatever passes here can be stored, compared and summed up.

Every function raises BadField, which names the field; it refuses its own record, and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET, structs

from parrot_server.store import ownership
from parrot_wire import times
from parrot_wire.records import SessionPatch, TurnRecord
from parrot_wire.session import Artifact, Checkpoint, Message, Step
from parrot_wire.values import RecordType

if TYPE_CHECKING:
    from collections.abc import Callable

    from parrot_server.store.local import SessionFacts
    from parrot_wire.records import Record
    from parrot_wire.times import Timestamp

_Shape = TypeVar("_Shape", bound=msgspec.Struct)

MOST = 10**15
"""No count, and no amount of micro-dollars, is larger; sums of such numbers still fit 64 bits."""
LONGEST_TITLE = 1_000
"""Characters; what is longer is cut."""
_TIMES = ("started_at", "last_activity_at", "ended_at")
_COUNTS = ("message_count", "tool_call_count", "event_count")


class BadField(ValueError):
    """A field of a record that cannot be taken; the text names it."""


class DeleteBody(msgspec.Struct, frozen=True):
    """What of a session is to be deleted; all of it where nothing is named."""

    type: RecordType | None = None
    id: str | None = None


def body_of(record: Record) -> Any:
    """A record's body as the shape that its type names."""
    for name, text in (("source", record.source), ("native_id", record.native_id), ("key", record.key)):
        if not text:
            raise BadField(f"{name}: must not be empty")
    return _READERS[record.type](record.body)


def normal_time(name: str, text: str) -> Timestamp:
    """A time in the wire's form."""
    try:
        return times.normalise(text)
    except ValueError:
        raise BadField(f"{name}: {text[:40]!r} is not an RFC 3339 time") from None


def facts(given: SessionFacts) -> SessionFacts:
    """A local file's facts."""
    if len(given.fingerprints) % ownership.RECORD_BYTES:
        raise BadField(f"fingerprints: {len(given.fingerprints)} bytes are not whole records")
    patch = session_patch(given.patch)
    turns = [turn(one) for one in given.turns]
    is_same = patch is given.patch and all(new is old for new, old in zip(turns, given.turns, strict=True))
    return given if is_same else structs.replace(given, patch=patch, turns=turns)


def session_patch(given: SessionPatch) -> SessionPatch:
    """The patch with its times in the wire's form."""
    changed: dict[str, object] = {}
    for name in _TIMES:
        value = getattr(given, name)
        if isinstance(value, str) and (normal := normal_time(name, value)) != value:
            changed[name] = normal
    for name in _COUNTS:
        value = getattr(given, name)
        if isinstance(value, int):
            _check_size(name, value)
    if given.title is not UNSET and len(given.title) > LONGEST_TITLE:
        changed["title"] = given.title[: LONGEST_TITLE - 1] + "…"
    if given.steps is not UNSET:
        if len({one.id for one in given.steps}) < len(given.steps):
            raise BadField("steps: two steps have the same id")
        changed["steps"] = tuple(step(one) for one in given.steps)
    if given.waiting is not UNSET and given.waiting is not None:
        changed["waiting"] = structs.replace(given.waiting, since=normal_time("waiting.since", given.waiting.since))
    return structs.replace(given, **changed) if changed else given


def step(given: Step) -> Step:
    """The step with its times in the wire's form."""
    return _with_times(given, "started_at", "ended_at")


def turn(given: TurnRecord) -> TurnRecord:
    """The turn with its times in the wire's form."""
    if not given.id:
        raise BadField("id: must not be empty")
    tokens = given.tokens
    figures = (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, given.cache_write_1h)
    if min(figures) < 0 or max(figures) > MOST:
        raise BadField(f"tokens: must be from 0 to {MOST}")
    if given.cost is not None:
        _check_size("cost", given.cost)
    if given.credits is not None and not 0 <= given.credits <= MOST / 1_000_000:
        raise BadField(f"credits: must be from 0 to {MOST // 1_000_000}")
    return _with_times(given, "started_at", "ended_at")


def message(given: Message) -> Message:
    """The message with its time in the wire's form."""
    if not 1 <= given.n <= MOST:
        raise BadField(f"n: messages are numbered from 1, not {given.n}")
    if not given.id:
        raise BadField("id: must not be empty")
    return _with_times(given, "at")


def checkpoint(given: Checkpoint) -> Checkpoint:
    """The checkpoint with its time in the wire's form."""
    return _with_times(given, "decided_at")


def _check_size(name: str, value: int) -> None:
    if not 0 <= value <= MOST:
        raise BadField(f"{name}: must be from 0 to {MOST}")


def _with_times(given: _Shape, *names: str) -> _Shape:
    changed: dict[str, object] = {}
    for name in names:
        value: str | None = getattr(given, name)
        if value is not None and (normal := normal_time(name, value)) != value:
            changed[name] = normal
    return structs.replace(given, **changed) if changed else given


def _reader(shape: type[Any], check: Callable[[Any], Any] | None = None) -> Callable[[msgspec.Raw], Any]:
    decode = msgspec.json.Decoder(shape).decode

    def read(body: msgspec.Raw) -> Any:
        try:
            value = decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadField(f"body: {error}") from None
        return value if check is None else check(value)

    return read


_READERS: dict[RecordType, Callable[[msgspec.Raw], Any]] = {
    RecordType.SESSION: _reader(SessionPatch, session_patch),
    RecordType.STEP: _reader(Step, step),
    RecordType.TURN: _reader(TurnRecord, turn),
    RecordType.MESSAGE: _reader(Message, message),
    RecordType.CHECKPOINT: _reader(Checkpoint, checkpoint),
    RecordType.ARTIFACT: _reader(Artifact),
    RecordType.DELETE: _reader(DeleteBody),
}
