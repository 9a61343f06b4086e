"""Transcripts that came by ingest and live in the store. (Local transcripts are read from their files.)"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from parrot_wire.answers import Messages
from parrot_wire.session import Message


def page(
    conn: Connection, session_id: str, *, anchor: Literal["after", "before", "around"], n: int | None, limit: int
) -> Messages:
    """Messages in order of n. ``after`` n (0: the first page), ``before`` n (None: the end), or ``around`` n.

    Texts over MAX_PART_BYTES are cut and carry ``full_bytes``.
    """
    raise NotImplementedError


def whole(conn: Connection, session_id: str, n: int) -> Message | None:
    """One message, nothing cut; None where there is none."""
    raise NotImplementedError


def raw(conn: Connection, session_id: str, n: int) -> bytes | None:
    """One message as its source sent it: JSON in UTF-8."""
    raise NotImplementedError
