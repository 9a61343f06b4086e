"""What the start does without, counted in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def said_by(code: str) -> list[str]:
    """The words that a fresh Python prints."""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PARROT_WORKSPACE": "http://127.0.0.1:9"},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


def test_the_sources_of_our_modules_are_not_read_at_every_start() -> None:
    """PySide's hook would read each, and keep it in memory."""
    read = said_by(
        "import linecache, sys; from parrot_desktop.__main__ import begin; begin([]); import parrot_desktop.app; "
        "print('loaded', *(name for name in linecache.cache if 'parrot_' in name))"
    )
    assert read == ["loaded"]


def test_garbage_is_first_looked_for_by_the_event_loop() -> None:
    assert said_by("import gc; from parrot_desktop.__main__ import begin; begin([]); print(gc.isenabled())") == [
        "False"
    ]
