"""What people said of sessions: beside what the sources say, where no re-index comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, schema
from parrot_server.store.facts import UserState
from parrot_wire.session import RecordRef
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def of(conn: Connection, session_ids: Iterable[str]) -> dict[str, UserState]:
    """What was said, by session; those of which nothing was said are left out."""
    found = conn.execute(_OF, {"ids": engines.json_array(session_ids)})
    return {
        session_id: UserState(
            ended_at=ended_at,
            ended_by=ended_by,
            title=title,
            initiative=_link(initiative_id, initiative_title),
            plan=_link(plan_id, plan_title),
        )
        for (
            session_id,
            ended_at,
            ended_by,
            title,
            initiative_id,
            initiative_title,
            plan_id,
            plan_title,
        ) in found
    }


def put(conn: Connection, session_id: str, said: UserState) -> None:
    """Replace what was said of a session."""
    conn.execute(
        _PUT,
        {
            "workspace_id": engines.WORKSPACE,
            "session_id": session_id,
            "ended_at": said.ended_at,
            "ended_by": said.ended_by,
            "title": said.title,
            "initiative_id": said.initiative.id if said.initiative else None,
            "plan_id": said.plan.id if said.plan else None,
        },
    )


def _link(record_id: str | None, title: str | None) -> RecordRef | None:
    return None if record_id is None else RecordRef(id=record_id, title=title or record_id)


_table = schema.user_state


def _title_of(kind: RecordKind) -> sa.ScalarSelect[str]:
    record = schema.record.alias(f"linked_{kind}")
    return (
        sa.select(record.c.title)
        .where(
            record.c.workspace_id == _table.c.workspace_id,
            record.c.kind == kind.value,
            record.c.id == _table.c[f"{kind}_id"],
        )
        .scalar_subquery()
    )


_OF = sa.select(
    _table.c.session_id,
    _table.c.ended_at,
    _table.c.ended_by,
    _table.c.title,
    _table.c.initiative_id,
    _title_of(RecordKind.INITIATIVE),
    _table.c.plan_id,
    _title_of(RecordKind.PLAN),
).where(_table.c.workspace_id == engines.WORKSPACE, engines.in_json(_table.c.session_id, "ids"))
_PUT = engines.upsert(_table)
