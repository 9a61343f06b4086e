"""Who did what, when, done or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import cursors, engines, schema
from parrot_wire.answers import Audit, AuditEntry

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.times import Timestamp

DONE, REFUSED = "done", "refused"


def record(
    conn: Connection,
    *,
    at: Timestamp,
    actor: str,
    action: str,
    refused: bool = False,
    session: str | None = None,
    detail: str | None = None,
) -> None:
    """Write an audit record. actor: a member's id. What ``commands`` does is recorded there; routes record refusals."""
    conn.execute(
        _INSERT,
        {
            "at": at,
            "actor": actor,
            "action": action,
            "refused": int(refused),
            "session_id": session,
            "detail": detail,
        },
    )


def page(conn: Connection, *, limit: int, cursor: str | None = None) -> Audit:
    """Newest first. Raises cursors.BadCursor."""
    asked = cursors.question("audit")
    place = 2**62 if cursor is None else cursors.decode(cursor, int, asked)
    found = conn.execute(_PAGE, {"place": place, "limit": limit + 1}).all()
    items = tuple(
        AuditEntry(
            at=row.at,
            actor=row.actor,
            action=row.action,
            outcome=REFUSED if row.refused else DONE,
            session=row.session_id,
            detail=row.detail,
        )
        for row in found[:limit]
    )
    more = len(found) > limit
    return Audit(items=items, next_cursor=cursors.encode(found[limit - 1].place, asked) if more else None)


_audit = schema.audit
_INSERT = engines.append(_audit)
_PAGE = (
    sa.select(_audit)
    .where(_audit.c.workspace_id == engines.WORKSPACE, _audit.c.place < sa.bindparam("place"))
    .order_by(_audit.c.place.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
