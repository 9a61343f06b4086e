"""What a person hid, kept apart from the list: it comes back at once, and is counted meanwhile.

Everything that reaches the list passes the veil. A hidden row is kept here in its newest state, so that showing it
again asks nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_wire.events import Gone, SessionChanged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from parrot_desktop.domain.row_store import RowEvent
    from parrot_wire.session import Row


class Veil:
    """Rows under the list's filter that are not shown."""

    def __init__(self) -> None:
        self._ids: frozenset[str] = frozenset()
        self._rows: dict[str, Row] = {}
        self._gone: dict[str, int] = {}

    def __len__(self) -> int:
        """How many rows it holds back."""
        return len(self._rows)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ids

    def clear(self) -> None:
        """Another filter, or all rows anew; what is hidden stays hidden."""
        self._rows.clear()
        self._gone.clear()

    def set_ids(self, ids: Collection[str]) -> tuple[list[str], list[RowEvent]]:
        """Another choice of what is hidden: the ids to take from the list, and the rows that come back."""
        wanted = frozenset(ids)
        fresh = sorted(wanted - self._ids)
        back: list[RowEvent] = []
        for session_id in sorted(self._ids - wanted):
            row = self._rows.pop(session_id, None)
            gone_at = self._gone.pop(session_id, None)
            if row is not None:
                back.append(SessionChanged(row=row))
            elif gone_at is not None:
                # A page that is under way may be older than this.
                back.append(Gone(seq=gone_at, id=session_id))
        self._ids = wanted
        return fresh, back

    def keep(self, event: RowEvent) -> None:
        """The newest that is known of a hidden session."""
        if isinstance(event, Gone):
            known = self._rows.get(event.id)
            if known is None or known.seq < event.seq:
                self._rows.pop(event.id, None)
                self._gone[event.id] = event.seq
            return
        row = event.row
        known = self._rows.get(row.id)
        if (known is None or known.seq < row.seq) and self._gone.get(row.id, -1) < row.seq:
            self._gone.pop(row.id, None)
            self._rows[row.id] = row

    def sift_rows(self, rows: Iterable[Row]) -> list[Row]:
        """Those that are shown; the others are kept."""
        if not self._ids:
            return list(rows)
        shown: list[Row] = []
        for row in rows:
            if row.id in self._ids:
                self.keep(SessionChanged(row=row))
            else:
                shown.append(row)
        return shown

    def sift(self, events: Iterable[RowEvent]) -> Iterator[RowEvent]:
        """Those of sessions that are shown; the others are kept."""
        for event in events:
            session_id = event.id if isinstance(event, Gone) else event.row.id
            if session_id in self._ids:
                self.keep(event)
            else:
                yield event
