"""Where a run works: the folder, the repository around it, the machine."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parrot_server.index import wording

if TYPE_CHECKING:
    from pathlib import Path

GIT_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """``repository`` is ``owner/name``, where a remote says so."""

    cwd: Path
    project: str | None = None
    repository: str | None = None
    branch: str | None = None
    pid: int = 0

    def facts(self) -> dict[str, Any]:
        """Fields of a session."""
        known = {"project": self.project, "repository": self.repository, "branch": self.branch}
        return {
            "cwd": str(self.cwd),
            "machine": wording.machine(),
            **{name: value for name, value in known.items() if value},
        }


def look_around(cwd: Path) -> Workplace:
    """What git says of a folder; without git, or outside a repository, the folder alone."""
    top = _git(cwd, "rev-parse", "--show-toplevel")
    repository = wording.repository_of(_git(cwd, "remote", "get-url", "origin")) if top else None
    return Workplace(
        cwd=cwd,
        project=wording.project_of(top or str(cwd), repository),
        repository=repository,
        branch=_git(cwd, "symbolic-ref", "--short", "HEAD") if top else None,
        pid=os.getpid(),
    )


def _git(cwd: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(cwd), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_WITHIN_S,
            check=False,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
