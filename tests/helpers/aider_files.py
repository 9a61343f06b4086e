"""Aider's chat histories by hand, as it writes them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HISTORY = ".aider.chat.history.md"
INPUTS = ".aider.input.history"
STARTED = "2026-03-01 10:00:00"


def utc(local: str) -> str:
    """A date and time of this machine's clock on the wire."""
    seconds = time.mktime(time.strptime(local, "%Y-%m-%d %H:%M:%S"))
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def header(started: str = STARTED, model: str = "openai/gpt-4o") -> str:
    return (
        f"\n# aider chat started at {started}\n\n"
        "> /opt/aider/bin/aider --model openai/gpt-4o  \n> Aider v0.86.2  \n"
        f"> Main model: {model} with diff edit format  \n> Weak model: gpt-4o-mini  \n\n"
    )


def prompt(*lines: str) -> str:
    return "".join(f"#### {line}  \n" for line in lines) + "\n"


def answer(words: str) -> str:
    return f"{words}\n\n"


def said(words: str) -> str:
    return f"> {words}  \n\n"


def write(repository: Path, text: str) -> Path:
    repository.mkdir(parents=True, exist_ok=True)
    path = repository / HISTORY
    path.write_text(text)
    return path


def unit(path: Path, run: int) -> Path:
    return path.with_name(f"{path.name}#{run}")
