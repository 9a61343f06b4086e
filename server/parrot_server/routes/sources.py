"""How far the sources of this machine are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.calls import Ask, Call, answer
from parrot_wire.answers import Sources
from parrot_wire.values import Scope

if TYPE_CHECKING:
    from starlette.responses import Response


async def list_sources(ask: Ask) -> Response:
    sources = ask.services.sources
    return answer(ask, Sources(items=tuple(sources.reports()) if sources is not None else ()))


CALLS = (
    Call(
        method="GET",
        path="/v1/sources",
        name="sources",
        summary="The tools whose sessions this server reads, how far it is, and what it could not read.",
        handler=list_sources,
        scopes=(Scope.SESSIONS_READ,),
        answer=Sources,
    ),
)
