"""Sessions by the names that people use: a short id, a beginning of an id, a link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parrot_client.errors import NotFound, ParrotError
from parrot_wire.query import Filter
from parrot_wire.values import Kind

if TYPE_CHECKING:
    from parrot_client.client import Client
    from parrot_wire.session import Row

SHORTEST = 4
_LINK = re.compile(r"parrot://[a-z0-9-]+/sessions/([^/?#]+)")
_ID = re.compile(r"[a-z2-7]{26}")


class NoSuchSession(ParrotError):
    """No session of that name, or more than one."""


async def find_session(client: Client, name: str) -> Row:
    """The session that a name stands for: its id, its tool's own id, a beginning of either (four characters or more)
    that is no other's, or a ``parrot://`` link. Raises ParrotError."""
    link = _LINK.match(name)
    wanted = link[1] if link else name
    if _ID.fullmatch(wanted):
        try:
            return await client.session(wanted)
        except NotFound:
            raise NoSuchSession(f"there is no session {wanted}") from None
    if len(wanted) < SHORTEST:
        raise NoSuchSession(f"{wanted} is too short: give four characters of the id, or more")
    found: list[Row] = []
    async for row in client.all_sessions(Filter(kinds=frozenset(Kind))):
        if row.native_id == wanted:
            return row
        if row.short_id == wanted or row.id.startswith(wanted) or row.native_id.startswith(wanted):
            found.append(row)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoSuchSession(f"there is no session {wanted}")
    which = ", ".join(f"{row.id} ({row.title})" for row in found[:5])
    raise NoSuchSession(f"{wanted} could be any of {len(found)}: {which}")
