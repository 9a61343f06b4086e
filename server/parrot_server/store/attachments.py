"""Checkpoints and artifacts of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import structs

from parrot_server.store import engines, schema
from parrot_wire import codec
from parrot_wire.session import Artifact, Checkpoint, Waiting
from parrot_wire.values import CheckpointStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_server.store.entry import Entry
    from parrot_server.store.work import Work
    from parrot_wire.times import Timestamp


def checkpoints_of(conn: Connection, session_id: str) -> tuple[Checkpoint, ...]:
    """In the order in which they came."""
    bodies = conn.execute(_ALL[schema.checkpoint], {"session": session_id}).scalars()
    return tuple(codec.decode(body, Checkpoint) for body in bodies)


def artifacts_of(conn: Connection, session_id: str) -> tuple[Artifact, ...]:
    """In the order in which they came."""
    bodies = conn.execute(_ALL[schema.artifact], {"session": session_id}).scalars()
    return tuple(codec.decode(body, Artifact) for body in bodies)


def checkpoint(conn: Connection, session_id: str, checkpoint_id: str) -> Checkpoint | None:
    """One checkpoint; None where it is unknown."""
    row = conn.execute(_ONE[schema.checkpoint], {"session": session_id, "id": checkpoint_id}).first()
    return None if row is None else codec.decode(row.body, Checkpoint)


def put_checkpoint(work: Work, entry: Entry, new: Checkpoint, at: Timestamp) -> bool:
    """Take a checkpoint as it is at a time; False where it is older than what is there, or would undo a decision.

    The session waits for it, and no longer once it is decided, unless its source has said otherwise meanwhile.
    """
    row = work.conn.execute(_ONE[schema.checkpoint], {"session": entry.id, "id": new.id}).first()
    if row is not None:
        old = codec.decode(row.body, Checkpoint)
        if at < row.at or (old.status is not CheckpointStatus.WAITING and new.status is CheckpointStatus.WAITING):
            return False
        if new.status is old.status and old.decided_by is not None:
            # The source confirms what a person decided here, and may not know who it was.
            new = structs.replace(
                new,
                decided_by=new.decided_by or old.decided_by,
                decided_at=new.decided_at or old.decided_at,
                comment=new.comment or old.comment,
            )
    _put(work, entry, schema.checkpoint, new, at)
    _wait_for(entry, new, at)
    return True


def put_artifact(work: Work, entry: Entry, new: Artifact, at: Timestamp) -> bool:
    """Take an artifact; False where it is older than what is there."""
    row = work.conn.execute(_ONE[schema.artifact], {"session": entry.id, "id": new.id}).first()
    if row is not None and at < row.at:
        return False
    _put(work, entry, schema.artifact, new, at)
    return True


def delete(conn: Connection, table: sa.Table, session_id: str, attachment_id: str, at: Timestamp) -> bool:
    """Delete a checkpoint or an artifact; False where it is unknown or newer."""
    row = conn.execute(_ONE[table], {"session": session_id, "id": attachment_id}).first()
    if row is None or at < row.at:
        return False
    conn.execute(_DELETE[table], {"session": session_id, "attachment": attachment_id})
    return True


def _put(work: Work, entry: Entry, table: sa.Table, new: Checkpoint | Artifact, at: Timestamp) -> None:
    body = codec.encode(new)
    work.conn.execute(
        _PUT[table],
        {
            "workspace_id": engines.WORKSPACE,
            "session_id": entry.id,
            "id": new.id,
            "place": work.conn.execute(_NEXT[table], {"session": entry.id}).scalar_one(),
            "at": at,
            "body": body,
        },
    )
    work.tell(entry, table.name, body)


def _wait_for(entry: Entry, new: Checkpoint, at: Timestamp) -> None:
    waiting = entry.facts.waiting
    if new.status is CheckpointStatus.WAITING:
        if waiting is None and at >= entry.marks.field_at.get("waiting", at):
            entry.facts.waiting = Waiting(since=at, reason="approval", checkpoint=new.id, assignee=new.assignee)
        elif waiting is not None and waiting.checkpoint == new.id and waiting.assignee != new.assignee:
            entry.facts.waiting = structs.replace(waiting, assignee=new.assignee)
    elif waiting is not None and waiting.checkpoint == new.id:
        entry.facts.waiting = None


def _of(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.workspace_id == engines.WORKSPACE, table.c.session_id == sa.bindparam("session"))


_TABLES = (schema.checkpoint, schema.artifact)
_ALL = {table: sa.select(table.c.body).where(_of(table)).order_by(table.c.place, table.c.id) for table in _TABLES}
_ONE = {
    table: sa.select(table.c.at, table.c.body).where(_of(table), table.c.id == sa.bindparam("id")) for table in _TABLES
}
_NEXT = {table: sa.select(sa.func.coalesce(sa.func.max(table.c.place), 0) + 1).where(_of(table)) for table in _TABLES}
_PUT = {table: engines.upsert(table, keep=("place",)) for table in _TABLES}
_DELETE = {table: sa.delete(table).where(_of(table), table.c.id == sa.bindparam("attachment")) for table in _TABLES}
