"""Times on the wire: RFC 3339, UTC, milliseconds, always 24 characters.

The fixed width makes text order equal time order, so a time is kept and compared as the text it travels as.
"""

from __future__ import annotations

from datetime import UTC, datetime

Timestamp = str
"""Like ``2026-11-22T09:41:07.120Z``."""


def from_ms(epoch_ms: int) -> Timestamp:
    """Milliseconds since 1970 (UTC) -> wire text.

    Raises OverflowError, ValueError or OSError outside the years 1 to 9999.
    """
    seconds, ms = divmod(epoch_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def to_ms(text: Timestamp) -> int:
    """Any ISO 8601 time with a zone (no zone counts as UTC) -> milliseconds since 1970. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - _EPOCH
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def normalise(text: str) -> Timestamp:
    """Any ISO 8601 time -> wire text. Raises ValueError for what is no time, or lies outside years 1 to 9999."""
    if len(text) == 24 and text[23] == "Z" and text[19] == "." and text[10] == "T":
        datetime.fromisoformat(text)
        return text
    try:
        return from_ms(to_ms(text))
    except (OverflowError, OSError) as error:
        raise ValueError(f"not a time between the years 1 and 9999: {text!r}") from error


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
