"""What the routes work with: one bundle, made by the lifespan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from parrot_server.feed import Place
from parrot_server.guard import now
from parrot_server.store import commands, queries, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from parrot_server.command_feed import CommandFeed
    from parrot_server.feed import Feed
    from parrot_server.guard import Authenticator
    from parrot_server.idempotency import KeptAnswers
    from parrot_server.ingest_gate import IngestGate
    from parrot_server.session_feed import SessionFeed
    from parrot_server.sse import OpenStreams
    from parrot_server.store.database import Database
    from parrot_server.store.tokens import Identity
    from parrot_server.stored import Change
    from parrot_server.transcripts import LocalSources, Transcripts
    from parrot_wire.records import Command


class Clock(Protocol):
    def __call__(self) -> str:
        """The wire's time of this moment."""
        ...


@dataclass(slots=True, kw_only=True)
class WorkspaceState:
    """The workspace's own settings, as last read or written."""

    id: str
    name: str
    spend_tracking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a handler may need."""

    db: Database
    workspace: WorkspaceState
    feed: Feed
    session_feed: SessionFeed
    command_feed: CommandFeed
    streams: OpenStreams
    authenticator: Authenticator
    kept_answers: KeptAnswers
    ingest_gate: IngestGate
    background: Callable[[Coroutine[Any, Any, None]], object]
    """Run something beside the requests; the lifespan owns and ends it."""
    transcripts: Transcripts | None = None
    """None where this server reads no local tool."""
    sources: LocalSources | None = None
    now: Clock = now


class StoreHistory:
    """The feed's look back, from the store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def place(self) -> Place:
        head = await self._db.read(queries.head)
        return Place(head.seq, head.floor)

    async def changes_since(self, seq: int, limit: int) -> Sequence[Change]:
        return await self._db.read(queries.changes_since, seq, limit)


class StoreCommands:
    """The command feed's look at what is unanswered, from the store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def pending(self, token_id: str) -> Sequence[Command]:
        return await self._db.read(commands.pending, token_id)


class Attention:
    """Whoever opens a session's stream pays attention to its transcript, as one who asks for its messages does."""

    def __init__(self, db: Database, transcripts: Transcripts) -> None:
        self._db = db
        self._transcripts = transcripts

    async def attend(self, session_id: str) -> None:
        """Have the transcript of a local session at hand: what it gains from then on is told."""
        stored = await self._db.read(queries.detail, session_id)
        if stored is not None:
            await self._transcripts.total(stored)


class StoreTokens:
    """The guard's look-up of tokens, from the store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def verify(self, token: str, now: str) -> Identity | None:
        return await self._db.read(tokens.verify, token, now)
