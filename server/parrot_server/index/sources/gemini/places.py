"""Where Gemini CLI keeps things, and which folder a chat was about.

A project's folder under ``tmp`` holds its path in ``.project_root``, and ``projects.json`` maps paths to such folders.
Formerly the folder's name was the SHA-256 of the path: then paths that are known from elsewhere are tried.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.index.file_source import nested
from parrot_server.index.jsonl import parse_object
from parrot_server.index.loose import obj, string

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_BYTES = 4 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Home:
    """``~/.gemini``: ``root`` itself, or the folder of that name in it (what ``GEMINI_CLI_HOME`` names)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    @property
    def base(self) -> Path:
        return nested(self._root, ".gemini")

    @property
    def tmp(self) -> Path:
        return self.base / "tmp"

    def cwd_of(self, project: str, project_hash: str, candidates: Iterable[str]) -> str | None:
        """The folder of a project, by the name of its folder under ``tmp``; None where nothing tells it."""
        if project not in self._known:
            found = self._written(project) or self._hashed(project, project_hash, candidates)
            if found is None:
                return None
            self._known[project] = found
        return self._known[project]

    def _written(self, project: str) -> str | None:
        said = _read(self.tmp / project / ".project_root").decode("utf-8", "replace").strip()
        if said:
            return said
        return next((path for path, name in self._projects().items() if name == project), None)

    def _hashed(self, project: str, project_hash: str, candidates: Iterable[str]) -> str | None:
        wanted = {each for each in (project, project_hash) if _SHA256.fullmatch(each)}
        if not wanted:
            return None
        known = (*self._projects(), *obj(parse_object(_read(self.base / "trustedFolders.json"))), str(Path.home()))
        for path in (*known, *candidates):
            if hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest() in wanted:
                return path
        return None

    def _projects(self) -> dict[str, str]:
        projects = obj(parse_object(_read(self.base / "projects.json")).get("projects"))
        return {path: string(name) for path, name in projects.items()}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError:
        return b""
