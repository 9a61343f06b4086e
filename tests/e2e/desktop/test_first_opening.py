"""The workspace that is on its way before anything asks for it, and nobody who comes for it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from parrot_client.data_dir import SERVER_JSON
from parrot_client.server_process import may_be_served
from parrot_desktop.api.target import Target
from parrot_desktop.first_opening import FirstOpening

if TYPE_CHECKING:
    from pathlib import Path

WITHIN_S = 20.0


async def until_served(folder: Path) -> None:
    end = time.monotonic() + WITHIN_S
    while not (folder / SERVER_JSON).exists():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def wait_unserved(folder: Path) -> None:
    end = time.monotonic() + WITHIN_S
    while may_be_served(folder):
        assert time.monotonic() < end
        time.sleep(0.01)


def target(folder: Path) -> Target:
    return Target(data_dir=folder, server_arguments=("--no-local-sources",))


def test_the_first_workspace_is_open_when_it_is_asked_for(tmp_path: Path) -> None:
    async def use() -> None:
        opening = FirstOpening(target(tmp_path), None)
        await until_served(tmp_path)
        opened = await opening.open(target(tmp_path))
        again = await opening.open(target(tmp_path))
        assert opened.started_server
        assert not again.started_server
        assert again.workspace.url == opened.workspace.url
        await opening.aclose()
        assert (await opened.workspace.me()).workspace.id
        await again.aclose()
        await opened.aclose()

    asyncio.run(use())
    wait_unserved(tmp_path)


@pytest.mark.parametrize("is_served", [True, False])
def test_a_window_that_ends_before_it_asks_leaves_no_server(tmp_path: Path, is_served: bool) -> None:
    async def use() -> None:
        opening = FirstOpening(target(tmp_path), None)
        if is_served:
            await until_served(tmp_path)
        await opening.aclose()

    asyncio.run(use())
    wait_unserved(tmp_path)
