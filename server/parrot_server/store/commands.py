"""What people do: end, reopen, rename, link, decide, and what is asked of a source. Each leaves an audit record.

A call that raises changes nothing, so its refusal is recorded by the caller (``audit.record``).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import UNSET, UnsetType, structs

from parrot_server.store import attachments, audit, engines, members, records, schema, user_states
from parrot_server.store.facts import UserState, is_ended_by_person
from parrot_server.store.work import Work
from parrot_wire import codec
from parrot_wire.records import Command, CommandResult
from parrot_wire.values import CheckpointStatus, Decision, Kind, RecordKind, Status, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from parrot_server.store.entry import Entry
    from parrot_server.store.ingest import Sender
    from parrot_wire.session import Checkpoint, RecordRef
    from parrot_wire.times import Timestamp

_STATUS_OF = {
    Decision.APPROVE: CheckpointStatus.APPROVED,
    Decision.REJECT: CheckpointStatus.REJECTED,
    Decision.SKIP: CheckpointStatus.SKIPPED,
}
_VERB_OF = {Decision.APPROVE: Verb.APPROVE, Decision.REJECT: Verb.REJECT, Decision.SKIP: Verb.SKIP}


class Conflict(Exception):
    """What was asked does not fit the session's state (a 409); the text says why.

    ``checkpoint`` is set where a checkpoint was decided before: the earlier decision.
    """

    def __init__(self, detail: str, *, checkpoint: Checkpoint | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.checkpoint = checkpoint


class Unknown(LookupError):
    """No such session, checkpoint, member or command."""


def end(conn: Connection, session_id: str, *, actor: str, now: Timestamp) -> None:
    """Close a chat. It survives every re-index; a later turn in the same chat makes it running again.

    actor: a member's id. Raises Unknown, or Conflict where it is no chat or ended already.
    """
    work = Work(conn)
    entry = _get(work, session_id)
    if entry.facts.kind is not Kind.CHAT:
        raise Conflict(f"only a chat can be ended, not a {entry.facts.kind}")
    if entry.facts.status is Status.ENDED or is_ended_by_person(entry.facts, entry.user):
        raise Conflict("the chat has ended already")
    # The work's own clock may be ahead of ours: what it did so far came before this End.
    _say(work, entry, structs.replace(entry.user, ended_at=max(now, entry.facts.activity), ended_by=actor))
    audit.record(conn, at=now, actor=actor, action="end", session=session_id)


def reopen(conn: Connection, session_id: str, *, actor: str, now: Timestamp) -> None:
    """Take an End back. Raises Unknown, or Conflict where no person ended it."""
    work = Work(conn)
    entry = _get(work, session_id)
    if not is_ended_by_person(entry.facts, entry.user):
        raise Conflict("nobody has ended this session")
    _say(work, entry, structs.replace(entry.user, ended_at=None, ended_by=None))
    audit.record(conn, at=now, actor=actor, action="reopen", session=session_id)


def edit(
    conn: Connection,
    session_id: str,
    *,
    actor: str,
    now: Timestamp,
    title: str | UnsetType | None = UNSET,
    initiative: str | UnsetType | None = UNSET,
    plan: str | UnsetType | None = UNSET,
) -> None:
    """Rename, link to a record (by id or title; unknown titles are made). None takes the person's choice back.

    Raises Unknown, or ValueError for an empty title.
    """
    work = Work(conn)
    entry = _get(work, session_id)
    said = entry.user
    done: list[str] = []
    if title is not UNSET:
        if title is not None and not title.strip():
            raise ValueError("title: must not be empty")
        said = structs.replace(said, title=None if title is None else title.strip())
        done.append("title")
    if initiative is not UNSET:
        said = structs.replace(said, initiative=_link(conn, RecordKind.INITIATIVE, initiative))
        done.append(f"initiative {said.initiative.id if said.initiative else '-'}")
    if plan is not UNSET:
        said = structs.replace(said, plan=_link(conn, RecordKind.PLAN, plan))
        done.append(f"plan {said.plan.id if said.plan else '-'}")
    _say(work, entry, said)
    audit.record(conn, at=now, actor=actor, action="edit", session=session_id, detail=", ".join(done))


def decide(
    conn: Connection,
    session_id: str,
    checkpoint_id: str,
    decision: Decision,
    *,
    comment: str | None,
    actor: str,
    now: Timestamp,
) -> Command:
    """Decide a checkpoint, once, and tell its source. Raises Unknown, or Conflict with the earlier decision."""
    work = Work(conn)
    entry = _get(work, session_id)
    decided = structs.replace(
        _waiting_checkpoint(conn, session_id, checkpoint_id),
        status=_STATUS_OF[decision],
        decided_by=actor,
        decided_at=now,
        comment=comment,
    )
    if not attachments.put_checkpoint(work, entry, decided, now):
        raise Conflict("the checkpoint has changed meanwhile: look at it again")
    work.flush()
    audit.record(conn, at=now, actor=actor, action=decision.value, session=session_id, detail=checkpoint_id)
    return _ask(conn, entry, _VERB_OF[decision], actor=actor, now=now, checkpoint=checkpoint_id, comment=comment)


def reassign(
    conn: Connection, session_id: str, checkpoint_id: str, assignee: str, *, actor: str, now: Timestamp
) -> Checkpoint:
    """Give a waiting checkpoint to a member (id, e-mail or name). Raises Unknown, or Conflict once decided."""
    work = Work(conn)
    entry = _get(work, session_id)
    member = members.resolve(conn, assignee)
    if member is None:
        raise Unknown(f"no member {assignee!r}")
    reassigned = structs.replace(_waiting_checkpoint(conn, session_id, checkpoint_id), assignee=member.id)
    if not attachments.put_checkpoint(work, entry, reassigned, now):
        raise Conflict("the checkpoint has changed meanwhile: look at it again")
    work.flush()
    detail = f"{checkpoint_id} to {member.id}"
    audit.record(conn, at=now, actor=actor, action="reassign", session=session_id, detail=detail)
    return reassigned


def request(
    conn: Connection, session_id: str, verb: Verb, *, actor: str, now: Timestamp, comment: str | None = None
) -> Command:
    """Ask the source to cancel or end; the row changes when the source confirms.

    Asking again while the first is unanswered returns the first. Raises Unknown, or Conflict where the session is not
    active (cancel) or its source cannot do it.
    """
    entry = _get(Work(conn), session_id)
    if verb is Verb.CANCEL and (not entry.facts.status.is_active or is_ended_by_person(entry.facts, entry.user)):
        raise Conflict(f"only what is active can be cancelled, not what is {entry.facts.status}")
    if verb.value not in entry.facts.can:
        raise Conflict(f"its source ({entry.source}) cannot {verb} it")
    unanswered = conn.execute(_UNANSWERED, {"session": session_id, "verb": verb.value}).scalar()
    if unanswered is not None:
        return codec.decode(unanswered, Command)
    audit.record(conn, at=now, actor=actor, action=verb.value, session=session_id, detail=comment)
    return _ask(conn, entry, verb, actor=actor, now=now, comment=comment)


def pending(conn: Connection, token_id: str) -> tuple[Command, ...]:
    """Unanswered commands on the sessions that a token sent, oldest first."""
    return tuple(codec.decode(body, Command) for body in conn.execute(_PENDING, {"token": token_id}).scalars())


def finish(conn: Connection, command_id: str, result: CommandResult, *, sender: Sender, now: Timestamp) -> None:
    """A source's answer. The second answer changes nothing. Raises Unknown, also for another token's command."""
    row = conn.execute(_COMMAND, {"id": command_id}).first()
    if row is None or row.token_id != sender.token_id:
        raise Unknown(f"no command {command_id!r}")
    if row.finished_at is not None:
        return
    conn.execute(_FINISH, {"command": command_id, "now": now, "was_ok": int(result.ok), "said": result.detail})
    audit.record(
        conn,
        at=now,
        actor=sender.member_id,
        action=f"{row.verb} answered",
        refused=not result.ok,
        session=row.session_id,
        detail=result.detail,
    )


def mark_unreachable(conn: Connection, session_ids: Sequence[str], since: Timestamp) -> None:
    """Let rows say "not reachable since ..." (``status_detail``); the source's next record takes it away."""
    work = Work(conn)
    work.load(session_ids)
    for session_id in session_ids:
        entry = work.get(session_id)
        if entry is not None and entry.facts.unreachable_since is None:
            entry.facts.unreachable_since = since
    work.flush()


