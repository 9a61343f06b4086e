"""This machine's own server: found where it runs, started where it does not, gone when nobody needs it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parrot_client import local_server
from parrot_client.client import Client
from parrot_client.data_dir import default_data_dir, read_server_json
from parrot_client.errors import NoLocalServer
from parrot_client.local_server import find, find_or_start
from tests.helpers.server import serve, wait_until

if TYPE_CHECKING:
    from pathlib import Path

ALONE = ("--no-local-sources",)


async def test_one_is_started_and_ends_with_the_last_who_needs_it(tmp_path: Path) -> None:
    assert await find(tmp_path) is None
    mine = await find_or_start(tmp_path, arguments=ALONE)
    process = mine.process
    assert process is not None
    yours = await find_or_start(tmp_path, arguments=ALONE)
    assert (yours.info, yours.process) == (mine.info, None)
    async with Client(mine.info.url, mine.info.token) as client:
        assert (await client.me()).member.role == "owner"
    await mine.close()
    assert process.poll() == 0
    assert await find(tmp_path) is None
    assert read_server_json(tmp_path) is None


async def test_two_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    both = await asyncio.gather(*(find_or_start(tmp_path, arguments=ALONE) for _ in range(2)))
    assert both[0].info == both[1].info
    for each in both:
        await each.close()


async def test_a_server_that_was_killed_is_started_again(tmp_path: Path) -> None:
    local = await find_or_start(tmp_path, arguments=ALONE)
    assert await local.again() == local.info
    first = local.info
    assert local.process is not None
    local.process.kill()
    local.process.wait()
    again = await local.again()
    assert again.token == first.token
    assert again.pid != first.pid
    async with Client(again.url, again.token) as client:
        assert await client.health()
    await local.close()


async def test_another_s_server_is_used_and_left_alone(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        local = await find_or_start(tmp_path)
        assert (local.info, local.process) == (server.info, None)
        await local.close()
        assert server.get("/v1/me")


async def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "ANOTHER_WITHIN_S", 0.05)
    with pytest.raises(NoLocalServer, match="unrecognized arguments: --nonsense"):
        await find_or_start(tmp_path, arguments=["--nonsense"])


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
async def test_a_server_json_that_others_can_read_is_not_believed(tmp_path: Path) -> None:
    with serve(tmp_path):
        path = tmp_path / "server.json"
        path.chmod(0o644)
        assert read_server_json(tmp_path) is None
        path.chmod(0o600)
        assert read_server_json(tmp_path) is not None


def test_no_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from parrot_client.local_server import find_or_start\n"
        "asyncio.run(find_or_start(Path(sys.argv[1]), arguments=['--no-local-sources']))\n"
        "os._exit(9)\n"  # as a crash does: nothing is closed in order
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], timeout=40, check=False)
    assert done.returncode == 9
    wait_until(lambda: not (tmp_path / "server.json").exists(), "the server to end")


def test_finding_a_server_needs_no_http_client() -> None:
    """A window starts its server while it paints; httpx comes after the first picture."""
    program = "import sys, parrot_client.local_server, parrot_client.event_stream; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=True)
    assert done.stdout.strip() == "False"


def test_the_data_directory_is_the_variable_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARROT_DATA_DIR", str(tmp_path))
    assert default_data_dir() == tmp_path
    monkeypatch.delenv("PARROT_DATA_DIR")
    assert default_data_dir().name == "parrot"
