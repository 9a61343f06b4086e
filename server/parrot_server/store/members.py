"""The people of a workspace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, ids, schema
from parrot_wire.session import Member
from parrot_wire.values import Role

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_NAME_AND_EMAIL = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<email>[^<>\s]+@[^<>\s]+)>\s*")


def list_all(conn: Connection) -> tuple[Member, ...]:
    """Every member, with or without work, by name."""
    return tuple(_member(row) for row in conn.execute(_ALL))


def get(conn: Connection, member_id: str) -> Member | None:
    """One member by id."""
    row = conn.execute(_BY_ID, {"id": member_id}).first()
    return None if row is None else _member(row)


def resolve(conn: Connection, text: str) -> Member | None:
    """The member whom an id, an e-mail address, a name or ``Name <e-mail>`` names; case does not count.

    Where several have the name, the one with the smallest id.
    """
    name, email = _split(text)
    if email is not None and (row := conn.execute(_BY_EMAIL, {"email": email}).first()) is not None:
        return _member(row)
    if (found := get(conn, text.strip())) is not None:
        return found
    row = conn.execute(_BY_NAME, {"name": _fold(name)}).first()
    # Another address makes another person, whatever the name.
    return None if row is None or (email is not None and row.email is not None) else _member(row)


def ensure(conn: Connection, *, name: str, email: str | None, role: Role) -> Member:
    """Find a person by e-mail, else by name; made where unknown. Name, e-mail and role are brought up to date."""
    email = None if email is None or not email.strip() else email.strip().casefold()
    known = resolve(conn, f"{name} <{email}>" if email else name)
    member = Member(
        id=known.id if known else ids.member_id(email or name),
        name=name.strip() or (email or "").partition("@")[0],
        role=role,
        email=email or (known.email if known else None),
        avatar_url=known.avatar_url if known else None,
    )
    _put(conn, member)
    return member


def make_author(conn: Connection, text: str) -> Member:
    """A person whom work names as its owner and whom nobody knows yet: a member without a login."""
    name, email = _split(text)
    member = Member(id=ids.member_id(email or name), name=name, role=Role.MEMBER, email=email)
    _put(conn, member)
    return member


def set_role(conn: Connection, member_id: str, role: Role) -> Member | None:
    """None where the member is unknown."""
    conn.execute(_SET_ROLE, {"member": member_id, "new_role": role.value})
    return get(conn, member_id)


def _split(text: str) -> tuple[str, str | None]:
    """``Name <e-mail>``, an e-mail address or a name -> name, and the e-mail address case-folded."""
    if found := _NAME_AND_EMAIL.fullmatch(text):
        email = found["email"].casefold()
        return found["name"] or email.partition("@")[0], email
    text = text.strip()
    if "@" in text and " " not in text:
        return text.partition("@")[0], text.casefold()
    return text, None


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _member(row: Row[str, str, str, str | None, str | None]) -> Member:
    member_id, name, role, email, avatar_url = row
    return Member(id=member_id, name=name, role=Role(role), email=email, avatar_url=avatar_url)


def _put(conn: Connection, member: Member) -> None:
    conn.execute(
        _PUT,
        {
            "workspace_id": engines.WORKSPACE,
            "id": member.id,
            "name": member.name,
            "name_folded": _fold(member.name),
            "email": member.email,
            "role": member.role.value,
            "avatar_url": member.avatar_url,
        },
    )


_table = schema.member
_MEMBERS = sa.select(_table.c.id, _table.c.name, _table.c.role, _table.c.email, _table.c.avatar_url).where(
    _table.c.workspace_id == engines.WORKSPACE
)
_ALL = _MEMBERS.order_by(_table.c.name_folded, _table.c.id)
_BY_ID = _MEMBERS.where(_table.c.id == sa.bindparam("id"))
_BY_EMAIL = _MEMBERS.where(_table.c.email == sa.bindparam("email")).order_by(_table.c.id).limit(1)
_BY_NAME = _MEMBERS.where(_table.c.name_folded == sa.bindparam("name")).order_by(_table.c.id).limit(1)
_PUT = engines.upsert(_table)
_SET_ROLE = (
    sa.update(_table)
    .where(_table.c.workspace_id == engines.WORKSPACE, _table.c.id == sa.bindparam("member"))
    .values(role=sa.bindparam("new_role"))
)
