"""What people do with a session: cancel, end, reopen, rename, link, decide, reassign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from parrot_server import scopes
from parrot_server.calls import Ask, Call, answer
from parrot_server.deliver import deliver
from parrot_server.problems import ApiProblem, bad_parameter, missing_scope, not_found
from parrot_server.store import commands, members, queries
from parrot_wire.records import Command, CommandResult
from parrot_wire.session import Checkpoint, Row
from parrot_wire.values import CheckpointStatus, Decision, Kind, Scope, Verb

if TYPE_CHECKING:
    from starlette.responses import Response

    from parrot_server.stored import StoredRow


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    decision: Decision
    comment: str | None = None


class AssigneeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    assignee: str
    """A member's id, e-mail address or name."""


class SessionPatchBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``null`` takes a person's choice back; records are named by id or title, unknown titles are made."""

    title: str | UnsetType | None = UNSET
    initiative: str | UnsetType | None = UNSET
    plan: str | UnsetType | None = UNSET


async def cancel(ask: Ask) -> Response:
    stored = await _row(ask)
    row = stored.row
    if not scopes.may_cancel(row, ask.principal):
        raise missing_scope(Scope.FLOWS_CANCEL_ANY if row.kind is Kind.FLOW else Scope.CONVERSATIONS_MANAGE)
    if not scopes.is_stoppable(row):
        raise ApiProblem(409, f"It is {row.status} and not active: there is nothing to cancel.")
    if "cancel" not in stored.can:
        raise ApiProblem(409, "Its source cannot cancel it: there is no sure evidence of a process to stop.")
    command, result = await _ask_source(ask, row.id, Verb.CANCEL)
    if result is not None and not result.ok:
        raise ApiProblem(409, result.detail or "Its source cannot cancel it now.")
    return answer(ask, command, status=202)


async def end(ask: Ask) -> Response:
    stored = await _row(ask)
    services = ask.services
    try:
        await services.db.write(commands.end, stored.row.id, actor=ask.principal.member, now=services.now())
    except commands.Conflict as error:
        raise ApiProblem(409, error.detail) from error
    if "end" in stored.can:
        await _ask_source(ask, stored.row.id, Verb.END)
    return await _answer_row(ask)


async def reopen(ask: Ask) -> Response:
    stored = await _row(ask)
    services = ask.services
    try:
        await services.db.write(commands.reopen, stored.row.id, actor=ask.principal.member, now=services.now())
    except commands.Conflict as error:
        raise ApiProblem(409, error.detail) from error
    return await _answer_row(ask)


async def edit(ask: Ask) -> Response:
    stored = await _row(ask)
    body = await ask.body(SessionPatchBody)
    services = ask.services
    try:
        await services.db.write(
            commands.edit,
            stored.row.id,
            actor=ask.principal.member,
            now=services.now(),
            title=body.title,
            initiative=body.initiative,
            plan=body.plan,
        )
    except ValueError as error:
        raise bad_parameter("title", str(error)) from error
    return await _answer_row(ask)


async def decide(ask: Ask) -> Response:
    stored = await _row(ask)
    checkpoint = await _checkpoint(ask, stored)
    if not scopes.may_decide(checkpoint.assignee, ask.principal):
        raise missing_scope(Scope.CHECKPOINTS_DECIDE)
    body = await ask.body(DecisionBody)
    services = ask.services
    try:
        command = await services.db.write(
            commands.decide,
            stored.row.id,
            checkpoint.id,
            body.decision,
            comment=body.comment,
            actor=ask.principal.member,
            now=services.now(),
        )
    except commands.Conflict as error:
        raise _conflict(error) from error
    await deliver(services, stored.row.id, command)
    return answer(ask, await _checkpoint(ask, stored))


async def reassign(ask: Ask) -> Response:
    stored = await _row(ask)
    checkpoint = await _checkpoint(ask, stored)
    body = await ask.body(AssigneeBody)
    services = ask.services
    if await services.db.read(members.resolve, body.assignee) is None:
        raise bad_parameter("assignee", "is no member of this workspace")
    try:
        reassigned = await services.db.write(
            commands.reassign,
            stored.row.id,
            checkpoint.id,
            body.assignee,
            actor=ask.principal.member,
            now=services.now(),
        )
    except commands.Conflict as error:
        raise _conflict(error) from error
    return answer(ask, reassigned)


