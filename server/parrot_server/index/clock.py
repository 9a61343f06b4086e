"""Times of records, quickly: a transcript has one on every line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_wire.times import from_ms, to_ms

if TYPE_CHECKING:
    from parrot_wire.times import Timestamp

_MAX_MINUTES = 4096


def is_wire_time(text: str) -> bool:
    """Whether a time looks as it travels on the wire, so that it can be taken as it is."""
    return len(text) == 24 and text[23] == "Z" and text[19] == "." and text[10] == "T"


class Clock:
    """ISO 8601 -> milliseconds since 1970, remembering minutes."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}

    def ms(self, text: str) -> int | None:
        """None for what is no time between the years 1 and 9999."""
        base = self._minutes.get(text[:17])
        if base is not None and len(text) == 24 and text[23] == "Z" and text[19] == ".":
            try:
                return base + int(text[17:19]) * 1000 + int(text[20:23])
            except ValueError:
                return None
        try:
            at = to_ms(text)
            if is_wire_time(text):
                if len(self._minutes) >= _MAX_MINUTES:
                    self._minutes.clear()
                self._minutes[text[:17]] = to_ms(text[:17] + "00.000Z")
        except (ValueError, OverflowError):
            return None
        return at

    def timestamp(self, text: str | None) -> Timestamp | None:
        """As wire text; None for what is no time."""
        at = self.ms(text) if text else None
        if text is None or at is None:
            return None
        return text if is_wire_time(text) else from_ms(at)
