"""Which folder a Cursor project is: its name is the folder's path with everything but letters and digits turned into
dashes, which cannot be turned back. So it is looked for among the paths of a transcript, then on the disk."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOME = re.compile(r"(?:[A-Za-z]-)?(?:Users|home)-[^-]+-(?=.)")
_MAX_FOLDERS = 2_000
_LOOK_AGAIN_S = 60.0


def dashed(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", path.strip("/\\"))


class Projects:
    """Folders by the names of their projects."""

    def __init__(self, top: str = os.sep) -> None:
        self._top = top
        self._found: dict[str, str] = {}
        self._missed_at: dict[str, float] = {}

    def folder_of(self, project: str, mentioned: Iterable[str]) -> str | None:
        """None where nothing tells it for sure."""
        if project not in self._found:
            wanted = dashed(project)
            found = next((path for path in mentioned if dashed(path) == wanted), None) or self._on_disk(wanted)
            if found is None:
                return None
            self._found[project] = found
        return self._found[project]

    def _on_disk(self, wanted: str) -> str | None:
        """The only folder whose path gives this name."""
        missed_at = self._missed_at.get(wanted)
        if missed_at is not None and time.monotonic() - missed_at < _LOOK_AGAIN_S:
            return None
        matches: list[str] = []
        waiting, looked_at = [(self._top, wanted)], 0
        while waiting and looked_at < _MAX_FOLDERS and len(matches) < 2:
            folder, rest = waiting.pop()
            looked_at += 1
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        name = dashed(entry.name) if entry.name.strip("/\\") else ""
                        if name == rest and entry.is_dir():
                            matches.append(entry.path)
                        elif name and rest.startswith(f"{name}-") and entry.is_dir():
                            waiting.append((entry.path, rest[len(name) + 1 :]))
            except OSError:
                continue
        if len(matches) == 1:
            return matches[0]
        self._missed_at[wanted] = time.monotonic()
        return None


def short_name(project: str) -> str:
    """A project's name where its folder is not known: without the person's home."""
    return _HOME.sub("", project, count=1)
