"""The fingerprints of sessions' records, kept in chunks that are appended to; read only where ownership is disputed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import engines, ownership, schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from parrot_server.store.entry import Entry

CHUNK_BYTES = 4096
"""Records are appended to the last chunk until it has this size."""
FEW_RECORDS = 8
"""Up to here it is cheaper to look for each record among the kin's than to settle everything anew."""


class FingerprintBook:
    """The fingerprints of one unit of work: gathered, written once, and read."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._added: dict[str, tuple[Entry, bytearray]] = {}
        self._whole: set[str] = set()
        self._read: dict[str, dict[bytes, int]] = {}

    def add(self, entry: Entry, data: bytes, *, whole: bool = False) -> None:
        """Records of the session's transcript, ``ownership.RECORD_BYTES`` each; ``whole``: and no others."""
        if whole:
            self._added[entry.id] = (entry, bytearray(data))
            self._whole.add(entry.id)
        elif data:
            self._added.setdefault(entry.id, (entry, bytearray()))[1].extend(data)

    def forget(self, session_id: str) -> None:
        """The session is being deleted."""
        self._added.pop(session_id, None)

    def are_no_news(self, entry: Entry) -> bool:
        """Whether what was added cannot change who owns what: it is later than a record that none of its kin has, and
        none of its kin has it. (The usual record that is appended to a fork.)
        """
        if entry.id in self._whole or entry.marks.settled_ms is None:
            return False
        added = ownership.unpack_fingerprints([bytes(self._added[entry.id][1])])
        if len(added) > FEW_RECORDS or min(added.values(), default=0) < entry.marks.settled_ms:
            return False
        kin = engines.json_array(entry.marks.kin)
        return not any(self._conn.execute(_HOLDS, {"sessions": kin, "digest": digest}).scalar() for digest in added)

    def write(self) -> None:
        """Store what was added."""
        rows: list[tuple[object, ...]] = []
        for session_id, (entry, data) in self._added.items():
            chunk, before = 0, b""
            if not entry.is_new:
                if session_id in self._whole:
                    self._conn.execute(_DELETE, {"session": session_id})
                elif (last := self._conn.execute(_LAST, {"session": session_id}).first()) is not None:
                    is_full = len(last.data) >= CHUNK_BYTES
                    chunk, before = (last.chunk + 1, b"") if is_full else (last.chunk, last.data)
            if data:
                rows.append((engines.WORKSPACE, session_id, chunk, before + bytes(data)))
        if rows:
            self._conn.exec_driver_sql(_PUT, rows)

    def of(self, session_id: str) -> dict[bytes, int]:
        """Hash -> ms of all records of a session, once ``write`` has been called."""
        records = self._read.get(session_id)
        if records is None:
            chunks = self._conn.execute(_ALL, {"session": session_id}).scalars()
            records = self._read[session_id] = ownership.unpack_fingerprints(chunks)
        return records


_table = schema.fingerprint
_of_session = sa.and_(_table.c.workspace_id == engines.WORKSPACE, _table.c.session_id == sa.bindparam("session"))
_ALL = sa.select(_table.c.data).where(_of_session)
_LAST = sa.select(_table.c.chunk, _table.c.data).where(_of_session).order_by(_table.c.chunk.desc()).limit(1)
_DELETE = sa.delete(_table).where(_of_session)
# A digest may also be found across two records: then there is more work than there need be, and nothing else.
_HOLDS = sa.select(
    sa.exists().where(
        _table.c.workspace_id == engines.WORKSPACE,
        engines.in_json(_table.c.session_id, "sessions"),
        sa.func.instr(_table.c.data, sa.bindparam("digest", type_=sa.LargeBinary)) > 0,
    )
)
_PUT = engines.driver_sql(engines.upsert(_table))
