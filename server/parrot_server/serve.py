"""`parrot serve`, from the lock to the last byte: data directory, database, socket, sources, signals, the end."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import uvicorn

from parrot_server.app import Settings, build_app
from parrot_server.data_dir import DataDir
from parrot_server.guard import Hosts, now
from parrot_server.identity import machine_owner
from parrot_server.ingest_gate import IngestGate
from parrot_server.listening import BACKLOG, bind, url_of
from parrot_server.sse import OpenStreams
from parrot_server.storage_trouble import storage_trouble
from parrot_server.store import members, tokens
from parrot_server.store.database import Database
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_server.version import VERSION
from parrot_server.workspace_server import WorkspaceServer
from parrot_wire.answers import ServerInfo
from parrot_wire.values import Role

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator, Mapping

    from parrot_server.stored import Commit
    from parrot_server.transcripts import LocalSources, Transcripts

log = logging.getLogger(__name__)

REQUESTS_END_WITHIN_S = 3.0
KEEP_ALIVE_S = 30


class CannotServe(Exception):
    """The server cannot start; the text says why, fit to print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line of `parrot serve`."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    database: str | None = None
    """None: SQLite in the data directory."""
    ready_file: Path | None = None
    sources: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """Tool -> folder; empty: each tool's own place."""
    local_sources: bool = True
    parent_pipe: bool = False
    allow_hosts: tuple[str, ...] = ()


def serve(options: Options, *, say: Callable[[str], None]) -> None:
    """Serve until a signal, or until the parent is gone. say: prints the address.

    Raises CannotServe, CannotListen, Held, OSError.
    """
    with contextlib.ExitStack() as stack:
        data_dir = stack.enter_context(DataDir(options.data_dir).take())
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)
        listener = stack.enter_context(contextlib.closing(bind(options.host, options.port)))
        relay = CommitRelay()
        url = options.database or data_dir.private_database()
        database = stack.enter_context(_open_database(url, relay))
        with _told_of(url):
            owner, token = _let_owner_in(database, data_dir)
        sources, transcripts = _local(options, database, Sender(token_id=LOCAL_TOKEN, member_id=owner, any_owner=True))
        streams = OpenStreams()
        gate = IngestGate()
        app = build_app(
            Settings(
                database=database,
                on_commits=relay.direct,
                streams=streams,
                ingest_gate=gate,
                hosts=Hosts(options.host, options.allow_hosts),
                sources=sources,
                transcripts=transcripts,
            )
        )
        info = ServerInfo(url=url_of(options.host, listener), token=token, pid=os.getpid(), version=VERSION)

        async def ready() -> None:
            data_dir.announce(info, ready_file=options.ready_file)
            say(info.url)
            if sources is not None:
                await sources.start()

        async def ending() -> None:
            gate.close()
            if sources is not None:
                await sources.stop()

        config = uvicorn.Config(
            app,
            http=_http_protocol(),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=int(REQUESTS_END_WITHIN_S),
            backlog=BACKLOG,
        )
        server = WorkspaceServer(config, streams=streams, ready=ready, ending=ending)
        if options.parent_pipe:
            server.end_with(sys.stdin.fileno() if sys.stdin is not None else None)
        server.run(sockets=[listener])
        if server.failed is not None:
            raise server.failed


def _http_protocol() -> type[asyncio.Protocol] | Literal["auto"]:
    """The protocol with a short way out for streams; where httptools is not to be had, uvicorn's own choice."""
    try:
        from parrot_server.http_protocol import StreamingProtocol
    except ImportError:
        return "auto"
    return StreamingProtocol


class CommitRelay:
    """Commits from the store to the feed, which exists only while the application runs."""

    def __init__(self) -> None:
        self._target: Callable[[Commit], None] | None = None

    def direct(self, target: Callable[[Commit], None] | None) -> None:
        self._target = target

    def __call__(self, commit: Commit) -> None:
        target = self._target
        if target is not None:
            target(commit)


@contextlib.contextmanager
def _open_database(url: str, relay: CommitRelay) -> Generator[Database]:
    with _told_of(url):
        database = Database.open(url, on_commit=relay)
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def _told_of(url: str) -> Generator[None]:
    """Whatever stands in the database's way as one sentence. Raises CannotServe."""
    try:
        yield
    except Exception as error:
        why = storage_trouble(error) or error
        raise CannotServe(f"The database {_without_password(url)} cannot be opened: {why}") from error


def _without_password(url: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(no database address)"


def _let_owner_in(database: Database, data_dir: DataDir) -> tuple[str, str]:
    """The owner as a member, with the token kept in the data directory; the member's id and the token."""
    person = machine_owner()
    owner = database.write_blocking(members.ensure, name=person.name, email=person.email, role=Role.OWNER)
    token = data_dir.kept_token()
    if token is not None:
        try:
            _accept(database, token, owner.id)
        except ValueError:
            log.warning("the owner's token in %s is none: a new one is made", data_dir.path)
            token = None
    if token is None:
        token = tokens.generate()
        _accept(database, token, owner.id)
        data_dir.keep_token(token)
    return owner.id, token


def _accept(database: Database, token: str, member: str) -> None:
    database.write_blocking(tokens.accept, token, member=member, role=Role.OWNER, name="This machine", now=now())


def _local(options: Options, database: Database, sender: Sender) -> tuple[LocalSources | None, Transcripts | None]:
    if not options.local_sources:
        return None, None
    from parrot_server.index.local import LocalIndex, UnknownSource

    try:
        index = LocalIndex(options.sources, database, sender)
    except UnknownSource as error:
        raise CannotServe(str(error)) from error
    return index, index.transcripts
