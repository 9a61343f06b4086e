"""Every call of the workspace protocol, typed. The one module that names httpx.

    async with Client("http://127.0.0.1:4711", token) as client:
        page = await client.sessions(Filter(kinds=frozenset({Kind.FLOW})), limit=50)

Errors are those of `parrot_client.errors`. Nothing here knows which event loop it runs on.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import ssl
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError
from msgspec import UNSET, UnsetType

from parrot_client.errors import BadAnswer, Offline, ParrotError, refusal
from parrot_wire.answers import (
    Audit,
    Health,
    Me,
    Members,
    Messages,
    Page,
    Problem,
    RecordItem,
    Records,
    SearchPage,
    Sources,
    Summary,
    Turns,
    Workspace,
)
from parrot_wire.codec import BadData, decode_answer, decode_part, encode
from parrot_wire.people import MadeToken, NewMember, NewToken, Token, TokenList
from parrot_wire.query import Filter
from parrot_wire.records import Command, CommandResult, IngestResult
from parrot_wire.session import Checkpoint, Detail, Member, Part, Row, Timeline

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence
    from types import TracebackType

    from parrot_wire.values import Decision, RecordKind, Role

T = TypeVar("T")

CONNECT_S = 5.0
ANSWER_S = 30.0
PACKED_FROM_BYTES = 2_000
"""Records for another machine are packed from this size on."""
_EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Lock:
    """One record, to which a list or a stream is locked at the server."""

    kind: RecordKind
    id: str

    @property
    def path(self) -> str:
        return f"/v1/{self.kind.plural}/{_segment(self.id)}"


@dataclass(frozen=True, slots=True)
class ImageBytes:
    """An image of a transcript."""

    media_type: str
    data: bytes


class Stream:
    """The events of one connection, and how much has come of it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    @property
    def bytes_read(self) -> int:
        """Grows with everything that comes, heartbeats too."""
        return self._answer.num_bytes_downloaded

    async def events(self) -> AsyncGenerator[ServerSentEvent]:
        """What comes; a lone ``retry:`` and a heartbeat may come as events without data. Leave it by ``aclosing``."""
        with _told():
            async with contextlib.aclosing(EventSource(self._answer).aiter_sse()) as events:
                async for event in events:
                    yield event


