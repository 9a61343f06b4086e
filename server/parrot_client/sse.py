"""Server-sent events from bytes, however the network cuts them.

By the WHATWG's rules ("Interpreting an event stream"), on bytes, because an event's data goes straight to the JSON
decoder. An event that was cut off before its blank line is never seen, as the rules want it.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_EVENT_BYTES = 16_000_000
"""More without a blank line is no event stream of ours; it must not fill the memory."""


class RawEvent(NamedTuple):
    """One dispatched event. ``id`` is the last one named on the stream, as the rules say."""

    name: str
    id: str
    data: bytes


class TooLong(ValueError):
    """An event that never ends."""


class SseParser:
    """Feed it chunks, get events. ``retry_ms`` and ``last_id`` are what the stream last said of them."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry_ms: int | None = None
        self._rest = b""
        self._held_cr = False
        self._at_start = True
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[RawEvent]:
        """The events that this chunk completes. Raises TooLong."""
        if b"\r" in chunk or self._held_cr:
            chunk = self._unify(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if self._at_start and (lines or len(self._rest) >= 3):
            self._at_start = False
            if lines:
                lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
            else:
                self._rest = self._rest.removeprefix(b"\xef\xbb\xbf")
        events: list[RawEvent] = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(RawEvent(self._name or "message", self.last_id, b"\n".join(self._data)))
                self._clear()
            else:
                self._clear()
        if self._size + len(self._rest) > MAX_EVENT_BYTES:
            raise TooLong(f"an event of more than {MAX_EVENT_BYTES} bytes")
        return events

    def _unify(self, chunk: bytes) -> bytes:
        """Every line end as one LF. A CR at the very end waits: its LF may be in the next chunk."""
        if self._held_cr:
            chunk = b"\r" + chunk
        self._held_cr = chunk.endswith(b"\r")
        if self._held_cr:
            chunk = chunk[:-1]
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"data":
                self._data.append(value)
                self._size += len(value)
            case b"event":
                self._name = value.decode(errors="replace")
            case b"id" if b"\0" not in value:
                self.last_id = value.decode(errors="replace")
            case b"retry" if value.isdigit():
                self.retry_ms = int(value)
            case _:  # a comment, or a field that the rules tell to ignore
                pass

    def _clear(self) -> None:
        self._name = ""
        self._data = []
        self._size = 0
