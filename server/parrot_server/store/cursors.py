"""Opaque cursors: where a page ended, and of which question it was a page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from parrot_server.store.filters import RecordLock
    from parrot_wire.query import Filter

T = TypeVar("T")


class BadCursor(ValueError):
    """Not a cursor of ours, or one of another filter."""


def question(name: str, where: Filter | None = None, lock: RecordLock | None = None, *more: str) -> str:
    """What a cursor belongs to: equal questions give equal texts."""
    parts = [name, *more]
    if where is not None:
        parts += [f"{key}={value}" for key, value in where.to_params()]
    if lock is not None:
        parts.append(f"lock={lock.kind}:{lock.id}")
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def encode(place: object, asked: str) -> str:
    """place: where the page ended."""
    return base64.urlsafe_b64encode(msgspec.json.encode((asked, place))).decode("ascii").rstrip("=")


def decode(cursor: str, shape: type[T], asked: str) -> T:
    """The place that was encoded. Raises BadCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        was_asked, raw = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str, msgspec.Raw])
        if was_asked == asked:
            return msgspec.json.decode(raw, type=shape)
    except (UnicodeError, binascii.Error, msgspec.DecodeError, ValueError):
        raise BadCursor("this is no cursor of this server") from None
    raise BadCursor("this cursor is of another filter")