def preload() -> None:
    """What httpx loads with its first client and its first request, for which an event loop would stand still: 30 ms.

    Any thread may call it.
    """
    for name in ("httpcore", "anyio._backends._asyncio"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class Client:
    """One workspace, as one member. `move_to` lets it follow a server that comes back elsewhere."""

    def __init__(self, url: str, token: str) -> None:
        """url: where the workspace is served; token "": only what needs none can be asked.

        Raises ValueError where it is no http or https address.
        """
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            verify=_trust(url),
            # A proxy has no business with this machine's own server.
            trust_env=not _is_this_machine(url),
            follow_redirects=False,
        )
        self._base = ""
        self._headers: dict[str, str] = {}
        self.move_to(url, token)

    def move_to(self, url: str, token: str) -> None:
        """Talk to another address of the same kind (http or https) from now on."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not the address of a workspace: {url!r}")
        self._base = url.rstrip("/")
        self._headers = {"user-agent": "parrot"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        if _is_this_machine(url):
            # Packing and unpacking costs more than these bytes on the way to oneself.
            self._headers["accept-encoding"] = "identity"

    @property
    def url(self) -> str:
        return self._base

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # The workspace

    async def health(self) -> Health:
        return await self._get("/healthz", Health)

    async def me(self) -> Me:
        return await self._get("/v1/me", Me)

    async def members(self) -> tuple[Member, ...]:
        return (await self._get("/v1/members", Members)).items

    async def sources(self) -> Sources:
        return await self._get("/v1/sources", Sources)

    async def audit(self, *, limit: int = 50, cursor: str | None = None) -> Audit:
        return await self._get("/v1/audit", Audit, _paging(limit, cursor))

    async def change_workspace(self, *, name: str | None = None, spend_tracking: bool | None = None) -> Workspace:
        body = {key: value for key, value in (("name", name), ("spend_tracking", spend_tracking)) if value is not None}
        return await self._send("PATCH", "/v1/workspace", Workspace, body)

    # Sessions

    async def sessions(
        self, where: Filter = _EVERYTHING, *, limit: int = 50, cursor: str | None = None, lock: Lock | None = None
    ) -> Page:
        """One page of the list; the next with its ``next_cursor``."""
        path = f"{lock.path}/sessions" if lock else "/v1/sessions"
        return await self._get(path, Page, [*where.to_params(), *_paging(limit, cursor)])

    async def all_sessions(self, where: Filter = _EVERYTHING, *, lock: Lock | None = None) -> AsyncIterator[Row]:
        """Every row, page by page."""
        cursor: str | None = None
        while True:
            page = await self.sessions(where, limit=200, cursor=cursor, lock=lock)
            for row in page.items:
                yield row
            cursor = page.next_cursor
            if cursor is None:
                return

    async def summary(self, where: Filter = _EVERYTHING) -> Summary:
        return await self._get("/v1/sessions/summary", Summary, where.to_params())

    async def session(self, session_id: str) -> Detail:
        return await self._get(_session(session_id), Detail)

    async def turns(self, session_id: str) -> Turns:
        return await self._get(f"{_session(session_id)}/turns", Turns)

    async def timeline(self, session_id: str) -> Timeline:
        return await self._get(f"{_session(session_id)}/timeline", Timeline)

    async def search(
        self, text: str, where: Filter = _EVERYTHING, *, limit: int = 50, cursor: str | None = None
    ) -> SearchPage:
        """Messages that hold the words. The filter's own ``q`` has no place here."""
        params = [(name, value) for name, value in where.to_params() if name != "q"]
        return await self._get("/v1/search", SearchPage, [("q", text), *params, *_paging(limit, cursor)])

    # Transcripts

    async def messages(
        self,
        session_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        around: int | None = None,
        from_end: bool = False,
        limit: int = 100,
    ) -> Messages:
        """Messages after, before or around a number, or the last ones; without any, the first ones."""
        params = [("limit", str(limit))]
        for name, value in (("after", after), ("before", "end" if from_end else before), ("around", around)):
            if value is not None:
                params.append((name, str(value)))
        return await self._get(f"{_session(session_id)}/messages", Messages, params)

    async def part(self, session_id: str, n: int, index: int) -> Part | ImageBytes:
        """One part whole (parts count from 0); an image as its bytes."""
        answer = await self._request("GET", f"{_session(session_id)}/messages/{n}/parts/{index}")
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        if media_type == "application/json":
            return _decoded(decode_part, answer.content)
        return ImageBytes(media_type, answer.content)

    async def raw(self, session_id: str, n: int) -> bytes:
        """The source's own record of a message."""
        return (await self._request("GET", f"{_session(session_id)}/messages/{n}/raw")).content

    # Records

    async def records(self, kind: RecordKind) -> tuple[RecordItem, ...]:
        return (await self._get(f"/v1/{kind.plural}", Records)).items

    async def record(self, kind: RecordKind, record_id: str) -> RecordItem:
        return await self._get(Lock(kind, record_id).path, RecordItem)

    # Doing

    async def cancel(self, session_id: str) -> Command:
        """Ask the source to stop; the row changes when it confirms."""
        return await self._send("POST", f"{_session(session_id)}/cancel", Command)

    async def end(self, session_id: str) -> Row:
        return await self._send("POST", f"{_session(session_id)}/end", Row)

    async def reopen(self, session_id: str) -> Row:
        return await self._send("POST", f"{_session(session_id)}/reopen", Row)

    async def edit(
        self,
        session_id: str,
        *,
        title: str | UnsetType | None = UNSET,
        initiative: str | UnsetType | None = UNSET,
        plan: str | UnsetType | None = UNSET,
    ) -> Row:
        """Rename, link to a record by id or title. None takes a person's choice back; what is left out stays."""
        body = {
            key: value
            for key, value in (("title", title), ("initiative", initiative), ("plan", plan))
            if not isinstance(value, UnsetType)
        }
        return await self._send("PATCH", _session(session_id), Row, body)

    async def decide(
        self, session_id: str, checkpoint_id: str, decision: Decision, *, comment: str | None = None
    ) -> Checkpoint:
        """Decide a checkpoint. Raises Conflict with the earlier decision where it is decided."""
        body: dict[str, str] = {"decision": decision}
        if comment is not None:
            body["comment"] = comment
        path = f"{_session(session_id)}/checkpoints/{_segment(checkpoint_id)}"
        return await self._send("POST", path, Checkpoint, body)

    async def reassign(self, session_id: str, checkpoint_id: str, assignee: str) -> Checkpoint:
        path = f"{_session(session_id)}/checkpoints/{_segment(checkpoint_id)}"
        return await self._send("PATCH", path, Checkpoint, {"assignee": assignee})

    async def ingest(self, lines: bytes) -> IngestResult:
        """Send records, one a line. Sending them again changes nothing. Raises Busy where to come again later."""
        headers = {"content-type": "application/x-ndjson"}
        if len(lines) >= PACKED_FROM_BYTES and not _is_this_machine(self._base):
            lines, headers["content-encoding"] = gzip.compress(lines, compresslevel=1), "gzip"
        answer = await self._request("POST", "/v1/ingest", content=lines, headers=headers)
        return _decode(answer.content, IngestResult)

    async def finish_command(self, command_id: str, result: CommandResult) -> CommandResult:
        return await self._send("POST", f"/v1/commands/{_segment(command_id)}/result", CommandResult, result)

    # People

    async def add_member(self, new: NewMember) -> Member:
        return await self._send("POST", "/v1/members", Member, new)

    async def change_member(self, member_id: str, role: Role) -> Member:
        return await self._send("PATCH", f"/v1/members/{_segment(member_id)}", Member, {"role": role})

    async def remove_member(self, member_id: str) -> Member:
        return await self._send("DELETE", f"/v1/members/{_segment(member_id)}", Member)

    async def tokens(self) -> tuple[Token, ...]:
        return (await self._get("/v1/tokens", TokenList)).items

    async def make_token(self, new: NewToken) -> MadeToken:
        return await self._send("POST", "/v1/tokens", MadeToken, new)

    async def revoke_token(self, token_id: str) -> Token:
        return await self._send("DELETE", f"/v1/tokens/{_segment(token_id)}", Token)

    # Streams

    @contextlib.asynccontextmanager
    async def open_stream(
        self, path: str, params: Sequence[tuple[str, str]] = (), *, last_id: str | None = None
    ) -> AsyncGenerator[Stream]:
        """An open stream, without any time limit: silence is for the caller to judge.

        Raises Offline where the connection breaks, also while its events are read.
        """
        headers = {**self._headers, "accept": "text/event-stream", "cache-control": "no-store"}
        if last_id is not None:
            headers["last-event-id"] = last_id
        timeout = httpx.Timeout(CONNECT_S, read=None)
        request = self._http.build_request(
            "GET", self._base + path, params=_query(params), headers=headers, timeout=timeout
        )
        with _told():
            answer = await self._http.send(request, stream=True)
        try:
            if answer.status_code != 200:
                with _told():
                    await answer.aread()
                raise _refused(answer)
            yield Stream(answer)
        finally:
            await answer.aclose()

    # How it is done

    async def _get(self, path: str, shape: type[T], params: Sequence[tuple[str, str]] = ()) -> T:
        return _decode((await self._request("GET", path, params=params)).content, shape)

    async def _send(self, method: str, path: str, shape: type[T], body: object = None) -> T:
        headers: dict[str, str] = {}
        if body is not None:
            headers["content-type"] = "application/json"
        if method == "POST":
            headers["idempotency-key"] = uuid.uuid4().hex
        content = encode(body) if body is not None else None
        return _decode((await self._request(method, path, content=content, headers=headers)).content, shape)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Raises Offline, or what the server refuses.

        Every call may be sent twice: GET, PATCH and DELETE by nature, an ingest by its records' keys, and the other
        POSTs by their Idempotency-Key. So a kept connection that the server has just closed is no failure yet.
        """
        request = self._http.build_request(
            method,
            self._base + path,
            params=_query(params),
            content=content,
            headers={**self._headers, **(headers or {})},
        )
        with _told():
            try:
                answer = await self._http.send(request)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                answer = await self._http.send(request)
        if not answer.is_success:
            raise _refused(answer)
        return answer


@contextlib.contextmanager
def _told() -> Generator[None]:
    """httpx's failures in our words."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise Offline("the server does not answer in time") from error
    except httpx.ConnectError as error:
        raise Offline(f"the server cannot be reached: {error}") from error
    except SSEError as error:
        raise BadAnswer("this is no event stream") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        raise Offline(f"the connection broke off: {error or type(error).__name__}") from error
    except (httpx.InvalidURL, httpx.DecodingError) as error:
        raise BadAnswer(str(error)) from error


