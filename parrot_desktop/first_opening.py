"""The workspace that a start begins with: on its way before there is a shell that could ask for it.

A server takes as long to answer as what the window is made of besides takes to load: both go at once.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from parrot_desktop.api.opening import Opened
    from parrot_desktop.api.target import Target


class FirstOpening:
    """Opens workspaces; the one of the start from the moment this is made. Belongs to the event loop's thread."""

    def __init__(self, target: Target, spawned: subprocess.Popen[bytes] | None) -> None:
        """spawned: this machine's server, where it was started early."""
        self._first: asyncio.Task[Opened] | None = asyncio.create_task(_open(target, spawned), name="opening")

    async def open(self, target: Target) -> Opened:
        """Any workspace, after the first one. Raises WorkspaceError."""
        first, self._first = self._first, None
        return await (first or _open(target, None))

    async def aclose(self) -> None:
        """Nobody came for the first one, if it is still there."""
        first, self._first = self._first, None
        if first is None:
            return
        first.cancel()
        for found in await asyncio.gather(first, return_exceptions=True):
            if not isinstance(found, BaseException):
                await found.aclose()


def load_network() -> None:
    """The network's libraries; for a thread."""
    importlib.import_module("parrot_desktop.api.opening")
    from parrot_client.client import preload

    preload()


async def _open(target: Target, spawned: subprocess.Popen[bytes] | None) -> Opened:
    from parrot_desktop.api.local import start_server

    started = asyncio.create_task(start_server(target, spawned), name="server") if target.is_local else None
    try:
        await asyncio.to_thread(load_network)
        from parrot_desktop.api.opening import open_workspace

        return await open_workspace(target, started=started)
    finally:
        if started is not None:
            started.cancel()
