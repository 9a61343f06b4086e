"""How a command finds its workspace: the one that is named, or this machine's own, started where none runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from parrot_client.data_dir import default_data_dir
from parrot_client.errors import ParrotError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from parrot_client.client import Client
    from parrot_client.local_server import LocalServer

T = TypeVar("T")


def add_workspace_arguments(parser: argparse.ArgumentParser) -> None:
    """``--workspace``, ``--token-file``, ``--data-dir``."""
    parser.add_argument("--workspace", metavar="URL", help="default: PARROT_WORKSPACE, else this machine's own")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="default: PARROT_TOKEN, else the keyring")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="of this machine's own workspace")


class Workspace:
    """A workspace that a command talks to."""

    def __init__(self, client: Client, token: str, local: LocalServer | None) -> None:
        self.client = client
        self.token = token
        self._local = local

    @property
    def is_local(self) -> bool:
        return self._local is not None

    async def recover(self) -> None:
        """For a stream that lost its server: this machine's own may be elsewhere now, or has to be started."""
        if self._local is not None:
            info = await self._local.again()
            self.client.move_to(info.url, info.token)


@contextlib.asynccontextmanager
async def connected(arguments: argparse.Namespace) -> AsyncGenerator[Workspace]:
    """The workspace that the arguments name. Raises ParrotError."""
    from parrot_client.client import Client

    url = arguments.workspace or os.environ.get("PARROT_WORKSPACE")
    if url:
        from parrot_client.credentials import find_token

        token = await asyncio.to_thread(find_token, url, token_file=arguments.token_file)
        try:
            client = Client(url, token)
        except ValueError as error:
            raise ParrotError(str(error)) from error
        async with client:
            yield Workspace(client, token, None)
        return
    from parrot_client.local_server import find_or_start

    local = await find_or_start(data_dir_of(arguments))
    try:
        async with Client(local.info.url, local.info.token) as client:
            yield Workspace(client, local.info.token, local)
    finally:
        await local.close()


def data_dir_of(arguments: argparse.Namespace) -> Path:
    folder: Path = arguments.data_dir or default_data_dir()
    return folder.expanduser().absolute()


def run_connected(arguments: argparse.Namespace, work: Callable[[Workspace], Awaitable[int]], *, command: str) -> int:
    """Connect, do the work, and say an expected failure in one line."""

    async def connect_and_work() -> int:
        async with connected(arguments) as workspace:
            return await work(workspace)

    try:
        return asyncio.run(connect_and_work())
    except ParrotError as error:
        print(f"parrot {command}: {error}", file=sys.stderr)
        return 1
