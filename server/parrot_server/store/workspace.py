"""The workspace's own row, and answers kept for ``Idempotency-Key``."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from parrot_wire.times import Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered to a POST with an Idempotency-Key; ``request`` is a hash of method, path and body."""

    request: bytes
    status: int
    body: bytes


def update(conn: Connection, *, name: str | None = None, spend_tracking: bool | None = None) -> None:
    """Rename, or switch spend tracking; None leaves as it is."""
    raise NotImplementedError


def kept_answer(conn: Connection, member_id: str, key: str) -> KeptAnswer | None:
    """The answer to an earlier POST of this member with this key, a day long."""
    raise NotImplementedError


def keep_answer(conn: Connection, member_id: str, key: str, answer: KeptAnswer, now: Timestamp) -> None:
    """Remember an answer; those older than a day go."""
    raise NotImplementedError
