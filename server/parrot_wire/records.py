"""What a source sends: records, and the commands that come back to it.

A record of type ``session`` is a patch: only the fields that it holds are written. Every other type is the whole
shape, identified by the body's own id.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from parrot_wire.session import PullRequest, Step, Tokens, Waiting, Wire
from parrot_wire.times import Timestamp
from parrot_wire.values import Basis, Kind, Mode, RecordType, Status, Verb


class SessionPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any writable field of a Row and a Detail. ``null`` clears an optional field; a field left out stays as it is.

    ``parent`` is a native id of the same source, or of ``parent_source`` (a Flow run is the parent of an agent's
    session). A child that another source also reports keeps its parent when that source says nothing of one.
    ``owner`` is a member's id, e-mail or name; without it the sender owns the session. ``project``, ``initiative`` and
    ``plan`` are titles or ids: unknown ones are made. Counts stated here win over what the server counts from messages.
    """

    kind: Kind | UnsetType = UNSET
    mode: Mode | UnsetType | None = UNSET
    title: str | UnsetType = UNSET
    owner: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    status_detail: str | UnsetType | None = UNSET
    project: str | UnsetType | None = UNSET
    initiative: str | UnsetType | None = UNSET
    plan: str | UnsetType | None = UNSET
    steps: tuple[Step, ...] | UnsetType = UNSET
    started_at: Timestamp | UnsetType = UNSET
    last_activity_at: Timestamp | UnsetType = UNSET
    ended_at: Timestamp | UnsetType | None = UNSET
    parent: str | UnsetType | None = UNSET
    parent_source: str | UnsetType = UNSET
    waiting: Waiting | UnsetType | None = UNSET
    message_count: int | UnsetType = UNSET
    tool_call_count: int | UnsetType = UNSET
    event_count: int | UnsetType = UNSET
    model: str | UnsetType | None = UNSET
    models: tuple[str, ...] | UnsetType = UNSET
    cwd: str | UnsetType | None = UNSET
    repository: str | UnsetType | None = UNSET
    branch: str | UnsetType | None = UNSET
    pull_request: PullRequest | UnsetType | None = UNSET
    machine: str | UnsetType | None = UNSET
    agent_version: str | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET
    resume_command: tuple[str, ...] | UnsetType | None = UNSET
    source_file: str | UnsetType | None = UNSET
    can: tuple[str, ...] | UnsetType = UNSET
    """What the source can be asked: ``cancel``, ``end``, ``decide``, ``resume``."""


class TurnRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answered request. ``id`` is the source's own id of the response: the same id in two sessions of a source is
    one response, copied by a fork or a resume, and is counted once.

    ``cost`` (micro-dollars) is a real charge that the runtime reported: the turn is ``priced``. Without it the server
    estimates from ``tokens``. ``basis`` overrides that only to say ``unpriced`` or ``unknown``, or ``estimated`` where
    ``cost`` is the source's own estimate.
    """

    id: str
    status: Status = Status.COMPLETED
    model: str | None = None
    tokens: Tokens = Tokens()
    cache_write_1h: int = 0
    """The part of ``tokens.cache_write`` that is kept for an hour (its price differs)."""
    cost: int | None = None
    credits: float | None = None
    basis: Basis | None = None
    request_id: str | None = None
    """Tells two responses of one id apart where both carry one."""
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an ingest. ``key`` makes sending it twice harmless; an older ``at`` never overwrites a newer one.

    ``body`` is the shape that ``type`` names: SessionPatch, Step, TurnRecord, Message, Checkpoint, Artifact; for
    ``delete`` it may be empty (the session goes) or ``{"type": ..., "id": ...}``.
    """

    source: str
    native_id: str
    key: str
    at: Timestamp
    type: RecordType
    body: msgspec.Raw = msgspec.Raw(b"{}")


class Refused(Wire, frozen=True, kw_only=True):
    """One line of an ingest that was not taken; ``line`` counts from 1."""

    line: int
    detail: str


class IngestResult(Wire, frozen=True, kw_only=True):
    new: int
    known: int
    refused: tuple[Refused, ...]


class Command(Wire, frozen=True, kw_only=True):
    """What a source is asked to do; it answers with a CommandResult."""

    id: str
    source: str
    native_id: str
    verb: Verb
    actor: str
    checkpoint: str | None = None
    comment: str | None = None


class CommandResult(Wire, frozen=True, kw_only=True):
    ok: bool
    detail: str | None = None
