"""Counts and costs under a filter, from kept counters wherever the filter allows."""

from __future__ import annotations

from sqlalchemy import Connection

from parrot_server.store.queries import RecordLock
from parrot_wire.answers import Summary
from parrot_wire.query import Filter


def summary(conn: Connection, where: Filter, *, lock: RecordLock | None = None) -> Summary:
    """Counts by kind, group and owner (the last without the owner filter), and the cost, each turn counted once."""
    raise NotImplementedError
