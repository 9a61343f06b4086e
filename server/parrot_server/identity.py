"""Who works at this machine, for the owner of an embedded workspace: as git knows them, else as the system does."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_GIT_WITHIN_S = 2.0


class Person(NamedTuple):
    name: str
    email: str | None


def machine_owner() -> Person:
    """Name and e-mail address from git's configuration; without a name there, the system user's."""
    name, email = _from_git()
    return Person(name or _from_system(), email)


def _from_git() -> tuple[str | None, str | None]:
    try:
        done = subprocess.run(
            ["git", "config", "--get-regexp", r"^user\.(name|email)$"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_GIT_WITHIN_S,
            check=False,
            stdin=subprocess.DEVNULL,
            # Not in whatever repository the server happens to be started from.
            cwd=Path.home(),
            creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
        )
    except (OSError, RuntimeError, subprocess.TimeoutExpired):
        return None, None
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition(" ")
        found[key.lower()] = value.strip()
    return found.get("user.name") or None, found.get("user.email") or None


def _from_system() -> str:
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        return "Owner"
    if sys.platform == "win32":
        return login
    import pwd

    try:
        # The GECOS field: full name, room, telephones; & stands for the login with a capital.
        full = pwd.getpwnam(login).pw_gecos.partition(",")[0].replace("&", login.capitalize()).strip()
    except KeyError:
        return login
    return full or login
