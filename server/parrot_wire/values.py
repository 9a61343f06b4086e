"""The closed sets of words of the protocol, and which word means what."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a session is. Lists and streams hold flows and chats unless tasks are asked for."""

    FLOW = "flow"
    CHAT = "chat"
    TASK = "task"


class Mode(StrEnum):
    """How a chat works: with its hands, or read-only."""

    WORKING = "working"
    ASK = "ask"


class StatusGroup(StrEnum):
    """What a status asks of a person; each group has one colour."""

    LIVE = "live"
    SETTLED = "settled"
    NEEDS_LOOK = "needs_look"
    WAITING = "waiting"
    QUEUED = "queued"


class Status(StrEnum):
    """Where a session, or a step of it, stands."""

    RUNNING = "running"
    PROVISIONING = "provisioning"
    COMPLETED = "completed"
    MERGED = "merged"
    REVIEWED = "reviewed"
    ENDED = "ended"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    OPEN = "open"
    FAILED = "failed"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    PAUSED = "paused"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"
    PENDING = "pending"
    QUEUED = "queued"

    @property
    def group(self) -> StatusGroup:
        return GROUP_OF[self]

    @property
    def is_live(self) -> bool:
        return self in _LIVE

    @property
    def is_active(self) -> bool:
        """In motion, or able to go on by itself or by one decision: what can be cancelled."""
        return self in _ACTIVE


GROUP_OF: dict[Status, StatusGroup] = {
    Status.RUNNING: StatusGroup.LIVE,
    Status.PROVISIONING: StatusGroup.LIVE,
    Status.COMPLETED: StatusGroup.SETTLED,
    Status.MERGED: StatusGroup.SETTLED,
    Status.REVIEWED: StatusGroup.SETTLED,
    Status.ENDED: StatusGroup.SETTLED,
    Status.SKIPPED: StatusGroup.SETTLED,
    Status.CANCELLED: StatusGroup.SETTLED,
    Status.OPEN: StatusGroup.SETTLED,
    Status.FAILED: StatusGroup.NEEDS_LOOK,
    Status.REJECTED: StatusGroup.NEEDS_LOOK,
    Status.DISCARDED: StatusGroup.NEEDS_LOOK,
    Status.PAUSED: StatusGroup.WAITING,
    Status.BLOCKED: StatusGroup.WAITING,
    Status.INTERRUPTED: StatusGroup.WAITING,
    Status.PENDING: StatusGroup.QUEUED,
    Status.QUEUED: StatusGroup.QUEUED,
}

_LIVE = frozenset({Status.RUNNING, Status.PROVISIONING})
_ACTIVE = _LIVE | {Status.PENDING, Status.QUEUED, Status.PAUSED, Status.BLOCKED}


class Basis(StrEnum):
    """How the cost of a turn is known."""

    PRICED = "priced"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a member is; a role is a set of scopes."""

    OWNER = "owner"
    ADMIN = "admin"
    LEAD = "lead"
    MEMBER = "member"
    VIEWER = "viewer"
    BILLING = "billing"
    COLLECTOR = "collector"


class Scope(StrEnum):
    """One right."""

    SESSIONS_READ = "sessions.read"
    FLOWS_READ = "flows.read"
    FLOWS_CANCEL_OWN = "flows.cancel.own"
    FLOWS_CANCEL_ANY = "flows.cancel.any"
    CHECKPOINTS_DECIDE = "checkpoints.decide"
    CONVERSATIONS_MANAGE = "conversations.manage"
    AI_SPEND_READ = "ai-spend.read"
    MEMBERS_READ = "members.read"
    MEMBERS_MANAGE = "members.manage"
    RECORDS_MANAGE = "records.manage"
    AUDIT_READ = "audit.read"
    INGEST_WRITE = "ingest.write"
    WORKSPACE_MANAGE = "workspace.manage"


_VIEWER = frozenset({Scope.SESSIONS_READ, Scope.FLOWS_READ, Scope.MEMBERS_READ})
_MEMBER = _VIEWER | {Scope.FLOWS_CANCEL_OWN, Scope.CONVERSATIONS_MANAGE, Scope.INGEST_WRITE}

SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.ADMIN: frozenset(Scope),
    Role.LEAD: _MEMBER | {Scope.FLOWS_CANCEL_ANY, Scope.CHECKPOINTS_DECIDE, Scope.AUDIT_READ},
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
    Role.BILLING: _VIEWER | {Scope.AI_SPEND_READ},
    Role.COLLECTOR: frozenset({Scope.INGEST_WRITE}),
}


class Action(StrEnum):
    """What a caller may do to a session now."""

    CANCEL = "cancel"
    END = "end"
    RESUME = "resume"
    OPEN_EDITOR = "open_editor"
    DECIDE = "decide"


class Verb(StrEnum):
    """What a source can be asked to do with a session it owns."""

    CANCEL = "cancel"
    END = "end"
    APPROVE = "approve"
    REJECT = "reject"
    SKIP = "skip"


class Decision(StrEnum):
    """How a person answers a checkpoint."""

    APPROVE = "approve"
    REJECT = "reject"
    SKIP = "skip"


class CheckpointStatus(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class ArtifactKind(StrEnum):
    PULL_REQUEST = "pull_request"
    PLAN = "plan"
    FILE = "file"
    LINK = "link"


class MessageRole(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


class RecordKind(StrEnum):
    """What sessions can be linked to. A record locks lists and streams under ``/v1/{plural}/{id}/``."""

    PROJECT = "project"
    INITIATIVE = "initiative"
    PLAN = "plan"

    @property
    def plural(self) -> str:
        return f"{self}s"


class SourceState(StrEnum):
    INDEXING = "indexing"
    LIVE = "live"
    MISSING = "missing"
    FAILED = "failed"


class RecordType(StrEnum):
    """What an ingested record is about."""

    SESSION = "session"
    STEP = "step"
    TURN = "turn"
    MESSAGE = "message"
    CHECKPOINT = "checkpoint"
    ARTIFACT = "artifact"
    DELETE = "delete"
