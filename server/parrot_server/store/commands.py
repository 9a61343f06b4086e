"""What people do: end, reopen, rename, link, decide, and what is asked of a source. Each leaves an audit record."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from parrot_server.store.ingest import Sender
from parrot_wire.records import Command, CommandResult
from parrot_wire.session import Checkpoint
from parrot_wire.times import Timestamp
from parrot_wire.values import Decision, Verb


class Conflict(Exception):
    """What was asked does not fit the session's state (a 409); the text says why.

    ``checkpoint`` is set where a checkpoint was decided before: the earlier decision.
    """

    def __init__(self, detail: str, *, checkpoint: Checkpoint | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.checkpoint = checkpoint


class Unknown(LookupError):
    """No such session, checkpoint, record or command."""


def end(conn: Connection, session_id: str, *, actor: str, now: Timestamp) -> None:
    """Close a chat. It survives every re-index; a later turn in the same chat makes it running again.

    actor: a member's id. Raises Unknown, or Conflict where it is no chat or ended already.
    """
    raise NotImplementedError


def reopen(conn: Connection, session_id: str, *, actor: str, now: Timestamp) -> None:
    """Take an End back. Raises Unknown, or Conflict where no person ended it."""
    raise NotImplementedError


def edit(
    conn: Connection,
    session_id: str,
    *,
    actor: str,
    now: Timestamp,
    title: str | None | UnsetType = UNSET,
    initiative: str | None | UnsetType = UNSET,
    plan: str | None | UnsetType = UNSET,
) -> None:
    """Rename, link to a record (by id or title; unknown titles are made). None takes the person's choice back.

    Raises Unknown, or ValueError for an empty title.
    """
    raise NotImplementedError


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
    raise NotImplementedError


def reassign(
    conn: Connection, session_id: str, checkpoint_id: str, assignee: str, *, actor: str, now: Timestamp
) -> Checkpoint:
    """Give a waiting checkpoint to a member (id, e-mail or name). Raises Unknown, or Conflict once decided."""
    raise NotImplementedError


def request(
    conn: Connection, session_id: str, verb: Verb, *, actor: str, now: Timestamp, comment: str | None = None
) -> Command:
    """Ask the source to cancel or end; the row changes when the source confirms.

    Asking again while the first is unanswered returns the first. Raises Unknown, or Conflict where the session is not
    active (cancel) or its source cannot do it.
    """
    raise NotImplementedError


def pending(conn: Connection, token_id: str) -> tuple[Command, ...]:
    """Unanswered commands on the sessions that a token sent, oldest first."""
    raise NotImplementedError


def finish(conn: Connection, command_id: str, result: CommandResult, *, sender: Sender, now: Timestamp) -> None:
    """A source's answer. The second answer changes nothing. Raises Unknown, also for another token's command."""
    raise NotImplementedError


def mark_unreachable(conn: Connection, session_ids: Sequence[str], since: Timestamp) -> None:
    """Let rows say "not reachable since ..." (``status_detail``); the source's next record takes it away."""
    raise NotImplementedError
