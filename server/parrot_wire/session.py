"""Sessions and what hangs on them: the shapes of the protocol's "Shapes" table.

A field with a default is one that the protocol marks with ``?``: it is left out of the JSON where it is unknown.
Times are ``parrot_wire.times.Timestamp`` text; money is integer micro-dollars; durations are integer milliseconds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parrot_wire.times import Timestamp
from parrot_wire.values import (
    Action,
    ArtifactKind,
    Basis,
    CheckpointStatus,
    Kind,
    MessageRole,
    Mode,
    Role,
    Status,
)

MAX_PART_BYTES = 64_000
"""A part's text longer than this (UTF-8) is cut in lists; the part then carries ``full_bytes``."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the wire's shapes: unknown optional fields are left out, unknown incoming ones are dropped.

    The collector does not look at them (``gc``): what is frozen and made of JSON is in no cycle, and ten thousand rows
    were most of what it went through.
    """


class Member(Wire, frozen=True, kw_only=True):
    id: str
    name: str
    role: Role
    email: str | None = None
    avatar_url: str | None = None


class RecordRef(Wire, frozen=True, kw_only=True):
    """A project, an initiative or a plan, by name."""

    id: str
    title: str


class Cost(Wire, frozen=True, kw_only=True):
    """The cost of some turns. The four words count turns by how their cost is known."""

    micros: int
    priced: int
    estimated: int
    unpriced: int
    unknown: int
    credits: float | None = None

    @property
    def turns(self) -> int:
        return self.priced + self.estimated + self.unpriced + self.unknown


class Tokens(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``input`` leaves out cached tokens, ``output`` includes reasoning, ``total`` is the sum of the four."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    total: int = 0


class Step(Wire, frozen=True, kw_only=True):
    id: str
    name: str
    status: Status
    skill: str | None = None
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    error: str | None = None


class Waiting(Wire, frozen=True, kw_only=True):
    """Why a session waits for a person, and since when."""

    since: Timestamp
    reason: str
    checkpoint: str | None = None
    assignee: str | None = None


class Row(Wire, frozen=True, kw_only=True):
    """One line of the Sessions list."""

    id: str
    short_id: str
    seq: int
    kind: Kind
    title: str
    owner: str
    status: Status
    source: str
    native_id: str
    steps: tuple[Step, ...]
    message_count: int
    tool_call_count: int
    cost: Cost | None
    started_at: Timestamp
    last_activity_at: Timestamp
    actions: tuple[Action, ...]
    mode: Mode | None = None
    status_detail: str | None = None
    project: RecordRef | None = None
    initiative: RecordRef | None = None
    plan: RecordRef | None = None
    ended_at: Timestamp | None = None
    parent: str | None = None
    waiting: Waiting | None = None


class PullRequest(Wire, frozen=True, kw_only=True):
    number: int
    url: str


class Detail(Row, frozen=True, kw_only=True):
    """A row with all that is known of it. ``own_cost`` and ``tokens`` leave the children out."""

    models: tuple[str, ...]
    tokens: Tokens
    own_cost: Cost | None
    turn_count: int
    event_count: int
    children: tuple[Row, ...]
    model: str | None = None
    cwd: str | None = None
    repository: str | None = None
    branch: str | None = None
    pull_request: PullRequest | None = None
    machine: str | None = None
    agent_version: str | None = None
    error: str | None = None
    resume_command: tuple[str, ...] | None = None
    source_file: str | None = None
    """Where the session's record lives on the machine it was found on (for the Metadata tab)."""
    transcript_gone_since: Timestamp | None = None
    """Set where the source file has been deleted: row and figures outlive it, the transcript does not."""


class Turn(Wire, frozen=True, kw_only=True):
    """One answered request to the model; ``n`` counts from 1 in the session."""

    n: int
    status: Status
    basis: Basis
    cost: int | None
    tokens: Tokens
    started_at: Timestamp
    model: str | None = None
    credits: float | None = None
    ended_at: Timestamp | None = None
    reason: str | None = None
    """Why the cost is unknown, in words."""


class Checkpoint(Wire, frozen=True, kw_only=True):
    id: str
    before_step: str
    status: CheckpointStatus
    assignee: str | None = None
    decided_by: str | None = None
    decided_at: Timestamp | None = None
    comment: str | None = None


class Artifact(Wire, frozen=True, kw_only=True):
    id: str
    kind: ArtifactKind
    title: str
    url: str | None = None


class Text(Wire, frozen=True, kw_only=True, tag_field="type", tag="text"):
    text: str
    full_bytes: int | None = None


class Thinking(Wire, frozen=True, kw_only=True, tag_field="type", tag="thinking"):
    text: str
    full_bytes: int | None = None


class ToolCall(Wire, frozen=True, kw_only=True, tag_field="type", tag="tool_call"):
    """``input`` is the tool's own JSON; where it is over the limit it is a text cut short, with ``full_bytes``."""

    call_id: str
    name: str
    input: Any
    child: str | None = None
    """Id of the session that this call started (a subagent), where known."""
    full_bytes: int | None = None


class ToolResult(Wire, frozen=True, kw_only=True, tag_field="type", tag="tool_result"):
    """``ok`` is None where the outcome is not recorded."""

    call_id: str
    ok: bool | None
    text: str
    exit_code: int | None = None
    duration: int | None = None
    full_bytes: int | None = None


class Image(Wire, frozen=True, kw_only=True, tag_field="type", tag="image"):
    """The bytes are fetched by ``.../messages/{n}/parts/{i}``."""

    media_type: str


class ErrorPart(Wire, frozen=True, kw_only=True, tag_field="type", tag="error"):
    text: str
    full_bytes: int | None = None


class Notice(Wire, frozen=True, kw_only=True, tag_field="type", tag="notice"):
    """Something the tool says of itself: ``kind`` is ``compaction``, ``interrupted``, ``command``, ``raw``, ..."""

    kind: str
    text: str
    full_bytes: int | None = None


Part = Text | Thinking | ToolCall | ToolResult | Image | ErrorPart | Notice


class Message(Wire, frozen=True, kw_only=True):
    """One message of a transcript; ``n`` counts from 1 in the session, ``turn`` is a ``Turn.n``."""

    n: int
    id: str
    role: MessageRole
    at: Timestamp
    parts: tuple[Part, ...]
    turn: int | None = None
    step: str | None = None
    model: str | None = None


class Timeline(Wire, frozen=True, kw_only=True):
    steps: tuple[Step, ...]
    checkpoints: tuple[Checkpoint, ...]
    artifacts: tuple[Artifact, ...]
