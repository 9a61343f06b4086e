"""The program as a person starts it: a process of its own, offscreen, on files that grow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from parrot_desktop.options import Options
from parrot_desktop.version import VERSION
from tests.helpers.records import session
from tests.helpers.server import serve, wait_until
from tests.helpers.window import Pilot, run_window, token_file

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

PROGRAM = [sys.executable, "-m", "parrot_desktop"]


def line(session_id: str, n: int, text: str, *, role: str = "user", folder: str = "/home/me/shop") -> bytes:
    """One line of a Claude Code transcript, as it writes them."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message: dict[str, object] = {"role": role, "content": text}
    if role == "assistant":
        message |= {
            "id": f"msg_{n}",
            "type": "message",
            "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 1_000, "output_tokens": 1_000},
        }
    record = {
        "type": role,
        "uuid": f"00000000-0000-4000-8000-{n:012d}",
        "parentUuid": None,
        "sessionId": session_id,
        "timestamp": now,
        "cwd": folder,
        "version": "2.0.14",
        "gitBranch": "main",
        "isSidechain": False,
        "userType": "external",
        "message": message,
        **({"requestId": f"req_{n}"} if role == "assistant" else {}),
    }
    return json.dumps(record).encode() + b"\n"


def claude_home(folder: Path) -> Path:
    """Two sessions in the place where Claude Code keeps them."""
    project = folder / "projects" / "-home-me-shop"
    project.mkdir(parents=True)
    for n, name in enumerate(("first", "second"), start=1):
        session_id = f"1111111{n}-0000-4000-8000-000000000000"
        (project / f"{session_id}.jsonl").write_bytes(
            line(session_id, 10 * n, f"Fix the {name} thing") + line(session_id, 10 * n + 1, "Done.", role="assistant")
        )
    return folder


def test_a_growing_transcript_moves_its_row(qapp: QApplication, tmp_path: Path) -> None:
    """Lines appended to a transcript move its row to the top with new figures while one watches."""
    home = claude_home(tmp_path / "claude")

    async def use(pilot: Pilot) -> None:
        await pilot.until(lambda: len(pilot.titles) == 2, "both sessions")
        await pilot.until(lambda: pilot.shell.is_settled, "the index")
        below = pilot.facts[1]
        older = next(path for path in home.rglob("*.jsonl") if below[1].split()[2] in path.read_text())
        with older.open("ab") as file:
            file.write(line(older.stem, 90, "And now the rest, please"))
            file.write(line(older.stem, 91, "Here it is.", role="assistant"))
        await pilot.until(lambda: pilot.facts[0][0] == below[0], "the risen row")
        await pilot.until(lambda: pilot.facts[0][3] == below[3] + 2, "its new messages")

    run_window(qapp, Options(data_dir=tmp_path / "own", sources=(f"claude-code={home}",)), use)


def test_picture(tmp_path: Path) -> None:
    """``--screenshot`` draws the window on the real rows, says where and how many, and ends well."""
    home = claude_home(tmp_path / "claude")
    picture = tmp_path / "window.png"
    done = subprocess.run(
        [
            *PROGRAM,
            f"--data-dir={tmp_path / 'own'}",
            f"--source=claude-code={home}",
            f"--screenshot={picture}",
            "--theme=dark",
            "--size=900x600",
        ],
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{picture}: 2 sessions\n"
    header = picture.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (900, 600)
    wait_until(lambda: not (tmp_path / "own" / "server.json").exists(), "the end of its server")


def test_picture_of_nothing_says_why(tmp_path: Path) -> None:
    """Where the workspace cannot be opened, the picture shows that, and the exit code says so."""
    picture = tmp_path / "window.png"
    done = subprocess.run(
        [*PROGRAM, f"--data-dir={tmp_path}", "--workspace=http://127.0.0.1:9", f"--screenshot={picture}"],
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
        env={**os.environ, "PARROT_TOKEN": ""},
    )
    assert done.returncode == 1
    assert "No token for http://127.0.0.1:9" in done.stderr
    assert picture.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--version"], f"parrot-desktop {VERSION}"),
        (["--size", "tiny"], "not like 1360x860"),
        (["--source", "codex"], "not NAME=PATH"),
        (["https://example.com"], "not a parrot:// link"),
    ],
)
def test_command_line(words: list[str], told: str, tmp_path: Path) -> None:
    """Versions and mistakes are told in a sentence, without a window."""
    done = subprocess.run(
        [*PROGRAM, "--data-dir", str(tmp_path), *words], capture_output=True, text=True, timeout=30, check=False
    )
    assert told in done.stdout + done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display(tmp_path: Path) -> None:
    """Where no window can be shown, the program says so in a sentence; a picture it draws all the same."""
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    bare.pop("QT_QPA_PLATFORM", None)
    told = subprocess.run(
        [*PROGRAM, "--data-dir", str(tmp_path), "--no-local-sources"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=bare,
    )
    assert told.returncode == 1
    assert told.stderr.startswith("No display here")
    picture = tmp_path / "window.png"
    drawn = subprocess.run(
        [*PROGRAM, "--data-dir", str(tmp_path), "--no-local-sources", "--screenshot", str(picture)],
        timeout=55,
        check=False,
        env=bare,
    )
    assert drawn.returncode == 0
    assert picture.exists()


def test_a_signal_ends_it_within_a_second(tmp_path: Path) -> None:
    """SIGTERM, as at the end of a session: the window remembers what it showed and is gone."""
    with serve(tmp_path / "server") as server:
        server.ingest([session("a", seconds=1, title="Remember me")])
        process = subprocess.Popen(
            [
                *PROGRAM,
                f"--data-dir={tmp_path / 'own'}",
                f"--workspace={server.url}",
                f"--token-file={token_file(tmp_path, server.token)}",
            ],
            stderr=subprocess.PIPE,
        )
        try:
            log = tmp_path / "own" / "desktop" / "logs" / "parrot-desktop.log"
            wait_until(lambda: log.exists() and "connection: live" in log.read_text(), "the window", within_s=30)
            time.sleep(4)  # until nothing happens in it, and no clock of its own would wake it
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert time.monotonic() - started < 3.0
            assert process.stderr is not None
            assert process.stderr.read() == b""
        finally:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()
        kept = list((tmp_path / "own" / "desktop").glob("last-known-*.json"))
        assert len(kept) == 1
        assert kept[0].stat().st_mode & 0o077 == 0
        assert b"Remember me" in kept[0].read_bytes()
