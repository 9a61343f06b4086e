"""The ASGI application: the routes of the table, the guard before them, and the lifespan that makes their services."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from parrot_server.calls import routes
from parrot_server.command_feed import CommandFeed
from parrot_server.feed import Feed
from parrot_server.guard import Authenticator, Guard, Hosts
from parrot_server.idempotency import KeptAnswers
from parrot_server.problems import ApiProblem, not_found
from parrot_server.routes import CALLS
from parrot_server.services import Attention, Services, StoreCommands, StoreHistory, StoreTokens, WorkspaceState
from parrot_server.session_feed import SessionFeed
from parrot_server.storage_trouble import storage_trouble
from parrot_server.store import queries, tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from parrot_server.ingest_gate import IngestGate
    from parrot_server.sse import OpenStreams
    from parrot_server.store.database import Database
    from parrot_server.stored import Commit
    from parrot_server.transcripts import LocalSources, Transcripts

log = logging.getLogger(__name__)

TOKENS_LOOKED_AT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an application is built from. The database is open and is closed by whoever opened it.

    on_commits: called with the feed's `publish` at the start and with None at the end; what it is given must hear of
    every commit from then on.
    """

    database: Database
    on_commits: Callable[[Callable[[Commit], None] | None], None]
    streams: OpenStreams
    ingest_gate: IngestGate
    hosts: Hosts
    sources: LocalSources | None = None
    transcripts: Transcripts | None = None


class _Background:
    """Tasks beside the requests: held, named in the log when they fail, ended with the application."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work failed", exc_info=error)

    async def aclose(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def build_app(settings: Settings) -> Starlette:
    """The application; its services exist between the start and the end of its lifespan."""
    made: list[Services] = []
    authenticator = Authenticator(StoreTokens(settings.database))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        background = _Background()
        services = await _make_services(settings, authenticator, background)
        services.feed.start()
        background.spawn(_end_streams_of_dead_tokens(services))
        settings.on_commits(services.feed.publish)
        made.append(services)
        try:
            yield
        finally:
            settings.on_commits(None)
            made.clear()
            await background.aclose()
            services.feed.stop()

    app = Starlette(
        routes=routes(CALLS, lambda: made[0]),
        middleware=[Middleware(Guard, hosts=settings.hosts, authenticator=authenticator)],
        exception_handlers={
            HTTPException: _http_problem,
            DBAPIError: _storage_problem,
            Exception: _internal_problem,
        },
        lifespan=lifespan,
    )
    # An address is right or wrong; a redirect would lose a POST's body in many clients.
    app.router.redirect_slashes = False
    return app


async def _make_services(settings: Settings, authenticator: Authenticator, background: _Background) -> Services:
    database = settings.database
    head = await database.read(queries.head)
    feed = Feed(StoreHistory(database), seq=head.seq, feed_id=head.feed, spend_tracking=head.spend_tracking)
    attend = Attention(database, settings.transcripts).attend if settings.transcripts is not None else None
    return Services(
        db=database,
        workspace=WorkspaceState(id=head.workspace_id, name=head.name, spend_tracking=head.spend_tracking),
        feed=feed,
        session_feed=SessionFeed(feed, spend_tracking=head.spend_tracking, attend=attend),
        command_feed=CommandFeed(feed, StoreCommands(database)),
        streams=settings.streams,
        authenticator=authenticator,
        kept_answers=KeptAnswers(database),
        ingest_gate=settings.ingest_gate,
        background=background.spawn,
        transcripts=settings.transcripts,
        sources=settings.sources,
    )


async def _end_streams_of_dead_tokens(services: Services) -> None:
    """A stream outlives the check of its token: one that expires, or is revoked elsewhere, ends it too."""
    while True:
        await asyncio.sleep(TOKENS_LOOKED_AT_S)
        if len(services.streams):
            now = services.now()
            for token in await services.db.read(tokens.list_all):
                if token.revoked or (token.expires_at is not None and token.expires_at <= now):
                    services.streams.close_token(token.id)


async def _http_problem(request: Request, error: Exception) -> Response:
    """What routing itself refuses: an unknown path, a method that a path does not have."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        headers = dict(error.headers or {})
        return ApiProblem(405, f"{request.method} is not a method of this address.", headers=headers).response()
    if isinstance(error, HTTPException) and error.status_code != 404:
        return ApiProblem(error.status_code, str(error.detail)).response()
    return not_found("address").response()


async def _storage_problem(request: Request, error: Exception) -> Response:
    """What nobody did wrong, and what may heal: a disk with room again. Nothing was written then."""
    trouble = storage_trouble(error)
    if trouble is None:
        raise error
    log.error("the database cannot be used: %s", trouble)
    return ApiProblem(507, f"The workspace's database cannot be used now: {trouble}.").response()


async def _internal_problem(request: Request, error: Exception) -> Response:
    """Starlette raises the error again after this answer, so the server's log has it."""
    return ApiProblem(500, "Something went wrong in the server; its log says what.").response()
