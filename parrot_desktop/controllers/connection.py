"""From a target to a workspace that answers, tried until it does; then what the connection is said to be."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import Offline, ServerTrouble, Unauthorised, WorkspaceError
from parrot_desktop.domain.connection_state import Connection, ConnectionState
from parrot_desktop.tasks import Latest, TaskOwner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from parrot_desktop.api.opening import Opened
    from parrot_desktop.api.target import Target
    from parrot_wire.answers import Me
    from parrot_wire.session import Member

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 15.0
OFFLINE_AFTER_MS = 5_000
"""A break shorter than this is told as "reconnecting": servers restart, proxies cut."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A workspace that answers, and who we are in it."""

    opened: Opened
    me: Me
    members: tuple[Member, ...]
    server_version: str


class ConnectionController:
    """Says `Connection` to ``on_state`` at every change, and `Joined` to ``on_joined`` once for each `start`."""

    def __init__(
        self,
        *,
        open_workspace: Callable[[Target], Awaitable[Opened]],
        owner: TaskOwner,
        on_state: Callable[[Connection], None],
        on_joined: Callable[[Joined], None],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._open_workspace = open_workspace
        self._joining = Latest(owner, "join")
        self._later = Latest(owner, "offline")
        self._on_state = on_state
        self._on_joined = on_joined
        self._now_ms = now_ms
        self._state = Connection(ConnectionState.STARTING, now_ms())
        self._lost_at_ms: int | None = None

    @property
    def state(self) -> Connection:
        return self._state

    def start(self, target: Target) -> None:
        """Join this workspace; whatever is under way for another ends."""
        self._lost_at_ms = None
        self._later.cancel()
        self._say(ConnectionState.CONNECTING)
        self._joining.start(self._join(target))

    def stop(self) -> None:
        self._joining.cancel()
        self._later.cancel()

    # What the list's stream says

    def live(self) -> None:
        """The stream is open and has caught up."""
        self._lost_at_ms = None
        self._later.cancel()
        self._say(ConnectionState.LIVE)

    def lost(self, error: WorkspaceError, retry_in_s: float) -> None:
        """Nobody answers; the stream tries again by itself."""
        now_ms = self._now_ms()
        if self._lost_at_ms is None:
            self._lost_at_ms = now_ms
        retry_at_ms = now_ms + round(retry_in_s * 1000)
        if now_ms - self._lost_at_ms >= OFFLINE_AFTER_MS:
            self._say(ConnectionState.OFFLINE, detail=str(error), retry_at_ms=retry_at_ms)
        else:
            self._say(ConnectionState.RECONNECTING, detail=str(error), retry_at_ms=retry_at_ms)
            if not self._later.is_running:
                self._later.start(self._become_offline())

    def refused(self, error: WorkspaceError) -> None:
        """What no retry would heal."""
        self._later.cancel()
        state = ConnectionState.UNAUTHORISED if isinstance(error, Unauthorised) else ConnectionState.FAILED
        self._say(state, detail=str(error))

    async def _become_offline(self) -> None:
        """A stream that waits long for an answer says nothing meanwhile."""
        await asyncio.sleep(OFFLINE_AFTER_MS / 1000)
        if self._state.state is ConnectionState.RECONNECTING:
            self._say(ConnectionState.OFFLINE, detail=self._state.detail, retry_at_ms=self._state.retry_at_ms)

    async def _join(self, target: Target) -> None:
        attempt = 0
        while True:
            try:
                self._on_joined(await self._joined(target))
            except (Offline, ServerTrouble) as error:
                if isinstance(error, ServerTrouble) and target.is_local:
                    self.refused(error)
                    return
                wait_s = _wait_s(attempt)
                attempt += 1
                self.lost(error, wait_s)
                await asyncio.sleep(wait_s)
            except WorkspaceError as error:
                self.refused(error)
                return
            else:
                return

    async def _joined(self, target: Target) -> Joined:
        opened = await self._open_workspace(target)
        try:
            return await _greet(opened)
        except BaseException:
            await opened.aclose()
            raise

    def _say(self, state: ConnectionState, *, detail: str = "", retry_at_ms: int | None = None) -> None:
        if state is not self._state.state:
            log.info("connection: %s %s", state, detail)
        if state is ConnectionState.OFFLINE:
            since_ms = self._lost_at_ms or self._now_ms()
        elif state is self._state.state:
            since_ms = self._state.since_ms
        else:
            since_ms = self._now_ms()
        said = Connection(state, since_ms, detail, retry_at_ms)
        if said != self._state:  # each heartbeat says again that the stream lives
            self._state = said
            self._on_state(said)


async def _greet(opened: Opened) -> Joined:
    refusal: WorkspaceError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            me = group.create_task(opened.workspace.me())
            members = group.create_task(opened.workspace.members())
            version = group.create_task(opened.workspace.server_version())
        return Joined(opened, me.result(), members.result(), version.result())
    except* WorkspaceError as errors:
        refusal = _most_telling(errors)
    raise refusal


def _most_telling(errors: BaseExceptionGroup[WorkspaceError]) -> WorkspaceError:
    """Of several calls: a refusal rather than a broken connection."""
    flat = [error for error in errors.exceptions if isinstance(error, WorkspaceError)]
    return next((error for error in flat if not isinstance(error, Offline)), flat[0])


def _wait_s(attempt: int) -> float:
    most = min(FIRST_WAIT_S * 2 ** min(attempt, 16), LONGEST_WAIT_S)
    return random.uniform(most / 4, most)
