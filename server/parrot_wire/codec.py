"""JSON <-> the wire's types. The one place where untyped data ends.

Decoding drops unknown fields; a field that is wrong is named in the error.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

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


def convert(value: Any, shape: type[T]) -> T:
    """Plain Python data (already decoded JSON) -> shape. Raises BadData."""
    try:
        return msgspec.convert(value, type=shape)
    except msgspec.ValidationError as error:
        raise BadData(str(error)) from error


_part: msgspec.json.Decoder[Part] = msgspec.json.Decoder(Part)
_row = msgspec.json.Decoder(Row)
_ready = msgspec.json.Decoder(Ready)
_gone = msgspec.json.Decoder(GoneData)
_reset = msgspec.json.Decoder(Reset)


def decode_part(data: bytes | str) -> Part:
    """One part of a message. Raises BadData."""
    try:
        return _part.decode(data)
    except msgspec.DecodeError as error:
        raise BadData(str(error)) from error


def decode_event(name: str, event_id: str, data: bytes | str) -> Event | None:
    """One server-sent event -> Event; None for a name that this version does not know. Raises BadData."""
    try:
        match name:
            case "session":
                return SessionChanged(row=_row.decode(data))
            case "ready":
                return _ready.decode(data)
            case "gone":
                return Gone(seq=int(event_id), id=_gone.decode(data).id)
            case "reset":
                return _reset.decode(data)
            case _:
                return None
    except (msgspec.DecodeError, ValueError) as error:
        raise BadData(f"{name} event {event_id}: {error}") from error


_items = {
    "message": msgspec.json.Decoder(Message),
    "turn": msgspec.json.Decoder(Turn),
    "step": msgspec.json.Decoder(Step),
    "checkpoint": msgspec.json.Decoder(Checkpoint),
    "artifact": msgspec.json.Decoder(Artifact),
}


def decode_session_event(name: str, event_id: str, data: bytes | str) -> SessionStreamEvent | None:
    """One event of one session's own stream; None for a name that this version does not know. Raises BadData."""
    decoder = _items.get(name)
    if decoder is None:
        event = decode_event(name, event_id, data)
        return None if isinstance(event, SessionChanged) else event
    try:
        return Changed(item=decoder.decode(data))
    except msgspec.DecodeError as error:
        raise BadData(f"{name} event {event_id}: {error}") from error
