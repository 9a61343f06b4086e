"""The list, its summary, one session, its turns and timeline, and search."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from parrot_server import scopes
from parrot_server.calls import Ask, Call, Parameter, answer
from parrot_server.problems import bad_parameter, missing_scope, not_found
from parrot_server.routes.parameters import CURSOR, FILTER, LIST, TITLE, limit
from parrot_server.routes.reading import MessageReader, open_session
from parrot_server.store import queries, search, summary
from parrot_wire.answers import Page, SearchHit, SearchPage, Summary, Turns
from parrot_wire.query import parse_filter, parse_limit
from parrot_wire.session import Detail, Timeline
from parrot_wire.values import Kind, Scope

if TYPE_CHECKING:
    from starlette.responses import Response

    from parrot_server.store.queries import RecordLock


async def list_sessions(ask: Ask) -> Response:
    return await list_page(ask, lock=None)


async def list_page(ask: Ask, *, lock: RecordLock | None) -> Response:
    """A page of the list, of one record alone where it is locked."""
    params = ask.params
    where = parse_filter(params)
    most = parse_limit(params)
    services = ask.services
    try:
        page = await services.db.read(queries.list_page, where, limit=most, cursor=ask.param("cursor"), lock=lock)
    except queries.BadCursor as error:
        raise bad_parameter("cursor", str(error)) from error
    spend_tracking = services.workspace.spend_tracking
    items = tuple(scopes.project(row, ask.principal, spend_tracking=spend_tracking) for row in page.items)
    return answer(ask, Page(items=items, next_cursor=page.next_cursor, seq=page.seq, feed=page.feed))


async def summarise(ask: Ask) -> Response:
    services = ask.services
    found = await services.db.read(summary.summary, parse_filter(ask.params))
    if not scopes.sees_cost(ask.principal, spend_tracking=services.workspace.spend_tracking):
        found = replace(found, cost=None)
    return answer(ask, found)


async def detail(ask: Ask) -> Response:
    stored = await open_session(ask)
    spend_tracking = ask.services.workspace.spend_tracking
    return answer(ask, scopes.project_detail(stored, ask.principal, spend_tracking=spend_tracking))


async def turns(ask: Ask) -> Response:
    stored = await open_session(ask)
    services = ask.services
    found = await services.db.read(queries.turns, stored.detail.id)
    spend_tracking = services.workspace.spend_tracking
    items = tuple(scopes.project_turn(turn, ask.principal, spend_tracking=spend_tracking) for turn in found)
    return answer(ask, Turns(items=items))


async def timeline(ask: Ask) -> Response:
    found = await ask.services.db.read(queries.timeline, ask.path("id"))
    if found is None:
        raise not_found()
    return answer(ask, found)


async def find(ask: Ask) -> Response:
    services = ask.services
    principal = ask.principal
    text = ask.param("q") or ""
    where = parse_filter([(name, value) for name, value in ask.params if name != "q"])
    with_flows = principal.has(Scope.FLOWS_READ)
    if where.kinds == frozenset({Kind.FLOW}) and not with_flows:
        raise missing_scope(Scope.FLOWS_READ)
    try:
        hits = await services.db.read(
            search.find,
            text,
            where,
            limit=parse_limit(ask.params),
            cursor=ask.param("cursor"),
            with_flows=with_flows,
        )
    except queries.BadCursor as error:
        raise bad_parameter("cursor", str(error)) from error
    reader = MessageReader(services)
    texts = await asyncio.gather(*(reader.text(hit.session.row.id, hit.n) for hit in hits.items))
    spend_tracking = services.workspace.spend_tracking
    items = tuple(
        SearchHit(
            session=scopes.project(hit.session, principal, spend_tracking=spend_tracking),
            n=hit.n,
            snippet=search.snippet(found, text),
        )
        for hit, found in zip(hits.items, texts, strict=True)
    )
    return answer(ask, SearchPage(items=items, next_cursor=hits.next_cursor))


_TEXT = Parameter(
    name="q",
    description="What to look for in the messages: every word, the last one as the beginning of one.",
    required=True,
)

CALLS = (
    Call(
        method="GET",
        path="/v1/sessions",
        name="list_sessions",
        summary="The list: most recently active first, ties by id descending.",
        handler=list_sessions,
        scopes=(Scope.SESSIONS_READ,),
        parameters=LIST,
        answer=Page,
    ),
    Call(
        method="GET",
        path="/v1/sessions/summary",
        name="summary",
        summary="Counts and cost under the list's filter; `by_owner` leaves the owner filter out.",
        handler=summarise,
        scopes=(Scope.SESSIONS_READ,),
        parameters=(*FILTER, TITLE),
        answer=Summary,
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}",
        name="session",
        summary="All that is known of one session.",
        handler=detail,
        scopes=(Scope.SESSIONS_READ,),
        rights="A flow needs flows.read.",
        answer=Detail,
        problems=(404,),
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}/turns",
        name="turns",
        summary="The turns that the session owns, oldest first; costs are null without ai-spend.read.",
        handler=turns,
        scopes=(Scope.SESSIONS_READ,),
        rights="A flow needs flows.read.",
        answer=Turns,
        problems=(404,),
    ),
    Call(
        method="GET",
        path="/v1/sessions/{id}/timeline",
        name="timeline",
        summary="Steps, checkpoints and artifacts.",
        handler=timeline,
        scopes=(Scope.FLOWS_READ,),
        answer=Timeline,
        problems=(404,),
    ),
    Call(
        method="GET",
        path="/v1/search",
        name="search",
        summary="Messages that hold the words, in sessions under the list's filter.",
        handler=find,
        scopes=(Scope.SESSIONS_READ,),
        rights="Flows are searched with flows.read alone.",
        parameters=(_TEXT, *FILTER, limit(), CURSOR),
        answer=SearchPage,
    ),
)
