"""What the reading calls answer, and what an error looks like."""

from __future__ import annotations

from parrot_wire.session import Cost, Member, Message, RecordRef, Row, Turn, Wire
from parrot_wire.times import Timestamp
from parrot_wire.values import Kind, Scope, SourceState, StatusGroup


class Health(Wire, frozen=True, kw_only=True):
    status: str
    version: str


class Workspace(Wire, frozen=True, kw_only=True):
    id: str
    name: str
    spend_tracking: bool


class Me(Wire, frozen=True, kw_only=True):
    member: Member
    workspace: Workspace
    scopes: tuple[Scope, ...]
    feed: str


class Members(Wire, frozen=True, kw_only=True):
    items: tuple[Member, ...]


class Page(Wire, frozen=True, kw_only=True):
    """A page of the list. ``seq`` and ``feed`` are where a stream takes over without a gap."""

    items: tuple[Row, ...]
    next_cursor: str | None
    seq: int
    feed: str


class Summary(Wire, frozen=True, kw_only=True):
    """Counts under a filter. ``by_owner`` leaves the owner filter out; ``cost`` is None without the right to see it."""

    total: int
    by_kind: dict[Kind, int]
    by_group: dict[StatusGroup, int]
    by_owner: dict[str, int]
    cost: Cost | None


class Messages(Wire, frozen=True, kw_only=True):
    items: tuple[Message, ...]
    total: int


class Turns(Wire, frozen=True, kw_only=True):
    items: tuple[Turn, ...]


class RecordItem(RecordRef, frozen=True, kw_only=True):
    """A project, initiative or plan."""

    description: str | None = None
    initiative: str | None = None
    """The initiative that a plan belongs to, by id."""
    repository: str | None = None
    session_count: int = 0
    last_activity_at: Timestamp | None = None


class Records(Wire, frozen=True, kw_only=True):
    items: tuple[RecordItem, ...]


class SearchHit(Wire, frozen=True, kw_only=True):
    session: Row
    n: int
    snippet: str
    """Plain text; what matched stands between U+0002 and U+0003."""


class SearchPage(Wire, frozen=True, kw_only=True):
    items: tuple[SearchHit, ...]
    next_cursor: str | None


class SourceProblem(Wire, frozen=True, kw_only=True):
    file: str
    detail: str
    line: int | None = None


class SourceReport(Wire, frozen=True, kw_only=True):
    name: str
    root: str
    state: SourceState
    files: int
    files_done: int
    sessions: int
    bytes: int
    problems: tuple[SourceProblem, ...]


class Sources(Wire, frozen=True, kw_only=True):
    items: tuple[SourceReport, ...]


class AuditEntry(Wire, frozen=True, kw_only=True):
    at: Timestamp
    actor: str
    action: str
    outcome: str
    """``done``, or ``refused``."""
    session: str | None = None
    detail: str | None = None


class Audit(Wire, frozen=True, kw_only=True):
    items: tuple[AuditEntry, ...]
    next_cursor: str | None


class Problem(Wire, frozen=True, kw_only=True):
    """RFC 9457: what an error answers, as ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    scope: Scope | None = None
    parameter: str | None = None
    checkpoint: str | None = None
    """On a 409 of a decision: the earlier decision, in words."""


class ServerInfo(Wire, frozen=True, kw_only=True):
    """The ready file, and ``server.json`` in the data directory."""

    url: str
    token: str
    pid: int
    version: str
