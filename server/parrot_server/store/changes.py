"""What a transaction changed, gathered on its connection for those who listen to commits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from parrot_server.stored import Change, Commit, SessionEvent, Tombstone, change_seq

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from sqlalchemy import Connection

_KEY = "parrot_changes"


class ChangeLog:
    """Newest rows by session, and the sessions' own events in their order."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._events: list[SessionEvent] = []
        self._seq = 0
        self._untold: set[str] = set()

    def add(self, rows: Iterable[Change], events: Iterable[SessionEvent], seq: int, untold: Iterable[str]) -> None:
        """seq: the workspace's, after these changes; untold: as in `Commit`."""
        for change in rows:
            self._changes[change.id if isinstance(change, Tombstone) else change.row.id] = change
        self._events += events
        self._untold.update(untold)
        self._seq = max(self._seq, seq)

    def take(self, other: ChangeLog) -> None:
        self.add(other._changes.values(), other._events, other._seq, other._untold)

    def to_commit(self) -> Commit | None:
        """None where nothing changed."""
        if not self._changes and not self._events and not self._untold:
            return None
        return Commit(
            seq=self._seq,
            changes=tuple(sorted(self._changes.values(), key=change_seq)),
            session_events=tuple(self._events),
            untold=frozenset(self._untold),
        )


@contextmanager
def collecting(conn: Connection) -> Generator[ChangeLog]:
    """Changes reported on the connection meanwhile go into the log."""
    change_log = ChangeLog()
    conn.info[_KEY] = change_log
    try:
        yield change_log
    finally:
        del conn.info[_KEY]


def report(
    conn: Connection, rows: Iterable[Change], events: Iterable[SessionEvent], seq: int, untold: Iterable[str]
) -> None:
    """Say what changed; nothing happens where nobody collects."""
    change_log = conn.info.get(_KEY)
    if isinstance(change_log, ChangeLog):
        change_log.add(rows, events, seq, untold)
