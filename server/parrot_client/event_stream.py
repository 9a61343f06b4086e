"""A stream that goes on: what a workspace says, across broken connections, restarts and cutting proxies.

    async with aclosing(follow(client, where, place=Place(page.seq, page.feed))) as stream:
        async for item in stream:
            match item:
                case SessionChanged(): ...
                case Gone(): ...
                case Reset(): ...            # the last item: fetch the list anew, then follow again
                case Ready(): ...
                case Connecting() | Connected() | Disconnected(): ...

It resumes by ``Last-Event-ID`` after every break, so between a list and its `Reset` nothing is lost and nothing comes
in the wrong order. What cannot heal by itself is raised (Unauthorised, Forbidden, NotFound, BadRequest).

Use `aclosing`: a generator that is merely dropped ends whenever the collector comes by. Any event loop will do.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from parrot_client.errors import Busy, Offline, ParrotError, Refused, ServerFault
from parrot_client.pipe import Pipe
from parrot_wire.codec import BadData, decode_answer, decode_event, decode_session_event
from parrot_wire.events import Event, Ready, Reset, SessionStreamEvent
from parrot_wire.query import Filter
from parrot_wire.records import Command

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from httpx_sse import ServerSentEvent

    from parrot_client.client import Client, Lock, Stream
    from parrot_client.place import Place

log = logging.getLogger(__name__)

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

SILENCE_S = 40.0
"""The server speaks at least every 15 s; after more than two missed heartbeats the connection is dead."""
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 15.0
_EVENTS_AHEAD = 256


@dataclass(frozen=True, slots=True)
class Connecting:
    """A connection is being tried, for the so-many-th time since the last one that held."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Connected:
    """The server has answered; what was missed follows, then `Ready`."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone; the next try is in ``retry_in_s``."""

    error: ParrotError
    retry_in_s: float


StreamState = Connecting | Connected | Disconnected


class _Decode(Protocol[E_co]):
    def __call__(self, name: str, event_id: str, data: str) -> E_co | None: ...


_EVERYTHING = Filter()


def follow(
    client: Client,
    where: Filter = _EVERYTHING,
    *,
    place: Place | None = None,
    lock: Lock | None = None,
    every_ms: int = 0,
    recover: Callable[[], Awaitable[None]] | None = None,
    pace: Pace | None = None,
) -> AsyncGenerator[Event | StreamState]:
    """The list's stream, from where a list was read (None: from now on).

    every_ms: hear of changes at most so often, of each session what it is by then; 0: of every change at once.
    recover: awaited before a new try where nobody answered, to find the server elsewhere (`Client.move_to`) or to
    start it; what ParrotError it raises becomes the next `Disconnected`.
    """
    path = f"{lock.path}/stream" if lock else "/v1/stream"
    params = [*where.to_params(), *([("every", str(every_ms))] if every_ms else [])]
    stream = _Stream(client, path, params, decode_event, place, recover, pace or Pace())
    return stream.items()


def follow_session(
    client: Client,
    session_id: str,
    *,
    place: Place | None = None,
    recover: Callable[[], Awaitable[None]] | None = None,
    pace: Pace | None = None,
) -> AsyncGenerator[SessionStreamEvent | StreamState]:
    """One session's own stream; otherwise as `follow`."""
    from urllib.parse import quote

    path = f"/v1/sessions/{quote(session_id, safe='')}/stream"
    stream = _Stream(client, path, (), decode_session_event, place, recover, pace or Pace())
    return stream.items()


def follow_commands(
    client: Client, *, recover: Callable[[], Awaitable[None]] | None = None, pace: Pace | None = None
) -> AsyncGenerator[Command | StreamState]:
    """Commands for a source. After a break all unanswered ones come again: tell them apart by id."""
    stream = _Stream(client, "/v1/commands", (), _decode_command, None, recover, pace or Pace())
    return stream.items()


