"""Projects, initiatives and plans."""

from __future__ import annotations

from sqlalchemy import Connection

from parrot_wire.answers import RecordItem
from parrot_wire.values import RecordKind


def list_all(conn: Connection, kind: RecordKind) -> tuple[RecordItem, ...]:
    """All records of a kind with their session counts, most recently active first, then by title."""
    raise NotImplementedError


def get(conn: Connection, kind: RecordKind, record_id: str) -> RecordItem | None:
    """One record; None where it is unknown."""
    raise NotImplementedError


def ensure(
    conn: Connection,
    kind: RecordKind,
    title: str,
    *,
    description: str | None = None,
    initiative: str | None = None,
    repository: str | None = None,
) -> str:
    """The id of the record that the text names (an id or a title); made where unknown; details are brought up to date."""
    raise NotImplementedError
