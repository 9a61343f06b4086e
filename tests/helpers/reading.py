"""Reading a stream as curl would: raw, one connection, no resuming."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_client.sse import SseParser

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx

    from tests.helpers.server import RunningServer


class StreamReader:
    """Events as (name, id, data). `id` is the last one that the stream named."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._chunks: Iterator[bytes] = answer.iter_raw()
        self._parser = SseParser()
        self._events: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def retry_ms(self) -> int | None:
        return self._parser.retry_ms

    def next(self) -> tuple[str, str, dict[str, Any]]:
        """The next event, within the client's read timeout. Raises EOFError at the stream's end."""
        while not self._events:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise EOFError
            self._events += ((raw.name, raw.id, msgspec.json.decode(raw.data)) for raw in self._parser.feed(chunk))
        return self._events.pop(0)

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
