"""What a server makes of a place that fails it: a disk without room, a database that is not for it, prying eyes."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parrot_client.data_dir import read_server_json
from parrot_client.local_server import find_or_start
from parrot_server.storage_trouble import storage_trouble
from tests.helpers.claude_files import ClaudeHome, ClaudeLines
from tests.helpers.records import message, ndjson, session
from tests.helpers.server import RunningServer, serve, start_server, wait_until

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "linux":
    import resource

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits a running process")
SECRET = "the launch code is 0000"


def no_room(server: RunningServer) -> None:
    """No file of the server's can grow from now on, as on a full disk."""
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, limits[1]))


def room_again(server: RunningServer) -> None:
    hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


@LINUX
def test_without_room_it_says_so_reads_on_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        server.ingest([session("before"), message("before", 1, "hello")])
        no_room(server)
        records = ndjson([session("during", title=SECRET), message("during", 1, SECRET)])
        answer = server.http.post("/v1/ingest", content=records)
        assert (answer.status_code, answer.json()["type"]) == (507, "urn:parrot:problem:storage")
        assert "disk" in answer.json()["detail"]
        # What is there can be read, and nothing of what failed is in it.
        assert [row["native_id"] for row in server.rows()] == ["before"]
        assert server.get("/v1/search", q="hello")["items"]
        assert server.http.get("/healthz").status_code == 200
        room_again(server)
        assert server.http.post("/v1/ingest", content=records).json() == {"new": 2, "known": 0, "refused": []}
        assert {row["native_id"] for row in server.rows()} == {"before", "during"}
        said = (tmp_path / "server-output.txt").read_text()
    assert "Traceback" not in said
    assert SECRET not in said


@LINUX
def test_an_index_without_room_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    home = ClaudeHome(tmp_path / "claude")
    first, second = ClaudeLines(), ClaudeLines(session_id="5e0f6a2c-0000-4000-8000-000000000002")
    first.prompt("First")
    home.write(first)
    with serve(tmp_path / "data", sources={"claude-code": home.root}) as server:
        wait_until(lambda: len(server.rows()) == 1, "the first chat")
        no_room(server)
        second.prompt(SECRET)
        home.write(second)
        wait_until(lambda: bool(server.get("/v1/sources")["items"][0]["problems"]), "the trouble to be told")
        source = server.get("/v1/sources")["items"][0]
        assert source["problems"][0]["detail"].startswith("the database cannot be used now: the disk")
        room_again(server)
        wait_until(lambda: len(server.rows()) == 2, "the second chat")
        wait_until(lambda: not server.get("/v1/sources")["items"][0]["problems"], "the trouble to be over")
        assert SECRET not in (tmp_path / "data/server-output.txt").read_text()


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
async def test_nobody_else_can_read_what_it_keeps(tmp_path: Path) -> None:
    """Also where the folder was there before, and is open to all."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    server = await find_or_start(folder, arguments=["--no-local-sources"])
    try:
        kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.stat().st_size}
    finally:
        await server.close()
    assert {"workspace.db", "workspace.db-wal", "owner.token", "server.json"} <= kept.keys()
    assert {name for name, mode in kept.items() if mode & 0o077} == set()


def ended(folder: Path) -> str:
    """What a server says that cannot start on the folder."""
    command = [sys.executable, "-m", "parrot_server", "serve", "--data-dir", str(folder), "--no-local-sources"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert read_server_json(folder) is None
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_database_of_a_newer_version_is_named_and_left_alone(tmp_path: Path) -> None:
    start_server(tmp_path).close()
    path = tmp_path / "workspace.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = path.read_bytes()
    said = ended(tmp_path)
    assert "newer version" in said
    assert "9999" in said
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(b"These are my notes, and no database at all." * 100)
    before = path.read_bytes()
    said = ended(tmp_path)
    assert str(path) in said
    assert "the file is no database" in said
    assert len(said.strip().splitlines()) == 1
    assert path.read_bytes() == before


def test_a_full_database_is_told_as_a_full_disk(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "full.db")
    database.execute("PRAGMA max_page_count = 2")
    database.execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as raised:
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    database.close()
    assert storage_trouble(raised.value) == "the disk is full"
    with pytest.raises(sqlite3.OperationalError) as raised:
        sqlite3.connect(":memory:").execute("nonsense")
    assert storage_trouble(raised.value) is None
    assert storage_trouble(ValueError("another fault")) is None
