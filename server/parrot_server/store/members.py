"""The people of a workspace."""

from __future__ import annotations

from sqlalchemy import Connection

from parrot_wire.session import Member
from parrot_wire.values import Role


def list_all(conn: Connection) -> tuple[Member, ...]:
    """Every member, with or without work, by name."""
    raise NotImplementedError


def get(conn: Connection, member_id: str) -> Member | None:
    raise NotImplementedError


def resolve(conn: Connection, text: str) -> Member | None:
    """The member whom an id, an e-mail address, a name or ``Name <e-mail>`` names; case does not count."""
    raise NotImplementedError


def ensure(conn: Connection, *, name: str, email: str | None, role: Role) -> Member:
    """Find a person by e-mail, else by name; made where unknown. Name, e-mail and role are brought up to date."""
    raise NotImplementedError


def set_role(conn: Connection, member_id: str, role: Role) -> Member | None:
    """None where the member is unknown."""
    raise NotImplementedError
