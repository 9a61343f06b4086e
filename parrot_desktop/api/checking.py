"""Whether a saved workspace could be opened: two short requests, no stream, and its token to its own host alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_client.client import Client
from parrot_client.local_server import find
from parrot_desktop.api.errors import Unauthorised, WorkspaceError
from parrot_desktop.api.opening import token_of
from parrot_desktop.api.remote import told
from parrot_desktop.domain.standing import Checked, Standing
from parrot_desktop.version import VERSION, release

if TYPE_CHECKING:
    from parrot_desktop.api.target import Target

ANSWER_WITHIN_S = 6.0


async def check_workspace(target: Target) -> Checked:
    """How it stands now. Starts no server, and raises nothing: what is wrong is the answer."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await _check_local(target) if target.is_local else await _check_remote(target)
    except Unauthorised as error:
        return Checked(Standing.REFUSED, str(error))
    except WorkspaceError as error:
        return Checked(Standing.UNREACHABLE, str(error))
    except (TimeoutError, ValueError):
        return Checked(Standing.UNREACHABLE)


async def _check_local(target: Target) -> Checked:
    info = await find(target.data_dir)
    return Checked(Standing.ASLEEP) if info is None else await _ask(info.url, info.token)


async def _check_remote(target: Target) -> Checked:
    try:
        token = await token_of(target)
    except Unauthorised:
        # Without a token it is still worth knowing whether anybody is there, and who.
        checked = await _ask(target.url, "")
        if checked.standing is Standing.OTHER_VERSION:
            return checked
        raise
    return await _ask(target.url, token)


async def _ask(url: str, token: str) -> Checked:
    with told():
        async with Client(url, token) as client:
            version = (await client.health()).version
            if token:
                await client.me()
    if release(version) != release(VERSION):
        return Checked(Standing.OTHER_VERSION, version)
    return Checked(Standing.HERE)
