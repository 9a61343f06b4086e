"""What the store hands upwards: rows before they are projected for a caller, and commits."""

from __future__ import annotations

import msgspec

from parrot_wire.session import Detail, Row


class StoredRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with its full cost and no actions yet, and what its source can be asked (``cancel``, ``decide``, ...)."""

    row: Row
    can: frozenset[str]
    unlinked: frozenset[str] = frozenset()
    """Ids of the records that it was linked to once and is no longer: their locked streams are told that it is gone."""


class StoredDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A detail with full costs; ``children`` of ``detail`` is empty, they are here, not yet projected."""

    detail: Detail
    can: frozenset[str]
    children: tuple[StoredRow, ...]


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is gone, with the seq of its going."""

    seq: int
    id: str


Change = StoredRow | Tombstone


def change_seq(change: Change) -> int:
    return change.seq if isinstance(change, Tombstone) else change.row.seq


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one session's own stream: ``data`` is the JSON of a message, turn, step, checkpoint or artifact."""

    seq: int
    session_id: str
    name: str
    data: bytes


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction changed: changes in ``seq`` order, the last of them at ``seq``.

    Only whole commits are sent between two event ids, so that no client can resume in the middle of one.
    """

    seq: int
    changes: tuple[Change, ...]
    session_events: tuple[SessionEvent, ...] = ()
    untold: frozenset[str] = frozenset()
    """Sessions of which not every event is among those here: new ones, which nobody can have watched, and those whose
    messages nobody asked for lately."""
