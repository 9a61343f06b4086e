"""The window's own server is started before Qt is loaded, where none runs and one is wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parrot_client.data_dir import SERVER_JSON, read_server_json
from parrot_client.server_process import hang_up, may_be_served
from parrot_desktop.early_server import start_early
from parrot_desktop.known_workspaces import KnownWorkspaces, save_known_workspaces
from tests.helpers.server import serve, wait_until

if TYPE_CHECKING:
    from pathlib import Path


def test_it_runs_and_ends_with_whoever_started_it(tmp_path: Path) -> None:
    server = start_early(["--data-dir", str(tmp_path), "--no-local-sources"])
    assert server is not None
    try:
        wait_until(lambda: read_server_json(tmp_path) is not None, "the server")
        assert may_be_served(tmp_path)
    finally:
        hang_up(server)
        assert server.wait(10) == 0


def test_where_a_server_runs_none_is_started(tmp_path: Path) -> None:
    with serve(tmp_path):
        assert start_early(["--data-dir", str(tmp_path), "--no-local-sources"]) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there a process is not asked whether it lives")
def test_what_a_killed_server_left_behind_does_not_count(tmp_path: Path) -> None:
    with serve(tmp_path) as running:
        running.kill()
        assert (tmp_path / SERVER_JSON).exists()
        assert not may_be_served(tmp_path)


@pytest.mark.parametrize("words", [["--workspace", "http://127.0.0.1:9"], ["--sample"]])
def test_a_window_that_wants_another_server_gets_none(words: list[str], tmp_path: Path) -> None:
    assert start_early([*words, "--data-dir", str(tmp_path)]) is None
    assert list(tmp_path.iterdir()) == []


def test_a_window_that_opens_a_teams_workspace_again_gets_none(tmp_path: Path) -> None:
    """What was open last opens again: then this machine's own server is not wanted."""
    (tmp_path / "desktop").mkdir()
    save_known_workspaces(tmp_path / "desktop", KnownWorkspaces(last="https://parrot.example"))
    assert start_early(["--data-dir", str(tmp_path)]) is None


def test_it_loads_no_qt_and_no_event_loop(tmp_path: Path) -> None:
    """What is loaded before the first paint delays it."""
    code = (
        "import sys; from parrot_desktop.early_server import start_early; "
        "start_early(['--workspace', 'http://127.0.0.1:9']); "
        "sys.exit(' '.join({'PySide6', 'asyncio', 'httpx', 'qasync'} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert ended.returncode == 0, ended.stderr
