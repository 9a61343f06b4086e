"""What sources send and hear: records in, commands out, their results in."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from typing import TYPE_CHECKING

from parrot_server.calls import Ask, Call, answer, replay
from parrot_server.idempotency import HEADER as IDEMPOTENCY_HEADER
from parrot_server.ndjson import blocks, unpack
from parrot_server.problems import ApiProblem, not_found
from parrot_server.routes.streams import respond
from parrot_server.store import audit, commands, ingest
from parrot_server.store.ingest import Sender
from parrot_server.store.workspace import KeptAnswer
from parrot_wire.records import CommandResult, IngestResult, Refused
from parrot_wire.values import Role, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.responses import Response

    from parrot_server.services import Services
    from parrot_server.sse import EventStreamResponse

MAX_REFUSED = 10_000
"""A body with more bad lines is no ingest; listing them would only fill the memory."""
_ANY_OWNER = frozenset({Role.OWNER, Role.ADMIN, Role.COLLECTOR})


async def take(ask: Ask) -> Response:
    services = ask.services
    async with services.ingest_gate.enter():
        key = ask.request.headers.get(IDEMPOTENCY_HEADER)
        if key is None:
            return answer(ask, await _apply(ask, _body(ask)))
        member = ask.principal.member
        async with services.kept_answers.turn(member, key):
            return await _take_once(ask, member, key)


async def _take_once(ask: Ask, member: str, key: str) -> Response:
    """As calls._once does, but without holding the body: its hash is known only after it was read."""
    services = ask.services
    digest = hashlib.sha256(b"POST /v1/ingest\n")

    async def hashed() -> AsyncGenerator[bytes]:
        async for chunk in _body(ask):
            digest.update(chunk)
            yield chunk

    if await services.kept_answers.has(member, key):
        async for _ in hashed():
            pass
        kept = await services.kept_answers.find(member, key, digest.digest())
        if kept is not None:
            return replay(kept)
    response = answer(ask, await _apply(ask, hashed()))
    kept = KeptAnswer(request=digest.digest(), status=response.status_code, body=bytes(response.body))
    await services.kept_answers.keep(member, key, kept, services.now())
    return response


def _body(ask: Ask) -> AsyncGenerator[bytes]:
    return ask.services.ingest_gate.read(ask.request.stream())


async def _apply(ask: Ask, body: AsyncIterator[bytes]) -> IngestResult:
    services = ask.services
    principal = ask.principal
    sender = Sender(token_id=principal.token_id, member_id=principal.member, any_owner=principal.role in _ANY_OWNER)
    new = known = 0
    refused: list[Refused] = []
    try:
        encoding = ask.request.headers.get("content-encoding", "")
        async with aclosing(unpack(body, encoding)) as unpacked, aclosing(blocks(unpacked)) as found:
            async for block in found:
                refused += block.refused
                if block.records:
                    applied = await services.db.write(ingest.apply, block.records, sender)
                    new += applied.new
                    known += applied.known
                    refused += (
                        Refused(line=block.lines[each.line - 1], detail=each.detail) for each in applied.refused
                    )
                if len(refused) > MAX_REFUSED:
                    raise ApiProblem(413, f"More than {MAX_REFUSED} lines are no records; the good ones were taken.")
    finally:
        await _record(services, principal.member, f"{new} new, {known} known, {len(refused)} refused")
    refused.sort(key=lambda each: each.line)
    return IngestResult(new=new, known=known, refused=tuple(refused))


async def _record(services: Services, member: str, detail: str) -> None:
    await services.db.write(audit.record, at=services.now(), actor=member, action="ingest", detail=detail)


async def listen(ask: Ask) -> EventStreamResponse:
    services = ask.services
    await services.db.write(audit.record, at=services.now(), actor=ask.principal.member, action="commands.listen")
    return respond(ask, services.command_feed.stream(ask.principal.token_id))


async def finish(ask: Ask) -> Response:
    body = await ask.body(CommandResult)
    services = ask.services
    principal = ask.principal
    sender = Sender(token_id=principal.token_id, member_id=principal.member, any_owner=principal.role in _ANY_OWNER)
    try:
        await services.db.write(commands.finish, ask.path("id"), body, sender=sender, now=services.now())
    except commands.Unknown as error:
        raise not_found("command") from error
    return answer(ask, body)


CALLS = (
    Call(
        method="POST",
        path="/v1/ingest",
        name="ingest",
        summary="Records, one a line, gzip allowed. Good lines are kept, each bad one is refused with its reason.",
        handler=take,
        scopes=(Scope.INGEST_WRITE,),
        rights="Members send work that they own; owners, admins and collectors for any owner.",
        body_media_type="application/x-ndjson",
        answer=IngestResult,
        problems=(400, 408, 413, 415, 429),
        audited="ingest",
        idempotent=False,
    ),
    Call(
        method="GET",
        path="/v1/commands",
        name="commands",
        summary="Commands to the sessions that this token sent, as they come; first what is unanswered.",
        handler=listen,
        scopes=(Scope.INGEST_WRITE,),
        media_type="text/event-stream",
        audited="commands.listen",
    ),
    Call(
        method="POST",
        path="/v1/commands/{id}/result",
        name="finish_command",
        summary="A source's answer to a command.",
        handler=finish,
        scopes=(Scope.INGEST_WRITE,),
        body=CommandResult,
        answer=CommandResult,
        problems=(404,),
        audited="commands.result",
    ),
)
