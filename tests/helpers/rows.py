"""Rows as the store hands them up, by hand."""

from __future__ import annotations

from typing import Any

from parrot_server.stored import StoredRow
from parrot_wire.session import Cost, Row
from parrot_wire.values import Kind, Status
from tests.helpers.records import at

COST = Cost(micros=840_000, priced=1, estimated=2, unpriced=0, unknown=0)


def row(session_id: str, seq: int = 1, **fields: Any) -> Row:
    """A chat that is open and cost 84 cents, unless the fields say otherwise."""
    whole: dict[str, Any] = {
        "id": session_id,
        "short_id": session_id[:8],
        "seq": seq,
        "kind": Kind.CHAT,
        "title": f"Title of {session_id}",
        "owner": "ada",
        "status": Status.OPEN,
        "source": "test",
        "native_id": session_id,
        "steps": (),
        "message_count": 3,
        "tool_call_count": 1,
        "cost": COST,
        "started_at": at(0),
        "last_activity_at": at(seq),
        "actions": (),
    }
    return Row(**{**whole, **fields})


def stored(
    session_id: str, seq: int = 1, *, can: tuple[str, ...] = (), unlinked: tuple[str, ...] = (), **fields: Any
) -> StoredRow:
    return StoredRow(row=row(session_id, seq, **fields), can=frozenset(can), unlinked=frozenset(unlinked))
