"""A workspace over HTTP: `parrot_client` in the windows' words.

Loaded after the first paint, since httpx is slow to load.
"""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from parrot_client import errors as client_errors
from parrot_client.client import Client, ImageBytes, Lock
from parrot_client.event_stream import Connected as ClientConnected
from parrot_client.event_stream import Connecting, Disconnected, follow, follow_session
from parrot_client.place import Place
from parrot_desktop.api.errors import (
    BadData,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Offline,
    ServerTrouble,
    Unauthorised,
    WorkspaceError,
)
from parrot_desktop.api.live import Connected, Lost
from parrot_desktop.api.workspace import Blob, MessagesAfter, MessagesAround, MessagesBefore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from parrot_client.event_stream import StreamState
    from parrot_desktop.api.live import SessionItem, StreamItem
    from parrot_desktop.api.workspace import MessagesPlace, RecordLock, SessionPatch
    from parrot_wire.answers import Me, Messages, Page, RecordItem, SearchPage, SourceReport, Summary
    from parrot_wire.query import Filter
    from parrot_wire.session import Detail, Member, Part, Timeline, Turn
    from parrot_wire.values import Decision, RecordKind


class RemoteWorkspace:
    """`Workspace` over a `Client`, which it closes with itself.

    recover: awaited before a stream is tried again where nobody answered; finds or starts this machine's server and
    moves the client to it. None where the server is someone else's.
    """

    def __init__(self, client: Client, *, recover: Callable[[], Awaitable[None]] | None = None) -> None:
        self._client = client
        self._recover = recover

    @property
    def url(self) -> str:
        return self._client.url

    async def server_version(self) -> str:
        with told():
            return (await self._client.health()).version

    async def me(self) -> Me:
        with told():
            return await self._client.me()

    async def members(self) -> tuple[Member, ...]:
        with told():
            return await self._client.members()

    async def list_page(
        self, filter_: Filter, *, cursor: str | None = None, limit: int = 50, record: RecordLock | None = None
    ) -> Page:
        with told():
            return await self._client.sessions(filter_, cursor=cursor, limit=limit, lock=_lock(record))

    async def summary(self, filter_: Filter) -> Summary:
        with told():
            return await self._client.summary(filter_)

    async def sources(self) -> tuple[SourceReport, ...]:
        with told():
            return (await self._client.sources()).items

    async def records(self, kind: RecordKind) -> tuple[RecordItem, ...]:
        with told():
            return await self._client.records(kind)

    async def record(self, kind: RecordKind, record_id: str) -> RecordItem:
        with told():
            return await self._client.record(kind, record_id)

    async def detail(self, session_id: str) -> Detail:
        with told():
            return await self._client.session(session_id)

    async def messages(self, session_id: str, place: MessagesPlace, *, limit: int = 100) -> Messages:
        with told():
            match place:
                case MessagesAfter(n):
                    return await self._client.messages(session_id, after=n, limit=limit)
                case MessagesBefore(None):
                    return await self._client.messages(session_id, from_end=True, limit=limit)
                case MessagesBefore(n):
                    return await self._client.messages(session_id, before=n, limit=limit)
                case MessagesAround(n):
                    return await self._client.messages(session_id, around=n, limit=limit)

    async def part(self, session_id: str, n: int, index: int) -> Part | Blob:
        with told():
            part = await self._client.part(session_id, n, index)
        return Blob(part.data, part.media_type) if isinstance(part, ImageBytes) else part

    async def raw(self, session_id: str, n: int) -> Blob:
        with told():
            return Blob(await self._client.raw(session_id, n), "application/json")

    async def turns(self, session_id: str) -> tuple[Turn, ...]:
        with told():
            return (await self._client.turns(session_id)).items

    async def timeline(self, session_id: str) -> Timeline:
        with told():
            return await self._client.timeline(session_id)

    async def search(self, text: str, filter_: Filter, *, cursor: str | None = None, limit: int = 50) -> SearchPage:
        with told():
            return await self._client.search(text, filter_, cursor=cursor, limit=limit)

    async def cancel(self, session_id: str) -> None:
        with told():
            await self._client.cancel(session_id)

    async def end(self, session_id: str) -> None:
        with told():
            await self._client.end(session_id)

    async def reopen(self, session_id: str) -> None:
        with told():
            await self._client.reopen(session_id)

    async def decide(
        self, session_id: str, checkpoint_id: str, decision: Decision, *, comment: str | None = None
    ) -> None:
        with told():
            await self._client.decide(session_id, checkpoint_id, decision, comment=comment)

    async def reassign(self, session_id: str, checkpoint_id: str, assignee: str) -> None:
        with told():
            await self._client.reassign(session_id, checkpoint_id, assignee)

    async def patch(self, session_id: str, patch: SessionPatch) -> None:
        with told():
            await self._client.edit(
                session_id, title=_field(patch.title), initiative=_field(patch.initiative), plan=_field(patch.plan)
            )

    async def events(
        self, filter_: Filter, *, after_seq: int, feed: str, record: RecordLock | None = None, every_ms: int = 0
    ) -> AsyncGenerator[StreamItem]:
        stream = follow(
            self._client,
            filter_,
            place=Place(after_seq, feed),
            lock=_lock(record),
            every_ms=every_ms,
            recover=self._recover,
        )
        with told():
            async with aclosing(stream) as items:
                async for item in items:
                    if isinstance(item, ClientConnected | Connecting | Disconnected):
                        state = _state(item)
                        if state is not None:
                            yield state
                    else:
                        yield item

    async def session_events(self, session_id: str) -> AsyncGenerator[SessionItem]:
        while True:
            stream = follow_session(self._client, session_id, recover=self._recover)
            with told():
                async with aclosing(stream) as items:
                    async for item in items:
                        if isinstance(item, ClientConnected | Connecting | Disconnected):
                            state = _state(item)
                            if state is not None:
                                yield state
                        else:
                            yield item
            # A stream ends after a Reset alone: it goes on from now.

    async def recover(self) -> None:
        if self._recover is not None:
            with told():
                await self._recover()

    async def aclose(self) -> None:
        await self._client.aclose()


