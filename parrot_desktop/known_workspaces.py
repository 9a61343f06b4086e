"""Which workspaces were joined on this desktop, and which was open last: one file (0600), without any token.

Read before Qt is loaded, since it decides whether this machine's own server is wanted.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FILE = "workspaces.json"
MAX_KNOWN = 50
"""Addresses; whichever was joined longest ago goes first."""


class KnownWorkspace(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` empty is this machine's own. ``id`` is what links name it by."""

    url: str
    id: str
    name: str


class KnownWorkspaces(msgspec.Struct, frozen=True, kw_only=True):
    """``known`` in the order in which they were joined first; ``last`` is the address that the next start opens."""

    known: tuple[KnownWorkspace, ...] = ()
    last: str = ""

    def joined(self, workspace: KnownWorkspace, *, is_last: bool) -> KnownWorkspaces:
        """With this one as it is now; ``is_last``: the next start opens it."""
        is_new = all(each.url != workspace.url for each in self.known)
        known = tuple(workspace if each.url == workspace.url else each for each in self.known)
        return KnownWorkspaces(
            known=(*known, workspace)[-MAX_KNOWN:] if is_new else known, last=workspace.url if is_last else self.last
        )

    def without(self, url: str) -> KnownWorkspaces:
        return KnownWorkspaces(
            known=tuple(each for each in self.known if each.url != url), last="" if self.last == url else self.last
        )

    def of_id(self, workspace_id: str) -> KnownWorkspace | None:
        return next((each for each in self.known if each.id == workspace_id), None)

    def of_url(self, url: str) -> KnownWorkspace | None:
        return next((each for each in self.known if each.url == url), None)


def load_known_workspaces(folder: Path) -> KnownWorkspaces:
    """None known where there is no file, or where it cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=KnownWorkspaces)
    except FileNotFoundError:
        return KnownWorkspaces()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("the list of workspaces cannot be read, and begins anew: %s", error)
        return KnownWorkspaces()


def save_known_workspaces(folder: Path, known: KnownWorkspaces) -> None:
    """Written aside and renamed. A disk that refuses is logged."""
    path = folder / FILE
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(known))
        aside.replace(path)
    except OSError as error:
        log.warning("the list of workspaces cannot be kept: %s", error)
