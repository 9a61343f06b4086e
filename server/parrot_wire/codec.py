"""JSON <-> the wire's types. The one place where untyped data ends.

Decoding drops unknown fields; a field that is wrong is named in the error. `decode` is strict, for what a server is
sent; the others are for what it answers, and make do with words of a newer one.
"""

from __future__ import annotations

from typing import TypeVar, cast

import msgspec

from parrot_wire import lenient
from parrot_wire.events import Changed, Event, Gone, GoneData, Ready, Reset, SessionChanged, SessionStreamEvent
from parrot_wire.session import Artifact, Checkpoint, Message, Part, Row, Step, Turn

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


class BadData(ValueError):
    """JSON that is not what the protocol says; the message names the field."""


def encode(value: object) -> bytes:
    """JSON in UTF-8."""
    return _encoder.encode(value)


def decode(data: bytes | str, shape: type[T]) -> T:
    """JSON -> shape. Raises BadData."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadData(str(error)) from error


def decode_answer(data: bytes | str, shape: type[T]) -> T:
    """What a server answers -> shape; words of a newer server are made do with (``lenient``). Raises BadData."""
    try:
        return lenient.read(data, shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadData(str(error)) from error


def decode_part(data: bytes | str) -> Part:
    """One part of a message; one of an unknown type is a Notice. Raises BadData."""
    return decode_answer(data, cast("type[Part]", Part))


def decode_event(name: str, event_id: str, data: bytes | str) -> Event | None:
    """One server-sent event -> Event; None for a name that this version does not know. Raises BadData."""
    try:
        match name:
            case "session":
                return SessionChanged(row=lenient.read(data, Row))
            case "ready":
                return lenient.read(data, Ready)
            case "gone":
                return Gone(seq=int(event_id), id=lenient.read(data, GoneData).id)
            case "reset":
                return lenient.read(data, Reset)
            case _:
                return None
    except (msgspec.DecodeError, ValueError) as error:
        raise BadData(f"{name} event {event_id}: {error}") from error


_ITEMS: dict[str, type[Message | Turn | Step | Checkpoint | Artifact]] = {
    "message": Message,
    "turn": Turn,
    "step": Step,
    "checkpoint": Checkpoint,
    "artifact": Artifact,
}


def decode_session_event(name: str, event_id: str, data: bytes | str) -> SessionStreamEvent | None:
    """One event of one session's own stream; None for a name that this version does not know. Raises BadData."""
    shape = _ITEMS.get(name)
    if shape is None:
        event = decode_event(name, event_id, data)
        return None if isinstance(event, SessionChanged) else event
    try:
        return Changed(item=lenient.read(data, shape))
    except msgspec.DecodeError as error:
        raise BadData(f"{name} event {event_id}: {error}") from error
