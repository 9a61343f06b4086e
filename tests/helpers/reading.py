"""Reading a stream as curl would: raw, one connection, no resuming."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from httpx_sse import EventSource

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx
    from httpx_sse import ServerSentEvent

    from tests.helpers.server import RunningServer


class StreamReader:
    """Events as (name, id, data). `id` is the last one that the stream named."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.retry_ms: int | None = None
        self._events: Iterator[ServerSentEvent] = EventSource(answer).iter_sse()

    def next(self) -> tuple[str, str, dict[str, Any]]:
        """The next event, within the client's read timeout. Raises EOFError at the stream's end."""
        for raw in self._events:
            self.retry_ms = self.retry_ms if raw.retry is None else raw.retry
            if raw.data:
                return raw.event, raw.id, msgspec.json.decode(raw.data)
        raise EOFError

    def words(self, count: int) -> list[str]:
        """The next events as "session chat-1", "gone", "ready", "message 3"."""
        found: list[str] = []
        for _ in range(count):
            name, _, data = self.next()
            what = data.get("native_id") or data.get("n") or ""
            found.append(f"{name} {what}".strip())
        return found

    def until(self, name: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The events up to the first of that name, which is the last of them."""
        found = [self.next()]
        while found[-1][0] != name:
            found.append(self.next())
        return found


@contextlib.contextmanager
def stream(
    server: RunningServer, path: str = "/v1/stream", *, last_id: int | str | None = None, **params: Any
) -> Generator[StreamReader]:
    """An open stream."""
    headers = {"Last-Event-ID": str(last_id)} if last_id is not None else {}
    with server.http.stream("GET", path, params=params, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield StreamReader(answer)
