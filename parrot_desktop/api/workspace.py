"""The seam between the windows and a workspace. ``api.remote`` implements it over HTTP.

Every coroutine raises ``api.errors.WorkspaceError`` for what may go wrong by itself. Cancelling one ends its request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from parrot_desktop.api.live import SessionItem, StreamItem
    from parrot_wire.answers import Me, Messages, Page, RecordItem, SearchPage, SourceReport, Summary
    from parrot_wire.query import Filter
    from parrot_wire.session import Detail, Member, Part, Timeline, Turn
    from parrot_wire.values import Decision, RecordKind


@dataclass(frozen=True, slots=True)
class RecordLock:
    """Narrows list, summary and stream to one record, at the server."""

    kind: RecordKind
    id: str


@dataclass(frozen=True, slots=True)
class MessagesAfter:
    """Messages with ``n`` greater than this; 0 is the start."""

    n: int


@dataclass(frozen=True, slots=True)
class MessagesBefore:
    """Messages with ``n`` below this; None is the end: the last page."""

    n: int | None


@dataclass(frozen=True, slots=True)
class MessagesAround:
    """Messages on both sides of this one, and itself."""

    n: int


MessagesPlace = MessagesAfter | MessagesBefore | MessagesAround


@dataclass(frozen=True, slots=True)
class Blob:
    """One part of a message whole: its bytes and what they are (``image/png``, ``text/plain; charset=utf-8``)."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class SessionPatch:
    """What a person may change of a session; None leaves it as it is, an empty text unlinks a record."""

    title: str | None = None
    initiative: str | None = None
    plan: str | None = None


class Workspace(Protocol):
    """One workspace, as this member sees it."""

    async def server_version(self) -> str:
        """Of whoever answers there; needs no token."""
        ...

    async def me(self) -> Me: ...

    async def members(self) -> tuple[Member, ...]: ...

    async def list_page(
        self, filter_: Filter, *, cursor: str | None = None, limit: int = 50, record: RecordLock | None = None
    ) -> Page:
        """A page, most recently active first; ``cursor`` is the ``next_cursor`` of the page before."""
        ...

    async def summary(self, filter_: Filter) -> Summary:
        """Counts and cost; a record's own by the filter that names it."""
        ...

    async def sources(self) -> tuple[SourceReport, ...]: ...

    async def records(self, kind: RecordKind) -> tuple[RecordItem, ...]: ...

    async def record(self, kind: RecordKind, record_id: str) -> RecordItem: ...

    async def detail(self, session_id: str) -> Detail: ...

    async def messages(self, session_id: str, place: MessagesPlace, *, limit: int = 100) -> Messages:
        """In order of ``n``, at most ``limit`` (1 to 500)."""
        ...

    async def part(self, session_id: str, n: int, index: int) -> Part | Blob:
        """One part uncut; an image as its bytes. ``index`` counts from 0."""
        ...

    async def raw(self, session_id: str, n: int) -> Blob:
        """The source's own record of a message."""
        ...

    async def turns(self, session_id: str) -> tuple[Turn, ...]: ...

    async def timeline(self, session_id: str) -> Timeline: ...

    async def search(self, text: str, filter_: Filter, *, cursor: str | None = None, limit: int = 50) -> SearchPage:
        """Sessions whose transcript holds the text, one hit a session and message."""
        ...

    async def cancel(self, session_id: str) -> None:
        """Ask the source to stop; the row changes when it confirms."""
        ...

    async def end(self, session_id: str) -> None: ...

    async def reopen(self, session_id: str) -> None: ...

    async def decide(
        self, session_id: str, checkpoint_id: str, decision: Decision, *, comment: str | None = None
    ) -> None:
        """Raises Conflict with the earlier decision where it was taken before."""
        ...

    async def reassign(self, session_id: str, checkpoint_id: str, assignee: str) -> None:
        """``assignee`` is a member's id."""
        ...

    async def patch(self, session_id: str, patch: SessionPatch) -> None: ...

    def events(
        self, filter_: Filter, *, after_seq: int, feed: str, record: RecordLock | None = None, every_ms: int = 0
    ) -> AsyncGenerator[StreamItem]:
        """The live rows under a filter, from the list's ``seq`` and ``feed`` on; with ``every_ms`` at most so often,
        each session as it is by then.

        It reconnects by itself for ever, says so (``Lost``, ``Connected``), resumes without a gap, and ends after a
        ``Reset`` only: then fetch the list anew. Raises Unauthorised, Forbidden, NotFound and BadRequest, which no
        retry would heal. Leave it by ``aclosing``.
        """
        ...

    def session_events(self, session_id: str) -> AsyncGenerator[SessionItem]:
        """What changes inside one session from now on; messages, turns and steps fetched before are not repeated.

        Open it first, wait for ``Connected``, then fetch. It reconnects and raises like ``events``.
        """
        ...

    async def recover(self) -> None:
        """Look where the server is now, after nobody answered; a machine's own is started again. Raises Offline."""
        ...

    async def aclose(self) -> None: ...