def _decode_command(name: str, event_id: str, data: str) -> Command | None:
    return decode_answer(data, Command) if name == "command" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient a stream is; tests are less so than people."""

    silence_s: float = SILENCE_S
    first_wait_s: float = FIRST_WAIT_S
    longest_wait_s: float = LONGEST_WAIT_S

    def wait_s(self, attempt: int) -> float:
        """Before the try after ``attempt`` failed ones: growing, and anywhere below, so that a thousand clients of a
        restarted server don't come at once.
        """
        most = min(self.first_wait_s * 2 ** min(attempt, 16), self.longest_wait_s)
        return random.uniform(most / 4, most)


class _Stream(Generic[E]):
    def __init__(
        self,
        client: Client,
        path: str,
        params: Sequence[tuple[str, str]],
        decode: _Decode[E],
        place: Place | None,
        recover: Callable[[], Awaitable[None]] | None,
        pace: Pace,
    ) -> None:
        self._client = client
        self._path = path
        self._params = list(params)
        self._decode = decode
        self._last_id = str(place.seq) if place is not None else ""
        self._feed = place.feed if place is not None else None
        self._recover = recover
        self._pace = pace
        self._attempt = 0

    async def items(self) -> AsyncGenerator[E | StreamState]:
        while True:
            self._attempt += 1
            yield Connecting(self._attempt)
            connection = _Connection(self._client, self._path, self._asked(), self._last_id, self._pace.silence_s)
            try:
                async with contextlib.aclosing(self._events(connection)) as events:
                    async for item in events:
                        yield item
                        if isinstance(item, Reset):
                            return
            finally:
                await connection.aclose()
            error = connection.error or Offline("the server closed the stream")
            if isinstance(error, Refused) and not isinstance(error, Busy | ServerFault):
                raise error
            async for state in self._pause(error):
                yield state

    def _asked(self) -> list[tuple[str, str]]:
        named = self._feed is not None and self._last_id
        return [*self._params, ("feed", self._feed)] if named and self._feed else self._params

    async def _events(self, connection: _Connection) -> AsyncGenerator[E | StreamState]:
        """What one connection says, until it breaks (``connection.error`` says how) or a Reset ends all."""
        connected = False
        async for raw in connection.events():
            if not connected:
                connected = True
                yield Connected()
            if not raw.data:
                continue
            event = self._read(raw)
            if isinstance(event, Ready):
                if self._feed is not None and event.feed != self._feed:
                    anew = self._decode("reset", "", '{"reason": "the workspace\'s database was made anew"}')
                    if anew is not None:
                        yield anew
                    return
                self._feed = event.feed
                # The connection holds: the next break begins the patience anew.
                self._attempt = 0
            self._last_id = raw.id or self._last_id
            if event is not None:
                yield event

    def _read(self, raw: ServerSentEvent) -> E | None:
        """None for an event of a newer server, and for one that cannot be read: the rest goes on without it."""
        try:
            return self._decode(raw.event, raw.id, raw.data)
        except BadData as error:
            log.warning("an event of %s cannot be read: %s", self._path, error)
            return None

    async def _pause(self, error: ParrotError) -> AsyncGenerator[StreamState]:
        """Wait before the next try, and look for the server where it may have gone."""
        while True:
            wait_s = error.retry_after_s if isinstance(error, Busy) else self._pace.wait_s(self._attempt)
            yield Disconnected(error, wait_s)
            await asyncio.sleep(wait_s)
            if self._recover is None or not isinstance(error, Offline):
                return
            try:
                await self._recover()
            except ParrotError as failure:
                error = failure if isinstance(failure, Offline) else Offline(str(failure))
                self._attempt += 1
            else:
                return


class _Connection:
    """One connection, read by a task of its own, which opens and closes it, as httpx wants; and a watchdog."""

    def __init__(
        self, client: Client, path: str, params: Sequence[tuple[str, str]], last_id: str, silence_s: float
    ) -> None:
        self.error: ParrotError | None = None
        self._client = client
        self._path = path
        self._params = params
        self._last_id = last_id
        self._silence_s = silence_s
        self._pipe: Pipe[ServerSentEvent] = Pipe(_EVENTS_AHEAD)
        self._stream: Stream | None = None
        self._heard()
        self._reading = asyncio.create_task(self._read(), name=f"stream {path}")
        self._reading.add_done_callback(lambda _: self._pipe.end())
        self._watching = asyncio.create_task(self._watch(), name=f"watchdog {path}")

    async def events(self) -> AsyncGenerator[ServerSentEvent]:
        """What comes, all of it, until the connection ends."""
        while (event := await self._pipe.take()) is not None:
            yield event
        if not self._reading.cancelled():
            # A bug in reading is no broken connection: it is raised where the stream is read.
            self._reading.result()

    async def aclose(self) -> None:
        for task in (self._reading, self._watching):
            task.cancel()
        await asyncio.gather(self._reading, self._watching, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async with (
                self._client.open_stream(self._path, self._params, last_id=self._last_id or None) as self._stream,
                contextlib.aclosing(self._stream.events()) as events,
            ):
                async for event in events:
                    self._heard()
                    await self._pipe.put(event)
        except ParrotError as error:
            self.error = error

    def _heard(self) -> None:
        """Something came just now."""
        self._heard_at, self._heard_bytes = asyncio.get_running_loop().time(), self._bytes_read

    @property
    def _bytes_read(self) -> int:
        return self._stream.bytes_read if self._stream is not None else 0

    async def _watch(self) -> None:
        """One timer at a time, not one an event, and it sleeps for as long as the last event allows."""
        loop = asyncio.get_running_loop()
        while (left_s := self._heard_at + self._silence_s - loop.time()) > 0:
            await asyncio.sleep(left_s)
            if len(self._pipe) or self._bytes_read != self._heard_bytes:
                # What waits for a busy reader was heard, too, and so is a long event on a slow line.
                self._heard()
        self.error = Offline("the server has fallen silent")
        self._reading.cancel()
