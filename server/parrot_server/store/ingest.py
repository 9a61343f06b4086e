"""The one way in: records of sources, from the wire (``apply``) or from this machine's files (``apply_local``)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import UNSET, structs

from parrot_server.store import attachments, checks, engines, ids, merge, ownership, schema
from parrot_server.store.checks import BadField
from parrot_server.store.facts import EPOCH
from parrot_server.store.links import Links
from parrot_server.store.messages import MessageBook, cut
from parrot_server.store.turns import TurnBook
from parrot_server.store.work import CircularParents, Work
from parrot_wire import codec, times
from parrot_wire.records import Refused
from parrot_wire.values import RecordType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from parrot_server.store.checks import DeleteBody
    from parrot_server.store.entry import Entry
    from parrot_server.store.local import SessionFacts
    from parrot_wire.records import Record, SessionPatch, TurnRecord
    from parrot_wire.session import Checkpoint, Message, Step
    from parrot_wire.times import Timestamp

LOCAL_TOKEN = "local"
"""The token id under which this machine's own sources write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: sessions belong to the member whose token sent them first.

    any_owner: a collector, an owner or an admin may name any owner; others send only work that they own.
    """

    token_id: str
    member_id: str
    any_owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """``refused`` lines count from 1 in the records given; the others were taken (new) or there already (known)."""

    new: int
    known: int
    refused: tuple[Refused, ...] = ()


def apply(conn: Connection, records: Sequence[Record], sender: Sender) -> Applied:
    """Take what a source sent: idempotent by (source, native_id, key), a bad record refuses itself alone.

    Refused are: bodies that are not their type's shape, sessions first sent by another token's member, owners that
    the sender may not name, parents that would close a circle, and a message whose ``n`` another message has.
    """
    return _Batch(conn, sender).apply(records)


def apply_local(conn: Connection, facts: Sequence[SessionFacts], sender: Sender) -> Applied:
    """Take the state of local sessions, without keys and JSON: the same facts twice change nothing."""
    return _Batch(conn, sender).apply_local(facts)


@dataclass(slots=True)
class _Line:
    """A record that could be read: its session, its body, and what tells it from others."""

    number: int
    record: Record
    at: Timestamp
    session_id: str
    body: Any
    key_hash: int


class _Batch:
    """One call's unit of work."""

    def __init__(self, conn: Connection, sender: Sender) -> None:
        self._conn = conn
        self._sender = sender
        self._work = Work(conn)
        self._links = Links(conn)
        self._turns = TurnBook(self._work)
        self._messages = MessageBook(self._work)
        self._refused: list[Refused] = []
        self._takers: dict[RecordType, Callable[[Entry, _Line], bool]] = {
            RecordType.SESSION: self._take_session,
            RecordType.STEP: self._take_step,
            RecordType.TURN: self._take_turn,
            RecordType.MESSAGE: self._take_message,
            RecordType.CHECKPOINT: self._take_checkpoint,
            RecordType.ARTIFACT: self._take_artifact,
        }

    def _settle(self) -> None:
        self._messages.settle()
        self._turns.settle()
        self._work.flush()

    # From the wire

    def apply(self, records: Sequence[Record]) -> Applied:
        lines = [line for number, record in enumerate(records, 1) if (line := self._read(number, record)) is not None]
        self._work.load({line.session_id for line in lines} | _parents(lines))
        self._prefetch_messages(lines)
        seen = self._known_keys(lines)
        new: list[_Line] = []
        for line in lines:
            if (line.session_id, line.key_hash) in seen:
                continue
            try:
                taken = self._take(line)
            except (BadField, CircularParents) as error:
                self._refuse(line.number, str(error))
                continue
            seen.add((line.session_id, line.key_hash))
            if taken:
                new.append(line)
        self._settle()
        self._write_keys(new)
        refused = tuple(sorted(self._refused, key=lambda one: one.line))
        return Applied(new=len(new), known=len(records) - len(new) - len(refused), refused=refused)

    def _read(self, number: int, record: Record) -> _Line | None:
        """Decode a line's body; a line that cannot be taken is refused and None."""
        try:
            at = checks.normal_time("at", record.at)
            body = checks.body_of(record)
        except BadField as error:
            return self._refuse(number, str(error))
        return _Line(number, record, at, ids.derive_id(record.source, record.native_id), body, _hash_key(record.key))

    def _refuse(self, number: int, detail: str) -> None:
        self._refused.append(Refused(line=number, detail=detail))

    def _prefetch_messages(self, lines: list[_Line]) -> None:
        wanted: dict[str, list[Message]] = {}
        for line in lines:
            if line.record.type is RecordType.MESSAGE:
                wanted.setdefault(line.session_id, []).append(line.body)
        for session_id, messages in wanted.items():
            if self._work.get(session_id) is not None:
                self._messages.prefetch(session_id, messages)

    def _known_keys(self, lines: list[_Line]) -> set[tuple[str, int]]:
        by_session: dict[str, list[int]] = {}
        for line in lines:
            if self._work.get(line.session_id) is not None:
                by_session.setdefault(line.session_id, []).append(line.key_hash)
        known: set[tuple[str, int]] = set()
        for session_id, hashes in by_session.items():
            found = self._conn.execute(_KNOWN_KEYS, {"session": session_id, "keys": json.dumps(hashes)})
            known.update((session_id, key_hash) for key_hash in found.scalars())
        return known

    def _write_keys(self, lines: list[_Line]) -> None:
        # A session that was deleted in this very call needs none: its tombstone keeps older records out.
        rows = [
            (engines.WORKSPACE, line.session_id, line.key_hash)
            for line in lines
            if self._work.get(line.session_id) is not None
        ]
        if rows:
            self._conn.exec_driver_sql(_PUT_KEY, rows)

    def _take(self, line: _Line) -> bool:
        """Take one record; False where what is there is newer. Raises BadField or CircularParents, changing nothing."""
        entry = self._work.get(line.session_id)
        if entry is not None and not entry.facts.placeholder and entry.facts.sender != self._sender.member_id:
            raise BadField("native_id: another member's token sent this session first")
        if line.record.type is RecordType.DELETE:
            return entry is not None and self._delete(entry, line)
        if entry is None or entry.facts.placeholder:
            buried_at = self._work.buried_at(line.session_id)
            if buried_at is not None and line.at <= buried_at:
                return False
            return self._take_first(line, entry)
        taken = self._takers[line.record.type](entry, line)
        entry.facts.unreachable_since = None
        return taken

    def _take_first(self, line: _Line, stand_in: Entry | None) -> bool:
        """Take the first record of a session; where it is refused, it leaves no session behind."""
        placeholder = None if stand_in is None else stand_in.facts
        entry = self._make(line.record.source, line.record.native_id, line.session_id)
        try:
            return self._takers[line.record.type](entry, line)
        except (BadField, CircularParents):
            self._work.unmake(entry, placeholder)
            raise

    def _make(self, source: str, native_id: str, session_id: str) -> Entry:
        entry = self._work.get_or_make(session_id, source, native_id)
        if entry.facts.placeholder:
            self._work.take_placeholder(entry)
        facts = entry.facts
        facts.title = native_id
        facts.owner = self._sender.member_id
        facts.sender = self._sender.member_id
        facts.token_id = self._sender.token_id
        return entry

    def _owner_of(self, patch: SessionPatch) -> str | None:
        """The owner that a patch names, as a member's id. Raises BadField where the sender may not name it."""
        if patch.owner is UNSET:
            return None
        if not patch.owner.strip():
            raise BadField("owner: must not be empty")
        member_id = self._links.member(patch.owner, make=self._sender.any_owner)
        if member_id is None or (member_id != self._sender.member_id and not self._sender.any_owner):
            raise BadField(f"owner: this token sends only work of its own member, not of {patch.owner!r}")
        return member_id

    def _take_session(self, entry: Entry, line: _Line) -> bool:
        patch: SessionPatch = line.body
        owner = self._owner_of(patch)
        merge.merge_patch(self._work, self._links, entry, patch, line.at, owner)
        return True

    def _take_step(self, entry: Entry, line: _Line) -> bool:
        step: Step = line.body
        # Also a record that is too old to be taken says that the work was on by then.
        merge.note_record(entry, line.at)
        if not merge.merge_step(entry, step, line.at):
            return False
        self._work.tell(entry, "step", codec.encode(step))
        return True

    def _take_turn(self, entry: Entry, line: _Line) -> bool:
        turn: TurnRecord = line.body
        self._turns.put(entry, turn, line.at, line.at)
        self._mark(entry, f"turn:{turn.id}", turn.started_at or turn.ended_at or line.at)
        merge.note_record(entry, turn.ended_at or turn.started_at or line.at)
        return True

    def _mark(self, entry: Entry, identity: str, at: Timestamp) -> None:
        """The wire tells no fingerprints: the ids of messages and turns stand for the records of the work."""
        mark = (ownership.fingerprint(identity), times.to_ms(at))
        self._turns.add_fingerprints(entry, ownership.pack_fingerprints([mark]))

    def _take_message(self, entry: Entry, line: _Line) -> bool:
        message: Message = line.body
        taken = self._messages.put(entry, message, bytes(line.record.body), line.at)
        self._mark(entry, f"message:{message.id}", message.at)
        merge.note_record(entry, message.at)
        return taken

    def _take_checkpoint(self, entry: Entry, line: _Line) -> bool:
        checkpoint: Checkpoint = line.body
        if checkpoint.assignee is not None:
            checkpoint = structs.replace(checkpoint, assignee=self._links.member_or_text(checkpoint.assignee))
        if checkpoint.decided_by is not None:
            checkpoint = structs.replace(checkpoint, decided_by=self._links.member_or_text(checkpoint.decided_by))
        merge.note_record(entry, line.at)
        return attachments.put_checkpoint(self._work, entry, checkpoint, line.at)

    def _take_artifact(self, entry: Entry, line: _Line) -> bool:
        merge.note_record(entry, line.at)
        return attachments.put_artifact(self._work, entry, line.body, line.at)

    def _delete(self, entry: Entry, line: _Line) -> bool:
        target: DeleteBody = line.body
        if target.type is None:
            return self._delete_session(entry, line.at)
        if target.id is None:
            raise BadField("id: what is to be deleted must be named")
        match target.type:
            case RecordType.CHECKPOINT:
                return attachments.delete(self._conn, schema.checkpoint, entry.id, target.id, line.at)
            case RecordType.ARTIFACT:
                return attachments.delete(self._conn, schema.artifact, entry.id, target.id, line.at)
            case RecordType.STEP:
                return merge.delete_step(entry, target.id, line.at)
            case RecordType.MESSAGE:
                return self._messages.delete(entry, target.id, line.at)
            case RecordType.TURN:
                return self._turns.drop(entry, target.id, line.at)
            case RecordType.SESSION | RecordType.DELETE:
                raise BadField(f"type: {target.type} has no id of its own; leave type and id out to delete a session")

    def _delete_session(self, entry: Entry, at: Timestamp) -> bool:
        marks = entry.marks
        newest = max(marks.patch_activity or "", marks.record_activity or "")
        if at < newest:
            return False
        tree = self._work.tree_of(entry)
        for doomed in tree:
            self._turns.forget_session(doomed)
            self._messages.forget_session(doomed.id)
        self._work.delete(tree, at)
        return True

    # From this machine

    def apply_local(self, facts: Sequence[SessionFacts]) -> Applied:
        session_ids = [ids.derive_id(one.source, one.native_id) for one in facts]
        parents = {
            ids.derive_id(one.patch.parent_source or one.source, one.patch.parent)
            for one in facts
            if isinstance(one.patch.parent, str)
        }
        self._work.load({*session_ids, *parents})
        taken = 0
        for number, (session_id, one) in enumerate(zip(session_ids, facts, strict=True), 1):
            try:
                self._take_local(session_id, one)
            except (BadField, CircularParents) as error:
                self._refuse(number, str(error))
            else:
                taken += 1
        self._settle()
        return Applied(new=taken, known=0, refused=tuple(self._refused))

    def _take_local(self, session_id: str, given: SessionFacts) -> None:
        one = checks.facts(given)
        entry = self._work.get(session_id)
        owner = None if one.patch.owner is UNSET else self._links.member(one.patch.owner, make=True)
        placeholder = None
        is_first = entry is None or entry.facts.placeholder
        if entry is None or entry.facts.placeholder:
            placeholder = None if entry is None else entry.facts
            entry = self._make(one.source, one.native_id, session_id)
        elif entry.facts.sender != self._sender.member_id:
            raise BadField("native_id: another member's token sent this session first")
        if one.messages is None:
            self._work.leave_untold(entry)
        try:
            merge.merge_patch(self._work, self._links, entry, one.patch, "", owner)
        except CircularParents:
            if is_first:
                self._work.unmake(entry, placeholder)
            raise
        facts = entry.facts
        facts.unreachable_since = None
        if one.transcript_gone_since is not UNSET:
            facts.transcript_gone_since = one.transcript_gone_since
        if one.copied_from is not UNSET and one.copied_from != facts.copied_from:
            facts.copied_from = one.copied_from
            self._turns.reconsider(entry)
        if one.turns_whole:
            self._turns.replace_all(entry)
        fallback = facts.started_at if facts.started_at != EPOCH else facts.activity
        for turn in one.turns:
            self._turns.put(entry, turn, "", fallback)
        if one.fingerprints or one.fingerprints_whole:
            self._turns.add_fingerprints(entry, one.fingerprints, whole=one.fingerprints_whole)
        for message in one.messages or ():
            self._work.tell(entry, "message", codec.encode(cut(message)))


def _parents(lines: list[_Line]) -> set[str]:
    """Ids of the parents that patches name, so that they are loaded with the rest."""
    found: set[str] = set()
    for line in lines:
        if line.record.type is RecordType.SESSION and isinstance(line.body.parent, str):
            found.add(ids.derive_id(line.body.parent_source or line.record.source, line.body.parent))
    return found


def _hash_key(key: str) -> int:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


_key = schema.ingest_key
_KNOWN_KEYS = sa.select(_key.c.key_hash).where(
    _key.c.workspace_id == engines.WORKSPACE,
    _key.c.session_id == sa.bindparam("session"),
    engines.in_json(_key.c.key_hash, "keys"),
)
_PUT_KEY = engines.driver_sql(engines.insert_if_new(_key))
