"""The workspace's own row, and answers kept for ``Idempotency-Key``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, schema
from parrot_wire import times

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_wire.times import Timestamp

ANSWERS_ARE_KEPT_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered to a POST with an Idempotency-Key; ``request`` is a hash of method, path and body."""

    request: bytes
    status: int
    body: bytes


def update(conn: Connection, *, name: str | None = None, spend_tracking: bool | None = None) -> None:
    """Rename, or switch spend tracking; None leaves as it is."""
    values: dict[str, str | int] = {}
    if name is not None:
        values["name"] = name
    if spend_tracking is not None:
        values["spend_tracking"] = int(spend_tracking)
    if values:
        conn.execute(
            sa.update(schema.workspace).where(schema.workspace.c.workspace_id == engines.WORKSPACE).values(values)
        )


def kept_answer(conn: Connection, member_id: str, key: str) -> KeptAnswer | None:
    """The answer to an earlier POST of this member with this key, a day long."""
    row = conn.execute(_FIND, {"member": member_id, "key": key}).first()
    return None if row is None else KeptAnswer(request=row.request, status=row.status, body=row.body)


def keep_answer(conn: Connection, member_id: str, key: str, answer: KeptAnswer, now: Timestamp) -> None:
    """Remember an answer; those older than a day go."""
    conn.execute(_DROP_OLD, {"before": times.from_ms(times.to_ms(now) - ANSWERS_ARE_KEPT_MS)})
    conn.execute(
        _KEEP,
        {
            "workspace_id": engines.WORKSPACE,
            "member_id": member_id,
            "key": key,
            "at": now,
            "request": answer.request,
            "status": answer.status,
            "body": answer.body,
        },
    )


def prune_tombstones(conn: Connection, *, keep: int) -> int:
    """Drop all but the newest tombstones; no stream can resume below those dropped (``Head.floor``). Returns how many.

    Records older than a deletion whose tombstone is gone would bring its session back.
    """
    floor = conn.execute(_FLOOR, {"keep": keep}).scalar()
    if floor is None:
        return 0
    conn.execute(_RAISE_FLOOR, {"new_floor": floor})
    return conn.execute(_PRUNE, {"floor": floor}).rowcount


_kept, _workspace, _tombstone = schema.idempotency, schema.workspace, schema.tombstone
_FIND = sa.select(_kept.c.request, _kept.c.status, _kept.c.body).where(
    _kept.c.workspace_id == engines.WORKSPACE,
    _kept.c.member_id == sa.bindparam("member"),
    _kept.c.key == sa.bindparam("key"),
)
_DROP_OLD = sa.delete(_kept).where(_kept.c.workspace_id == engines.WORKSPACE, _kept.c.at < sa.bindparam("before"))
_KEEP = engines.upsert(_kept)
_FLOOR = (
    sa.select(_tombstone.c.seq)
    .where(_tombstone.c.workspace_id == engines.WORKSPACE)
    .order_by(_tombstone.c.seq.desc())
    .limit(1)
    .offset(sa.bindparam("keep", type_=sa.Integer))
)
_RAISE_FLOOR = (
    sa.update(_workspace).where(_workspace.c.workspace_id == engines.WORKSPACE).values(floor=sa.bindparam("new_floor"))
)
_PRUNE = sa.delete(_tombstone).where(
    _tombstone.c.workspace_id == engines.WORKSPACE, _tombstone.c.seq <= sa.bindparam("floor")
)
