"""What happens, as it happens: the stream of the list, and of one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.calls import Ask, Call
from parrot_server.feed import Resume, View
from parrot_server.list_stream import ListStream
from parrot_server.routes.parameters import FEED, STREAM
from parrot_server.routes.reading import open_session
from parrot_server.sse import EventStreamResponse
from parrot_wire.query import parse_every, parse_filter
from parrot_wire.values import Scope

if TYPE_CHECKING:
    from parrot_server.sse import Stream
    from parrot_server.store.queries import RecordLock


async def stream(ask: Ask) -> EventStreamResponse:
    return open_list_stream(ask, lock=None)


def open_list_stream(ask: Ask, *, lock: RecordLock | None) -> EventStreamResponse:
    """The list's stream, of one record alone where it is locked."""
    every_s = parse_every(ask.params) / 1000
    view = View(where=parse_filter(ask.params), lock=lock, principal=ask.principal, every_s=every_s)
    return respond(ask, ListStream(ask.services.feed, view, _resume(ask)))


async def session_stream(ask: Ask) -> EventStreamResponse:
    stored = await open_session(ask)
    detail = stored.detail
    return respond(ask, ask.services.session_feed.stream(detail.id, detail.seq, ask.principal, _resume(ask)))


def respond(ask: Ask, opened: Stream) -> EventStreamResponse:
    return EventStreamResponse(opened, registry=ask.services.streams, token_id=ask.principal.token_id)


def _resume(ask: Ask) -> Resume | None:
    """Where the client goes on; None where it names no place."""
    last_id = ask.request.headers.get("last-event-id")
    return Resume(last_id=last_id, feed=ask.param("feed")) if last_id else None


CALLS = (
    Call(
        method="GET",
        path="/v1/stream",
        name="stream",
        summary="Changes of the list, live. With Last-Event-ID first what changed after it, then `ready`.",
        handler=stream,
        scopes=(Scope.SESSIONS_READ,),
        parameters=STREAM,
        media_type="text/event-stream",
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}/stream",
        name="session_stream",
        summary="One session's messages, turns, steps, checkpoints and artifacts, live.",
        handler=session_stream,
        scopes=(Scope.SESSIONS_READ,),
        rights="A flow needs flows.read.",
        parameters=(FEED,),
        media_type="text/event-stream",
        problems=(404,),
    ),
)