def translate(error: client_errors.ParrotError) -> WorkspaceError:
    """The client's failure as the windows'."""
    text = _sentence(str(error))
    match error:
        case client_errors.Offline() | client_errors.NoLocalServer():
            return Offline(text)
        case client_errors.Unauthorised() | client_errors.NoToken():
            return Unauthorised(text)
        case client_errors.Forbidden():
            return Forbidden(text, scope=error.scope)
        case client_errors.NotFound():
            return NotFound(text)
        case client_errors.Conflict():
            return Conflict(text, earlier=error.earlier)
        case client_errors.Busy() | client_errors.ServerFault():
            return ServerTrouble(text)
        case client_errors.BadRequest():
            return BadRequest(text, parameter=error.parameter)
        case _:
            return BadData(text)


@contextmanager
def told() -> Generator[None]:
    """The client's failures become the windows'."""
    try:
        yield
    except client_errors.ParrotError as error:
        raise translate(error) from error


def _state(item: StreamState) -> Connected | Lost | None:
    match item:
        case Disconnected(error, retry_in_s):
            return Lost(translate(error), retry_in_s)
        case ClientConnected():
            return Connected()
        case Connecting():
            return None


def _lock(record: RecordLock | None) -> Lock | None:
    return None if record is None else Lock(record.kind, record.id)


def _field(value: str | None) -> str | UnsetType | None:
    """None leaves a field as it is; an empty text takes the person's choice back."""
    return UNSET if value is None else value or None


def _sentence(text: str) -> str:
    """With a capital and a full stop, since it is shown by itself."""
    text = text.strip() or "Something went wrong"
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")