def _get(work: Work, session_id: str) -> Entry:
    entry = work.get(session_id)
    if entry is None:
        raise Unknown(f"no session {session_id!r}")
    return entry


def _say(work: Work, entry: Entry, said: UserState) -> None:
    """Write what people say of a session, beside what its source says."""
    entry.user = said
    user_states.put(work.conn, entry.id, said)
    work.flush()


def _link(conn: Connection, kind: RecordKind, text: str | None) -> RecordRef | None:
    return None if text is None or not text.strip() else records.ref(conn, kind, text)


def _waiting_checkpoint(conn: Connection, session_id: str, checkpoint_id: str) -> Checkpoint:
    found = attachments.checkpoint(conn, session_id, checkpoint_id)
    if found is None:
        raise Unknown(f"no checkpoint {checkpoint_id!r}")
    if found.status is not CheckpointStatus.WAITING:
        member = None if found.decided_by is None else members.get(conn, found.decided_by)
        who = f" by {member.name if member else found.decided_by}" if found.decided_by else ""
        when = f" at {found.decided_at}" if found.decided_at else ""
        raise Conflict(f"{found.status}{who}{when} already", checkpoint=found)
    return found


def _ask(
    conn: Connection,
    entry: Entry,
    verb: Verb,
    *,
    actor: str,
    now: Timestamp,
    checkpoint: str | None = None,
    comment: str | None = None,
) -> Command:
    command = Command(
        id=f"c-{secrets.token_hex(8)}",
        source=entry.source,
        native_id=entry.native_id,
        verb=verb,
        actor=actor,
        checkpoint=checkpoint,
        comment=comment,
    )
    conn.execute(
        _INSERT,
        {
            "id": command.id,
            "session_id": entry.id,
            "token_id": entry.facts.token_id,
            "verb": verb.value,
            "created_at": now,
            "finished_at": None,
            "ok": None,
            "detail": None,
            "body": codec.encode(command),
        },
    )
    return command


_command = schema.command
_here = _command.c.workspace_id == engines.WORKSPACE
_INSERT = engines.append(_command)
_COMMAND: sa.Select[*tuple[Any, ...]] = sa.select(
    _command.c.token_id, _command.c.session_id, _command.c.verb, _command.c.finished_at
).where(_here, _command.c.id == sa.bindparam("id"))
_UNANSWERED = (
    sa.select(_command.c.body)
    .where(
        _here,
        _command.c.session_id == sa.bindparam("session"),
        _command.c.verb == sa.bindparam("verb"),
        _command.c.finished_at.is_(None),
    )
    .order_by(_command.c.place)
    .limit(1)
)
_PENDING = (
    sa.select(_command.c.body)
    .where(_here, _command.c.token_id == sa.bindparam("token"), _command.c.finished_at.is_(None))
    .order_by(_command.c.place)
)
_FINISH = (
    sa.update(_command)
    .where(_here, _command.c.id == sa.bindparam("command"))
    .values(finished_at=sa.bindparam("now"), ok=sa.bindparam("was_ok"), detail=sa.bindparam("said"))
)
