"""The workspace itself: is it there, who am I in it, what was done in it, how is it called."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from parrot_server.calls import Ask, Call, answer
from parrot_server.openapi import document
from parrot_server.problems import bad_parameter, unauthorised
from parrot_server.routes.parameters import CURSOR, limit
from parrot_server.store import audit, members, queries, workspace
from parrot_server.version import VERSION
from parrot_wire.answers import Audit, Health, Me, Workspace
from parrot_wire.codec import encode
from parrot_wire.query import parse_limit
from parrot_wire.values import Scope

if TYPE_CHECKING:
    from parrot_server.services import Services


class WorkspacePatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    name: str | None = None
    spend_tracking: bool | None = None


async def health(ask: Ask) -> Response:
    return answer(ask, Health(status="ok", version=VERSION))


async def openapi(ask: Ask) -> Response:
    from parrot_server.routes import CALLS

    body = encode(document(CALLS))
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if ask.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def me(ask: Ask) -> Response:
    services = ask.services
    member = await services.db.read(members.get, ask.principal.member)
    if member is None:
        raise unauthorised("The token's member is no longer in this workspace.")
    scopes = tuple(scope for scope in Scope if ask.principal.has(scope))
    return answer(ask, Me(member=member, workspace=_shape(services), scopes=scopes, feed=services.feed.feed_id))


async def audit_trail(ask: Ask) -> Response:
    most = parse_limit(ask.params)
    try:
        return answer(ask, await ask.services.db.read(audit.page, limit=most, cursor=ask.param("cursor")))
    except queries.BadCursor as error:
        raise bad_parameter("cursor", str(error)) from error


async def change_workspace(ask: Ask) -> Response:
    patch = await ask.body(WorkspacePatch)
    services = ask.services
    if patch.name is not None and not patch.name.strip():
        raise bad_parameter("name", "must not be empty")
    name = patch.name.strip() if patch.name is not None else None
    await services.db.write(workspace.update, name=name, spend_tracking=patch.spend_tracking)
    await services.db.write(
        audit.record,
        at=services.now(),
        actor=ask.principal.member,
        action="workspace.change",
        detail=encode(patch).decode(),
    )
    if name is not None:
        services.workspace.name = name
    if patch.spend_tracking is not None:
        services.workspace.spend_tracking = patch.spend_tracking
        services.feed.set_spend_tracking(patch.spend_tracking)
        services.session_feed.set_spend_tracking(patch.spend_tracking)
    return answer(ask, _shape(services))


def _shape(services: Services) -> Workspace:
    state = services.workspace
    return Workspace(id=state.id, name=state.name, spend_tracking=state.spend_tracking)


CALLS = (
    Call(
        method="GET",
        path="/healthz",
        name="health",
        summary="Whether the server answers.",
        handler=health,
        public=True,
        answer=Health,
    ),
    Call(
        method="GET",
        path="/openapi.json",
        name="openapi",
        summary="This document.",
        handler=openapi,
        problems=(),
    ),
    Call(method="GET", path="/v1/me", name="me", summary="Who the token stands for.", handler=me, answer=Me),
    Call(
        method="PATCH",
        path="/v1/workspace",
        name="change_workspace",
        summary="Rename the workspace, or switch spend tracking. Switching resets every stream.",
        handler=change_workspace,
        scopes=(Scope.WORKSPACE_MANAGE,),
        body=WorkspacePatch,
        answer=Workspace,
        audited="workspace.change",
    ),
    Call(
        method="GET",
        path="/v1/audit",
        name="audit",
        summary="Who did what, when, done or refused; newest first.",
        handler=audit_trail,
        scopes=(Scope.AUDIT_READ,),
        parameters=(limit(), CURSOR),
        answer=Audit,
    ),
)
