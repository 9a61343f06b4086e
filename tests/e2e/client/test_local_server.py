"""This machine's own server: found where it runs, started where it does not, gone when nobody needs it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parrot_client import local_server
from parrot_client.client import Client
from parrot_client.data_dir import default_data_dir, read_server_json
from parrot_client.errors import NoLocalServer
from parrot_client.local_server import find, find_or_start
from tests.helpers.server import serve, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

ALONE = ("--no-local-sources",)


async def wait_for(condition: Callable[[], bool], what: str) -> None:
    """As `wait_until`, while other tasks go on."""
    await asyncio.to_thread(wait_until, condition, what)


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


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_dead_server_is_reaped_where_another_s_takes_its_place(tmp_path: Path) -> None:
    local = await find_or_start(tmp_path, arguments=ALONE)
    dead = local.process
    assert dead is not None
    dead.kill()
    await wait_for(lambda: _state(dead.pid) == "Z", "it to die")
    with serve(tmp_path) as server:
        assert (await local.again(), local.process) == (server.info, None)
    assert _state(dead.pid) == ""


@pytest.mark.skipif(os.name != "posix", reason="stops a process")
async def test_a_server_that_was_busy_for_long_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked whether it answers while it does not; when it does again it must not have lost its parent."""
    monkeypatch.setattr(local_server, "ANSWER_WITHIN_S", 0.1)
    local = await find_or_start(tmp_path, arguments=ALONE)
    process, info = local.process, local.info
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    asking = asyncio.create_task(local.again())
    log = tmp_path / "server.log"
    await wait_for(lambda: "is served already" in log.read_text(), "a second server to find the first")
    process.send_signal(signal.SIGCONT)
    assert await asking == info
    assert (local.process, process.poll()) == (process, None)
    assert process.stdin is not None
    assert not process.stdin.closed
    await local.close()


async def test_where_a_server_is_about_to_end_the_next_one_follows_it(tmp_path: Path) -> None:
    """It holds the directory until its database is closed, and then another start need not fail."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from parrot_server.data_dir import DataDir\n"
        "from parrot_wire.answers import ServerInfo\n"
        "import os\n"
        "with DataDir(Path(sys.argv[1])).take() as held:\n"
        "    info = ServerInfo(url='http://127.0.0.1:9', token='t', pid=os.getpid(), version='0')\n"
        "    held.announce(info, ready_file=None)\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    ending = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert ending.stdin is not None
    assert ending.stdout is not None
    assert await ending.stdout.readline() == b"held\n"
    starting = asyncio.create_task(find_or_start(tmp_path, arguments=ALONE))
    log = tmp_path / "server.log"
    await wait_for(lambda: log.exists() and "is served already" in log.read_text(), "the first try to fail")
    ending.stdin.close()
    await ending.wait()
    local = await starting
    assert local.process is not None
    assert local.process.pid == local.info.pid
    await local.close()


@pytest.mark.skipif(os.name != "posix", reason="stops a process")
async def test_where_another_holds_on_and_never_answers_the_start_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_server, "START_WITHIN_S", 3.0)
    monkeypatch.setattr(local_server, "ANSWER_WITHIN_S", 0.1)
    with serve(tmp_path) as server:
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(NoLocalServer, match=rf"served already by process {server.info.pid}"):
            await find_or_start(tmp_path, arguments=ALONE)
        server.process.send_signal(signal.SIGCONT)


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(NoLocalServer, match="unrecognized arguments: --nonsense"):
        await find_or_start(tmp_path, arguments=["--nonsense"])


def _state(pid: int) -> str:
    """The process's letter in the system's table (Z: dead and not reaped); empty where it is not in there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


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
