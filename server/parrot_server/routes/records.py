"""Projects, initiatives and plans, and the list locked to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.calls import Ask, Call, answer
from parrot_server.problems import not_found
from parrot_server.routes.parameters import LIST, STREAM
from parrot_server.routes.sessions import list_page
from parrot_server.routes.streams import open_list_stream
from parrot_server.store import records
from parrot_server.store.queries import RecordLock
from parrot_wire.answers import Page, RecordItem, Records
from parrot_wire.values import RecordKind, Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from parrot_server.sse import EventStreamResponse


def _list_of(kind: RecordKind) -> Callable[[Ask], Awaitable[Response]]:
    async def list_records(ask: Ask) -> Response:
        return answer(ask, Records(items=await ask.services.db.read(records.list_all, kind)))

    return list_records


def _one_of(kind: RecordKind) -> Callable[[Ask], Awaitable[Response]]:
    async def record(ask: Ask) -> Response:
        return answer(ask, await _record(ask, kind))

    return record


def _sessions_of(kind: RecordKind) -> Callable[[Ask], Awaitable[Response]]:
    async def sessions(ask: Ask) -> Response:
        found = await _record(ask, kind)
        return await list_page(ask, lock=RecordLock(kind=kind, id=found.id))

    return sessions


def _stream_of(kind: RecordKind) -> Callable[[Ask], Awaitable[EventStreamResponse]]:
    async def stream(ask: Ask) -> EventStreamResponse:
        found = await _record(ask, kind)
        return open_list_stream(ask, lock=RecordLock(kind=kind, id=found.id))

    return stream


async def _record(ask: Ask, kind: RecordKind) -> RecordItem:
    found = await ask.services.db.read(records.get, kind, ask.path("id"))
    if found is None:
        raise not_found(kind)
    return found


def _calls(kind: RecordKind) -> tuple[Call, ...]:
    path = f"/v1/{kind.plural}"
    scopes = (Scope.SESSIONS_READ,)
    return (
        Call(
            method="GET",
            path=path,
            name=kind.plural,
            summary=f"Every {kind}, most recently active first.",
            handler=_list_of(kind),
            scopes=scopes,
            answer=Records,
        ),
        Call(
            method="GET",
            path=f"{path}/{{id}}",
            name=str(kind),
            summary=f"One {kind}.",
            handler=_one_of(kind),
            scopes=scopes,
            answer=RecordItem,
            problems=(404,),
        ),
        Call(
            method="GET",
            path=f"{path}/{{id}}/sessions",
            name=f"{kind}_sessions",
            summary=f"The list, locked to the {kind}: no parameter widens it.",
            handler=_sessions_of(kind),
            scopes=scopes,
            parameters=LIST,
            answer=Page,
            problems=(404,),
        ),
        Call(
            method="GET",
            path=f"{path}/{{id}}/stream",
            name=f"{kind}_stream",
            summary=f"The stream, locked to the {kind}.",
            handler=_stream_of(kind),
            scopes=scopes,
            parameters=STREAM,
            media_type="text/event-stream",
            problems=(404,),
        ),
    )


CALLS = tuple(call for kind in RecordKind for call in _calls(kind))
