"""What is known of one session, and the row and the detail that follow from it."""

from __future__ import annotations

import msgspec

from parrot_server.store import ids
from parrot_server.stored import StoredDetail, StoredRow
from parrot_wire.session import Cost, Detail, PullRequest, RecordRef, Row, Step, Tokens, Waiting
from parrot_wire.times import Timestamp
from parrot_wire.values import Kind, Mode, Status

CREDIT = 1_000_000
"""Credits are summed as integers, in millionths, so that no order of adding gives another sum."""

TRANSCRIPT_MISSING = "transcript missing"
EPOCH: Timestamp = "1970-01-01T00:00:00.000Z"


class Money(msgspec.Struct, array_like=True):
    """A sum over turns; the fields are ``schema.MONEY_COLUMNS``."""

    micros: int = 0
    credits: int = 0
    credit_turns: int = 0
    priced: int = 0
    estimated: int = 0
    unpriced: int = 0
    unknown: int = 0

    @property
    def turns(self) -> int:
        return self.priced + self.estimated + self.unpriced + self.unknown

    def add(self, other: Money, times: int = 1) -> None:
        self.micros += times * other.micros
        self.credits += times * other.credits
        self.credit_turns += times * other.credit_turns
        self.priced += times * other.priced
        self.estimated += times * other.estimated
        self.unpriced += times * other.unpriced
        self.unknown += times * other.unknown

    def as_tuple(self) -> tuple[int, int, int, int, int, int, int]:
        return (
            self.micros,
            self.credits,
            self.credit_turns,
            self.priced,
            self.estimated,
            self.unpriced,
            self.unknown,
        )

    def to_cost(self) -> Cost:
        return Cost(
            micros=self.micros,
            priced=self.priced,
            estimated=self.estimated,
            unpriced=self.unpriced,
            unknown=self.unknown,
            credits=self.credits / CREDIT if self.credit_turns else None,
        )


class TokenSums(msgspec.Struct, array_like=True):
    """Tokens of a session's own turns."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def add(self, other: TokenSums) -> None:
        self.input += other.input
        self.output += other.output
        self.cache_read += other.cache_read
        self.cache_write += other.cache_write

    def to_tokens(self) -> Tokens:
        return Tokens(
            input=self.input,
            output=self.output,
            cache_read=self.cache_read,
            cache_write=self.cache_write,
            total=self.input + self.output + self.cache_read + self.cache_write,
        )


class Facts(msgspec.Struct, array_like=True):
    """A session as its source tells it, with the sums that the store keeps. Stored by position: append only.

    ``owner`` and the record links are resolved to ids. ``activity`` is the session's own, ``tree_activity`` the latest
    of its tree; ``own`` are its own turns, ``tree`` its children's too. Counts are what the source states; where it
    states none, those that the store counted from messages.
    """

    kind: Kind = Kind.CHAT
    title: str = ""
    owner: str = ""
    status: Status = Status.OPEN
    token_id: str = ""
    sender: str = ""
    placeholder: bool = False
    started_at: Timestamp = EPOCH
    activity: Timestamp = EPOCH
    tree_activity: Timestamp = EPOCH
    mode: Mode | None = None
    status_detail: str | None = None
    project: RecordRef | None = None
    initiative: RecordRef | None = None
    plan: RecordRef | None = None
    steps: tuple[Step, ...] = ()
    ended_at: Timestamp | None = None
    parent_id: str | None = None
    waiting: Waiting | None = None
    message_count: int | None = None
    tool_call_count: int | None = None
    event_count: int | None = None
    model: str | None = None
    models: tuple[str, ...] | None = None
    cwd: str | None = None
    repository: str | None = None
    branch: str | None = None
    pull_request: PullRequest | None = None
    machine: str | None = None
    agent_version: str | None = None
    error: str | None = None
    resume_command: tuple[str, ...] | None = None
    source_file: str | None = None
    can: tuple[str, ...] = ()
    transcript_gone_since: Timestamp | None = None
    copied_from: str | None = None
    unreachable_since: Timestamp | None = None
    counted_messages: int = 0
    counted_tool_calls: int = 0
    counted_events: int = 0
    own: Money = msgspec.field(default_factory=Money)
    tree: Money = msgspec.field(default_factory=Money)
    tokens: TokenSums = msgspec.field(default_factory=TokenSums)
    turn_models: tuple[str, ...] = ()
    """Models of the session's turns, sorted."""
    newest_turn: tuple[Timestamp, str] | None = None
    """When the newest turn that names a model began, and that model."""
    unlinked: tuple[str, ...] = ()
    """Records that the session was linked to once and is no longer, sorted."""


