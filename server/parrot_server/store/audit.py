"""Who did what, when, done or refused."""

from __future__ import annotations

from sqlalchemy import Connection

from parrot_wire.answers import Audit
from parrot_wire.times import Timestamp


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
    raise NotImplementedError


def page(conn: Connection, *, limit: int, cursor: str | None = None) -> Audit:
    """Newest first. Raises queries.BadCursor."""
    raise NotImplementedError
