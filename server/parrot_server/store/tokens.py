"""Opaque tokens: ``parrot_<id>_<secret>``; the store keeps the id and the SHA-256 of the secret."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from parrot_wire.session import Member
from parrot_wire.times import Timestamp
from parrot_wire.values import Role, Scope


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
    raise NotImplementedError


def verify(conn: Connection, token: str, now: Timestamp) -> Identity | None:
    """Whom the token stands for; None for one that is unknown, expired or revoked. Takes the same time for all."""
    raise NotImplementedError


def accept(conn: Connection, token: str, *, member: str, role: Role, name: str, now: Timestamp) -> None:
    """Let a token that is known already (the owner's, kept in ``server.json``'s folder) be valid in this database.

    Raises ValueError where it does not have a token's form.
    """
    raise NotImplementedError


def revoke(conn: Connection, token_id: str) -> bool:
    """False where it is unknown or revoked already."""
    raise NotImplementedError


def list_all(conn: Connection) -> tuple[TokenInfo, ...]:
    """All tokens, oldest first."""
    raise NotImplementedError