class Marks(msgspec.Struct, array_like=True):
    """Book-keeping of merging that no one reads: changing it alone is no change of the session. Append only."""

    stated_activity: Timestamp | None = None
    patch_activity: Timestamp | None = None
    record_activity: Timestamp | None = None
    started_stated: bool = False
    kin: tuple[str, ...] = ()
    """Ids of the sessions that hold a response of this one."""
    settled_ms: int | None = None
    """Whatever it shares with its kin, it has a record of its own by then; None where it may have none."""
    field_at: dict[str, Timestamp] = {}
    """``at`` of the record that last wrote a field of the patch; local sources leave none."""
    step_at: dict[str, Timestamp] = {}


class UserState(msgspec.Struct, frozen=True):
    """What people said of a session."""

    ended_at: Timestamp | None = None
    ended_by: str | None = None
    title: str | None = None
    initiative: RecordRef | None = None
    plan: RecordRef | None = None


NOTHING_SAID = UserState()

encode_facts = msgspec.msgpack.Encoder().encode
decode_facts = msgspec.msgpack.Decoder(Facts).decode
decode_marks = msgspec.msgpack.Decoder(Marks).decode
encode_row = msgspec.json.Encoder().encode
decode_row = msgspec.json.Decoder(StoredRow).decode


def lane_of(facts: Facts) -> str:
    """Where lists show the session: its kind; empty for what is only reached through its parent."""
    return "" if facts.parent_id is not None and facts.kind is not Kind.TASK else facts.kind.value


def is_ended_by_person(facts: Facts, user: UserState) -> bool:
    """An End holds until the work itself moves on."""
    return user.ended_at is not None and user.ended_at >= facts.activity


def to_row(session_id: str, seq: int, source: str, native_id: str, facts: Facts, user: UserState) -> StoredRow:
    """The row of a session: its whole tree's cost, and people's word over the source's."""
    ended = is_ended_by_person(facts, user)
    detail = facts.status_detail
    if facts.unreachable_since is not None:
        detail = f"not reachable since {facts.unreachable_since}"
    return StoredRow(
        row=Row(
            id=session_id,
            short_id=ids.short_id(session_id, native_id),
            seq=seq,
            kind=facts.kind,
            title=user.title or facts.title,
            owner=facts.owner,
            status=Status.ENDED if ended else facts.status,
            source=source,
            native_id=native_id,
            steps=facts.steps,
            message_count=_first(facts.message_count, facts.counted_messages),
            tool_call_count=_first(facts.tool_call_count, facts.counted_tool_calls),
            cost=facts.tree.to_cost(),
            started_at=facts.started_at,
            last_activity_at=facts.tree_activity,
            actions=(),
            mode=facts.mode,
            status_detail=None if ended else detail,
            project=facts.project,
            initiative=user.initiative or facts.initiative,
            plan=user.plan or facts.plan,
            ended_at=user.ended_at if ended else facts.ended_at,
            parent=facts.parent_id,
            waiting=None if ended else facts.waiting,
        ),
        can=_offers(facts),
        unlinked=frozenset(facts.unlinked),
    )


def links_of(facts: Facts, user: UserState) -> set[str]:
    """Ids of the records that the session is linked to."""
    refs = (facts.project, user.initiative or facts.initiative, user.plan or facts.plan)
    return {ref.id for ref in refs if ref is not None}


def _offers(facts: Facts) -> frozenset[str]:
    """What the source says it can do, and what follows from what it tells: a command that resumes, a folder to open."""
    told = {"resume"} if facts.resume_command else set[str]()
    if facts.cwd:
        told.add("open_editor")
    return frozenset(told.union(facts.can))


def to_detail(stored: StoredRow, facts: Facts, children: tuple[StoredRow, ...]) -> StoredDetail:
    """A stored row with the rest of what is known."""
    row = {name: getattr(stored.row, name) for name in Row.__struct_fields__}
    newest_model = facts.newest_turn[1] if facts.newest_turn else None
    detail = Detail(
        **row,
        models=facts.turn_models if facts.models is None else facts.models,
        tokens=facts.tokens.to_tokens(),
        own_cost=facts.own.to_cost(),
        turn_count=facts.own.turns,
        event_count=_first(facts.event_count, facts.counted_events),
        children=(),
        model=facts.model or newest_model,
        cwd=facts.cwd,
        repository=facts.repository,
        branch=facts.branch,
        pull_request=facts.pull_request,
        machine=facts.machine,
        agent_version=facts.agent_version,
        error=facts.error,
        resume_command=facts.resume_command,
        source_file=facts.source_file,
        transcript_gone_since=facts.transcript_gone_since,
    )
    return StoredDetail(detail=detail, can=stored.can, children=children)


def _first(stated: int | None, counted: int) -> int:
    return counted if stated is None else stated
