"""A unit of work: sessions are loaded once, changed in memory, and written once, with all that follows from a change.

What follows: the costs and the latest activity of the ancestors, the row, its ``seq``, and the kept counters. A
session that is the same as before is not written and takes no ``seq``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from parrot_server.store import changes, engines, ids, schema, tallies, titles, user_states
from parrot_server.store.entry import Entry
from parrot_server.store.facts import (
    EPOCH,
    NOTHING_SAID,
    TRANSCRIPT_MISSING,
    Facts,
    Money,
    TokenSums,
    encode_facts,
    encode_row,
    lane_of,
    to_row,
)
from parrot_server.stored import Change, SessionEvent, StoredRow, Tombstone
from parrot_wire.values import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from parrot_server.store.facts import UserState
    from parrot_wire.times import Timestamp


class CircularParents(ValueError):
    """A session cannot be below itself."""


class Work:
    """Load, change, ``flush`` once; then throw it away."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._entries: dict[str, Entry] = {}
        self._absent: dict[str, Timestamp | None] = {}
        """Ids that are not there, with the time of their tombstone."""
        self._users: dict[str, UserState] = {}
        self._deleted: list[Entry] = []
        self._deleted_at: dict[str, Timestamp] = {}
        self._events: list[tuple[str, str, bytes]] = []
        self._untold: set[str] = set()

    # Finding

    def load(self, session_ids: Iterable[str]) -> None:
        """Have these sessions at hand, and all their ancestors."""
        wanted = {one for one in session_ids if one not in self._entries and one not in self._absent}
        while wanted:
            stored = self.conn.execute(_LOAD, {"ids": engines.json_array(wanted)}).all()
            absent = wanted - {row.session_id for row in stored}
            spoken_of = {row.session_id for row in stored if row.spoken_of}
            if absent or spoken_of:
                self._users |= user_states.of(self.conn, absent | spoken_of)
            if absent:
                self._absent |= dict.fromkeys(absent)
                for session_id, at in self.conn.execute(_TOMBSTONES, {"ids": engines.json_array(absent)}):
                    self._absent[session_id] = at
            for session_id, source, native_id, facts, marks, seq, _ in stored:
                user = self._users.get(session_id, NOTHING_SAID)
                self._entries[session_id] = Entry(
                    session_id, source, native_id, user, seq=seq, facts=facts, marks=marks
                )
            parents = {self._entries[row.session_id].facts.parent_id for row in stored} - {None}
            wanted = {one for one in parents if one and one not in self._entries and one not in self._absent}

    def get(self, session_id: str) -> Entry | None:
        found = self._entries.get(session_id)
        if found is None:
            self.load((session_id,))
            found = self._entries.get(session_id)
        return found

    def buried_at(self, session_id: str) -> Timestamp | None:
        """When a session that is not there was deleted."""
        self.load((session_id,))
        return self._absent.get(session_id)

    def get_or_make(self, session_id: str, source: str, native_id: str) -> Entry:
        entry = self.get(session_id)
        if entry is None:
            entry = Entry(session_id, source, native_id, self._users.get(session_id, NOTHING_SAID))
            self._entries[session_id] = entry
            self._absent.pop(session_id, None)
        return entry

    # Changing

    def add_turns(self, entry: Entry, money: Money, tokens: TokenSums) -> None:
        """Add what turns of this session cost: to it, and to all above it."""
        entry.facts.own.add(money)
        entry.facts.tokens.add(tokens)
        self._add_to_tree(entry, money, 1)

    def _add_to_tree(self, entry: Entry | None, money: Money, times: int) -> None:
        while entry is not None:
            entry.facts.tree.add(money, times)
            entry = self._parent_of(entry)

    def _parent_of(self, entry: Entry) -> Entry | None:
        return None if entry.facts.parent_id is None else self.get(entry.facts.parent_id)

    def set_parent(self, child: Entry, parent: tuple[str, str] | None) -> None:
        """Move a session, with its tree's cost, under (source, native id); a placeholder is made where it is unknown.

        Raises CircularParents.
        """
        parent_id = None if parent is None else ids.derive_id(*parent)
        if parent_id == child.facts.parent_id:
            return
        above = None if parent_id is None else self.get(parent_id)
        while above is not None:
            if above is child:
                raise CircularParents(f"parent: {parent[1] if parent else ''} is below this session itself")
            above = self._parent_of(above)
        if parent_id == child.id:
            raise CircularParents("parent: a session cannot be its own parent")
        old = self._parent_of(child)
        if old is not None:
            self._add_to_tree(old, child.facts.tree, -1)
            old.recount_activity = True
        child.facts.parent_id = parent_id
        if parent is not None and parent_id is not None:
            new = self.get(parent_id) or self._make_placeholder(parent_id, *parent)
            self._add_to_tree(new, child.facts.tree, 1)

    def _make_placeholder(self, session_id: str, source: str, native_id: str) -> Entry:
        entry = self.get_or_make(session_id, source, native_id)
        facts = entry.facts
        facts.placeholder = True
        facts.status = Status.ENDED
        facts.status_detail = TRANSCRIPT_MISSING
        facts.title = native_id
        return entry

    def take_placeholder(self, entry: Entry) -> None:
        """What stood for an unknown session becomes that session: its children stay, all else is told anew."""
        old = entry.facts
        entry.facts = Facts(own=old.own, tree=old.tree, tokens=old.tokens, tree_activity=old.tree_activity)

    def tree_of(self, entry: Entry) -> list[Entry]:
        """A session and all below it, parents first."""
        tree = [entry]
        for one in tree:
            self.load(self.conn.execute(_CHILDREN, {"parent": one.id}).scalars().all())
            # What is loaded may have moved since it was stored.
            tree += [other for other in self._entries.values() if other.facts.parent_id == one.id]
        return tree

    def delete(self, tree: list[Entry], at: Timestamp) -> None:
        """Delete what ``tree_of`` gave, and all that hangs on it. What others owe to its turns is the caller's."""
        self.set_parent(tree[0], None)
        for one in tree:
            del self._entries[one.id]
            self._absent[one.id] = at
            if not one.is_new:
                self._deleted.append(one)
                self._deleted_at[one.id] = at
            for statement in _DELETES:
                self.conn.execute(statement, {"session": one.id})

    def unmake(self, entry: Entry, placeholder: Facts | None) -> None:
        """Take a ``get_or_make`` or a ``take_placeholder`` back: nothing came of it."""
        if placeholder is not None:
            entry.facts = placeholder
        else:
            del self._entries[entry.id]
            self.load((entry.id,))

    def tell(self, entry: Entry, name: str, data: bytes) -> None:
        """An event of the session's own stream."""
        if self.tells(entry):
            self._events.append((entry.id, name, data))

    def tells(self, entry: Entry) -> bool:
        """Whether events of the session are of use: nobody can be watching one that was not there before, and who
        watches one of which not all is told fetches it anew."""
        return not entry.is_new and entry.id not in self._untold

    def leave_untold(self, entry: Entry) -> None:
        """Something in the session changed that no event tells."""
        self._untold.add(entry.id)

    # Writing

    def flush(self) -> None:
        """Write everything, and report it as one commit's changes."""
        self._settle_placeholders()
        self._settle_activity()
        changed = [
            (entry, facts) for entry in self._entries.values() if (facts := entry.facts_if_changed()) is not None
        ]
        untold = self._untold.union(entry.id for entry, _ in changed if entry.is_new)
        count = len(changed) + len(self._deleted) + len(self._events) or min(len(untold), 1)
        seq = take_seqs(self.conn, count) if count else 0
        last = seq + count
        events: list[SessionEvent] = []
        for session_id, name, data in self._events:
            seq += 1
            events.append(SessionEvent(seq=seq, session_id=session_id, name=name, data=data))
        tally = tallies.Deltas()
        gone: list[Change] = []
        for entry in self._deleted:
            seq += 1
            gone.append(self._bury(entry, seq, tally))
        rows: list[StoredRow] = []
        for entry, _ in changed:
            seq += 1
            rows.append(self._write_tally(entry, seq, tally))
        self._write_rows(changed, rows)
        self._write_marks(changed)
        tally.write(self.conn)
        if count:
            changes.report(self.conn, [*gone, *rows], events, last, untold)

    def _settle_placeholders(self) -> None:
        """What stands for an unknown session is like its first child, and goes with its last."""
        for entry in [one for one in self._entries.values() if one.facts.placeholder]:
            self.load(self.conn.execute(_CHILDREN, {"parent": entry.id}).scalars().all())
            children = [one for one in self._entries.values() if one.facts.parent_id == entry.id]
            if not children:
                self.delete([entry], EPOCH)
                continue
            first = min(children, key=lambda child: (child.facts.started_at, child.native_id)).facts
            facts = entry.facts
            facts.owner, facts.project, facts.cwd = first.owner, first.project, first.cwd
            facts.started_at = first.started_at

    def _settle_activity(self) -> None:
        """A parent moved last when its tree did. Children come before their parents."""
        children: dict[str, list[Entry]] = {}
        for entry in self._entries.values():
            if entry.facts.parent_id is not None:
                children.setdefault(entry.facts.parent_id, []).append(entry)
        if not children:
            for entry in self._entries.values():
                self._settle_one(entry, [])
            return
        for entry in sorted(self._entries.values(), key=self._depth, reverse=True):
            self._settle_one(entry, children.get(entry.id, []))

    def _depth(self, entry: Entry) -> int:
        depth = 0
        above = self._parent_of(entry)
        while above is not None:
            depth += 1
            above = self._parent_of(above)
        return depth

    def _settle_one(self, entry: Entry, children: list[Entry]) -> None:
        facts = entry.facts
        before = facts.tree_activity
        latest = max((child.facts.tree_activity for child in children), default=EPOCH)
        if entry.recount_activity or facts.activity < before:
            # Something may have moved back: what is stored of the other children decides.
            parameters = {"parent": entry.id, "ids": engines.json_array(self._entries)}
            latest = max(latest, self.conn.execute(_LATEST_CHILD, parameters).scalar() or EPOCH)
            facts.tree_activity = max(facts.activity, latest)
        else:
            facts.tree_activity = max(facts.activity, latest, before)
        if facts.tree_activity < before and (parent := self._parent_of(entry)) is not None:
            parent.recount_activity = True

    def _write_tally(self, entry: Entry, seq: int, tally: tallies.Deltas) -> StoredRow:
        if (before := entry.before()) is not None:
            tally.add(*before, times=-1)
        tally.add(entry.facts, entry.user, times=1)
        entry.seq = seq
        return to_row(entry.id, seq, entry.source, entry.native_id, entry.facts, entry.user)

    def _write_rows(self, changed: list[tuple[Entry, bytes]], rows: list[StoredRow]) -> None:
        if not changed:
            return
        values: list[tuple[object, ...]] = []
        for (entry, _), stored in zip(changed, rows, strict=True):
            row = stored.row
            values.append(
                (
                    engines.WORKSPACE,
                    entry.id,
                    row.seq,
                    lane_of(entry.facts),
                    row.owner,
                    row.status.value,
                    row.project.id if row.project else None,
                    row.initiative.id if row.initiative else None,
                    row.plan.id if row.plan else None,
                    row.last_activity_at,
                    row.parent,
                    titles.fold(row.title),
                    *entry.facts.tree.as_tuple(),
                    *entry.facts.own.as_tuple(),
                    encode_row(stored),
                )
            )
        self.conn.exec_driver_sql(_PUT_SESSION, values)
        self.conn.exec_driver_sql(
            _PUT_FACTS,
            [
                (engines.WORKSPACE, entry.id, entry.source, entry.native_id, facts, encode_facts(entry.marks))
                for entry, facts in changed
            ],
        )
        risen = [entry.id for entry, _ in changed if entry.is_new]
        if risen:
            self.conn.execute(_UNBURY, {"ids": engines.json_array(risen)})

    def _write_marks(self, changed: list[tuple[Entry, bytes]]) -> None:
        written = {entry.id for entry, _ in changed}
        alone = [
            {"session": entry.id, "new_marks": marks}
            for entry in self._entries.values()
            if entry.id not in written and (marks := entry.marks_if_changed()) is not None
        ]
        if alone:
            self.conn.execute(_PUT_MARKS, alone)

    def _bury(self, entry: Entry, seq: int, tally: tallies.Deltas) -> Tombstone:
        if (before := entry.before()) is not None:
            tally.add(*before, times=-1)
        self.conn.execute(
            _BURY,
            {
                "workspace_id": engines.WORKSPACE,
                "session_id": entry.id,
                "seq": seq,
                "at": self._deleted_at[entry.id],
            },
        )
        return Tombstone(seq=seq, id=entry.id)


