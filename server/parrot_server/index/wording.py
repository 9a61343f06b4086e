"""Titles, projects and the like, made of what tools record."""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from typing import TYPE_CHECKING

from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from parrot_wire.times import Timestamp

MAX_TITLE = 200
UNTITLED = "Untitled"

_WORKTREE = re.compile(r"^(.+?)[/\\]\.(?:claude|codex|worktrees?|git)[/\\](?:worktrees?[/\\])?")
_REMOTE = re.compile(r"(?:^|[/:@])([^/:@]+/[^/:]+?)(?:\.git)?/?$")


def title_of(text: str) -> str | None:
    """The beginning of a text on one line; None where it has no words."""
    # A prompt may be megabytes: its beginning is enough.
    words = " ".join(text[: 8 * MAX_TITLE].split())
    if len(words) > MAX_TITLE:
        words = words[: MAX_TITLE - 1].rstrip() + "…"
    return words or None


def project_of(cwd: str | None, repository: str | None) -> str | None:
    """The project a session belongs to: its repository's name where the tool states it, else its folder's.

    A folder in a tool's own worktrees counts as the folder that has the worktrees.
    """
    if repository:
        return repository.rsplit("/", 1)[-1]
    if not cwd:
        return None
    worktree = _WORKTREE.match(cwd)
    folder = (worktree.group(1) if worktree else cwd).rstrip("/\\")
    separators = r"[/\\]" if re.match(r"[A-Za-z]:[/\\]|\\\\", folder) else "/"
    return re.split(separators, folder)[-1] or cwd


def repository_of(remote: str | None) -> str | None:
    """``owner/name`` of a git remote: ``git@host:owner/name.git`` and ``https://host/owner/name`` alike."""
    if not remote:
        return None
    match = _REMOTE.search(remote.strip())
    return match.group(1) if match else None


@lru_cache(maxsize=1)
def machine() -> str:
    """This machine's name."""
    return socket.gethostname()


def timestamp(ms: int) -> Timestamp | None:
    """Wire text of a time; None where it lies outside the years 1 to 9999."""
    try:
        return from_ms(ms)
    except (OverflowError, OSError, ValueError):
        return None
