"""Projects, initiatives and plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, ids, schema, tallies
from parrot_wire.answers import RecordItem
from parrot_wire.session import RecordRef
from parrot_wire.values import Kind, RecordKind

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, Row


def list_all(conn: Connection, kind: RecordKind) -> tuple[RecordItem, ...]:
    """All records of a kind with their session counts, most recently active first, then by title."""
    items = [_item(row) for row in conn.execute(_ITEMS[kind], {"kind": kind.value})]
    items.sort(key=lambda item: (item.title.casefold(), item.id))
    items.sort(key=lambda item: item.last_activity_at or "", reverse=True)
    return tuple(items)


def get(conn: Connection, kind: RecordKind, record_id: str) -> RecordItem | None:
    """One record; None where it is unknown."""
    row = conn.execute(_ONE[kind], {"kind": kind.value, "id": record_id}).first()
    return None if row is None else _item(row)


def ensure(
    conn: Connection,
    kind: RecordKind,
    title: str,
    *,
    description: str | None = None,
    initiative: str | None = None,
    repository: str | None = None,
) -> str:
    """The id of the record that the text names (an id or a title); made where unknown; details are brought up to date.

    initiative: an id or a title. A detail that is None stays as it is.
    """
    record_id = ref(conn, kind, title).id
    details = {
        "description": description,
        "initiative_id": None if initiative is None else ref(conn, RecordKind.INITIATIVE, initiative).id,
        "repository": repository,
    }
    given = {name: value for name, value in details.items() if value is not None}
    if given:
        conn.execute(
            sa.update(_table)
            .where(_of_kind, _table.c.id == sa.bindparam("record"))
            .values({name: sa.bindparam(f"new_{name}") for name in given}),
            {"kind": kind.value, "record": record_id, **{f"new_{name}": value for name, value in given.items()}},
        )
    return record_id


def ref(conn: Connection, kind: RecordKind, text: str) -> RecordRef:
    """The record that an id or a title names; made where it is unknown."""
    text = text.strip()
    row = conn.execute(_NAMED, {"kind": kind.value, "text": text}).first()
    if row is not None:
        return RecordRef(id=row.id, title=row.title)
    made = RecordRef(id=ids.record_id(kind.value, text), title=text)
    conn.execute(_INSERT, {"workspace_id": engines.WORKSPACE, "kind": kind.value, "id": made.id, "title": made.title})
    return made


def _item(row: Row[*tuple[Any, ...]]) -> RecordItem:
    """Counts and times are of flows and chats, as the record's list shows them."""
    return RecordItem(
        id=row.id,
        title=row.title,
        description=row.description,
        initiative=row.initiative_id,
        repository=row.repository,
        session_count=row.sessions or 0,
        last_activity_at=max((at for at in (row.last_flow, row.last_chat) if at is not None), default=None),
    )


_table, _tally, _session = schema.record, schema.tally, schema.session
_of_kind = sa.and_(_table.c.workspace_id == engines.WORKSPACE, _table.c.kind == sa.bindparam("kind"))


def _last(kind: RecordKind, lane: Kind) -> sa.ScalarSelect[str | None]:
    return (
        sa.select(sa.func.max(_session.c.last_activity_at))
        .where(
            _session.c.workspace_id == _table.c.workspace_id,
            _session.c[f"{kind}_id"] == _table.c.id,
            _session.c.lane == lane.value,
        )
        .scalar_subquery()
    )


def _items(kind: RecordKind) -> sa.Select[*tuple[Any, ...]]:
    sessions = (
        sa.select(sa.func.sum(_tally.c.sessions))
        .where(
            _tally.c.workspace_id == _table.c.workspace_id,
            _tally.c.scope == sa.literal(tallies.scope_of(kind, "")) + _table.c.id,
            _tally.c.lane.in_([Kind.FLOW.value, Kind.CHAT.value]),
        )
        .scalar_subquery()
    )
    return sa.select(
        _table.c.id,
        _table.c.title,
        _table.c.description,
        _table.c.initiative_id,
        _table.c.repository,
        sessions.label("sessions"),
        _last(kind, Kind.FLOW).label("last_flow"),
        _last(kind, Kind.CHAT).label("last_chat"),
    ).where(_of_kind)


_ITEMS = {kind: _items(kind) for kind in RecordKind}
_ONE = {kind: items.where(_table.c.id == sa.bindparam("id")) for kind, items in _ITEMS.items()}
_NAMED = (
    sa.select(_table.c.id, _table.c.title)
    .where(_of_kind)
    .where(sa.or_(_table.c.id == sa.bindparam("text"), _table.c.title == sa.bindparam("text")))
    .order_by((_table.c.id == sa.bindparam("text")).desc())
    .limit(1)
)
_INSERT = engines.insert_if_new(_table)