def take_seqs(conn: Connection, count: int) -> int:
    """Reserve the next ``count`` numbers in this transaction; returns the number before the first of them."""
    return conn.execute(_TAKE_SEQS, {"count": count}).scalar_one() - count


_session, _facts, _user = schema.session, schema.session_facts, schema.user_state

_LOAD = (
    sa.select(
        _facts.c.session_id,
        _facts.c.source,
        _facts.c.native_id,
        _facts.c.facts,
        _facts.c.marks,
        _session.c.seq,
        _user.c.session_id.label("spoken_of"),
    )
    .join(
        _session,
        sa.and_(_session.c.workspace_id == _facts.c.workspace_id, _session.c.id == _facts.c.session_id),
    )
    .outerjoin(
        _user,
        sa.and_(_user.c.workspace_id == _facts.c.workspace_id, _user.c.session_id == _facts.c.session_id),
    )
    .where(_facts.c.workspace_id == engines.WORKSPACE, engines.in_json(_facts.c.session_id, "ids"))
)
_TOMBSTONES = sa.select(schema.tombstone.c.session_id, schema.tombstone.c.at).where(
    schema.tombstone.c.workspace_id == engines.WORKSPACE, engines.in_json(schema.tombstone.c.session_id, "ids")
)
_CHILDREN = sa.select(_session.c.id).where(
    _session.c.workspace_id == engines.WORKSPACE, _session.c.parent_id == sa.bindparam("parent")
)
_LATEST_CHILD = sa.select(sa.func.max(_session.c.last_activity_at)).where(
    _session.c.workspace_id == engines.WORKSPACE,
    _session.c.parent_id == sa.bindparam("parent"),
    sa.not_(engines.in_json(_session.c.id, "ids")),
)
_TAKE_SEQS = (
    sa.update(schema.workspace)
    .where(schema.workspace.c.workspace_id == engines.WORKSPACE)
    .values(seq=schema.workspace.c.seq + sa.bindparam("count"))
    .returning(schema.workspace.c.seq)
)
_PUT_SESSION = engines.driver_sql(engines.upsert(_session))
_PUT_FACTS = engines.driver_sql(engines.upsert(_facts))
_PUT_MARKS = (
    sa.update(_facts)
    .where(_facts.c.workspace_id == engines.WORKSPACE, _facts.c.session_id == sa.bindparam("session"))
    .values(marks=sa.bindparam("new_marks"))
)
_UNBURY = sa.delete(schema.tombstone).where(
    schema.tombstone.c.workspace_id == engines.WORKSPACE, engines.in_json(schema.tombstone.c.session_id, "ids")
)
_BURY = engines.upsert(schema.tombstone)
_DELETES = [
    sa.delete(table).where(table.c.workspace_id == engines.WORKSPACE, column == sa.bindparam("session"))
    for table, column in (
        (_session, _session.c.id),
        *(
            (table, table.c.session_id)
            for table in (
                _facts,
                schema.turn,
                schema.fingerprint,
                schema.message,
                schema.checkpoint,
                schema.artifact,
                schema.ingest_key,
                schema.search_text,
            )
        ),
    )
]
