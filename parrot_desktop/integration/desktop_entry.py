"""Freedesktop entries: the quoting of Exec, and writing one only where it changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NEEDS_QUOTES = set(" \t\n\"'\\><~|&;$*?#()`")


def config_home(environ: Mapping[str, str] = os.environ) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def data_home(environ: Mapping[str, str] = os.environ) -> Path:
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def exec_line(command: Sequence[str], *, takes_url: bool = False) -> str:
    """The Exec value. Source: the Desktop Entry Specification, "The Exec key"."""
    words = [_quoted(word) for word in command]
    return " ".join([*words, "%u"] if takes_url else words)


def write_entry(path: Path, keys: Mapping[str, str]) -> bool:
    """Writes the entry; False where it already says so. Raises OSError."""
    text = "".join(["[Desktop Entry]\n", *(f"{key}={value}\n" for key, value in keys.items())])
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True


def _quoted(word: str) -> str:
    escaped = word.replace("%", "%%")
    if not _NEEDS_QUOTES & set(word):
        return escaped
    for character in '\\"`$':
        escaped = escaped.replace(character, f"\\{character}")
    # The string type of the file escapes the backslash once more.
    return '"' + escaped.replace("\\", "\\\\") + '"'
