"""`parrot serve`, from the lock to the last byte: data directory, database, socket, sources, signals, the end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from parrot_server.app import Settings, build_app
from parrot_server.data_dir import DataDir
from parrot_server.guard import Hosts, is_loopback, now
from parrot_server.identity import machine_owner
from parrot_server.sse import OpenStreams
from parrot_server.store import members, tokens
from parrot_server.store.database import Database
from parrot_server.store.ingest import LOCAL_TOKEN, Sender
from parrot_server.version import VERSION
from parrot_wire.answers import ServerInfo
from parrot_wire.values import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Mapping
    from types import FrameType

    from parrot_server.stored import Commit
    from parrot_server.transcripts import LocalSources, Transcripts

log = logging.getLogger(__name__)

STREAMS_END_WITHIN_S = 0.2
REQUESTS_END_WITHIN_S = 3.0
KEEP_ALIVE_S = 30
PARENT_LEAVES_S = 0.25
"""A parent that died has its own streams still open for a moment."""
_LOOK_EVERY_S = 0.1
_BACKLOG = 2048


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
    """Serve until a signal, or until the parent is gone. say: prints the address. Raises CannotServe, Held, OSError."""
    with contextlib.ExitStack() as stack:
        data_dir = stack.enter_context(DataDir(options.data_dir).take())
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)
        listener = stack.enter_context(contextlib.closing(bind(options.host, options.port)))
        relay = CommitRelay()
        database = stack.enter_context(_open_database(options.database or data_dir.database_url, relay))
        owner, token = _let_owner_in(database, data_dir)
        sources, transcripts = _local(options, database, Sender(token_id=LOCAL_TOKEN, member_id=owner, any_owner=True))
        streams = OpenStreams()
        app = build_app(
            Settings(
                database=database,
                on_commits=relay.direct,
                streams=streams,
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
            if sources is not None:
                await sources.stop()

        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=int(REQUESTS_END_WITHIN_S),
            backlog=_BACKLOG,
        )
        server = WorkspaceServer(config, streams=streams, ready=ready, ending=ending)
        if options.parent_pipe:
            server.end_with(sys.stdin.fileno() if sys.stdin is not None else None)
        server.run(sockets=[listener])
        if server.failed is not None:
            raise server.failed


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


class WorkspaceServer(uvicorn.Server):
    """uvicorn, whose streams end before it waits for connections, and whose signals end it with exit code 0.

    uvicorn waits for open responses before the application hears of the end, so nothing in the application could end
    its own streams; at its time limit it would cancel them with a traceback each.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        streams: OpenStreams,
        ready: Callable[[], Coroutine[None, None, None]],
        ending: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        super().__init__(config)
        self._streams = streams
        self._ready = ready
        self._ending = ending
        self._parent_pipe: int | None = None
        self._has_parent = False
        self._parent_task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self.failed: Exception | None = None

    def end_with(self, pipe: int | None) -> None:
        """End when this file descriptor reads its end, and nobody else is connected. None: it has ended already."""
        self._has_parent = True
        self._parent_pipe = pipe

    def end(self) -> None:
        """Begin to end, from any thread or signal handler."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        """uvicorn looks ten times a second whether it is to end; this one is told, and looks up for the date alone."""
        tenths = 0
        while not await self.on_tick(tenths):
            tenths = (tenths + 10) % 864_000
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._woken.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self._has_parent:
            self._parent_task = asyncio.create_task(self._outlive_parent(), name="parent pipe")
        try:
            await self._ready()
        except Exception as error:  # noqa: BLE001  whatever it is, the server stops in order and raises it
            self.failed = error
            self.end()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._parent_task is not None:
            self._parent_task.cancel()
        await self._streams.close_all(within_s=STREAMS_END_WITHIN_S)
        self._cut_stalled()
        await self._ending()
        await super().shutdown(sockets)

    def _cut_stalled(self) -> None:
        """Drop the connections of streams whose client reads nothing: their last block would never be sent."""
        stalled = self._streams.clients()
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) in stalled:
                connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal ends the server; it is not raised again afterwards, so that the exit code is 0."""
        self.end()

    async def _outlive_parent(self) -> None:
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait_for_end() -> None:
            _read_to_end(self._parent_pipe)
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(gone.set)

        threading.Thread(target=wait_for_end, name="parrot-parent-pipe", daemon=True).start()
        await gone.wait()
        log.info("the parent is gone")
        await asyncio.sleep(PARENT_LEAVES_S)
        while self.server_state.tasks:  # noqa: ASYNC110  uvicorn tells of no change
            await asyncio.sleep(_LOOK_EVERY_S)
        self.end()


def _read_to_end(pipe: int | None) -> None:
    """By the descriptor: a daemon thread inside `sys.stdin` would break the interpreter's end."""
    if pipe is None:
        return
    with contextlib.suppress(OSError):
        while os.read(pipe, 4096):
            pass


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotServe where the address is taken, or not this machine's."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program listens there" if taken else str(error)
        raise CannotServe(f"Cannot listen on {host}:{port}: {why}.") from error
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """The address to tell: of a wildcard bind, this machine's own."""
    port = listener.getsockname()[1]
    if host in {"0.0.0.0", "::", ""}:
        host = "127.0.0.1"
    elif is_loopback(host) and ":" not in host and host.lower() != "localhost":
        host = listener.getsockname()[0]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _open_database(url: str, relay: CommitRelay) -> Generator[Database]:
    try:
        database = Database.open(url, on_commit=relay)
    except Exception as error:
        raise CannotServe(f"The database {_without_password(url)} cannot be opened: {error}") from error
    try:
        yield database
    finally:
        database.close()


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