async def _row(ask: Ask) -> StoredRow:
    stored = await ask.services.db.read(queries.row, ask.path("id"))
    if stored is None:
        raise not_found()
    return stored


async def _checkpoint(ask: Ask, stored: StoredRow) -> Checkpoint:
    timeline = await ask.services.db.read(queries.timeline, stored.row.id)
    for checkpoint in timeline.checkpoints if timeline is not None else ():
        if checkpoint.id == ask.path("cid"):
            return checkpoint
    raise not_found("checkpoint")


async def _ask_source(ask: Ask, session_id: str, verb: Verb) -> tuple[Command, CommandResult | None]:
    """What was asked, and this machine's own source's answer; another's comes later."""
    services = ask.services
    try:
        command = await services.db.write(
            commands.request, session_id, verb, actor=ask.principal.member, now=services.now()
        )
    except commands.Conflict as error:
        raise ApiProblem(409, error.detail) from error
    return command, await deliver(services, session_id, command)


async def _answer_row(ask: Ask) -> Response:
    """The row as it is now."""
    stored = await _row(ask)
    spend_tracking = ask.services.workspace.spend_tracking
    return answer(ask, scopes.project(stored, ask.principal, spend_tracking=spend_tracking))


def _conflict(error: commands.Conflict) -> ApiProblem:
    earlier = error.checkpoint
    if earlier is None or earlier.status is CheckpointStatus.WAITING:
        return ApiProblem(409, error.detail)
    words = str(earlier.status)
    if earlier.decided_by is not None:
        words += f" by {earlier.decided_by}"
    if earlier.decided_at is not None:
        words += f" at {earlier.decided_at}"
    return ApiProblem(409, error.detail, checkpoint=words)


CALLS = (
    Call(
        method="POST",
        path="/v1/sessions/{id}/cancel",
        name="cancel",
        summary="Ask the source to stop an active session. The row changes when the source confirms.",
        handler=cancel,
        scopes=(Scope.FLOWS_CANCEL_ANY, Scope.FLOWS_CANCEL_OWN, Scope.CONVERSATIONS_MANAGE),
        rights="A flow needs flows.cancel.any, or flows.cancel.own for one's own; a chat conversations.manage.",
        status=202,
        answer=Command,
        problems=(404, 409),
        audited="cancel",
    ),
    Call(
        method="POST",
        path="/v1/sessions/{id}/end",
        name="end",
        summary="Close a conversation.",
        handler=end,
        scopes=(Scope.CONVERSATIONS_MANAGE,),
        answer=Row,
        problems=(404, 409),
        audited="end",
    ),
    Call(
        method="POST",
        path="/v1/sessions/{id}/reopen",
        name="reopen",
        summary="Take an End back.",
        handler=reopen,
        scopes=(Scope.CONVERSATIONS_MANAGE,),
        answer=Row,
        problems=(404, 409),
        audited="reopen",
    ),
    Call(
        method="PATCH",
        path="/v1/sessions/{id}",
        name="edit",
        summary="Rename a session, link it to an initiative or a plan.",
        handler=edit,
        scopes=(Scope.CONVERSATIONS_MANAGE,),
        body=SessionPatchBody,
        answer=Row,
        problems=(404,),
        audited="edit",
    ),
    Call(
        method="POST",
        path="/v1/sessions/{id}/checkpoints/{cid}",
        name="decide",
        summary="Decide a checkpoint, once: afterwards 409, with the earlier decision in `checkpoint`.",
        handler=decide,
        rights="checkpoints.decide, or being its assignee.",
        body=DecisionBody,
        answer=Checkpoint,
        problems=(404, 409),
        audited="decide",
    ),
    Call(
        method="PATCH",
        path="/v1/sessions/{id}/checkpoints/{cid}",
        name="reassign",
        summary="Give a waiting checkpoint to another member.",
        handler=reassign,
        scopes=(Scope.CHECKPOINTS_DECIDE,),
        body=AssigneeBody,
        answer=Checkpoint,
        problems=(404, 409),
        audited="reassign",
    ),
)
