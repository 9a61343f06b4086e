"""Opaque tokens: ``parrot_<id>_<secret>``; the store keeps the id and the SHA-256 of the secret.

A secret is 32 random bytes, so a fast hash keeps it as well as a slow one would.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, members, schema
from parrot_wire.values import SCOPES_OF, Role, Scope

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.session import Member
    from parrot_wire.times import Timestamp

_FORM = re.compile(r"parrot_([a-z2-7]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a token stands for, and what it may do: its role's scopes, or fewer."""

    token_id: str
    member: Member
    role: Role
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token without its secret, for listing."""

    id: str
    member: str
    role: Role
    name: str
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked: bool


def make(
    conn: Connection,
    *,
    member: str,
    role: Role,
    name: str,
    now: Timestamp,
    scopes: frozenset[Scope] | None = None,
    expires_at: Timestamp | None = None,
) -> str:
    """A new token, shown this once. scopes narrows the role's. Raises LookupError for an unknown member."""
    token = generate()
    _put(conn, token, member=member, role=role, name=name, now=now, scopes=scopes, expires_at=expires_at)
    return token


def generate() -> str:
    """A token that no database knows yet."""
    token_id = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return f"parrot_{token_id}_{secrets.token_urlsafe(32)}"


def verify(conn: Connection, token: str, now: Timestamp) -> Identity | None:
    """Whom the token stands for; None for one that is unknown, expired or revoked."""
    form = _FORM.fullmatch(token)
    row = None if form is None else conn.execute(_BY_ID, {"id": form[1]}).first()
    if form is None or row is None or not hmac.compare_digest(_hash(form[2]), row.secret_hash):
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    member = members.get(conn, row.member_id)
    if member is None:
        return None
    role = Role(row.role)
    scopes = SCOPES_OF[role]
    if row.scopes is not None:
        scopes &= frozenset(Scope(scope) for scope in json.loads(row.scopes))
    return Identity(token_id=row.id, member=member, role=role, scopes=scopes)


def accept(conn: Connection, token: str, *, member: str, role: Role, name: str, now: Timestamp) -> None:
    """Let a token that exists already (the owner's, kept in the data directory) be valid in this database.

    Raises ValueError where it does not have a token's form, LookupError for an unknown member.
    """
    _put(conn, token, member=member, role=role, name=name, now=now, scopes=None, expires_at=None)


def revoke(conn: Connection, token_id: str, now: Timestamp) -> bool:
    """False where it is unknown or revoked already."""
    return conn.execute(_REVOKE, {"token": token_id, "now": now}).rowcount == 1


def list_all(conn: Connection) -> tuple[TokenInfo, ...]:
    """All tokens, oldest first."""
    return tuple(
        TokenInfo(
            id=row.id,
            member=row.member_id,
            role=Role(row.role),
            name=row.name,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked=row.revoked_at is not None,
        )
        for row in conn.execute(_ALL)
    )


def _put(
    conn: Connection,
    token: str,
    *,
    member: str,
    role: Role,
    name: str,
    now: Timestamp,
    scopes: frozenset[Scope] | None,
    expires_at: Timestamp | None,
) -> None:
    form = _FORM.fullmatch(token)
    if form is None:
        raise ValueError("not a token: parrot_<id>_<secret> is its form")
    if members.get(conn, member) is None:
        raise LookupError(f"no member {member!r}")
    conn.execute(
        _PUT,
        {
            "workspace_id": engines.WORKSPACE,
            "id": form[1],
            "secret_hash": _hash(form[2]),
            "member_id": member,
            "role": role.value,
            "scopes": None if scopes is None else json.dumps(sorted(scopes)),
            "name": name,
            "created_at": now,
            "expires_at": expires_at,
            "revoked_at": None,
        },
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()


_token = schema.token
_HERE = sa.select(_token).where(_token.c.workspace_id == engines.WORKSPACE)
_BY_ID = _HERE.where(_token.c.id == sa.bindparam("id"))
_ALL = _HERE.order_by(_token.c.created_at, _token.c.id)
_PUT = engines.upsert(_token)
_REVOKE = (
    sa.update(_token)
    .where(
        _token.c.workspace_id == engines.WORKSPACE,
        _token.c.id == sa.bindparam("token"),
        _token.c.revoked_at.is_(None),
    )
    .values(revoked_at=sa.bindparam("now"))
)
