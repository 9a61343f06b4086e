"""Members and tokens: what is asked of the calls that manage them, and what they answer."""

from __future__ import annotations

import msgspec

from parrot_wire.session import Wire
from parrot_wire.times import Timestamp
from parrot_wire.values import Role, Scope


class NewMember(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person; one with that e-mail address, else with that name, is brought up to date."""

    name: str
    role: Role
    email: str | None = None


class MemberPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role


class NewToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``member`` is an id, an e-mail address or a name; ``role`` is the member's where it is left out.

    ``scopes`` narrows what the role may do.
    """

    member: str
    name: str
    role: Role | None = None
    scopes: tuple[Scope, ...] | None = None
    expires_at: Timestamp | None = None


class MadeToken(Wire, frozen=True, kw_only=True):
    """The one time that a token is shown."""

    id: str
    token: str


class Token(Wire, frozen=True, kw_only=True):
    """A token without its secret."""

    id: str
    member: str
    role: Role
    name: str
    created_at: Timestamp
    revoked: bool
    expires_at: Timestamp | None = None


class TokenList(Wire, frozen=True, kw_only=True):
    items: tuple[Token, ...]