def _refused(answer: httpx.Response) -> ParrotError:
    """The error for an answer that is no success, whoever gave it (a proxy answers with pages of its own)."""
    try:
        problem = decode_answer(answer.content, Problem)
    except BadData:
        detail = f"{answer.status_code} {answer.reason_phrase}".strip()
        problem = Problem(type="about:blank", title=detail, status=answer.status_code, detail=detail)
    if problem.status < 400:
        return BadAnswer(f"an answer with the status {answer.status_code}")
    return refusal(problem, retry_after_s=_seconds(answer.headers.get("retry-after", "")))


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 1.0


def _decode(data: bytes, shape: type[T]) -> T:
    return _decoded(lambda data: decode_answer(data, shape), data)


def _decoded(decoder: Callable[[bytes], T], data: bytes) -> T:
    try:
        return decoder(data)
    except BadData as error:
        raise BadAnswer(str(error)) from error


def _paging(limit: int, cursor: str | None) -> list[tuple[str, str]]:
    return [("limit", str(limit)), *([("cursor", cursor)] if cursor is not None else [])]


def _query(params: Sequence[tuple[str, str]]) -> httpx.QueryParams | None:
    return httpx.QueryParams(list(params)) if params else None


def _segment(text: str) -> str:
    return quote(text, safe="")


def _session(session_id: str) -> str:
    return f"/v1/sessions/{_segment(session_id)}"


def _is_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def _trust(url: str) -> ssl.SSLContext | bool:
    """The system's own certificates, as browsers use them; loaded only where there is TLS."""
    if urlsplit(url).scheme != "https":
        return False
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
