"""Where tools keep their work when nobody says otherwise: (environment, home folder) -> the root of a source.

Without the tools' readers, so that asking costs nothing where a tool is not there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def gemini(environment: Mapping[str, str], home: Path) -> Path:
    return _named(environment, "GEMINI_CLI_HOME", home) / ".gemini"


def qwen(environment: Mapping[str, str], home: Path) -> Path:
    return _named(environment, "QWEN_HOME", home / ".qwen")


def copilot(environment: Mapping[str, str], home: Path) -> Path:
    return _named(environment, "COPILOT_HOME", home / ".copilot")


def opencode(environment: Mapping[str, str], home: Path) -> Path:
    """The folder of its data, or the database that it was told to use."""
    folder = _data(environment, home) / "opencode"
    database = environment.get("OPENCODE_DB")
    return folder / Path(database).expanduser() if database and database != ":memory:" else folder


def cursor(environment: Mapping[str, str], home: Path) -> Path:
    del environment
    return home / ".cursor"


def amp(environment: Mapping[str, str], home: Path) -> Path:
    return _data(environment, home) / "amp"


def goose(environment: Mapping[str, str], home: Path) -> Path:
    named = environment.get("GOOSE_PATH_ROOT")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return _named(environment, "APPDATA", home / "AppData" / "Roaming") / "Block" / "goose"
    return _data(environment, home) / "goose"


def aider(environment: Mapping[str, str], home: Path) -> Path:
    """Its histories lie in the repositories themselves."""
    del environment
    return home


def _data(environment: Mapping[str, str], home: Path) -> Path:
    return _named(environment, "XDG_DATA_HOME", home / ".local" / "share")


def _named(environment: Mapping[str, str], variable: str, otherwise: Path) -> Path:
    named = environment.get(variable)
    return Path(named).expanduser() if named else otherwise
