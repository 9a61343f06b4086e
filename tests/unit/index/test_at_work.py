"""Which session a process works on, told by the folder that it works in."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from parrot_server.index import processes
from parrot_server.index.at_work import AtWork, is_program
from parrot_server.index.sources.base import Asked, Evidence, Standing, TurnState

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def asked(native_id: str, folder: Path, at_ms: int) -> Asked:
    standing = Standing(turn=TurnState.OPEN, at_ms=at_ms, live_key=str(folder))
    return Asked(native_id=native_id, path=native_id, standing=standing)


@contextmanager
def tool(folder: Path) -> Generator[int]:
    """A program called `gadget`, run by an interpreter, as most of these tools are; its process id."""
    script = folder / "bin" / "gadget.js"
    script.parent.mkdir(parents=True)
    script.write_text("import time; print('up', flush=True); time.sleep(60)")
    command = [sys.executable, "-u", str(script), "--resume", "x"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            yield child.pid
        finally:
            child.kill()


@pytest.mark.skipif(not processes.has_proc(), reason="the folder of a process is told by /proc")
def test_only_the_newest_session_of_a_folder_is_worked_on(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with tool(tmp_path / "shop") as pid:
        later = now_ms() + 1000
        link = tmp_path / "link"
        link.symlink_to(tmp_path / "shop")
        sessions = [
            asked("newest", link, later),
            asked("before", link, later - 500),
            asked("elsewhere", elsewhere, later),
        ]
        found = AtWork("gadget").evidence(sessions)
        # That it is this session is likely, not sure: no process to be stopped is named.
        assert found == {"newest": Evidence(alive=True)}
        assert AtWork("gizmo").evidence(sessions) == {}
        # A process that began after the last record works on something else.
        assert AtWork("gadget").evidence([asked("old", tmp_path / "shop", now_ms() - 3_600_000)]) == {}
        seen = AtWork("gadget")
        assert "newest" in seen.evidence(sessions)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        assert seen.evidence(sessions) == {}


@pytest.mark.parametrize(
    ("command", "is_it"),
    [
        (["/usr/bin/gadget", "--resume"], True),
        (["node", "--max-old-space-size=4096", "/usr/bin/gadget"], True),
        (["node", "/x/node_modules/@acme/gadget-cli/dist/index.js"], True),
        ([r"C:\tools\gadget.exe"], True),
        (["vim", "gadget.md"], False),
        (["grep", "-r", "a", "b", "c", "d", "/usr/bin/gadget"], False),
        ([], False),
    ],
)
def test_programs_are_known_by_name_or_package(command: list[str], is_it: bool) -> None:
    assert is_program(command, frozenset({"gadget", "gadget-cli"})) is is_it
