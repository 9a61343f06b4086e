"""From what a person named to a workspace that answers: this machine's own server, or an address and a token."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from parrot_client.client import Client
from parrot_client.credentials import find_token, forget_token, kept_token, remember_token
from parrot_desktop.api.errors import BadRequest
from parrot_desktop.api.local import start_server
from parrot_desktop.api.remote import RemoteWorkspace, told

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from parrot_client.local_server import LocalServer
    from parrot_desktop.api.target import Target

CLOSE_WITHIN_S = 0.6
"""A window that is closed is gone within a second, whatever its server does."""


class Opened:
    """An open workspace, and what has to be closed with it."""

    def __init__(self, workspace: RemoteWorkspace, server: LocalServer | None) -> None:
        self.workspace = workspace
        self._server = server

    @property
    def started_server(self) -> bool:
        """Whether this window's own server answers; else it found one that runs."""
        return self._server is not None and self._server.process is not None

    async def aclose(self) -> None:
        await self.workspace.aclose()
        if self._server is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._server.close()


async def open_workspace(target: Target, *, started: Awaitable[LocalServer] | None = None) -> Opened:
    """``started``: the server of this machine, begun before; for a local target.

    Raises Offline, Unauthorised (no token), ServerTrouble (no server can be started), BadRequest (no address).
    """
    if target.is_local:
        return _open_local(await (started or start_server(target)))
    return await _open_remote(target)


async def keep_token(url: str, token: str) -> None:
    """In the system's keyring. Raises Unauthorised where there is none."""
    with told():
        await asyncio.to_thread(remember_token, url, token)


async def drop_token(url: str) -> None:
    """Out of the system's keyring, where it was kept there."""
    await asyncio.to_thread(forget_token, url)


async def token_of(target: Target) -> str:
    """The token for an address: given by hand, or found. Raises Unauthorised.

    A token file and the environment are for the workspace that the program was started for, and shown to no other.
    """
    with told():
        if target.token:
            return target.token
        if target.is_given:
            return await asyncio.to_thread(find_token, target.url, token_file=target.token_file)
        return await asyncio.to_thread(kept_token, target.url)


def _open_local(server: LocalServer) -> Opened:
    client = Client(server.info.url, server.info.token)

    async def recover() -> None:
        info = await server.again()
        client.move_to(info.url, info.token)

    return Opened(RemoteWorkspace(client, recover=recover), server)


async def _open_remote(target: Target) -> Opened:
    token = await token_of(target)
    try:
        client = Client(target.url, token)
    except ValueError as error:
        raise BadRequest(f"{target.url} is not the address of a workspace.", parameter="workspace") from error
    return Opened(RemoteWorkspace(client), None)
