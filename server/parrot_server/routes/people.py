"""Members and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from parrot_server.calls import Ask, Call, answer
from parrot_server.problems import ApiProblem, bad_parameter, not_found
from parrot_server.store import audit, members, tokens
from parrot_wire.answers import Members
from parrot_wire.people import MadeToken, MemberPatch, NewMember, NewToken, Token, TokenList
from parrot_wire.session import Member
from parrot_wire.times import normalise
from parrot_wire.values import Role, Scope

if TYPE_CHECKING:
    from starlette.responses import Response

    from parrot_server.store.tokens import TokenInfo


async def list_members(ask: Ask) -> Response:
    return answer(ask, Members(items=await ask.services.db.read(members.list_all)))


async def add_member(ask: Ask) -> Response:
    body = await ask.body(NewMember)
    name = body.name.strip()
    if not name:
        raise bad_parameter("name", "must not be empty")
    db = ask.services.db
    known = await db.read(members.resolve, body.email or name)
    if known is not None and body.role is not Role.OWNER:
        await _keep_an_owner(ask, known.id)
    made = await db.write(members.ensure, name=name, email=body.email, role=body.role)
    await _record(ask, "member.add", f"{made.id} as {made.role}")
    await _rights_changed(ask, made.id)
    return answer(ask, made, status=201)


async def change_member(ask: Ask) -> Response:
    body = await ask.body(MemberPatch)
    member_id = ask.path("id")
    if body.role is not Role.OWNER:
        await _keep_an_owner(ask, member_id)
    changed = await ask.services.db.write(members.set_role, member_id, body.role)
    if changed is None:
        raise not_found("member")
    await _record(ask, "member.role", f"{changed.id} as {changed.role}")
    await _rights_changed(ask, changed.id)
    return answer(ask, changed)


async def remove_member(ask: Ask) -> Response:
    """Whoever has done work stays its owner: what goes is the way in."""
    db = ask.services.db
    member = await db.read(members.get, ask.path("id"))
    if member is None:
        raise not_found("member")
    await _keep_an_owner(ask, member.id)
    changed = await db.write(members.set_role, member.id, Role.VIEWER)
    for token in await db.read(tokens.list_all):
        if token.member == member.id and not token.revoked:
            await db.write(tokens.revoke, token.id, ask.services.now())
    await _record(ask, "member.remove", member.id)
    await _rights_changed(ask, member.id)
    return answer(ask, changed)


async def _keep_an_owner(ask: Ask, member_id: str) -> None:
    owners = [member.id for member in await ask.services.db.read(members.list_all) if member.role is Role.OWNER]
    if owners == [member_id]:
        raise ApiProblem(409, "This is the only owner: make another one first.")


async def list_tokens(ask: Ask) -> Response:
    found = await ask.services.db.read(tokens.list_all)
    return answer(ask, TokenList(items=tuple(_shape(token) for token in found)))


async def make_token(ask: Ask) -> Response:
    body = await ask.body(NewToken)
    services = ask.services
    if not body.name.strip():
        raise bad_parameter("name", "must not be empty")
    member = await services.db.read(members.resolve, body.member)
    if member is None:
        raise bad_parameter("member", "is no member of this workspace")
    expires_at = None
    if body.expires_at is not None:
        try:
            expires_at = normalise(body.expires_at)
        except ValueError as error:
            raise bad_parameter("expires_at", "must be an RFC 3339 time") from error
    token = await services.db.write(
        tokens.make,
        member=member.id,
        role=body.role or member.role,
        name=body.name.strip(),
        now=services.now(),
        scopes=frozenset(body.scopes) if body.scopes is not None else None,
        expires_at=expires_at,
    )
    token_id = token.split("_")[1]
    await _record(ask, "token.make", f"{token_id} for {member.id}")
    return answer(ask, MadeToken(id=token_id, token=token), status=201)


async def revoke_token(ask: Ask) -> Response:
    token_id = ask.path("id")
    services = ask.services
    known = [token for token in await services.db.read(tokens.list_all) if token.id == token_id]
    if not known or not await services.db.write(tokens.revoke, token_id, services.now()):
        raise not_found("token")
    await _record(ask, "token.revoke", token_id)
    services.authenticator.forget()
    services.streams.close_token(token_id)
    return answer(ask, replace(_shape(known[0]), revoked=True))


async def _rights_changed(ask: Ask, member_id: str) -> None:
    """Look every token up again, and end what the member has open: it shows what they might no longer see."""
    services = ask.services
    services.authenticator.forget()
    for token in await services.db.read(tokens.list_all):
        if token.member == member_id and token.id != ask.principal.token_id:
            services.streams.close_token(token.id)


async def _record(ask: Ask, action: str, detail: str) -> None:
    services = ask.services
    await services.db.write(audit.record, at=services.now(), actor=ask.principal.member, action=action, detail=detail)


def _shape(info: TokenInfo) -> Token:
    return Token(
        id=info.id,
        member=info.member,
        role=info.role,
        name=info.name,
        created_at=info.created_at,
        revoked=info.revoked,
        expires_at=info.expires_at,
    )


_MANAGE = (Scope.MEMBERS_MANAGE,)

CALLS = (
    Call(
        method="GET",
        path="/v1/members",
        name="members",
        summary="Every member, with or without work, by name.",
        handler=list_members,
        scopes=(Scope.MEMBERS_READ,),
        answer=Members,
    ),
    Call(
        method="POST",
        path="/v1/members",
        name="add_member",
        summary="Add a member, or bring one up to date.",
        handler=add_member,
        scopes=_MANAGE,
        body=NewMember,
        answer=Member,
        status=201,
        problems=(409,),
        audited="member.add",
    ),
    Call(
        method="PATCH",
        path="/v1/members/{id}",
        name="change_member",
        summary="Change a member's role.",
        handler=change_member,
        scopes=_MANAGE,
        body=MemberPatch,
        answer=Member,
        problems=(404, 409),
        audited="member.role",
    ),
    Call(
        method="DELETE",
        path="/v1/members/{id}",
        name="remove_member",
        summary="Take a member's tokens and role away; the work stays theirs.",
        handler=remove_member,
        scopes=_MANAGE,
        answer=Member,
        problems=(404, 409),
        audited="member.remove",
    ),
    Call(
        method="GET",
        path="/v1/tokens",
        name="tokens",
        summary="Every token, without its secret.",
        handler=list_tokens,
        scopes=_MANAGE,
        answer=TokenList,
    ),
    Call(
        method="POST",
        path="/v1/tokens",
        name="make_token",
        summary="Make a token; it is shown this once.",
        handler=make_token,
        scopes=_MANAGE,
        body=NewToken,
        answer=MadeToken,
        status=201,
        audited="token.make",
    ),
    Call(
        method="DELETE",
        path="/v1/tokens/{id}",
        name="revoke_token",
        summary="Revoke a token: what it has open ends at once.",
        handler=revoke_token,
        scopes=_MANAGE,
        answer=Token,
        problems=(404,),
        audited="token.revoke",
    ),
)
